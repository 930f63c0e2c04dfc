import KafkaConnection

/// Collects what is wrong with a configuration, by Kafka's keys, so that one error names all of it.
struct ConfigurationProblems {
    private(set) var all: [String] = []

    private var keys: Set<String> = []

    /// - Parameter key: named once: a value that cannot be read leaves its default, of which further rules would say what nobody wrote.
    mutating func add(_ problem: String, of key: String? = nil) {
        if let key, !keys.insert(key).inserted { return }
        all.append(problem)
    }

    /// Nothing more is to be said of a key.
    mutating func passOver(_ key: String) { keys.insert(key) }

    mutating func require(_ isMet: Bool, of key: String? = nil, _ problem: @autoclosure () -> String) {
        if !isMet { add(problem(), of: key) }
    }

    mutating func require<Number: BinaryInteger>(_ key: String, _ value: Number, in range: ClosedRange<Number>) {
        require(
            range.contains(value),
            of: key,
            "\(key) is \(value); it has to be \(range.lowerBound) to \(range.upperBound)"
        )
    }

    /// Whole milliseconds as Kafka's keys have them: a 32-bit number.
    mutating func require(_ key: String, _ value: Duration, atLeast least: Int64 = 0) {
        require(key, value.milliseconds, in: least...Int64(Int32.max))
    }

    /// - Throws: `.invalid` with all problems.
    func check() throws(KafkaError) {
        if !all.isEmpty { throw KafkaError(.invalid, all.joined(separator: "; ")) }
    }
}

extension ClientConfiguration {
    func validate(_ problems: inout ConfigurationProblems) {
        problems.require(
            !bootstrapServers.isEmpty || !bootstrapControllers.isEmpty,
            of: "bootstrap.servers",
            "bootstrap.servers is empty; host:port is expected"
        )
        problems.require(
            bootstrapServers.isEmpty || bootstrapControllers.isEmpty,
            of: "bootstrap.controllers",
            "bootstrap.servers and bootstrap.controllers exclude one another; give one of them"
        )
        for (key, addresses) in [
            ("bootstrap.servers", bootstrapServers), ("bootstrap.controllers", bootstrapControllers),
        ] {
            for address in addresses where !(1...65535).contains(address.port) || address.host.isEmpty {
                problems.add("\(key): '\(address)' is not an address; host:port is expected")
            }
        }
        problems.require("request.timeout.ms", requestTimeout)
        problems.require("default.api.timeout.ms", apiTimeout)
        problems.require("socket.connection.setup.timeout.ms", connectTimeout)
        problems.require("reconnect.backoff.ms", reconnectBackoff)
        problems.require("reconnect.backoff.max.ms", reconnectBackoffMax)
        problems.require("retry.backoff.ms", retryBackoff)
        problems.require("retry.backoff.max.ms", retryBackoffMax)
        problems.require("metadata.max.age.ms", metadataMaxAge)
        problems.require("responseMaxBytes", responseMaxBytes, in: 1...Int(Int32.max))
    }

    /// Of clients whose records only brokers have.
    fileprivate func requireBrokers(_ problems: inout ConfigurationProblems) {
        problems.require(
            bootstrapControllers.isEmpty,
            of: "bootstrap.controllers",
            "bootstrap.controllers is for Admin only; producers and consumers need bootstrap.servers"
        )
    }
}

extension ProducerConfiguration {
    /// - Throws: `KafkaError` with `.invalid`, which names every value that is not possible.
    func check() throws(KafkaError) {
        var problems = ConfigurationProblems()
        validate(&problems)
        try problems.check()
    }

    func validate(_ problems: inout ConfigurationProblems) {
        client.requireBrokers(&problems)
        client.validate(&problems)
        problems.require(transactionalId?.isEmpty != true, "transactional.id is empty")
        problems.require(
            transactionalId == nil || isIdempotent,
            "transactional.id requires enable.idempotence=true"
        )
        problems.require(!isIdempotent || acks == .all, of: "acks", "enable.idempotence requires acks=all")
        let limit = isIdempotent ? Self.idempotentInFlight : Int(Int32.max)
        let range = isIdempotent ? "1 to \(limit) with idempotence" : "1 or more"
        problems.require(
            (1...limit).contains(inFlightLimit),
            of: "max.in.flight.requests.per.connection",
            "max.in.flight.requests.per.connection is \(inFlightLimit); it has to be \(range)"
        )
        problems.require("batch.size", batchBytes, in: 1...1 << 30)
        problems.require("batchMaxBytes", batchMaxBytes, in: 1...1 << 30)
        problems.require("max.request.size", requestMaxBytes, in: 1...1 << 30)
        problems.require(
            bufferBytes >= requestMaxBytes,
            of: "buffer.memory",
            "buffer.memory is \(bufferBytes); it has to be at least max.request.size, \(requestMaxBytes)"
        )
        problems.require("linger.ms", linger)
        problems.require("delivery.timeout.ms", deliveryTimeout)
        problems.require("transaction.timeout.ms", transactionTimeout, atLeast: 1)
    }
}

extension ConsumerConfiguration {
    /// - Parameter isMember: whether a member of a group is to be made of it.
    /// - Throws: `KafkaError` with `.invalid`, which names every value that is not possible.
    func check(isMember: Bool) throws(KafkaError) {
        var problems = ConfigurationProblems()
        problems.require(!isMember || groupId != nil, "subscribe requires group.id")
        validate(&problems)
        try problems.check()
    }

    func validate(_ problems: inout ConfigurationProblems) {
        client.requireBrokers(&problems)
        client.validate(&problems)
        problems.require("fetch.max.wait.ms", fetchMaxWait)
        problems.require("fetch.min.bytes", fetchMinBytes, in: 0...Int32.max)
        problems.require("fetch.max.bytes", fetchMaxBytes, in: 1...Int32.max)
        problems.require("max.partition.fetch.bytes", partitionMaxBytes, in: 1...Int32.max)
        problems.require("prefetchBytes", prefetchBytes, in: 1...Int.max)
        problems.require("auto.commit.interval.ms", autoCommitInterval)
        problems.require(groupId?.isEmpty != true, "group.id is empty")
        problems.require(groupInstanceId?.isEmpty != true, "group.instance.id is empty")
        problems.require(!assignors.isEmpty, "partition.assignment.strategy is empty")
        problems.require(
            Set(assignors.map(\.name)).count == assignors.count,
            "partition.assignment.strategy names an assignor twice"
        )
        problems.require("session.timeout.ms", sessionTimeout, atLeast: 1)
        problems.require("heartbeat.interval.ms", heartbeatInterval, atLeast: 1)
        problems.require("max.poll.interval.ms", maxPollInterval, atLeast: 1)
        problems.require(
            heartbeatInterval < sessionTimeout,
            of: "heartbeat.interval.ms",
            "heartbeat.interval.ms is \(heartbeatInterval.milliseconds); it has to be less than session.timeout.ms, \(sessionTimeout.milliseconds)"
        )
    }
}
