import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// Up to where a snapshot of the metadata log reaches.
package struct SnapshotId: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What formatting writes: not a state, but what the log begins with.
    package static let bootstrap = SnapshotId(endOffset: 0, epoch: 0)

    /// The first offset that is not part of it.
    package var endOffset: Int64
    package var epoch: Int32

    package init(endOffset: Int64, epoch: Int32) {
        self.endOffset = endOffset
        self.epoch = epoch
    }

    package var fileName: String {
        let digits = String(epoch)
        return
            "\(SegmentName.text(endOffset))-\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).checkpoint"
    }

    /// Reads a file's name; nil for other files.
    package init?(fileName: String) {
        guard fileName.hasSuffix(".checkpoint"), fileName.utf8.count == 20 + 1 + 10 + 11 else { return nil }
        let parts = fileName.dropLast(".checkpoint".count).split(separator: "-")
        guard parts.count == 2, let offset = Int64(parts[0]), let epoch = Int32(parts[1]) else { return nil }
        self.init(endOffset: offset, epoch: epoch)
    }

    package static func < (left: SnapshotId, right: SnapshotId) -> Bool {
        (left.endOffset, left.epoch) < (right.endOffset, right.epoch)
    }

    package var description: String { "\(endOffset)-\(epoch)" }
}

/// Snapshots of the metadata log (KIP-630): batches between a header and a footer of control records.
package enum SnapshotFile {
    private static let recordsPerBatch = 1000

    /// - Parameters:
    ///   - voters: those at the snapshot's end.
    ///   - lastTimestamp: of the last record that the snapshot contains, in milliseconds since 1970.
    package static func encode(
        _ values: [ByteBuffer],
        voters: QuorumVoters,
        id: SnapshotId,
        lastTimestamp: Int64,
        now: Int64
    ) throws(RecordError) -> ByteBuffer {
        var header = SnapshotHeaderRecord()
        header.lastContainedLogTimestamp = lastTimestamp
        let front = [try ControlRecord(.snapshotHeader, header, version: 0)] + (try voters.controlRecords)
        var offset = Int64(front.count)
        var result = try ControlRecord.batch(front, offset: 0, epoch: id.epoch, now: now)
        var index = 0
        while index < values.count {
            var builder = RecordBatchBuilder(baseOffset: offset, leaderEpoch: id.epoch)
            for value in values[index..<min(index + recordsPerBatch, values.count)] {
                builder.append(timestamp: now, key: nil, value: value)
            }
            offset += Int64(builder.count)
            index += builder.count
            result.writeImmutableBuffer(try builder.build())
        }
        let footer = try ControlRecord(.snapshotFooter, SnapshotFooterRecord(), version: 0)
        result.writeImmutableBuffer(try ControlRecord.batch([footer], offset: offset, epoch: id.epoch, now: now))
        return result
    }

    /// What a snapshot holds.
    package struct Content: Sendable {
        package var values: [ByteBuffer] = []
        package var voters = QuorumVoters()
        package var lastTimestamp: Int64 = -1
    }

    /// - Throws: `.corrupt` for damage anywhere, and when the header or footer is missing.
    package static func decode(_ bytes: ByteBuffer, path: String) throws(LogError) -> Content {
        var content = Content()
        var rest = bytes
        var isOpen = false
        var isComplete = false
        while rest.readableBytes > 0 {
            let position = Int64(bytes.readableBytes - rest.readableBytes)
            do throws(RecordError) {
                let batch = try RecordBatch(rest)
                guard batch.isChecksumValid else { throw RecordError.corrupt("the checksum of the batch is wrong") }
                for record in try batch.allRecords() {
                    guard batch.header.isControl else {
                        content.values.append(record.value ?? ByteBuffer())
                        continue
                    }
                    try content.voters.take(record)
                    var reader = WireReader(record.value ?? ByteBuffer())
                    switch ControlRecordKind(key: record.key) {
                    case .snapshotHeader:
                        isOpen = true
                        content.lastTimestamp =
                            (try? SnapshotHeaderRecord.decode(&reader, version: 0))?.lastContainedLogTimestamp ?? -1
                    case .snapshotFooter: isComplete = true
                    case .kraftVersion, .kraftVoters, .leaderChange, .abort, .commit, nil: break
                    }
                }
                rest.moveReaderIndex(forwardBy: batch.bytes.readableBytes)
            } catch {
                throw .corrupt(path: path, position: position, reason: error.reason)
            }
        }
        guard isOpen, isComplete else {
            throw .corrupt(
                path: path,
                position: Int64(bytes.readableBytes),
                reason: "the snapshot has no \(isOpen ? "footer" : "header")"
            )
        }
        return content
    }
}

/// A record of the quorum itself, which the state machine above does not see.
struct ControlRecord {
    var kind: ControlRecordKind
    var value: ByteBuffer

    init(_ kind: ControlRecordKind, _ body: some WireMessage, version: Int16) throws(RecordError) {
        guard let value = try? body.encoded(version: version) else { throw .invalid("\(kind) cannot be written") }
        self.kind = kind
        self.value = value
    }

    static func batch(_ records: [ControlRecord], offset: Int64, epoch: Int32, now: Int64) throws(RecordError)
        -> ByteBuffer
    {
        var builder = RecordBatchBuilder(baseOffset: offset, leaderEpoch: epoch)
        builder.setControl()
        for record in records { builder.append(timestamp: now, key: record.kind.key, value: record.value) }
        return try builder.build()
    }
}
