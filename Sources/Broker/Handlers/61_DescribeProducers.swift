import KafkaProtocol
import LogStorage

/// DescribeProducers: the producers that a partition remembers.
enum DescribeProducersHandler {
    static let api = Api(.describeProducers) { (message: DescribeProducersRequest, request, node) in
        let view = node.view
        var response = DescribeProducersResponse()
        response.topics = message.topics.map { topic in
            var row = DescribeProducersResponse.TopicResponse()
            row.name = topic.name
            row.partitions = topic.partitionIndexes.map { number in
                var cell = DescribeProducersResponse.PartitionResponse()
                cell.partitionIndex = number
                guard let partition = view.topics[topic.name]?.partition(number) else {
                    cell.errorCode = .unknownTopicOrPartition
                    cell.errorMessage = "topic '\(topic.name)' has no partition \(number) here"
                    return cell
                }
                cell.activeProducers = partition.producers.map { producer in
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
}
