import KafkaProtocol
import LogStorage

/// DescribeProducers: the producers that a partition remembers.
struct DescribeProducersHandler: ApiHandler {
    let cluster: PublishedView

    func handle(_ message: DescribeProducersRequest, _ request: Request) {
        let view = cluster.view
        var response = DescribeProducersResponse()
        response.topics = message.topics.map { topic in
            var row = DescribeProducersResponse.TopicResponse()
            row.name = topic.name
            row.partitions = topic.partitionIndexes.map { number in
                var cell = DescribeProducersResponse.PartitionResponse()
                cell.partitionIndex = number
                let producers: [ProducerEntry]
                switch view.partition(topic.name, number).flatMap({ $0.producers() }) {
                case .success(let known): producers = known
                case .failure(let code):
                    cell.errorCode = code
                    cell.errorMessage = Self.sentence(code, topic.name, number)
                    return cell
                }
                cell.activeProducers = producers.map { producer in
                    var state = DescribeProducersResponse.ProducerState()
                    state.producerId = producer.producerId
                    state.producerEpoch = Int32(producer.epoch)
                    state.lastSequence = producer.lastSequence
                    state.lastTimestamp = producer.lastTimestamp
                    state.coordinatorEpoch = producer.coordinatorEpoch
                    state.currentTxnStartOffset = producer.transactionFirstOffset ?? -1
                    return state
                }
                return cell
            }
            return row
        }
        request.reply(response)
    }

    private static func sentence(_ code: ErrorCode, _ topic: String, _ number: Int32) -> String {
        code == .unknownTopicOrPartition ? "topic '\(topic)' has no partition \(number)" : code.message
    }
}
