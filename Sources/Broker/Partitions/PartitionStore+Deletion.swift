import ClusterMetadata
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// How replicas end whose topic is gone.
extension PartitionStore {
    /// The topic is gone, or another one has its name.
    func remove(topic: String, exceptId: KafkaUUID?) {
        remove { id, topicId in id.topic == topic && topicId != exceptId }
    }

    /// The replica is on other brokers now.
    func remove(_ id: TopicPartition) {
        if self[id] == nil, unopened.withLock({ $0[id] == nil }) { return }
        logger.info("the replica has moved to other brokers and is deleted here", metadata: ["partition": "\(id)"])
        remove { known, _ in known == id }
    }

    private func remove(where isGone: (TopicPartition, KafkaUUID) -> Bool) {
        let gone = partitions.withLock { all in
            let gone = all.all().filter { isGone($0.id, $0.topicId) }
            for partition in gone { all[partition.id] = nil }
            return gone
        }
        let broken = takeUnopened(where: isGone)
        cleanerEntries.withLock { entries in
            for id in gone.map(\.id) + broken.keys { for path in entries.keys { entries[path]?.remove(id) } }
        }
        staleEntries.withLock { $0.formUnion(gone.map(\.id) + broken.keys) }
        for partition in gone {
            mover.giveUp(partition.id, because: "the replica is deleted")
            try? partition.close(.deleted)
            if directoryExists(of: partition.id, in: partition.directory), !Sabotage.deletedTopicServed.isOn {
                removeDirectory(of: partition.id, in: partition.directory)
            }
        }
        for (id, partition) in broken.sorted(by: { $0.key < $1.key })
        where directoryExists(of: id, in: partition.directory) {
            removeDirectory(of: id, in: partition.directory)
        }
    }

    private func takeUnopened(where isGone: (TopicPartition, KafkaUUID) -> Bool) -> [TopicPartition: Unopened] {
        if !unopened.withLock({ $0.contains { isGone($0.key, $0.value.placed.topicId) } }) { return [:] }
        return reopening.withLock { _ in
            unopened.withLock { all in
                let broken = all.filter { isGone($0.key, $0.value.placed.topicId) }
                for id in broken.keys { all[id] = nil }
                return broken
            }
        }
    }

    private func directoryExists(of id: TopicPartition, in directory: LogDirectoryRuntime) -> Bool {
        directory.storage.fileSystem.exists(directory.storage.directory(of: id))
    }

    /// Renames a partition's directory now, and removes it in the background.
    func removeDirectory(of id: TopicPartition, in directory: LogDirectoryRuntime) {
        do throws(LogError) {
            var generator = world.random
            let path = try directory.storage.markDeleted(id, using: &generator)
            directory.background { [logger] in
                do throws(StorageError) { try directory.storage.fileSystem.removeTree(path) } catch {
                    logger.warning("\(error)", metadata: ["directory": "\(path)"])
                }
            }
        } catch {
            logger.error("\(error)", metadata: ["partition": "\(id)"])
            if case .storage(let failure) = error { directory.handle(failure) }
        }
    }
}
