import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Replication
import Synchronization

/// What a node knows at a moment, for who checks clusters from outside of them.
package struct NodeInspection: Sendable {
    package struct Replica: Sendable {
        package var id: TopicPartition
        package var topicId: KafkaUUID
        package var isLeader: Bool
        package var leaderEpoch: Int32
        package var partitionEpoch: Int32
        /// Of a leader.
        package var isr: [Int32]
        package var highWatermark: Int64
        package var logStart: Int64
        package var logEnd: Int64
        /// With those who are being taken in.
        package var maximalIsr: [Int32] = []
        /// Requests to delete records that wait for followers.
        package var waitingDeletions = 0
        /// Where the newest segment begins.
        package var lastSegment: Int64 = 0
    }

    /// The newest image, and the offset up to which it is the metadata log.
    package var image: MetadataImage
    package var offset: Int64
    /// Who leads the quorum, -1 for nobody, and in which epoch.
    package var controller: Int32
    package var controllerEpoch: Int32
    /// Of the quorum, as this node's log has them.
    package var voters: [Int32]
    /// Those that the log names below an offset that is committed, with their directories.
    package var committedVoters: (offset: Int64, names: [String])
    /// Those of this node, by name and number.
    package var replicas: [Replica]
    /// Log directories of a broker that have failed since its start.
    package var offlineDirectories: [String] = []
}

extension RunningNode {
    package func inspect() -> NodeInspection {
        let (image, offset) = core.metadata.latest
        let quorum = core.metadata.status
        return NodeInspection(
            image: image,
            offset: offset,
            controller: quorum.leaderId,
            controllerEpoch: quorum.leaderEpoch,
            voters: quorum.voters,
            committedVoters: (quorum.highWatermark, quorum.committedVoters.keys.map(\.description)),
            replicas: broker?.node.store.all.map { $0.inspect() } ?? [],
            offlineDirectories: broker?.node.store.directories.filter(\.isOffline).map(\.path) ?? []
        )
    }
}

extension RunningNode {
    /// What this node has decided after a decision of that number, in order.
    package func decisions(after number: Int64) -> [(number: Int64, decision: NodeDecision)] {
        core.decisions.after(number).map { ($0.number, $0.decision) }
    }
}

extension Partition {
    fileprivate func inspect() -> NodeInspection.Replica {
        state.withLock { state in
            NodeInspection.Replica(
                id: id,
                topicId: topicId,
                isLeader: state.replica.isLeader,
                leaderEpoch: state.replica.epoch.rawValue,
                partitionEpoch: state.replica.partitionEpoch,
                isr: state.replica.isr.map(\.rawValue),
                highWatermark: state.replica.highWatermark,
                logStart: state.log.logStartOffset,
                logEnd: state.log.logEndOffset,
                maximalIsr: state.replica.maximalIsr.map(\.rawValue),
                waitingDeletions: state.deletions.count,
                lastSegment: state.log.segmentBaseOffsets.last ?? 0
            )
        }
    }
}
