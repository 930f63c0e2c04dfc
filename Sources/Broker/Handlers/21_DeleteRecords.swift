import KafkaProtocol
import LogStorage
import World

/// DeleteRecords: moves the start of partitions up.
enum DeleteRecordsHandler {
    static let api = Api(.deleteRecords) { (message: DeleteRecordsRequest, request, node) in
        let view = node.view
        var response = DeleteRecordsResponse()
        response.topics = message.topics.map { topic in
            var row = DeleteRecordsResponse.DeleteRecordsTopicResult()
            row.name = topic.name
            let route = view.topics[topic.name]
            row.partitions = topic.partitions.map { asked in
                var cell = DeleteRecordsResponse.DeleteRecordsPartitionResult()
                cell.partitionIndex = asked.partitionIndex
                cell.lowWatermark = -1
                if route?.isInternal == true {
                    cell.errorCode = .invalidTopicException
                } else {
                    switch view.partition(topic.name, asked.partitionIndex) {
                    case .failure(let code): cell.errorCode = code
                    case .success(let partition):
                        (cell.errorCode, cell.lowWatermark) = partition.deleteRecords(before: asked.offset)
                    }
                }
                return cell
            }
            return row
        }
        // The new starts must survive a crash before they are acknowledged.
        let result = response
        node.background.submit {
            let failed = node.store.checkpoint()
            request.reply(failed.isEmpty ? result : refusing(result, in: failed, node))
        }
    }

    /// The answer where the new starts of some directories' partitions could not be written.
    private static func refusing(_ response: DeleteRecordsResponse, in failed: [LogDirectoryRuntime], _ node: Node)
        -> DeleteRecordsResponse
    {
        var response = response
        for topic in response.topics.indices {
            let name = response.topics[topic].name
            for index in response.topics[topic].partitions.indices {
                let cell = response.topics[topic].partitions[index]
                guard cell.errorCode == .none, let partition = node.store[TopicPartition(name, cell.partitionIndex)],
                    failed.contains(where: { $0 === partition.directory })
                else { continue }
                response.topics[topic].partitions[index].errorCode = .kafkaStorageError
                response.topics[topic].partitions[index].lowWatermark = -1
            }
        }
        return response
    }
}
