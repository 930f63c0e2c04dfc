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
        let gone = partitions.withLock { all in
            let gone = all.all().filter { $0.id.topic == topic && $0.topicId != exceptId }
            for partition in gone { all[partition.id] = nil }
            return gone
        }
        let broken = takeUnopened(of: topic, exceptId)
        cleanerEntries.withLock { entries in
            for id in gone.map(\.id) + broken.keys { for path in entries.keys { entries[path]?.remove(id) } }
        }
        staleEntries.withLock { $0.formUnion(gone.map(\.id) + broken.keys) }
        for partition in gone {
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

    private func takeUnopened(of topic: String, _ exceptId: KafkaUUID?) -> [TopicPartition: Unopened] {
        func isGone(_ entry: (key: TopicPartition, value: Unopened)) -> Bool {
            entry.key.topic == topic && entry.value.placed.topicId != exceptId
        }
        if !unopened.withLock({ $0.contains(where: isGone) }) { return [:] }
        return reopening.withLock { _ in
            unopened.withLock { all in
                let broken = all.filter(isGone)
                for id in broken.keys { all[id] = nil }
                return broken
            }
        }
    }

    private func directoryExists(of id: TopicPartition, in directory: LogDirectoryRuntime) -> Bool {
        directory.storage.fileSystem.exists(directory.storage.directory(of: id))
    }

    /// Renames a partition's directory now, and removes it in the background.
    private func removeDirectory(of id: TopicPartition, in directory: LogDirectoryRuntime) {
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
