import KafkaProtocol

/// OffsetForLeaderEpoch: where an epoch ends, for readers that check whether the log was cut.
struct OffsetForLeaderEpochHandler: ApiHandler {
    let cluster: PublishedView

    func handle(_ message: OffsetForLeaderEpochRequest, _ request: Request) {
        let view = cluster.view
        var response = OffsetForLeaderEpochResponse()
        response.topics = message.topics.map { topic in
            var row = OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult()
            row.topic = topic.topic
            row.partitions = topic.partitions.map { asked in
                var cell = OffsetForLeaderEpochResponse.EpochEndOffset()
                cell.partition = asked.partition
                switch view.partition(topic.topic, asked.partition) {
                case .failure(let code): cell.errorCode = code
                case .success(let partition):
                    let end = partition.endOffset(
                        forEpoch: asked.leaderEpoch,
                        currentLeaderEpoch: asked.currentLeaderEpoch
                    )
                    cell.errorCode = end.code
                    cell.leaderEpoch = end.epoch
                    cell.endOffset = end.offset
                }
                return cell
            }
            return row
        }
        request.reply(response)
    }
}
