import KafkaProtocol

/// OffsetForLeaderEpoch: where an epoch ends, for readers that check whether the log was cut.
enum OffsetForLeaderEpochHandler {
    static let api = Api(.offsetForLeaderEpoch) { (message: OffsetForLeaderEpochRequest, request, node) in
        let view = node.view
        var response = OffsetForLeaderEpochResponse()
        response.topics = message.topics.map { topic in
            var row = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult()
            row.topic = topic.topic
            row.partitions = topic.partitions.map { asked in
                var cell = OffsetForLeaderEpochResponse.EpochEndOffset()
                cell.partition = asked.partition
                if let partition = view.topics[topic.topic]?.partition(asked.partition) {
                    let end = partition.endOffset(
                        forEpoch: asked.leaderEpoch,
                        currentLeaderEpoch: asked.currentLeaderEpoch
                    )
                    cell.errorCode = end.code
                    cell.leaderEpoch = end.epoch
                    cell.endOffset = end.offset
                } else {
                    cell.errorCode = .unknownTopicOrPartition
                }
                return cell
            }
            return row
        }
        request.reply(response)
    }
}
