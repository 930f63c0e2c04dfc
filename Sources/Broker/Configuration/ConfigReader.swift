import ClusterMetadata
import Coordination
import KafkaProtocol
import World

/// Reads values that were checked against the types of their keys.
struct ConfigReader {
    let values: [String: String]
    let ownDefaults: [String: String]

    func string(_ name: String) -> String {
        let key = ConfigCatalog.shared.broker[name]
        if let value = values[name] { return key?.normalized(value) ?? value }
        return ownDefaults[name] ?? key?.defaultValue ?? ""
    }

    /// The value was checked against the key's type.
    func int(_ name: String) -> Int64 { Int64(string(name)) ?? 0 }

    /// nil for what is left to the system, as -1 says.
    func bufferSize(_ name: String) -> Int32? {
        let bytes = Int32(clamping: int(name))
        return bytes > 0 ? bytes : nil
    }

    func metricsListener() throws(ConfigurationError) -> HostPort? {
        guard let text = values["metrics.listener"] else { return nil }
        if let address = HostPort(text) { return address }
        throw ConfigurationError(
            "metrics.listener cannot be '\(text)': host:port is expected, with a port between 0 and 65535"
        )
    }

    func group() -> GroupConfig {
        var group = GroupConfig()
        group.minSessionTimeout = int("group.min.session.timeout.ms")
        group.maxSessionTimeout = int("group.max.session.timeout.ms")
        group.initialRebalanceDelay = int("group.initial.rebalance.delay.ms")
        group.maxSize = min(Int(int("group.max.size")), 5000)
        group.offsetMetadataMaxBytes = Int(int("offset.metadata.max.bytes"))
        group.offsetsCommitTimeout = int("offsets.commit.timeout.ms")
        group.offsetsRetention = int("offsets.retention.minutes") * 60_000
        return group
    }

    func transactions() -> TransactionConfig {
        var transactions = TransactionConfig()
        transactions.maxTimeoutMillis = int("transaction.max.timeout.ms")
        transactions.idExpirationMillis = int("transactional.id.expiration.ms")
        transactions.allowsTwoPhase = ConfigValue.bool(string("transaction.two.phase.commit.enable"))
        return transactions
    }

    func nodeId() throws(ConfigurationError) -> Int32? {
        let node = Int32(string("node.id"))
        let broker = Int32(string("broker.id")).flatMap { $0 < 0 ? nil : $0 }
        if let node, let broker, node != broker {
            throw ConfigurationError(
                "node.id is \(node) and broker.id is \(broker); give one of them, or the same number"
            )
        }
        return node ?? broker
    }

    /// The first of the listeners unless it is said.
    func interBrokerListener(_ listeners: [Endpoint]) throws(ConfigurationError) -> String {
        guard let name = values["inter.broker.listener.name"]?.uppercased(), !listeners.isEmpty else {
            return listeners.first?.listener ?? ""
        }
        if listeners.contains(where: { $0.listener == name }) { return name }
        throw ConfigurationError(
            "inter.broker.listener.name is \(name), which is not in listeners; other brokers connect there"
        )
    }

    /// `replica.selector.class`: whether consumers are sent to followers in their rack.
    ///
    /// - Throws: `ConfigurationError` for a class that there is not.
    func selectsReplicasByRack() throws(ConfigurationError) -> Bool {
        let package = "org.apache.kafka.common.replica."
        switch values["replica.selector.class"] {
        case nil, "", package + "LeaderSelector": return false
        case package + "RackAwareReplicaSelector": return true
        case let name?:
            throw ConfigurationError(
                "replica.selector.class cannot be '\(name)': \(package)RackAwareReplicaSelector has consumers read from a replica in their client.rack, \(package)LeaderSelector, which is the default, from the leader"
            )
        }
    }

    func endpoints(_ key: String) throws(ConfigurationError) -> [Endpoint] {
        var result: [Endpoint] = []
        for text in ConfigValue.list(string(key)) {
            guard let endpoint = Endpoint(text) else {
                throw ConfigurationError(
                    "\(key) cannot be '\(text)': NAME://host:port is expected, with a port between 0 and 65535"
                )
            }
            if result.contains(where: { $0.listener == endpoint.listener }) {
                throw ConfigurationError("\(key) names the listener \(endpoint.listener) twice")
            }
            result.append(endpoint)
        }
        return result
    }

    /// As in Kafka, a port belongs to one listener, or to one of each family of addresses.
    func checkPorts(_ listeners: [Endpoint]) throws(ConfigurationError) {
        for (index, endpoint) in listeners.enumerated() where endpoint.port != 0 {
            for other in listeners[..<index] where other.port == endpoint.port {
                if let one = HostAddress(endpoint.host), let two = HostAddress(other.host), one.isV6 != two.isV6 {
                    continue
                }
                throw ConfigurationError(
                    "listeners gives \(other) and \(endpoint) the same port; each listener needs its own"
                )
            }
        }
    }

    /// What other nodes are told: the advertised addresses of the controller listeners; none of one whose port the system chooses.
    func controllerEndpoints(_ bound: [Endpoint]) throws(ConfigurationError) -> [Endpoint] {
        let advertised = try endpoints("advertised.listeners")
        return bound.map { bound in advertised.first { $0.listener == bound.listener } ?? bound }.filter { $0.port > 0 }
    }

    /// - Parameter controllers: names of controllers' listeners; as in Kafka they are PLAINTEXT as long as nobody sets the map.
    func checkSecurity(_ listeners: [Endpoint], controllers: [String]) throws(ConfigurationError) {
        var protocols: [String: String] = [:]
        if values["listener.security.protocol.map"] == nil { for name in controllers { protocols[name] = "PLAINTEXT" } }
        for pair in ConfigValue.list(string("listener.security.protocol.map")) {
            let parts = pair.split(separator: ":").map(String.init)
            if parts.count == 2 { protocols[parts[0].uppercased()] = parts[1].uppercased() }
        }
        for endpoint in listeners {
            let name = protocols[endpoint.listener] ?? endpoint.listener
            guard name == "PLAINTEXT" else {
                throw ConfigurationError(
                    "listener \(endpoint.listener) uses \(name), which this version does not serve yet; use PLAINTEXT on a trusted network"
                )
            }
        }
    }
}
