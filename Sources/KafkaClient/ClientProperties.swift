import KafkaConnection
import KafkaProtocol
import KafkaRecords

/// Settings by Kafka's names, as they stand in a properties file. One file may hold those of producers and of consumers.
public struct ClientProperties: Sendable {
    private var values: [String: String]

    /// Every key that some client reads.
    public static let keys: [String] = [
        "acks", "allow.auto.create.topics", "auto.commit.interval.ms", "auto.offset.reset", "batch.size",
        "bootstrap.controllers", "bootstrap.servers", "buffer.memory", "check.crcs", "client.dns.lookup", "client.id",
        "client.rack",
        "compression.type", "default.api.timeout.ms", "delivery.timeout.ms", "enable.auto.commit",
        "enable.idempotence", "fetch.max.bytes", "fetch.max.wait.ms", "fetch.min.bytes", "group.id",
        "group.instance.id", "heartbeat.interval.ms", "isolation.level", "linger.ms",
        "max.in.flight.requests.per.connection", "max.partition.fetch.bytes", "max.poll.interval.ms",
        "max.request.size", "metadata.max.age.ms", "partition.assignment.strategy",
        "partitioner.adaptive.partitioning.enable", "reconnect.backoff.max.ms", "reconnect.backoff.ms",
        "request.timeout.ms", "retry.backoff.max.ms", "retry.backoff.ms",
        "sasl.jaas.config", "sasl.mechanism", "sasl.oauthbearer.token.endpoint.url", "sasl.password", "sasl.username",
        "security.protocol", "session.timeout.ms", "socket.connection.setup.timeout.ms",
        "ssl.endpoint.identification.algorithm", "ssl.key.password", "ssl.keystore.certificate.chain",
        "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.type", "ssl.truststore.certificates",
        "ssl.truststore.location", "ssl.truststore.type", "transaction.timeout.ms",
        "transaction.two.phase.commit.enable", "transactional.id",
    ]

    /// Those whose values nobody shall see.
    private static let secrets: Set<String> = [
        "sasl.jaas.config", "sasl.password", "ssl.key.password", "ssl.keystore.key",
    ]

    /// - Throws: `KafkaError` with `.invalid` for a key that no client reads.
    public init(_ values: [String: String]) throws(KafkaError) {
        var problems = ConfigurationProblems()
        for key in values.keys.sorted() where !Self.keys.contains(key) {
            problems.add("unknown client setting '\(key)'")
        }
        try problems.check()
        self.values = values
    }

    /// Reads the text of a properties file.
    public init(parsing text: String) throws(KafkaError) {
        var values: [String: String] = [:]
        for entry in Properties(parsing: text).entries { values[entry.key] = entry.value }
        try self.init(values)
    }

    public subscript(key: String) -> String? { values[key] }

    func setting(_ key: String, to value: String) -> ClientProperties {
        var changed = self
        changed.values[key] = value
        return changed
    }
}

extension ClientProperties: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// As in a file, by key, without secrets.
    public var description: String {
        values.sorted { $0.key < $1.key }
            .map { "\($0)=\(Self.secrets.contains($0) ? Secret($1).description : $1)" }.joined(separator: "\n")
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ClientConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names each key, its value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        var reader = PropertyReader(properties)
        self.init(&reader)
        validate(&reader.problems)
        try reader.problems.check()
    }

    /// What is wrong with the settings stays in the reader.
    init(_ reader: inout PropertyReader) {
        self.init(bootstrapServers: [])
        reader.read("bootstrap.servers", into: &bootstrapServers)
        reader.read("bootstrap.controllers", into: &bootstrapControllers)
        if reader.properties["bootstrap.servers"] == nil, reader.properties["bootstrap.controllers"] == nil {
            reader.problems.add("bootstrap.servers is missing", of: "bootstrap.servers")
        }
        reader.read(
            "client.dns.lookup",
            into: &dnsLookup,
            among: [
                "use_all_dns_ips": .useAllAddresses,
                "resolve_canonical_bootstrap_servers_only": .canonicalBootstrapServers,
            ]
        )
        reader.read("client.id", into: &clientId)
        reader.read("request.timeout.ms", into: &requestTimeout)
        reader.read("default.api.timeout.ms", into: &apiTimeout)
        reader.read("socket.connection.setup.timeout.ms", into: &connectTimeout)
        reader.read("reconnect.backoff.ms", into: &reconnectBackoff)
        reader.read("reconnect.backoff.max.ms", into: &reconnectBackoffMax)
        reader.read("retry.backoff.ms", into: &retryBackoff)
        reader.read("retry.backoff.max.ms", into: &retryBackoffMax)
        reader.read("metadata.max.age.ms", into: &metadataMaxAge)
        readSecurity(&reader)
    }
}

extension PropertyReader {
    fileprivate mutating func read(_ key: String, into addresses: inout [BrokerAddress]) {
        guard let text = properties[key] else { return }
        do throws(KafkaError) { addresses = try ClientConfiguration.addresses(text, of: key) } catch {
            // Of the two kinds of addresses one is needed, which this was to be.
            problems.add(error.message, of: key)
            problems.passOver("bootstrap.servers")
        }
    }
}

extension ProducerConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names each key, its value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        var reader = PropertyReader(properties)
        self.init(ClientConfiguration(&reader))
        reader.read("acks", into: &acks, among: ["0": .none, "1": .leader, "all": .all, "-1": .all])
        // Who asks for less than all doesn't get idempotence, unless asked for too, which is refused.
        isIdempotent = acks == .all
        reader.read("enable.idempotence", into: &isIdempotent)
        reader.read("transactional.id", into: &transactionalId)
        reader.read("transaction.timeout.ms", into: &transactionTimeout)
        reader.read("transaction.two.phase.commit.enable", into: &isTwoPhase)
        reader.read("linger.ms", into: &linger)
        reader.read("batch.size", into: &batchBytes, in: 1...1 << 30)
        reader.read("buffer.memory", into: &bufferBytes, in: 1...Int.max)
        reader.read(
            "compression.type",
            into: &compression,
            among: ["none": .none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd]
        )
        reader.read("delivery.timeout.ms", into: &deliveryTimeout)
        reader.read("max.in.flight.requests.per.connection", into: &maxInFlight, in: 1...Int(Int32.max))
        reader.read("max.request.size", into: &requestMaxBytes, in: 1...1 << 30)
        var isAdaptive = true
        reader.read("partitioner.adaptive.partitioning.enable", into: &isAdaptive)
        partitioner = DefaultPartitioner(bytesBeforeChange: batchBytes, isAdaptive: isAdaptive)
        reader.read("allow.auto.create.topics", into: &allowsTopicCreation)
        validate(&reader.problems)
        try reader.problems.check()
    }
}

extension ConsumerConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names each key, its value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        var reader = PropertyReader(properties)
        self.init(ClientConfiguration(&reader))
        reader.read(
            "isolation.level",
            into: &isolation,
            among: ["read_uncommitted": .readUncommitted, "read_committed": .readCommitted]
        )
        reader.read("auto.offset.reset", into: &reset)
        reader.read("fetch.max.wait.ms", into: &fetchMaxWait)
        reader.read("fetch.min.bytes", into: &fetchMinBytes, in: 0...Int32.max)
        reader.read("fetch.max.bytes", into: &fetchMaxBytes, in: 1...Int32.max)
        reader.read("max.partition.fetch.bytes", into: &partitionMaxBytes, in: 1...Int32.max)
        reader.read("check.crcs", into: &checksChecksums)
        reader.read("client.rack", into: &rackId)
        reader.read("group.id", into: &groupId)
        reader.read("group.instance.id", into: &groupInstanceId)
        reader.read("partition.assignment.strategy", into: &assignors)
        reader.read("session.timeout.ms", into: &sessionTimeout)
        reader.read("heartbeat.interval.ms", into: &heartbeatInterval)
        reader.read("max.poll.interval.ms", into: &maxPollInterval)
        reader.read("enable.auto.commit", into: &autoCommit)
        reader.read("auto.commit.interval.ms", into: &autoCommitInterval)
        validate(&reader.problems)
        try reader.problems.check()
    }
}
