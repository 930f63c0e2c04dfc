import ClusterMetadata
import KafkaProtocol
import Logging
import World

/// The services of a running node: made by `NodeStart`, ended by `RunningNode`. Whoever works gets those that it uses.
struct Node: Sendable {
    let config: BrokerConfig
    let nodeId: Int32
    let clusterId: String
    let time: WorldTime
    let logger: Logger
    let metrics: BrokerMetrics
    let files: FileBudget
    let connections: ConnectionRegistry
    let store: PartitionStore
    let cluster: PublishedView
    let metadata: MetadataRuntime
    let controller: any ControllerChannel
    let groups: GroupRuntime
    let topics: TopicCreator
    let producerIds: ProducerIds
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
