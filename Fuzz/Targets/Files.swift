import Broker
import ClusterMetadata
import KRaft
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// One file of a partition, read as `ottla log dump` does; the first byte says which.
enum Dumps {
    private static let names = ["0.log", "0.index", "0.timeindex", "0.txnindex", "0.checkpoint"].map {
        "/" + String(repeating: "0", count: 19) + $0
    }

    static func run(_ input: ByteBuffer) {
        var input = input
        guard let kind = input.readInteger(as: UInt8.self) else { return }
        let dump = LogDump(fileSystem: OneFile(content: input), showsRecords: kind & 0x80 != 0)
        var characters = 0
        dump.dump(names[Int(kind & 0x7f) % names.count]) { characters += $0.text.utf8.count }
        precondition(characters < 1 << 26, "a small file makes an endless text")
    }
}

/// A partition's directory: opening repairs or refuses it, what is served afterwards is valid and found again by the next opening.
///
/// Input: the recovery point and the clean mark in one byte, then the files, each behind two bytes of length.
enum Directories {
    private static let names = [
        ".log", ".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint",
    ].map { $0.hasPrefix(".") ? SegmentName.file(0, $0) : $0 }

    static func run(_ input: ByteBuffer) {
        var input = input
        guard let mode = input.readInteger(as: UInt8.self) else { return }
        let disk = MemoryFileSystem()
        guard (try? disk.createDirectory("/p-0")) != nil else { return }
        for name in names {
            guard let content = input.readLengthPrefixedSlice(as: UInt16.self) else { break }
            if content.readableBytes == 0 { continue }
            try? disk.open(Path.join("/p-0", name), .replace).write(content, at: 0)
        }
        var opening = LogOpening()
        opening.isClean = mode & 1 != 0
        opening.recoveryPoint = Int64(mode >> 1)
        guard let log = try? PartitionLog.open(disk, directory: "/p-0", config: LogConfig(), opening: opening) else {
            return
        }
        let served = read(log)
        _ = try? log.find(timestamp: 0)
        _ = try? log.findMaxTimestamp()
        guard (try? log.close()) != nil else { return }
        disk.restartProcess()
        opening.isClean = true
        guard let again = try? PartitionLog.open(disk, directory: "/p-0", config: LogConfig(), opening: opening) else {
            preconditionFailure("a log that was closed in order does not open")
        }
        precondition(again.logEndOffset == log.logEndOffset, "a log that was closed in order has another end")
        precondition(read(again) == served, "a log that was closed in order serves something else")
    }

    /// What a consumer gets that checks checksums.
    private static func read(_ log: PartitionLog) -> [ByteBuffer] {
        var result: [ByteBuffer] = []
        var offset = log.logStartOffset
        while let slice = try? log.read(from: offset, maxBytes: 4096, upTo: .max, isFirstBatchWhole: true),
            let bytes = try? slice.file.read(at: slice.position, count: slice.count)
        {
            let start = offset
            for batch in RecordBatches(bytes) {
                result.append(batch.bytes)
                offset = batch.header.nextOffset
            }
            if offset <= start { break }
        }
        return result
    }
}

/// Producer snapshots and snapshots of the metadata log; the first byte says which, and whether the checksum is made to fit.
enum Snapshots {
    static func run(_ input: ByteBuffer) {
        var input = input
        guard let mode = input.readInteger(as: UInt8.self) else { return }
        if mode & 1 != 0 {
            _ = try? SnapshotFile.decode(input, path: "fuzz")
            return
        }
        if mode & 2 != 0, input.readableBytes > 6 {
            let crc = CRC32C.of(input, from: 6)
            input.setInteger(1 as Int16, at: input.readerIndex)
            input.setInteger(crc, at: input.readerIndex + 2)
        }
        guard let state = try? ProducerSnapshotFile.decode(input, path: "fuzz") else { return }
        let again = try? ProducerSnapshotFile.decode(ProducerSnapshotFile.encode(state), path: "fuzz")
        precondition(again == state, "a producer snapshot changes when it is written")
    }
}

/// The files of text: what is read must be written as text that reads the same.
enum Texts {
    static func run(_ input: ByteBuffer) {
        var input = input
        guard let kind = input.readInteger(as: UInt8.self) else { return }
        let text = String(buffer: input)
        switch kind % 6 {
        case 0: _ = Properties(parsing: text)
        case 1:
            guard let meta = try? MetaProperties(parsing: text, path: "fuzz") else { return }
            precondition((try? MetaProperties(parsing: meta.text, path: "fuzz")) == meta, "meta.properties change")
        case 2:
            guard let epochs = try? LeaderEpochs.decode(input, path: "fuzz") else { return }
            precondition((try? LeaderEpochs.decode(epochs.encode(), path: "fuzz")) == epochs, "epochs change")
        case 3:
            guard let offsets = try? OffsetCheckpoint.decode(input, path: "fuzz") else { return }
            let again = try? OffsetCheckpoint.decode(OffsetCheckpoint.encode(offsets), path: "fuzz")
            precondition(again == offsets, "checkpoints change")
        case 4:
            guard let state = try? QuorumState(parsing: text, path: "fuzz") else { return }
            let again = try? QuorumState(parsing: state.text, path: "fuzz")
            precondition(again == state, "the quorum state changes")
        default: _ = TopicPartition(directoryName: text)
        }
    }
}

/// What a node makes of a properties file. The first two bytes choose a key for the value that follows, or, from 0xff00 on, a whole file;
/// only with 0xffff may it have keys that don't exist: those are compared with three hundred others, which takes most of the time.
enum Configs {
    private static let keys = ConfigCatalog.shared.broker.keys.sorted()

    static func run(_ input: ByteBuffer) {
        var input = input
        guard let kind = input.readInteger(as: UInt16.self) else { return }
        // Else the count of cores would be read from the system each time.
        var values = ["num.network.threads": "3"]
        let text = String(buffer: input)
        if kind < 0xff00 {
            values[keys[Int(kind) % keys.count]] = text
        } else {
            for entry in Properties(parsing: text).entries
            where kind == 0xffff || ConfigCatalog.shared.broker[entry.key] != nil {
                values[entry.key] = entry.value
            }
        }
        _ = try? BrokerConfig(values)
    }
}
