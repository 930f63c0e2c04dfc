import ClusterMetadata
import KRaft
import KafkaProtocol

extension MetadataPosition {
    init(_ batch: CommittedBatch) {
        self.init(endOffset: batch.endOffset, epoch: batch.epoch, appendTime: batch.appendTime)
    }

    init(_ snapshot: QuorumSnapshot) {
        self.init(
            endOffset: snapshot.id.endOffset,
            epoch: LeaderEpoch(snapshot.id.epoch),
            appendTime: snapshot.appendTime
        )
    }
}
