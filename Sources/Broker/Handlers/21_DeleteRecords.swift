import KafkaProtocol
import LogStorage
import World

/// DeleteRecords: moves the start of partitions up.
struct DeleteRecordsHandler: ApiHandler {
    let cluster: PublishedView
    let store: PartitionStore
    let background: any Worker

    func handle(_ message: DeleteRecordsRequest, _ request: Request) {
        let view = cluster.view
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
        background.submit {
            let failed = store.checkpoint()
            request.reply(failed.isEmpty ? result : refusing(result, in: failed))
        }
    }

    /// The answer where the new starts of some directories' partitions could not be written.
    private func refusing(_ response: DeleteRecordsResponse, in failed: [LogDirectoryRuntime])
        -> DeleteRecordsResponse
    {
        var response = response
        for topic in response.topics.indices {
            let name = response.topics[topic].name
            for index in response.topics[topic].partitions.indices {
                let cell = response.topics[topic].partitions[index]
                guard cell.errorCode == .none, let partition = store[TopicPartition(name, cell.partitionIndex)],
                    failed.contains(where: { $0 === partition.directory })
                else { continue }
                response.topics[topic].partitions[index].errorCode = .kafkaStorageError
                response.topics[topic].partitions[index].lowWatermark = -1
            }
        }
        return response
    }
}
