import ClusterMetadata
import KafkaProtocol

/// Other brokers that advertise an address of this one: a mistake in `advertised.listeners` that clients notice by errors only, as who is sent to one
/// broker reaches the other.
struct SharedAddresses: Equatable, Sendable {
    /// One sentence for each.
    private(set) var sentences: [String] = []

    init() {}

    init(_ image: MetadataImage, of nodeId: Int32) {
        guard let own = image.brokers[nodeId] else { return }
        let addresses = Self.addresses(own)
        for other in image.brokers.values.sorted(by: { $0.id < $1.id }) where other.id != nodeId && !other.isFenced {
            for address in Self.addresses(other).intersection(addresses).sorted() {
                sentences.append(
                    "broker \(other.id) advertises \(address), as this broker does: clients that are sent to one of them reach the other; see advertised.listeners"
                )
            }
        }
    }

    private static func addresses(_ broker: BrokerImage) -> Set<String> {
        Set(broker.registration.endPoints.map { "\($0.host):\($0.port)" })
    }
}
