import ClusterMetadata
import KafkaProtocol
import LogStorage
import World

/// StartCompaction, an API of Ottla's own: an operator wants logs of this node compacted now. Needs ALTER on the topic once there are ACLs.
struct StartCompactionHandler: ApiHandler {
    let cluster: PublishedView
    let store: PartitionStore
    let background: any Worker
    let nodeId: Int32

    func handle(_ message: StartCompactionRequest, _ request: Request) {
        // It may end segments: not on the loop.
        background.submit {
            let wall = store.retentionTime()
            var response = StartCompactionResponse()
            response.topics = message.topics.map { topic in
                var row = StartCompactionResponse.TopicResult()
                row.name = topic.name
                row.partitions = topic.partitions.map { cell(TopicPartition(topic.name, $0), wall) }
                return row
            }
            store.cleaner.tick(store, CleanerSettings(cluster.view.resolver))
            request.reply(response)
        }
    }

    private func cell(_ id: TopicPartition, _ wall: Int64) -> StartCompactionResponse.PartitionResult {
        var cell = StartCompactionResponse.PartitionResult()
        cell.partitionIndex = id.partition
        switch cluster.view.replica(id) {
        case .failure(let code): cell.errorCode = code
        case .success(let partition):
            if let (code, reason) = refusal(partition) {
                (cell.errorCode, cell.errorMessage) = (code, reason)
                return cell
            }
            do throws(LogError) {
                if let answer = try store.cleaner.compact(partition, wall: wall) {
                    cell.outcome = answer.outcome.rawValue
                    cell.pass = answer.pass ?? -1
                    cell.rolledAtOffset = answer.rolledAt ?? -1
                    cell.wait = answer.status.wait.rawValue
                    cell.waitUntilMs = answer.status.waitUntil ?? -1
                } else {
                    cell.errorCode = .requestTimedOut
                    cell.errorMessage = "the log of an earlier topic of this name is still worked on; try it again"
                }
            } catch {
                if case .storage(let failure) = error { partition.directory.handle(failure) }
                (cell.errorCode, cell.errorMessage) = (.kafkaStorageError, "\(error)")
            }
        }
        return cell
    }

    private func refusal(_ partition: Partition) -> (ErrorCode, String?)? {
        guard let isCompacted = partition.isCompacted else { return (.kafkaStorageError, nil) }
        if !isCompacted {
            let topic = partition.id.topic
            let view = cluster.view
            let policy = view.resolver.topicValue("cleanup.policy", view.image.config(.topic(topic))) ?? ""
            return (.policyViolation, "topic '\(topic)' is not compacted: its cleanup.policy is '\(policy)'")
        }
        if !store.cleaner.isOn {
            return (.policyViolation, "node \(nodeId) compacts nothing: its log.cleaner.enable is false")
        }
        return nil
    }
}
