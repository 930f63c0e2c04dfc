import KafkaRecords
import NIOCore
import World

/// Reads the batches of a segment one after another, through a window that grows to the batch at hand.
struct BatchScanner {
    /// What stands at a position of the file.
    enum Found {
        case batch(RecordBatchHeader, position: Int64)
        /// A message of format 0 or 1: offset and bytes.
        case legacy(offset: Int64, size: Int, position: Int64)
        /// The file ends here, at the end of a batch.
        case end
        /// What follows is not a batch.
        case damaged(position: Int64, reason: String)
    }

    private let file: any StorageFile
    private(set) var position: Int64
    private let end: Int64
    private let windowSize: Int
    private let isCachedOnly: Bool
    private var window = ByteBuffer()
    private var windowStart: Int64 = 0

    init(
        _ file: any StorageFile,
        from position: Int64,
        to end: Int64,
        windowSize: Int = 8192,
        isCachedOnly: Bool = false
    ) {
        self.file = file
        self.position = position
        self.end = end
        self.windowSize = windowSize
        self.isCachedOnly = isCachedOnly
    }

    /// Headers only; the position moves behind the batch.
    mutating func nextHeader() throws(LogError) -> Found {
        if position >= end { return .end }
        guard let front = try bytes(at: position, count: min(RecordBatchHeader.size, Int(end - position))),
            front.readableBytes >= 17
        else { return .damaged(position: position, reason: "\(end - position) bytes are too few for a batch") }
        let start = front.readerIndex
        let offset = front.getInteger(at: start, as: Int64.self) ?? -1
        let length = Int(front.getInteger(at: start + 8, as: Int32.self) ?? -1)
        let magic = front.getInteger(at: start + 16, as: Int8.self) ?? -1
        let here = position
        let size = length + RecordBatchHeader.prefixSize
        let minimum = magic == 2 ? RecordBatchHeader.size : LegacyRecords.prefixSize + LegacyRecords.minimumSize
        guard (0...2).contains(magic) else {
            return .damaged(position: here, reason: "record format \(magic) is not known")
        }
        guard size >= minimum else { return .damaged(position: here, reason: "batch length \(length) is impossible") }
        guard Int64(size) <= end - here else {
            return .damaged(position: here, reason: "the batch of \(size) bytes is cut off after \(end - here)")
        }
        if magic < 2 {
            // The offset behind it must exist.
            guard offset >= 0, offset < Int64.max else {
                return .damaged(position: here, reason: "offset \(offset) of a message is impossible")
            }
            position += Int64(size)
            return .legacy(offset: offset, size: size, position: here)
        }
        guard let header = RecordBatchHeader(front, at: start) else {
            return .damaged(position: here, reason: "the batch header is cut off")
        }
        position += Int64(size)
        return .batch(header, position: here)
    }

    /// What `nextHeader` would find; the position stays.
    mutating func peek() throws(LogError) -> Found {
        let here = position
        let found = try nextHeader()
        position = here
        return found
    }

    /// The bytes of the batch at `position`.
    mutating func batchBytes(at position: Int64, size: Int) throws(LogError) -> ByteBuffer? {
        try bytes(at: position, count: size)
    }

    /// The bytes from a batch on that was found, as far as they have been read; nil when not all of the batch was.
    func held(from position: Int64, size: Int) -> ByteBuffer? {
        let offset = Int(position - windowStart)
        guard position >= windowStart, offset + size <= window.readableBytes else { return nil }
        return window.getSlice(at: window.readerIndex + offset, length: window.readableBytes - offset)
    }

    /// Where the first batch begins, from a position on, that `isWhole` takes. What is before it may have a wrong length, so every byte is
    /// tried; offset and format rule out nearly all before `isWhole` is asked.
    static func search(
        _ file: any StorageFile,
        from first: Int64,
        to end: Int64,
        offsets: ClosedRange<Int64>,
        _ isWhole: (Int64) throws(LogError) -> Bool
    ) throws(LogError) -> Int64? {
        let step = 1 << 20
        var start = first
        while start + Int64(RecordBatchHeader.size) <= end {
            let count = min(step + RecordBatchHeader.size, Int(end - start))
            let window = try storage { () throws(StorageError) in try file.read(at: start, count: count) }
            let candidates = window.withUnsafeReadableBytes { bytes in
                (0..<max(0, min(step, bytes.count - RecordBatchHeader.size + 1))).filter { index in
                    bytes[index + 16] == 2
                        && offsets.contains(
                            Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: index, as: Int64.self))
                        )
                }
            }
            for candidate in candidates where try isWhole(start + Int64(candidate)) {
                return start + Int64(candidate)
            }
            start += Int64(step)
        }
        return nil
    }

    private mutating func bytes(at position: Int64, count: Int) throws(LogError) -> ByteBuffer? {
        let offset = Int(position - windowStart)
        if position >= windowStart, offset + count <= window.readableBytes {
            return window.getSlice(at: window.readerIndex + offset, length: count)
        }
        let wanted = min(max(count, windowSize), Int(end - position))
        do throws(StorageError) {
            window =
                isCachedOnly
                ? try file.readCached(at: position, count: wanted) : try file.read(at: position, count: wanted)
        } catch {
            throw .storage(error)
        }
        windowStart = position
        guard window.readableBytes >= count else { return nil }
        return window.getSlice(at: window.readerIndex, length: count)
    }
}
