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
    /// Power failed meanwhile, so what is gone may be gone for that.
    var sawPowerLoss = false

    init(_ path: String, _ kind: Kind, bytes: [UInt8], at position: Int) {
        self.path = path
        self.kind = kind
        partition = path.hasSuffix(".log") ? Self.partition(of: path) : nil
        firstOffset = Self.batchOffset(bytes, at: position)
        hasFollowers = partition != nil && position < Self.lastBatch(bytes)
    }

    private static func partition(of path: String) -> TopicPartition? {
        let directory = Path.name(Path.parent(path))
        guard let dash = directory.lastIndex(of: "-"), let number = Int32(directory[directory.index(after: dash)...])
        else { return nil }
        return TopicPartition(String(directory[..<dash]), number)
    }

    /// The base offset of the batch that a byte belongs to.
    static func batchOffset(_ bytes: [UInt8], at position: Int) -> Int64 {
        var (start, offset) = (0, Int64(0))
        while start + 12 <= bytes.count {
            offset = bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) }
            let size = bytes[start + 8..<start + 12].reduce(0) { $0 << 8 | Int($1) }
            if position < start + 12 + size { break }
            start += 12 + size
        }
        return offset
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
            // The node may have written it again as it was.
            guard let now, position < now.count, now[position] == after || now[position] == before else { return false }
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

    private func isCut(_ now: [UInt8], _ writes: [MisdirectedWrite]) -> Bool {
        writes.contains { now.count < $0.place + $0.end - $0.meant && now.count < $0.meant }
    }

    var isOfGroups: Bool { partition?.topic == History.groupsTopic }
    var isOfMetadata: Bool { path.contains("__cluster_metadata") }
}
