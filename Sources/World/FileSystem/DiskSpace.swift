/// The space of a file system.
package struct DiskSpace: Equatable, Sendable {
    package var totalBytes: Int64
    package var usableBytes: Int64

    package init(totalBytes: Int64, usableBytes: Int64) {
        self.totalBytes = totalBytes
        self.usableBytes = usableBytes
    }

    /// In blocks, as the system counts it. Network file systems name numbers of which the product has no room.
    package init(blocks: UInt64, usableBlocks: UInt64, blockSize: UInt64) {
        func bytes(_ count: UInt64) -> Int64 {
            let (product, overflows) = count.multipliedReportingOverflow(by: blockSize)
            return overflows ? .max : Int64(clamping: product)
        }
        self.init(totalBytes: bytes(blocks), usableBytes: bytes(usableBlocks))
    }
}
