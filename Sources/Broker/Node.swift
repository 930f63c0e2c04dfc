import ClusterMetadata
import KRaft
import KafkaProtocol
import Logging
import NIOCore
import QuorumNetwork
import World

/// What a node has whatever its roles: made by `NodeStart`, ended by `RunningNode`.
struct NodeCore: Sendable {
    let config: BrokerConfig
    let nodeId: Int32
    let clusterId: String
    let world: World
    let logger: Logger
    let metrics: BrokerMetrics
    let decisions: DecisionLog
    let files: FileBudget
    let requestMemory: RequestMemory
    let eventLoops: any EventLoopGroup
    let metadata: MetadataRuntime
    /// The way to the active controller.
    let controller: ClusterControllerChannel
    /// To and from other nodes of the quorum; nil when there can be none.
    let quorum: QuorumConnections?
}

/// The services of a running broker: made by `NodeStart`, ended by `RunningNode`. Whoever works gets those that it uses.
struct Node: Sendable {
    let config: BrokerConfig
    let nodeId: Int32
    let clusterId: String
    let time: WorldTime
    let logger: Logger
    let metrics: BrokerMetrics
    let decisions: DecisionLog
    let files: FileBudget
    let connections: ConnectionRegistry
    let store: PartitionStore
    let cluster: PublishedView
    let metadata: MetadataRuntime
    let controller: ClusterControllerChannel
    /// Where this node's part of the metadata quorum is asked; nil when no other node has to do with it.
    let quorumDesk: RaftRequestDesk?
    let groups: GroupRuntime
    let transactions: NodeTransactions
    let topics: TopicCreator
    let producerIds: ProducerIds
    /// Of this broker's present registration.
    let brokerEpoch: BrokerEpoch
    let session: BrokerSession
    let fetchSessions: FetchSessions
    /// The same of other brokers.
    let followerSessions: FetchSessions
    let unserved: UnservedFeatures
    /// Threads for reads that the page cache cannot answer.
    let readers: any Worker
    /// One thread for work beside the data path: retention, checkpoints, slow questions.
    let background: any Worker

    /// The state that requests are answered from.
    var view: ClusterView { cluster.view }
}
