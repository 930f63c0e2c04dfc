import KafkaProtocol
import NIOPosix

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
                } else if let partition = route?.partition(asked.partitionIndex) {
                    (cell.errorCode, cell.lowWatermark) = partition.deleteRecords(before: asked.offset)
                } else {
                    cell.errorCode = .unknownTopicOrPartition
                }
                return cell
            }
            return row
        }
        // The new starts must survive a crash before they are acknowledged.
        let result = response
        node.background.submit { _ in
            node.store.checkpoint()
            request.reply(result)
        }
    }
}
