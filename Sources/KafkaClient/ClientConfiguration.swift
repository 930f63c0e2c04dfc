import KafkaConnection

/// `client.dns.lookup`.
public enum DNSLookup: Sendable {
    /// `use_all_dns_ips`: all addresses of a name are tried, one after the other.
    case useAllAddresses
    /// `resolve_canonical_bootstrap_servers_only`: each address of a bootstrap name is replaced by the machine's own name, besides.
    case canonicalBootstrapServers
}

/// The configuration that all clients share. Keys and defaults are Kafka's. Durations count in whole milliseconds, 0 to 2,147,483,647; sizes are
/// bytes. Clients refuse values that are out of range, with an error that names all of them.
public struct ClientConfiguration: Sendable {
    /// `bootstrap.servers`: any brokers of the cluster; the others are found from these.
    public var bootstrapServers: [BrokerAddress]
    /// `bootstrap.controllers`: any controllers of the cluster, instead of brokers (KIP-919). Only `Admin` can do with them: its requests go to the
    /// controllers themselves, which answer what concerns the quorum, features and configurations, also where no broker runs.
    public var bootstrapControllers: [BrokerAddress] = []
    /// `client.dns.lookup`: how host names are resolved.
    public var dnsLookup = DNSLookup.useAllAddresses
    /// `client.id`: identifies the client in brokers' logs, metrics and quotas.
    public var clientId = "ottla"
    /// `request.timeout.ms`: how long a response may take.
    public var requestTimeout = Duration.seconds(30)
    /// `default.api.timeout.ms`: how long a call may take with all its retries.
    public var apiTimeout = Duration.seconds(60)
    /// `socket.connection.setup.timeout.ms`: how long connecting may take.
    public var connectTimeout = Duration.seconds(10)
    /// `reconnect.backoff.ms` and `reconnect.backoff.max.ms`: the pause before connecting again to a broker that could not be reached, which doubles,
    /// with up to a fifth of jitter.
    public var reconnectBackoff = Duration.milliseconds(50)
    public var reconnectBackoffMax = Duration.seconds(1)
    /// `retry.backoff.ms` and `retry.backoff.max.ms`: the pause before a retry, which doubles, with up to a fifth of jitter.
    public var retryBackoff = Duration.milliseconds(100)
    public var retryBackoffMax = Duration.seconds(1)
    /// `metadata.max.age.ms`: how often metadata is refreshed, so that new partitions are seen.
    public var metadataMaxAge = Duration.seconds(300)
    /// The TLS settings; nil is without TLS (`security.protocol`).
    public var tls: TLSOptions?
    /// The SASL mechanism and credentials; nil is without authentication (`security.protocol`).
    public var sasl: SASL?
    /// The largest response, 1 to 2^31 - 1; a longer one closes the connection.
    public var responseMaxBytes = 256 << 20

    public init(bootstrapServers: [BrokerAddress]) { self.bootstrapServers = bootstrapServers }

    /// A configuration for `Admin` that asks controllers.
    public init(bootstrapControllers: [BrokerAddress]) {
        (bootstrapServers, self.bootstrapControllers) = ([], bootstrapControllers)
    }

    /// Validates the configuration and reads the files that it names, which otherwise happens with the first connection.
    ///
    /// - Throws: `KafkaError` with `.invalid`, naming the keys or the file.
    public func check() throws(KafkaError) {
        var problems = ConfigurationProblems()
        validate(&problems)
        try problems.check()
        _ = try tls?.context()
    }

    /// Reads a list of addresses with commas between, as `bootstrap.servers` has it.
    ///
    /// - Throws: `KafkaError` with `.invalid`, which names the part that is not an address.
    public init(bootstrap: String) throws(KafkaError) {
        self.init(bootstrapServers: try Self.addresses(bootstrap, of: "bootstrap.servers"))
    }

    static func addresses(_ text: String, of key: String) throws(KafkaError) -> [BrokerAddress] {
        var all: [BrokerAddress] = []
        for part in text.split(separator: ",") {
            let text = String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            guard let address = BrokerAddress(text) else {
                throw KafkaError(.invalid, "'\(text)' is not an address; host:port is expected")
            }
            all.append(address)
        }
        if all.isEmpty { throw KafkaError(.invalid, "\(key) is empty; host:port is expected") }
        return all
    }
}

extension ClientConfiguration {
    /// What the connections need of it.
    var connection: ConnectionSettings {
        var settings = ConnectionSettings(clientId: clientId)
        settings.requestTimeout = requestTimeout
        settings.connectTimeout = connectTimeout
        (settings.reconnectBackoff, settings.reconnectBackoffMax) = (reconnectBackoff, reconnectBackoffMax)
        (settings.tls, settings.sasl) = (tls, sasl)
        settings.responseMaxBytes = responseMaxBytes
        return settings
    }
}
