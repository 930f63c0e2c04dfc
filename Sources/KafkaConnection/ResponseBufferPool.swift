import NIOCore

/// Reuses the buffers of large responses once nothing refers to them any more: fresh memory costs a page fault for every four kilobytes, which
/// took a third of the time of reading (docs/performance.md).
struct ResponseBufferPool {
    /// Smaller ones come from the allocator's own lists.
    static let smallest = 64 << 10
    /// Larger ones are given back: what was needed once shall not be held for good.
    static let largest = 16 << 20
    /// One is being looked at, one waits, one arrives.
    static let count = 4

    private var buffers: [ByteBuffer] = []

    /// An empty buffer with room for so much, if there is one.
    mutating func take(_ capacity: Int) -> ByteBuffer? {
        for index in buffers.indices {
            let isRoomy = buffers[index].modifyIfUniquelyOwned { buffer in
                buffer.clear()
                return buffer.capacity >= capacity
            }
            if isRoomy ?? false { return buffers.remove(at: index) }
        }
        return nil
    }

    /// Remembers the memory of an answer that was handed out.
    mutating func keep(_ buffer: ByteBuffer) {
        guard (Self.smallest...Self.largest).contains(buffer.capacity) else { return }
        if buffers.count == Self.count { buffers.removeFirst() }
        buffers.append(buffer)
    }
}
