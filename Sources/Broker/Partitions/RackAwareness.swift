import ClusterMetadata
import CoreMetrics
import KafkaProtocol
import Replication

/// Where a consumer reads from (KIP-392).
struct ConsumerPlace: Sendable {
    /// A follower may answer: so it is from version 11 of Fetch on.
    var mayReadFollowers = false
    /// Brokers in the consumer's rack, where it should rather read; empty when that makes no difference.
    var brokersInRack: [NodeId] = []
    /// Its `client.rack` is not this broker's.
    var isInOtherRack = false
}

/// Racks as a broker takes them into account: consumers read in their own (`replica.selector.class`, KIP-392), and what leaves the broker's is
/// counted.
struct RackAwareness: Sendable {
    /// Consumers are sent to followers in their `client.rack`.
    private let isOn: Bool
    /// `broker.rack`
    private let rack: String?
    private let metrics: BrokerMetrics

    init(_ node: Node) {
        isOn = node.config.selectsReplicasByRack
        rack = node.config.values["broker.rack"]
        metrics = node.metrics
    }

    func note(sent bytes: Int, to follower: NodeId?, _ reader: ConsumerPlace, _ view: ClusterView) {
        guard bytes > 0, let rack else { return }
        if let follower {
            guard let other = view.image.brokers[follower.rawValue]?.registration.rack, other != rack else { return }
            metrics.crossRackReplicated.increment(by: bytes)
        } else if reader.isInOtherRack {
            metrics.crossRackConsumed.increment(by: bytes)
        }
    }

    func place(_ message: FetchRequest, version: Int16, _ view: ClusterView) -> ConsumerPlace {
        var place = ConsumerPlace(mayReadFollowers: version >= 11)
        if message.rackId.isEmpty || message.rackId == rack { return place }
        place.isInOtherRack = rack != nil
        if !isOn { return place }
        place.brokersInRack = view.image.brokers.values.filter {
            $0.registration.rack == message.rackId && !$0.isFenced
        }
        .map { NodeId($0.id) }
        return place
    }
}
