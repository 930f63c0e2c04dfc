import ClusterMetadata
import KafkaProtocol
import LogStorage
import World

/// AlterReplicaLogDirs: moves replicas of this broker to other log directories of it. The answer says whether a move has begun; how far it is,
/// DescribeLogDirs tells.
struct AlterReplicaLogDirsHandler: ApiHandler {
    let cluster: PublishedView
    let store: PartitionStore
    let background: any Worker

    func handle(_ message: AlterReplicaLogDirsRequest, _ request: Request) {
        // The paths of directories are looked up on the disk.
        background.submit {
            let image = cluster.view.image
            let directories = Dictionary(
                // As DescribeLogDirs names them, and as the configuration does.
                store.directories.flatMap { [($0.storage.fileSystem.absolutePath($0.path), $0), ($0.path, $0)] },
                uniquingKeysWith: { first, _ in first }
            )
            var response = AlterReplicaLogDirsResponse()
            var places: [String: Int] = [:]
            for directory in message.dirs {
                for topic in directory.topics {
                    let place = places[topic.name] ?? response.results.count
                    if places.updateValue(place, forKey: topic.name) == nil {
                        var row = AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult()
                        row.topicName = topic.name
                        response.results.append(row)
                    }
                    for number in topic.partitions {
                        var cell = AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult()
                        cell.partitionIndex = number
                        let id = TopicPartition(topic.name, number)
                        cell.errorCode = move(id, to: directories[directory.path], image)
                        response.results[place].partitions.append(cell)
                    }
                }
            }
            request.reply(response)
        }
    }

    private func move(_ id: TopicPartition, to target: LogDirectoryRuntime?, _ image: MetadataImage) -> ErrorCode {
        guard let target else { return .logDirNotFound }
        if target.isOffline { return .kafkaStorageError }
        // A start would not know which of two directories holds the replica.
        guard image.metadataVersion?.hasDirectories ?? true else { return .unsupportedVersion }
        if let partition = store[id] {
            if partition.directory.isOffline || !partition.isMovable { return .kafkaStorageError }
            store.mover.move(partition, to: target)
            return .none
        }
        if store.isUnopened(id) { return .kafkaStorageError }
        // Should it come here, it is made there. A name that no topic can have never comes, and may be long.
        if TopicName.problem(with: id.topic) == nil { store.mover.prefer(target, for: id) }
        return image.topic(named: id.topic)?.partitions[id.partition] == nil
            ? .unknownTopicOrPartition : .replicaNotAvailable
    }
}
