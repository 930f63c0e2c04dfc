import KafkaProtocol
import TestSupport

@testable import ClusterMetadata

/// Brokers as they are beside their lives: what they have read of the metadata, and logs of numbers that stand for records.
struct ModelBroker {
    struct Log {
        var records: [Int] = []
    }

    struct Leading {
        var epoch: Int32
        var partitionEpoch: Int32
        var isr: [Int32]
        /// An AlterPartition that is not answered: both sets have to have what is acknowledged.
        var pending: [Int32]?
        /// Of the last request for it.
        var number = 0
        /// So many of the log's records are acknowledged.
        var acknowledged = 0
        /// Of followers that fetched: the broker's epoch, and how far.
        var followers: [Int32: (epoch: Int64, end: Int)] = [:]
    }

    let id: Int32
    var incarnation: UInt64
    var life: BrokerLife
    /// How many committed batches it has read.
    var position = 0
    var loader = MetadataLoader()
    var logs: [TopicPartition: Log] = [:]
    var leading: [TopicPartition: Leading] = [:]
    var isUp = true
    /// Its epoch when it stopped in order.
    var cleanEpoch: Int64?

    var image: MetadataImage { loader.image }
    var hasCaughtUp: Bool { life.epoch >= 0 && loader.position.endOffset > life.epoch }
}

/// What is under way between brokers and the controller.
struct ModelMessage {
    enum Body {
        case register(BrokerRegistrationRequest, number: Int)
        case heartbeat(BrokerHeartbeatRequest, number: Int)
        case alter(AlterPartitionRequest, number: Int)
        case registered(BrokerRegistrationResponse, number: Int)
        case beaten(BrokerHeartbeatResponse, number: Int)
        case altered(AlterPartitionResponse, number: Int)
    }

    var body: Body
    var broker: Int32
    var incarnation: UInt64
    var at: MonotonicTime
}
