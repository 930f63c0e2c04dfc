/// How a log's files are read at the moment: shared by the segments of a log and their indexes, and covered by the log's lock.
final class ReadMode {
    /// Only what the page cache has: `.notCached` is thrown instead of waiting for the device. Nothing is repaired then.
    var isCachedOnly = false
    /// Another log over the same files: it repairs nothing.
    var isForeign = false

    var mayRepair: Bool { !isCachedOnly && !isForeign }
}
