import ClusterMetadata
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import World

/// Replicas that go from one log directory of this node to another.
///
/// On the disk: everything that is durable here is made so there, with the checkpoints' entries; then the `-future` directory gets the partition's
/// name, which is the moment from which on a start uses it; once that is durable, the old directory is renamed for deletion. A crash leaves
/// the old one alone, or both: then the metadata tell which, for the controller had the new one before.
extension PartitionStore {
    /// The last step of a move. On the thread of the old directory's flushes; no checkpoint is written meanwhile.
    ///
    /// - Returns: false when it has to be prepared again.
    func exchange(_ move: ReplicaMove, _ prepared: ReplicaMove.Prepared) throws(ReplicaMove.Failure) -> Bool {
        try staleEntries.withLock { _ throws(ReplicaMove.Failure) in
            try announce(move, prepared)
            guard try move.exchange(prepared) else { return false }
            partitions.withLock { $0.moved(move.partition) }
            leave(move)
            return true
        }
    }

    /// Writes the checkpoints that the replica needs where it goes to.
    private func announce(_ move: ReplicaMove, _ prepared: ReplicaMove.Prepared) throws(ReplicaMove.Failure) {
        let id = move.partition.id
        var arrival = Arrival(
            id: id,
            recoveryPoint: prepared.recoveryPoint,
            logStart: prepared.logStart,
            highWatermark: prepared.highWatermark
        )
        let hasEntry = cleanerEntries.withLock { entries in
            let hasEntry = entries[move.source.path]?.contains(id) ?? false
            if hasEntry { entries[move.target.path, default: []].insert(id) }
            return hasEntry
        }
        if hasEntry { arrival.cleanedOffset = prepared.cleanedOffset }
        do throws(LogError) { try checkpoint(move.target, with: arrival) } catch {
            throw ReplicaMove.Failure(error: error, isOfTarget: true)
        }
    }

    /// The replica lies in the new directory: what the old one has of it goes.
    private func leave(_ move: ReplicaMove) {
        let id = move.partition.id
        do throws(StorageError) {
            try move.target.storage.fileSystem.syncDirectory(move.target.path)
        } catch {
            // The old directory stays: a start decides between them.
            return move.target.fail("\(error)")
        }
        cleanerEntries.withLock { _ = $0[move.source.path]?.remove(id) }
        move.target.flush(move.partition)
        if move.source.storage.fileSystem.exists(move.source.storage.directory(of: id)) {
            removeDirectory(of: id, in: move.source)
        }
        // Who was told of a failure before the replica lay here has left it out.
        if move.target.isOffline { move.partition.fail() }
    }

    // MARK: After a start

    /// Brings moves to an end that a stop has interrupted, before the logs are opened; the others begin again once they are open.
    ///
    /// - Returns: what is remembered of the directories then, and which replicas were on their way to which.
    func takeUpMoves(_ image: MetadataImage, _ remembered: [Remembered]) -> (
        remembered: [Remembered], interrupted: [(TopicPartition, LogDirectoryRuntime)]
    ) {
        var remembered = removeLeftBehind(image, remembered)
        var interrupted: [(TopicPartition, LogDirectoryRuntime)] = []
        for (place, directory) in directories.enumerated() where !directory.isOffline {
            let futures: [LogDirectory.Future]
            do throws(LogError) { futures = try directory.storage.futures() } catch {
                logger.error("\(error)", metadata: ["directory": "\(directory.path)"])
                continue
            }
            for future in futures {
                guard let (id, known) = replica(of: future, image) else {
                    remove(future, in: directory)
                    continue
                }
                if remembered.contains(where: { $0.present.contains(id) }) {
                    let isHere = remembered[place].present.contains(id)
                    if !isHere, !interrupted.contains(where: { $0.0 == id }) { interrupted.append((id, directory)) }
                } else if known == directory.meta.directoryId, take(future, as: id, in: directory) {
                    remembered[place].present.insert(id)
                    continue
                }
                remove(future, in: directory)
            }
        }
        return (remembered, interrupted)
    }

    /// A replica that lies in two directories has been moved from one of them: the controller knew where to before it lay there.
    private func removeLeftBehind(_ image: MetadataImage, _ remembered: [Remembered]) -> [Remembered] {
        var left: [Set<TopicPartition>] = Array(repeating: [], count: remembered.count)
        var seen: Set<TopicPartition> = []
        for id in remembered.flatMap({ Array($0.present) }).sorted() where !seen.insert(id).inserted {
            let known = image.topic(named: id.topic)?.partitions[id.partition]?.directory(of: nodeId)
            let places = remembered.indices.filter { remembered[$0].present.contains(id) }
            let isRight = { (place: Int) in
                (self.directories[place].meta.directoryId == known) != Sabotage.formerPlaceTaken.isOn
            }
            guard let place = places.first(where: isRight) else { continue }
            for other in places where other != place && left[other].insert(id).inserted {
                logger.notice(
                    "a replica was moved to another log directory before the stop: the old one is removed",
                    metadata: [
                        "partition": "\(id)", "from": "\(directories[other].path)", "to": "\(directories[place].path)",
                    ]
                )
                removeDirectory(of: id, in: directories[other])
            }
        }
        return zip(remembered, left).map { $0.without($1) }
    }

    /// The replica that was being moved, and the directory that the metadata know of it; nil when none like that is placed here.
    private func replica(of future: LogDirectory.Future, _ image: MetadataImage) -> (TopicPartition, KafkaUUID?)? {
        let topic = future.topicId.map { image.topics[$0] } ?? image.topic(named: future.name.topic)
        guard let topic, let partition = topic.partitions[future.name.partition], partition.replicas.contains(nodeId)
        else { return nil }
        return (TopicPartition(topic.name, future.name.partition), partition.directory(of: nodeId))
    }

    /// The directory that it was copied from is gone, and the controller takes the replica to be here: what the copy has is all that there is.
    private func take(_ future: LogDirectory.Future, as id: TopicPartition, in directory: LogDirectoryRuntime) -> Bool {
        logger.warning(
            "the log directory is gone from which a replica was being moved: its copy is used, and may lack the last records",
            metadata: ["partition": "\(id)", "directory": "\(directory.path)"]
        )
        do throws(LogError) { try directory.storage.take(future, as: id) } catch {
            logger.error("\(error)", metadata: ["partition": "\(id)"])
            return false
        }
        return true
    }

    /// What is left of a move is not worth to be gone on with: reading it again would cost what copying does.
    private func remove(_ future: LogDirectory.Future, in directory: LogDirectoryRuntime) {
        directory.background { [logger] in
            do throws(StorageError) { try directory.storage.fileSystem.removeTree(future.path) } catch {
                logger.warning("\(error)", metadata: ["directory": "\(future.path)"])
            }
        }
    }
}
