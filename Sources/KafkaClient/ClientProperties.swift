import KafkaProtocol
import KafkaRecords

/// Settings by Kafka's names, as they stand in a properties file. One file may hold those of producers and of consumers.
public struct ClientProperties: Sendable {
    private var values: [String: String]

    /// Every key that some client reads.
    public static let keys: [String] = [
        "acks", "allow.auto.create.topics", "auto.commit.interval.ms", "auto.offset.reset", "batch.size",
        "bootstrap.servers", "buffer.memory", "check.crcs", "client.dns.lookup", "client.id", "client.rack",
        "compression.type", "default.api.timeout.ms", "delivery.timeout.ms", "enable.auto.commit",
        "enable.idempotence", "fetch.max.bytes", "fetch.max.wait.ms", "fetch.min.bytes", "group.id",
        "group.instance.id", "heartbeat.interval.ms", "isolation.level", "linger.ms",
        "max.in.flight.requests.per.connection", "max.partition.fetch.bytes", "max.poll.interval.ms",
        "max.request.size", "metadata.max.age.ms", "partition.assignment.strategy",
        "partitioner.adaptive.partitioning.enable", "request.timeout.ms", "retry.backoff.max.ms", "retry.backoff.ms",
        "sasl.jaas.config", "sasl.mechanism", "sasl.oauthbearer.token.endpoint.url", "sasl.password", "sasl.username",
        "security.protocol", "session.timeout.ms", "socket.connection.setup.timeout.ms",
        "ssl.endpoint.identification.algorithm", "ssl.key.password", "ssl.keystore.certificate.chain",
        "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.type", "ssl.truststore.certificates",
        "ssl.truststore.location", "ssl.truststore.type", "transaction.timeout.ms", "transactional.id",
    ]

    /// Those whose values nobody shall see.
    private static let secrets: Set<String> = [
        "sasl.jaas.config", "sasl.password", "ssl.key.password", "ssl.keystore.key",
    ]

    /// - Throws: `KafkaError` with `.invalid` for a key that no client reads.
    public init(_ values: [String: String]) throws(KafkaError) {
        for key in values.keys.sorted() where !Self.keys.contains(key) {
            throw KafkaError(.invalid, "unknown client setting '\(key)'")
        }
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

    // MARK: Reading

    private func read<Value>(
        _ key: String,
        into target: inout Value,
        expected: String,
        _ parse: (String) -> Value?
    ) throws(KafkaError) {
        guard let text = values[key] else { return }
        guard let value = parse(text) else {
            throw KafkaError(.invalid, "\(key) cannot be '\(text)': \(expected) is expected")
        }
        target = value
    }

    func read(_ key: String, into target: inout Duration) throws(KafkaError) {
        try read(key, into: &target, expected: "a number of milliseconds, 0 or more") { text in
            Int64(text).flatMap { (0...Int64(Int32.max)).contains($0) ? .milliseconds($0) : nil }
        }
    }

    func read<Number: FixedWidthInteger>(
        _ key: String,
        into target: inout Number,
        in range: ClosedRange<Number>
    ) throws(KafkaError) {
        try read(key, into: &target, expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Number(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Stays nil without the key.
    func read<Number: FixedWidthInteger>(
        _ key: String,
        into target: inout Number?,
        in range: ClosedRange<Number>
    ) throws(KafkaError) {
        var value = range.lowerBound
        guard values[key] != nil else { return }
        try read(key, into: &value, in: range)
        target = value
    }

    func read(_ key: String, into target: inout Bool) throws(KafkaError) {
        try read(key, into: &target, expected: "true or false") { ["true": true, "false": false][$0.lowercased()] }
    }

    func read(_ key: String, into target: inout String) throws(KafkaError) {
        try read(key, into: &target, expected: "a text") { $0 }
    }

    func read(_ key: String, into target: inout String?) throws(KafkaError) {
        try read(key, into: &target, expected: "a text") { .some($0) }
    }

    func read<Value>(
        _ key: String,
        into target: inout Value,
        among choices: KeyValuePairs<String, Value>
    ) throws(KafkaError) {
        let names = choices.map(\.key).joined(separator: ", ")
        try read(key, into: &target, expected: "one of \(names)") { text in
            choices.first { $0.key == text.lowercased() }?.value
        }
    }

    /// `earliest`, `latest`, `none`, or `by_duration:` with an ISO 8601 duration of days to seconds, such as `P1DT12H`.
    func read(_ key: String, into target: inout ConsumerConfiguration.Reset) throws(KafkaError) {
        try read(key, into: &target, expected: "earliest, latest, none or by_duration:P1DT12H, say") { text in
            switch text.lowercased() {
            case "earliest": .earliest
            case "latest": .latest
            case "none": ConsumerConfiguration.Reset.none
            case let text where text.hasPrefix("by_duration:"):
                Self.duration(text.dropFirst(12)).map { .byDuration($0) }
            default: nil
            }
        }
    }

    private static func duration(_ text: Substring) -> Duration? {
        guard text.first == "p", text.count > 2 else { return nil }
        var seconds: Int64 = 0
        var units: [(Character, Int64)] = [("d", 86_400)]
        var digits = ""
        for character in text.dropFirst() {
            if character == "t", digits.isEmpty, units.first?.1 != 3600 {
                units = [("h", 3600), ("m", 60), ("s", 1)]
            } else if character.isASCII, character.isNumber {
                digits.append(character)
            } else {
                guard let unit = units.firstIndex(where: { $0.0 == character }), let number = Int64(digits),
                    number < Int64(Int32.max)
                else { return nil }
                seconds += number * units[unit].1
                units.removeSubrange(...unit)
                digits = ""
            }
        }
        return digits.isEmpty ? .seconds(seconds) : nil
    }

    /// Names of assignors, or of the classes that have them in Java.
    func read(_ key: String, into target: inout [any PartitionAssignor]) throws(KafkaError) {
        let expected = "a list of range, roundrobin, sticky and cooperative-sticky"
        try read(key, into: &target, expected: expected) { text in
            var result: [any PartitionAssignor] = []
            for part in text.split(separator: ",") {
                let name = part.split(separator: ".").last.map { String($0.filter { !$0.isWhitespace }) } ?? ""
                switch name {
                case "range", "RangeAssignor": result.append(.range)
                case "roundrobin", "RoundRobinAssignor": result.append(.roundRobin)
                case "sticky", "StickyAssignor": result.append(.sticky)
                case "cooperative-sticky", "CooperativeStickyAssignor": result.append(.cooperativeSticky)
                default: return nil
                }
            }
            return result.isEmpty ? nil : result
        }
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
    /// - Throws: `KafkaError` with `.invalid`, which names the key, the value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        guard let bootstrap = properties["bootstrap.servers"] else {
            throw KafkaError(.invalid, "bootstrap.servers is missing")
        }
        try self.init(bootstrap: bootstrap)
        try properties.read(
            "client.dns.lookup",
            into: &dnsLookup,
            among: [
                "use_all_dns_ips": .useAllAddresses,
                "resolve_canonical_bootstrap_servers_only": .canonicalBootstrapServers,
            ]
        )
        try properties.read("client.id", into: &clientId)
        try properties.read("request.timeout.ms", into: &requestTimeout)
        try properties.read("default.api.timeout.ms", into: &apiTimeout)
        try properties.read("socket.connection.setup.timeout.ms", into: &connectTimeout)
        try properties.read("retry.backoff.ms", into: &retryBackoff)
        try properties.read("retry.backoff.max.ms", into: &retryBackoffMax)
        try properties.read("metadata.max.age.ms", into: &metadataMaxAge)
        try readSecurity(properties)
    }
}

extension ProducerConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names the key, the value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        self.init(try ClientConfiguration(properties))
        try properties.read("acks", into: &acks, among: ["0": .none, "1": .leader, "all": .all, "-1": .all])
        // Who asks for less than all doesn't get idempotence, unless asked for too, which is refused.
        isIdempotent = acks == .all
        try properties.read("enable.idempotence", into: &isIdempotent)
        try properties.read("transactional.id", into: &transactionalId)
        try properties.read("transaction.timeout.ms", into: &transactionTimeout)
        try properties.read("linger.ms", into: &linger)
        try properties.read("batch.size", into: &batchBytes, in: 1...1 << 30)
        try properties.read("buffer.memory", into: &bufferBytes, in: 1...Int.max)
        try properties.read(
            "compression.type",
            into: &compression,
            among: ["none": .none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd]
        )
        try properties.read("delivery.timeout.ms", into: &deliveryTimeout)
        try properties.read("max.in.flight.requests.per.connection", into: &maxInFlight, in: 1...Int(Int32.max))
        try properties.read("max.request.size", into: &requestMaxBytes, in: 1...1 << 30)
        var isAdaptive = true
        try properties.read("partitioner.adaptive.partitioning.enable", into: &isAdaptive)
        partitioner = DefaultPartitioner(bytesBeforeChange: batchBytes, isAdaptive: isAdaptive)
        try properties.read("allow.auto.create.topics", into: &allowsTopicCreation)
        try check()
    }
}

extension ConsumerConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names the key, the value and what is possible.
    public init(_ properties: ClientProperties) throws(KafkaError) {
        self.init(try ClientConfiguration(properties))
        try properties.read(
            "isolation.level",
            into: &isolation,
            among: ["read_uncommitted": .readUncommitted, "read_committed": .readCommitted]
        )
        try properties.read("auto.offset.reset", into: &reset)
        try properties.read("fetch.max.wait.ms", into: &fetchMaxWait)
        try properties.read("fetch.min.bytes", into: &fetchMinBytes, in: 0...Int32.max)
        try properties.read("fetch.max.bytes", into: &fetchMaxBytes, in: 1...Int32.max)
        try properties.read("max.partition.fetch.bytes", into: &partitionMaxBytes, in: 1...Int32.max)
        try properties.read("check.crcs", into: &checksChecksums)
        try properties.read("client.rack", into: &rackId)
        try properties.read("group.id", into: &groupId)
        try properties.read("group.instance.id", into: &groupInstanceId)
        try properties.read("partition.assignment.strategy", into: &assignors)
        try properties.read("session.timeout.ms", into: &sessionTimeout)
        try properties.read("heartbeat.interval.ms", into: &heartbeatInterval)
        try properties.read("max.poll.interval.ms", into: &maxPollInterval)
        try properties.read("enable.auto.commit", into: &autoCommit)
        try properties.read("auto.commit.interval.ms", into: &autoCommitInterval)
        if groupId != nil { try check() }
    }
}
