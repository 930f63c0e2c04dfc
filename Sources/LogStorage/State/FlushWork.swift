@_spi(Sabotage) import KafkaProtocol
import NIOCore
import World

/// What has to reach the disk so that a log is durable up to an offset. Made under the partition's lock, run outside of it.
package struct FlushWork: Sendable {
    struct Epochs: Sendable {
        var path: String
        var content: ByteBuffer
        var gate: FlushGate
    }

    let segments: [SegmentFile]
    /// Transaction indexes that have changed.
    var indexes: [String] = []
    /// The leader epoch file and what it has to hold, when that has changed.
    let epochs: Epochs?
    let directories: [String]
    let fileSystem: any FileSystem
    /// The log is durable below this offset once `run` returned.
    package let upTo: Int64

    /// So often, and so far apart, it is tried again when a file cannot be opened because too many are.
    private static let attempts = 500
    private static let pauseMillis: Int64 = 20

    /// Blocks until all of it is durable.
    ///
    /// - Throws: with kind `.noSpace` when the leader epochs found no space: nothing is lost then. See `PartitionLog.postponeFlush`.
    package func run() throws(StorageError) {
        for _ in 0..<Self.attempts {
            do { return try runOnce() } catch {
                // Nothing is wrong with the disk, and what was synced may be synced again.
                guard error.kind == .tooManyOpenFiles else { throw error }
                fileSystem.pause(milliseconds: Self.pauseMillis)
            }
        }
        try runOnce()
    }

    private func runOnce() throws(StorageError) {
        for segment in segments { try syncing { () throws(StorageError) in try segment.sync() } }
        // Before the log counts as durable: what was aborted is not looked for again in what is durable, nor are the epochs.
        for path in indexes { try syncIndex(path) }
        if let epochs, !Sabotage.epochsNotFlushed.isOn {
            try epochs.gate.pass { () throws(StorageError) in
                try fileSystem.writeAtomically(epochs.content, to: epochs.path)
            }
        }
        for directory in directories where !Sabotage.directoryNotSynced.isOn {
            try syncing { () throws(StorageError) in try fileSystem.syncDirectory(directory) }
        }
    }

    /// There may be none, or no longer: compaction has written it anew, and synced it.
    private func syncIndex(_ path: String) throws(StorageError) {
        do throws(StorageError) {
            let file = try fileSystem.open(path, .readWrite)
            try syncing { () throws(StorageError) in try file.sync() }
        } catch {
            if error.kind != .notFound { throw error }
        }
    }

    /// A sync that fails may have dropped what it was to write, also when it says that there is no space.
    private func syncing(_ sync: () throws(StorageError) -> Void) throws(StorageError) {
        do throws(StorageError) { try sync() } catch {
            var error = error
            if error.kind == .noSpace { error.kind = .io }
            throw error
        }
    }
}
