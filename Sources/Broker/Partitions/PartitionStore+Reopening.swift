import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// Logs that could not be opened because something was short are tried again. Others wait for a start: damage stays.
extension PartitionStore {
    static let reopeningMillis: Int64 = 5000

    /// Tries again to open logs for which there was no room. Blocks on the disk.
    ///
    /// - Returns: those that are open now. Nobody knows them before `adopt`.
    func reopen() -> [Partition] {
        let waiting = unopened.withLock { $0.filter(\.value.lacksRoom).keys }
        return waiting.sorted().compactMap { id in
            reopening.withLock { _ in
                guard let known = unopened.withLock({ $0[id] }), !known.directory.isOffline else { return nil }
                do throws(LogError) { return try open(known) } catch {
                    failedAgain(id, known, error)
                    return nil
                }
            }
        }
    }

    private func failedAgain(_ id: TopicPartition, _ known: Unopened, _ error: LogError) {
        if error.isLackOfRoom { return }
        unopened.withLock { $0[id]?.lacksRoom = false }
        logger.error(
            "the partition stays offline: its log cannot be opened",
            metadata: ["partition": "\(id)", "reason": "\(error)"]
        )
        decisions.note(.cannotBeOpened(id, reason: "\(error)", isTriedAgain: false))
        if case .storage(let failure) = error, failure.kind == .io { known.directory.handle(failure) }
    }

    /// Takes in partitions whose logs could be opened after all, as the metadata is now. On the controller's thread.
    ///
    /// - Returns: those that can be used; the others are not wanted here any more.
    func adopt(_ reopened: [Partition], _ image: MetadataImage, _ resolver: ConfigResolver) -> [Partition] {
        reopened.filter { partition in
            let id = partition.id
            guard unopened.withLock({ $0[id]?.placed.topicId }) == partition.topicId,
                let topic = image.topic(named: id.topic), topic.id == partition.topicId,
                let known = topic.partitions[id.partition], known.replicas.contains(nodeId)
            else {
                try? partition.close(.deleted)
                return false
            }
            partition.reconfigure(settings(id.topic, image, resolver))
            partition.follow(metadata(known, image))
            use(partition)
            unopened.withLock { $0[id] = nil }
            logger.notice("the partition is online: its log could be opened", metadata: ["partition": "\(id)"])
            decisions.note(.opened(id))
            return true
        }
    }
}

extension LogError {
    /// Nothing is wrong with the log: there was no space, or there were too many open files.
    var isLackOfRoom: Bool {
        guard case .storage(let failure) = self else { return false }
        return failure.kind == .noSpace || failure.kind == .tooManyOpenFiles
    }
}
