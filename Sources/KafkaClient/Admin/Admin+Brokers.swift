import KafkaConnection
import KafkaProtocol

/// A registered broker, in service or not.
public struct RegisteredBroker: Equatable, Sendable, Identifiable {
    public var id: Int32
    public var address: BrokerAddress
    /// `broker.rack`; nil when it has none.
    public var rack: String?
    /// Registered, but leads nothing and is not in any ISR: it is down, starts, or stops (KIP-631). Nil with brokers before 4.0, which
    /// list only those that are not fenced.
    public var isFenced: Bool?
}

extension Admin {
    /// All registered brokers by ascending id, fenced ones too where the cluster tells of them (KIP-1073).
    public func listBrokers() async throws(KafkaError) -> [RegisteredBroker] {
        var told: Int16 = 0
        let response: DescribeClusterResponse = try await cluster.call(.any) { version in
            told = version
            var request = DescribeClusterRequest()
            if version >= 2 { request.includeFencedBrokers = true }
            return request
        } check: { (response) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        return response.brokers.map { broker in
            RegisteredBroker(
                id: broker.brokerId,
                address: BrokerAddress(host: broker.host, port: Int(broker.port)),
                rack: broker.rack,
                isFenced: told >= 2 ? broker.isFenced : nil
            )
        }.sorted { $0.id < $1.id }
    }
}
