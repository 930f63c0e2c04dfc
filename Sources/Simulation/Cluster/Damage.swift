import KafkaProtocol
import World

/// Something of a disk that is not as it was written, how an operator mends it, and what it may cost.
/// Sendable: only the thread of the scheduler touches it.
final class Damage: @unchecked Sendable {
    enum Kind {
        /// One byte is another one.
        case flip(position: Int, before: UInt8, after: UInt8)
        /// The file is shorter, empty, missing, or a directory.
        case content(before: [UInt8], after: [UInt8]?)
        /// Writes went elsewhere.
        case misdirected([MisdirectedWrite])
    }

    let path: String
    let kind: Kind
    /// Where the file is a segment: its partition, and from which offset on a cut there loses.
    let partition: TopicPartition?
    let firstOffset: Int64
    /// Valid batches follow, so this cannot look like the torn end of a log.
    let hasFollowers: Bool
    /// What lay around the damage and tells it from what was written anew there: of a segment the whole batch.
    private let surroundings: (place: Int, bytes: ArraySlice<UInt8>)
    /// Power failed meanwhile, so what is gone may be gone for that.
    var sawPowerLoss = false

    init(_ path: String, _ kind: Kind, bytes: [UInt8], at position: Int) {
        self.path = path
        self.kind = kind
        partition = path.hasSuffix(".log") ? Self.partition(of: path) : nil
        // Compaction leaves gaps: what is written behind a cut lies where the batch before it ends.
        let behind = Self.isCompacted(path) ? Self.endBefore(bytes, position) : nil
        firstOffset = behind ?? Self.batchOffset(bytes, at: position)
        hasFollowers = partition != nil && position < Self.lastBatch(bytes)
        let range = partition == nil ? position - 16..<position + 16 : Self.batch(bytes, at: position)
        let place = (range.lowerBound..<max(range.upperBound, position + 1)).clamped(to: 0..<bytes.count)
        surroundings = (place.lowerBound, bytes[place])
    }

    private static func partition(of path: String) -> TopicPartition? {
        let directory = Path.name(Path.parent(path))
        guard let dash = directory.lastIndex(of: "-"), let number = Int32(directory[directory.index(after: dash)...])
        else { return nil }
        return TopicPartition(String(directory[..<dash]), number)
    }

    /// The base offset of the batch that a byte belongs to.
    static func batchOffset(_ bytes: [UInt8], at position: Int) -> Int64 {
        let start = batch(bytes, at: position).lowerBound
        return start + 8 > bytes.count ? 0 : bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The offset behind the batch in front of the one that a byte belongs to; nil where there is none.
    static func endBefore(_ bytes: [UInt8], _ position: Int) -> Int64? {
        let start = batch(bytes, at: position).lowerBound
        if start == 0 { return nil }
        let before = batch(bytes, at: start - 1)
        guard before.count >= 27 else { return nil }
        let delta = bytes[before.lowerBound + 23..<before.lowerBound + 27].reduce(0) { $0 << 8 | Int64($1) }
        return batchOffset(bytes, at: start - 1) + delta + 1
    }

    /// Where the batch lies that a byte belongs to; the last one for what lies behind it.
    private static func batch(_ bytes: [UInt8], at position: Int) -> Range<Int> {
        var last = 0..<0
        while last.upperBound + 12 <= bytes.count, position >= last.upperBound {
            let start = last.upperBound
            last = start..<start + 12 + bytes[start + 8..<start + 12].reduce(0) { $0 << 8 | Int($1) }
        }
        return last
    }

    /// Where the last batch begins.
    static func lastBatch(_ bytes: [UInt8]) -> Int {
        var (start, last) = (0, 0)
        while start + 12 <= bytes.count {
            last = start
            start += 12 + bytes[start + 8..<start + 12].reduce(0) { $0 << 8 | Int($1) }
        }
        return last
    }

    /// Mends what is still there, while the node is down.
    ///
    /// - Returns: whether the node has kept what it found; otherwise it has cut it off, or written something else.
    func mend(_ disk: MemoryFileSystem) -> Bool {
        let now = disk.peek(path)
        switch kind {
        case .flip(let position, let before, let after):
            guard let now, isStillThere(in: now, [(position, before), (position, after)]) else { return false }
            disk.damage(path, at: position, [before])
        case .content(let before, let after):
            guard now == after else { return false }
            disk.replace(path, with: before)
        case .misdirected(let writes):
            guard let now, let first = writes.map(\.place).min(), let end = writes.map(\.end).max() else { return true }
            // Nobody has appended behind it yet: then the file ends before where it should have gone.
            if now.count < first || now.count < end && isCut(now, writes) { return false }
            disk.replace(path, with: writes.reversed().reduce(now) { $1.mend($0) })
        }
        return true
    }

    /// Whether the surroundings are as they were, with one of these bytes in them: the node may have written it again as it was. One byte
    /// alone may be the same by chance.
    private func isStillThere(in now: [UInt8], _ choices: [(position: Int, byte: UInt8)]) -> Bool {
        let (place, bytes) = surroundings
        let end = place + bytes.count
        guard end <= now.count else { return false }
        return choices.contains { position, byte in
            now[position] == byte && now[place..<position].elementsEqual(bytes[place..<position])
                && now[position + 1..<end].elementsEqual(bytes[position + 1..<end])
        }
    }

    private func isCut(_ now: [UInt8], _ writes: [MisdirectedWrite]) -> Bool {
        writes.contains { now.count < $0.place + $0.end - $0.meant && now.count < $0.meant }
    }

    var isOfGroups: Bool { partition?.topic == History.groupsTopic }
    var isOfMetadata: Bool { path.contains("__cluster_metadata") }
}
