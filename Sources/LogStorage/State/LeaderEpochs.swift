@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// The first offset of each leader epoch: how replicas find where their logs diverge (KIP-101, KIP-279).
package struct LeaderEpochs: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var epoch: Int32
        package var startOffset: Int64
    }

    /// Epochs and offsets both ascend.
    package private(set) var entries: [Entry] = []

    package init() {}

    package var latest: Int32? { entries.last?.epoch }

    /// Notes that `epoch` begins at `startOffset`. Entries that this contradicts go away. True when something changed.
    package mutating func assign(_ epoch: Int32, startOffset: Int64) -> Bool {
        if epoch < 0 { return false }
        if let last = entries.last, last.epoch == epoch, last.startOffset <= startOffset { return false }
        entries.removeAll { $0.epoch >= epoch || $0.startOffset >= startOffset }
        entries.append(Entry(epoch: epoch, startOffset: startOffset))
        return true
    }

    /// Takes over what a checkpoint has of the epochs that begin at or below `offset` and behind those that are known. What batches tell is not enough
    /// where compaction has been: the first ones of an epoch may be gone, or all of them.
    mutating func adopt(_ noted: LeaderEpochs, upTo offset: Int64) {
        for entry in noted.entries where entry.startOffset <= offset && entry.epoch > latest ?? -1 {
            if let last = entries.last, last.startOffset >= entry.startOffset { continue }
            entries.append(entry)
        }
    }

    /// The end of the largest epoch that is at most `epoch`; nil when the epoch is not known.
    package func endOffset(of epoch: Int32, logEndOffset: Int64) -> (epoch: Int32, offset: Int64)? {
        guard let latest = entries.last else { return nil }
        if epoch == latest.epoch { return (epoch, logEndOffset) }
        guard let next = entries.first(where: { $0.epoch > epoch }) else { return nil }
        guard let floor = entries.last(where: { $0.epoch <= epoch }) else { return (epoch, next.startOffset) }
        return (floor.epoch, next.startOffset)
    }

    /// The latest epoch that has a record below `end`. An epoch that only began, with a leadership, has none yet.
    package func latest(below end: Int64) -> Int32? { entries.last { $0.startOffset < end }?.epoch }

    /// The epoch of the record at `offset`.
    package func epoch(at offset: Int64) -> Int32? { entries.last { $0.startOffset <= offset }?.epoch }

    /// Whether a batch of the log cannot have been written under these epochs. They may lack the latest, never others.
    func contradict(_ header: RecordBatchHeader) -> Int32? {
        guard let known = epoch(at: header.baseOffset), known != header.partitionLeaderEpoch,
            let latest, header.partitionLeaderEpoch <= latest
        else { return nil }
        return known
    }

    static func contradiction(_ header: RecordBatchHeader, _ known: Int32) -> String {
        "the batch at offset \(header.baseOffset) has leader epoch \(header.partitionLeaderEpoch), and leader-epoch-checkpoint"
            + " says \(known); one of both is wrong; remove that file to believe the batches"
    }

    package mutating func truncateEnd(to offset: Int64) -> Bool {
        if Sabotage.epochsNotTruncated.isOn { return false }
        let count = entries.count
        entries.removeAll { $0.startOffset >= offset }
        return entries.count != count
    }

    package mutating func truncateStart(to offset: Int64) -> Bool {
        guard let keep = entries.lastIndex(where: { $0.startOffset <= offset }),
            keep > 0 || entries[keep].startOffset < offset
        else { return false }
        entries.removeFirst(keep)
        entries[0].startOffset = max(entries[0].startOffset, offset)
        return true
    }

    // MARK: File

    /// - Parameter end: epochs that begin there or later have no records, and are not written: another leader may begin others there.
    package func encode(below end: Int64 = .max) -> ByteBuffer {
        let entries = entries.filter { $0.startOffset < end }
        var text = "0\n\(entries.count)\n"
        for entry in entries { text += "\(entry.epoch) \(entry.startOffset)\n" }
        return ByteBuffer(string: text)
    }

    package static func decode(_ bytes: ByteBuffer, path: String) throws(LogError) -> LeaderEpochs {
        let rows = try CheckpointText.rows(bytes, path: path, columns: 2)
        var result = LeaderEpochs()
        for row in rows {
            guard let epoch = Int32(row[0]), let offset = Int64(row[1]) else {
                throw .corrupt(
                    path: path,
                    position: 0,
                    reason: "'\(row.joined(separator: " "))' is not an epoch and an offset"
                )
            }
            if let last = result.entries.last, last.epoch >= epoch || last.startOffset > offset {
                throw .corrupt(path: path, position: 0, reason: "epochs do not ascend")
            }
            result.entries.append(Entry(epoch: epoch, startOffset: offset))
        }
        return result
    }
}

/// The text form of Kafka's checkpoint files: a version, a count, and as many lines.
enum CheckpointText {
    static func rows(_ bytes: ByteBuffer, path: String, columns: Int) throws(LogError) -> [[String]] {
        // A number at the end of a file that was cut off may have lost digits.
        guard bytes.readableBytesView.last == UInt8(ascii: "\n") else {
            throw .corrupt(path: path, position: Int64(bytes.readableBytes), reason: "the last line does not end")
        }
        let lines = String(buffer: bytes).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard lines.count >= 2, lines[0] == ["0"], let count = lines[1].first.flatMap({ Int($0) }) else {
            throw .corrupt(path: path, position: 0, reason: "the first lines are not a version and a count")
        }
        let rows = Array(lines.dropFirst(2))
        guard rows.count == count, rows.allSatisfy({ $0.count == columns }) else {
            throw .corrupt(path: path, position: 0, reason: "\(count) lines of \(columns) columns expected")
        }
        return rows
    }
}
