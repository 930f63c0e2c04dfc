/// What has to reach the disk so that a log is durable up to an offset. Made under the partition's lock, run outside of it.
public struct FlushWork: Sendable {
    let segments: [SegmentFile]
    /// The leader epoch file, when it has changed.
    let epochs: String?
    let directories: [String]
    let fileSystem: any FileSystem
    /// The log is durable below this offset once `run` returned.
    public let upTo: Int64

    /// Blocks until all of it is durable.
    public func run() throws(StorageError) {
        for segment in segments { try segment.sync() }
        if let epochs { try fileSystem.open(epochs, .readWrite).sync() }
        for directory in directories { try fileSystem.syncDirectory(directory) }
    }
}
