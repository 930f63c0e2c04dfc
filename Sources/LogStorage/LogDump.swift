import Glibc
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Reads a directory's files for a person, and tells what is damaged.
package struct LogDump: Sendable {
    package struct Line: Sendable {
        package var text: String
        package var isDamage = false
    }

    private let fileSystem: any FileSystem
    private let showsRecords: Bool

    package init(fileSystem: any FileSystem, showsRecords: Bool) {
        self.fileSystem = fileSystem
        self.showsRecords = showsRecords
    }

    /// The files that can be dumped at a path: itself, those of a partition's directory, or those of a whole data directory.
    package func files(at path: String) throws(LogError) -> [String] {
        guard fileSystem.exists(path) else { throw .storage(StorageError("open", path, errno: 2)) }
        guard let names = try entries(of: path) else { return [path] }
        var result: [String] = []
        for name in names {
            let inner = Path.join(path, name)
            if let nested = try entries(of: inner) {
                result += nested.map { Path.join(inner, $0) }.filter { isKnown($0) }
            } else if isKnown(inner) {
                result.append(inner)
            }
        }
        return result
    }

    /// nil for a file. A directory that cannot be read is none: nothing in it would be looked at.
    private func entries(of path: String) throws(LogError) -> [String]? {
        do throws(StorageError) { return try fileSystem.list(path) } catch {
            if error.errno == ENOTDIR { return nil }
            throw .storage(error)
        }
    }

    private func isKnown(_ path: String) -> Bool {
        let name = Path.name(path)
        return [".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint", "-checkpoint"].contains {
            name.hasSuffix($0)
        }
            || ["meta.properties", "partition.metadata", "quorum-state", ".kafka_cleanshutdown"].contains(name)
    }

    /// Prints one file line by line.
    package func dump(_ path: String, _ print: (Line) -> Void) {
        do throws(LogError) {
            let name = Path.name(path)
            if name.hasSuffix(".log")
                || name.hasSuffix(".checkpoint") && SegmentName.offset(String(name.prefix(20)), "") != nil
            {
                try dumpLog(path, print)
            } else if name.hasSuffix(".index") {
                try dumpIndex(path, entrySize: 8, print)
            } else if name.hasSuffix(".timeindex") {
                try dumpIndex(path, entrySize: 12, print)
            } else if name.hasSuffix(".txnindex") {
                for txn in try TransactionIndex.read(fileSystem, path) {
                    print(
                        Line(
                            text:
                                "producer=\(txn.producerId) first=\(txn.firstOffset) last=\(txn.lastOffset) lastStable=\(txn.lastStableOffset)"
                        )
                    )
                }
            } else if name.hasSuffix(".snapshot") {
                try dumpSnapshot(path, print)
            } else {
                try dumpText(path, name, print)
            }
        } catch {
            print(Line(text: "\(error)", isDamage: true))
        }
    }

    private func dumpLog(_ path: String, _ print: (Line) -> Void) throws(LogError) {
        let file = try storage { () throws(StorageError) in try fileSystem.open(path, .read) }
        let size = try storage { () throws(StorageError) in try file.size() }
        var scanner = BatchScanner(file, from: 0, to: size, windowSize: 1 << 20)
        var next: Int64 = -1
        while true {
            switch try scanner.nextHeader() {
            case .end: return
            case .damaged(let position, let reason):
                print(
                    Line(text: "byte \(position): \(reason); \(size - position) bytes are not readable", isDamage: true)
                )
                return
            case .legacy(let offset, let bytes, let position):
                print(Line(text: "byte \(position): message offset=\(offset) size=\(bytes) format 0 or 1"))
                next = offset + 1
            case .batch(let header, let position):
                guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
                    let batch = try? RecordBatch(bytes)
                else { return }
                print(Line(text: describe(header, position)))
                if !batch.isChecksumValid {
                    print(Line(text: "byte \(position): the checksum of the batch is wrong", isDamage: true))
                }
                if header.baseOffset < next {
                    print(Line(text: "byte \(position): offset \(header.baseOffset) after \(next - 1)", isDamage: true))
                }
                next = header.nextOffset
                dumpRecords(batch, position, print)
            }
        }
    }

    private func describe(_ header: RecordBatchHeader, _ position: Int64) -> String {
        var text =
            "byte \(position): offsets \(header.baseOffset)...\(header.lastOffset) size=\(header.totalSize) records=\(header.recordCount)"
        text +=
            " epoch=\(header.partitionLeaderEpoch) codec=\(header.compression?.name ?? "unknown") time=\(header.maxTimestamp)"
        if header.isLogAppendTime { text += " append-time" }
        if header.hasProducerId {
            text += " producer=\(header.producerId)/\(header.producerEpoch) sequence=\(header.baseSequence)"
        }
        if header.isTransactional { text += " transactional" }
        if header.isControl { text += " control" }
        return text
    }

    private func dumpRecords(_ batch: RecordBatch, _ position: Int64, _ print: (Line) -> Void) {
        do throws(RecordError) {
            for record in try batch.allRecords() where showsRecords {
                var text =
                    "  offset=\(record.offset) time=\(record.timestamp) key=\(readable(record.key)) value=\(readable(record.value))"
                if batch.header.isControl, let kind = ControlRecordKind(key: record.key) {
                    text = "  offset=\(record.offset) control record: \(kind)"
                }
                if !record.headers.isEmpty {
                    text +=
                        " headers="
                        + record.headers.map { "\(readable($0.keyBytes)):\(readable($0.value))" }.joined(separator: ",")
                }
                print(Line(text: text))
            }
        } catch {
            print(Line(text: "byte \(position): \(error.reason)", isDamage: true))
        }
    }

    /// Text where it is text, else hexadecimal digits; long values are cut.
    private func readable(_ bytes: ByteBuffer?) -> String {
        guard let bytes else { return "null" }
        let shown = bytes.readableBytesView.prefix(200)
        let rest = bytes.readableBytes > 200 ? "... (\(bytes.readableBytes) bytes)" : ""
        if shown.allSatisfy({ $0 >= 32 && $0 < 127 }) {
            return "'" + String(decoding: shown, as: UTF8.self) + "'" + rest
        }
        return "0x" + shown.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + rest
    }

    private func dumpIndex(_ path: String, entrySize: Int, _ print: (Line) -> Void) throws(LogError) {
        var bytes = try storage { () throws(StorageError) in try fileSystem.contents(path) }
        if bytes.readableBytes % entrySize != 0 {
            print(Line(text: "\(bytes.readableBytes) bytes are no whole number of entries", isDamage: true))
        }
        var last: Int64 = -1
        var hasEnded = false
        while let entry = bytes.readSlice(length: entrySize) {
            if entry.readableBytesView.allSatisfy({ $0 == 0 }), last >= 0 {
                hasEnded = true  // space that a running broker keeps ready
                continue
            }
            let key: Int64
            if entrySize == 8 {
                let (offset, position) = IndexFile.offsetEntry(entry)
                key = Int64(offset)
                print(Line(text: "relative offset \(offset) at byte \(position)"))
            } else {
                let (timestamp, offset) = IndexFile.timeEntry(entry)
                key = timestamp
                print(Line(text: "time \(timestamp) up to relative offset \(offset)"))
            }
            if key < last || hasEnded { print(Line(text: "the entries do not ascend", isDamage: true)) }
            last = key
        }
    }

    private func dumpSnapshot(_ path: String, _ print: (Line) -> Void) throws(LogError) {
        let bytes = try storage { () throws(StorageError) in try fileSystem.contents(path) }
        let state = try ProducerSnapshotFile.decode(bytes, path: path)
        for entry in state.producers.values.sorted(by: { $0.producerId < $1.producerId }) {
            let open = entry.transactionFirstOffset.map { " open transaction from \($0)" } ?? ""
            print(
                Line(
                    text:
                        "producer=\(entry.producerId)/\(entry.epoch) last sequence=\(entry.lastSequence) last offset=\(entry.lastOffset)\(open)"
                )
            )
        }
    }

    private func dumpText(_ path: String, _ name: String, _ print: (Line) -> Void) throws(LogError) {
        let bytes = try storage { () throws(StorageError) in try fileSystem.contents(path) }
        switch name {
        case MetaProperties.fileName: _ = try MetaProperties(parsing: String(buffer: bytes), path: path)
        case "leader-epoch-checkpoint": _ = try LeaderEpochs.decode(bytes, path: path)
        case _ where OffsetCheckpoint.names.contains(name): _ = try OffsetCheckpoint.decode(bytes, path: path)
        default: break
        }
        for line in String(buffer: bytes).split(separator: "\n") { print(Line(text: String(line))) }
    }
}
