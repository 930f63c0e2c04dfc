import KafkaProtocol
import LogStorage
import Synchronization
import World

/// Replicas whose log directory is full. The controller hears of each one for whose records there was no space, and has others lead, and be in sync,
/// as long as it is so; the directory itself works on, and what is in it can be read.
extension PartitionStore {
    func foundNoSpace(_ partition: Partition) {
        if partition.directory.foundNoSpace(partition.id) { locationsChanged([partition.id]) }
    }

    /// Looks whether there is space again. Blocks on the disk.
    func lookForSpace() {
        for directory in directories where !directory.isOffline {
            let ids = directory.lookForSpace()
            if !ids.isEmpty { locationsChanged(ids.sorted()) }
        }
    }

    /// Where a replica is, also one whose log could not be opened because its directory failed.
    func location(of id: TopicPartition) -> DirectoryAssigner.Location? {
        // The controller hears of the new directory before the replica is there: it would not notice that this one fails otherwise.
        if let directory = mover.toldDirectory(of: id) ?? self[id]?.directory {
            var location = DirectoryAssigner.Location(directory: directory.meta.directoryId)
            location.condition = directory.isOffline ? .failed : directory.lacksSpace(for: id) ? .full : .works
            return location
        }
        guard let directory = unopened.withLock({ $0[id]?.directory }), directory.isOffline else { return nil }
        return DirectoryAssigner.Location(directory: directory.meta.directoryId, condition: .failed)
    }

    func locationsChanged(_ ids: [TopicPartition]) {
        let tell = locationObserver.withLock { $0 }
        tell?(ids)
    }
}
