import ClusterMetadata
import KafkaProtocol
import LogStorage
import Logging
import Replication
import Synchronization
import World

/// Logs that could not be opened because something was short are tried again. A damaged one is set aside, and begun anew from the leader's, as soon as
/// the replica counts for nothing: it is neither in sync nor eligible to lead, so nothing that was acknowledged depends on it. Errors of
/// the disk wait for a start.
extension PartitionStore {
    static let reopeningMillis: Int64 = 5000

    /// Tries again to open logs. Blocks on the disk.
    ///
    /// - Parameter image: the metadata of now, or of some moment since this broker has registered.
    /// - Returns: those that are open now. Nobody knows them before `adopt`.
    func reopen(_ image: MetadataImage) -> [Partition] {
        let waiting = unopened.withLock { $0.filter { mayBeOpened($0.key, $0.value, image) }.keys }
        return waiting.sorted().compactMap { id in
            reopening.withLock { _ in
                guard var known = unopened.withLock({ $0[id] }), !known.directory.isOffline else { return nil }
                do throws(LogError) {
                    if known.obstacle == .damage { known = try setAside(known) }
                    return clearStaleEntries(of: id) ? try open(known) : nil
                } catch {
                    failedAgain(id, known, error)
                    return nil
                }
            }
        }
    }

    private func mayBeOpened(_ id: TopicPartition, _ known: Unopened, _ image: MetadataImage) -> Bool {
        switch known.obstacle {
        case .room: true
        case .damage: isDispensable(id, known, image)
        case .disk: false
        }
    }

    /// Whether others have all that was acknowledged. It stays like that until the replica fetches, so an image of any time since this process was
    /// registered will do.
    private func isDispensable(_ id: TopicPartition, _ known: Unopened, _ image: MetadataImage) -> Bool {
        guard let own = incarnationId.withLock({ $0 }), image.brokers[nodeId]?.registration.incarnationId == own,
            let topic = image.topic(named: id.topic), topic.id == known.placed.topicId,
            let partition = topic.partitions[id.partition]
        else { return false }
        let counting = partition.isr + partition.eligibleLeaderReplicas + partition.lastKnownElr
        return partition.leader >= 0 && !counting.contains(nodeId)
    }

    /// Renames the directory of a damaged log. A start that finds it gone, and the checkpoints not written yet, makes an empty log, too.
    private func setAside(_ known: Unopened) throws(LogError) -> Unopened {
        let id = known.placed.id
        var generator = world.random
        let target = try known.directory.storage.markStray(id, using: &generator)
        var empty = Unopened(placed: known.placed, directory: known.directory, opening: LogOpening(), obstacle: .room)
        empty.opening.isClean = true
        unopened.withLock { $0[id] = empty }
        cleanerEntries.withLock { _ = $0[known.directory.path]?.remove(id) }
        staleEntries.withLock { _ = $0.insert(id) }
        logger.warning(
            "the replica begins anew with what its leader has, since its log is damaged; its directory was renamed: remove it if nothing of it is needed",
            metadata: ["partition": "\(id)", "directory": "\(target)"]
        )
        decisions.note(.begunAnew(id, former: target))
        return empty
    }

    private func failedAgain(_ id: TopicPartition, _ known: Unopened, _ error: LogError) {
        if error.obstacle == .room { return }
        unopened.withLock { $0[id]?.obstacle = error.obstacle }
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
    fileprivate var isLackOfRoom: Bool {
        guard case .storage(let failure) = self else { return false }
        return failure.kind == .noSpace || failure.kind == .tooManyOpenFiles
    }

    var obstacle: PartitionStore.Obstacle {
        if case .corrupt = self { return .damage }
        return isLackOfRoom ? .room : .disk
    }
}
