import Coordination
import KafkaProtocol

/// WriteTxnMarkers: a coordinator on another broker ends transactions in partitions that this one leads.
struct WriteTxnMarkersHandler: ApiHandler {
    let markers: MarkerWriter
    let cluster: PublishedView
    let interBrokerListener: String

    func handle(_ message: WriteTxnMarkersRequest, _ request: Request) {
        guard request.connection.listener == interBrokerListener else {
            return request.close(
                "WriteTxnMarkers, which brokers use, came by listener \(request.connection.listener)"
            )
        }
        var response = WriteTxnMarkersResponse()
        response.markers = message.markers.map(Self.row)
        let count = response.markers.reduce(0) { $0 + $1.topics.reduce(0) { $0 + $1.partitions.count } }
        if count == 0 { return request.reply(response) }
        let gathered = GatheredAnswer(response, missing: count)
        let view = cluster.view
        for (first, asked) in message.markers.enumerated() {
            let marker = TransactionMarker(
                producer: TransactionalProducer(id: asked.producerId, epoch: asked.producerEpoch),
                coordinatorEpoch: asked.coordinatorEpoch,
                isCommit: asked.transactionResult,
                version: asked.transactionVersion
            )
            for (second, topic) in asked.topics.enumerated() {
                for (third, number) in topic.partitionIndexes.enumerated() {
                    let id = TopicPartition(topic.name, number)
                    markers.write(marker, into: id, view) { code in
                        let response = gathered.add {
                            $0.markers[first].topics[second].partitions[third].errorCode = code
                        }
                        if let response { request.reply(response) }
                    }
                }
            }
        }
    }

    private static func row(_ asked: WriteTxnMarkersRequest.WritableTxnMarker)
        -> WriteTxnMarkersResponse.WritableTxnMarkerResult
    {
        var row = WriteTxnMarkersResponse.WritableTxnMarkerResult()
        row.producerId = asked.producerId
        row.topics = asked.topics.map { topic in
            var result = WriteTxnMarkersResponse.WritableTxnMarkerTopicResult()
            result.name = topic.name
            result.partitions = topic.partitionIndexes.map { number in
                var cell = WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult()
                cell.partitionIndex = number
                return cell
            }
            return result
        }
        return row
    }
}
