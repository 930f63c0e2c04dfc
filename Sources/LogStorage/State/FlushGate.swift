import Synchronization

/// Lets a flush write a log's small files by their names, until the log is over: then another one may have its directory.
package final class FlushGate: Sendable {
    private let isClosed = Mutex(false)

    /// No write begins any more; waits for one that is under way. Blocks on the disk.
    package func close() { isClosed.withLock { $0 = true } }

    func pass<Failure>(_ write: () throws(Failure) -> Void) throws(Failure) {
        try isClosed.withLock { isClosed throws(Failure) in
            if !isClosed { try write() }
        }
    }
}
