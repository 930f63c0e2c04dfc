import ClusterMetadata
import Coordination
import KafkaProtocol
import LogStorage
import NIOCore
import World

/// Why a node cannot run with what it was given: one sentence that says what to change.
package struct ConfigurationError: Error, CustomStringConvertible, Sendable, Equatable {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// An address to listen on or to be reached at.
package struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    package var listener: String
    package var host: String
    package var port: Int

    package var description: String { "\(listener)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Whether the host stands for all interfaces: nothing, or the wildcard address in any of its spellings.
    var isEveryInterface: Bool { host.isEmpty || HostAddress(host)?.isWildcard == true }

    package init(listener: String, host: String, port: Int) {
        self.listener = listener
        self.host = host
        self.port = port
    }

    /// Letters, digits and what names and addresses are written with.
    private static func canBeInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "%"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// Reads `NAME://host:port`; nil for anything else.
    package init?(_ text: String) {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        let listener = String(text[..<scheme.lowerBound])
        guard !listener.isEmpty, let address = HostPort(String(text[scheme.upperBound...])),
            address.host.utf8.allSatisfy(Self.canBeInHost)
        else { return nil }
        self.init(listener: listener.uppercased(), host: address.host, port: address.port)
    }
}

/// A host and a port, as `host:port` or `[v6]:port`; an empty host is every interface.
package struct HostPort: Equatable, Sendable {
    package var host: String
    package var port: Int

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.host = host
        self.port = port
    }
}

/// A node's configuration in typed form. Times in milliseconds, sizes in bytes.
package struct BrokerConfig: Sendable {
    /// What stands in the file and the command line, key by key.
    package let values: [String: String]
    /// Defaults where they differ from Kafka's.
    package let ownDefaults: [String: String]
    package let nodeId: Int32?
    package let listeners: [Endpoint]
    package let advertised: [Endpoint]
    /// `inter.broker.listener.name`: brokers reach one another at this listener's address.
    package let interBrokerListener: String
    package let logDirs: [String]
    /// Where the controller would be reached, when the configuration has listeners for it.
    package let controllerEndpoints: [Endpoint]
    /// The configuration names the voters of the metadata log, so the log doesn't have to.
    package let hasStaticVoters: Bool
    /// Levels of features count that no release of Kafka has yet.
    package let allowsUnstableFeatures: Bool
    package let metricsListener: HostPort?

    package let threads: Int
    package let requestMaxBytes: Int
    /// Bytes that requests of all connections may hold together.
    package let requestMemoryLimit: Int
    let socketBuffers: SocketBuffers
    package let idleMillis: Int64
    package let maxConnections: Int
    package let maxConnectionsPerIp: Int
    /// New connections of one address in a second; those beyond wait before they are served.
    package let connectionRatePerIp: Int
    package let fetchMaxBytes: Int
    package let fetchSessionSlots: Int
    package let autoCreateTopics: Bool
    package let group: GroupConfig
    package let offsetsPartitions: Int32
    package let offsetsReplicationFactor: Int16
    package let offsetsSegmentBytes: Int64
    package let offsetsCheckMillis: Int64
    package let retentionCheckMillis: Int64
    package let recoveryPointCheckpointMillis: Int64
    package let producerIdCheckMillis: Int64
    /// How long after the start the work on logs in the background begins; nil: after its interval, or half a minute if that is longer.
    package let initialTaskDelayMillis: Int64?
    package let recoveryThreads: Int
    /// Threads that compact logs; 0 for none.
    package let cleanerThreads: Int
    package let snapshotBytes: Int64
    package let snapshotMillis: Int64
    /// Known keys that are set but have no effect in this version.
    package let withoutEffect: [String]
}

extension BrokerConfig {
    /// Reads and checks a configuration.
    ///
    /// - Throws: `ConfigurationError` naming the key, the value and what is possible.
    package init(_ values: [String: String]) throws(ConfigurationError) {
        try Self.checkKeys(values)
        self.values = values
        let ownDefaults = Self.ownDefaults(values)
        self.ownDefaults = ownDefaults
        let reader = Reader(values: values, ownDefaults: ownDefaults)
        nodeId = try reader.nodeId()
        try reader.checkRoles()
        let controllerListeners = Set(
            ConfigValue.list(values["controller.listener.names"] ?? "").map { $0.uppercased() }
        )
        let allListeners = try reader.endpoints("listeners")
        try reader.checkPorts(allListeners)
        listeners = allListeners.filter { !controllerListeners.contains($0.listener) }
        advertised = try reader.endpoints("advertised.listeners").filter {
            !controllerListeners.contains($0.listener)
        }
        controllerEndpoints = try reader.controllerEndpoints(controllerListeners)
        hasStaticVoters = !ConfigValue.list(values["controller.quorum.voters"] ?? "").isEmpty
        allowsUnstableFeatures = ConfigValue.bool(values["unstable.feature.versions.enable"] ?? "false")
        if listeners.isEmpty { throw ConfigurationError("listeners names no listener for clients") }
        try reader.checkSecurity(listeners)
        try Self.check(advertised, listeners)
        interBrokerListener = try reader.interBrokerListener(listeners)
        logDirs = ConfigValue.list(reader.string("log.dirs"))
        if logDirs.isEmpty { throw ConfigurationError("log.dirs names no directory") }
        if Set(logDirs).count != logDirs.count { throw ConfigurationError("log.dirs names a directory twice") }
        metricsListener = try reader.metricsListener()
        threads = Int(reader.int("num.network.threads"))
        requestMaxBytes = Int(reader.int("socket.request.max.bytes"))
        let queued = Int(reader.int("queued.max.request.bytes"))
        requestMemoryLimit = queued > 0 ? queued : RequestMemory.defaultLimit
        socketBuffers = SocketBuffers(
            send: reader.bufferSize("socket.send.buffer.bytes"),
            receive: reader.bufferSize("socket.receive.buffer.bytes")
        )
        idleMillis = reader.int("connections.max.idle.ms")
        maxConnections = min(Int(reader.int("max.connections")), 10_000)
        maxConnectionsPerIp = Int(reader.int("max.connections.per.ip"))
        connectionRatePerIp = Int(reader.int("ottla.connection.creation.rate.per.ip"))
        fetchMaxBytes = Int(reader.int("fetch.max.bytes"))
        fetchSessionSlots = Int(reader.int("max.incremental.fetch.session.cache.slots"))
        autoCreateTopics = ConfigValue.bool(reader.string("auto.create.topics.enable"))
        group = reader.group()
        offsetsPartitions = Int32(reader.int("offsets.topic.num.partitions"))
        offsetsReplicationFactor = Int16(reader.int("offsets.topic.replication.factor"))
        offsetsSegmentBytes = reader.int("offsets.topic.segment.bytes")
        offsetsCheckMillis = reader.int("offsets.retention.check.interval.ms")
        retentionCheckMillis = reader.int("log.retention.check.interval.ms")
        recoveryPointCheckpointMillis = reader.int("log.flush.offset.checkpoint.interval.ms")
        producerIdCheckMillis = reader.int("producer.id.expiration.check.interval.ms")
        initialTaskDelayMillis = values["log.initial.task.delay.ms"].map { _ in reader.int("log.initial.task.delay.ms")
        }
        recoveryThreads = Int(reader.int("num.recovery.threads.per.data.dir"))
        snapshotBytes = reader.int("metadata.log.max.record.bytes.between.snapshots")
        snapshotMillis = reader.int("metadata.log.max.snapshot.interval.ms")
        let cleans = ConfigValue.bool(reader.string("log.cleaner.enable"))
        cleanerThreads = cleans ? Int(reader.int("log.cleaner.threads")) : 0
        withoutEffect = values.keys.filter { !EffectiveKeys.names.contains($0) }.sorted()
    }

    private static func checkKeys(_ values: [String: String]) throws(ConfigurationError) {
        let catalog = ConfigCatalog.shared
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let key = catalog.brokerKey(name) else {
                let hint =
                    ConfigCatalog.nearest(to: name, in: catalog.broker.keys).map { "; did you mean '\($0)'?" } ?? ""
                throw ConfigurationError("unknown configuration key '\(name)'\(hint)")
            }
            if let problem = key.problem(with: value) {
                throw ConfigurationError("\(name) cannot be '\(value)': \(problem)")
            }
        }
    }

    private static func check(_ advertised: [Endpoint], _ listeners: [Endpoint]) throws(ConfigurationError) {
        for endpoint in advertised where !listeners.contains(where: { $0.listener == endpoint.listener }) {
            throw ConfigurationError("advertised.listeners names \(endpoint.listener), which is not in listeners")
        }
        for endpoint in advertised where !endpoint.host.isEmpty && endpoint.isEveryInterface {
            throw ConfigurationError(
                "advertised.listeners cannot be \(endpoint): clients cannot connect to \(endpoint.host), which stands for all interfaces; use a name or an address of this machine"
            )
        }
    }

    private static func ownDefaults(_ values: [String: String]) -> [String: String] {
        [
            "group.max.size": "5000",
            "listeners": "PLAINTEXT://127.0.0.1:9092",
            "log.dir": "./ottla-data",
            "log.dirs": values["log.dir"] ?? "./ottla-data",
            "max.connections": "10000",
            "max.connections.per.ip": "1000",
            // A thread for each core; at least 3, so that a client rarely shares its thread with one that reads gigabytes.
            "num.network.threads": "\(max(3, System.coreCount))",
            // Kafka's 102400 would cost producers a quarter of their throughput.
            "socket.receive.buffer.bytes": "-1",
            "process.roles": "broker,controller",
            "queued.max.request.bytes": "\(RequestMemory.defaultLimit)",
        ]
    }

    private struct Reader {
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
            guard let name = values["inter.broker.listener.name"]?.uppercased() else {
                return listeners.first?.listener ?? ""
            }
            if listeners.contains(where: { $0.listener == name }) { return name }
            throw ConfigurationError(
                "inter.broker.listener.name is \(name), which is not in listeners; other brokers connect there"
            )
        }

        func checkRoles() throws(ConfigurationError) {
            let roles = Set(ConfigValue.list(string("process.roles")))
            guard roles == ["broker", "controller"] else {
                throw ConfigurationError(
                    "process.roles must be broker,controller: this version runs as a single node that is both"
                )
            }
            if let id = try nodeId(), let voters = values["controller.quorum.voters"] {
                let ids = ConfigValue.list(voters).compactMap { Int32($0.prefix { $0 != "@" }) }
                guard ids == [id] else {
                    throw ConfigurationError(
                        "controller.quorum.voters must name node \(id) alone: this version serves a quorum of one"
                    )
                }
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

        /// As other voters would be told: the controller listeners, at their advertised addresses.
        func controllerEndpoints(_ names: Set<String>) throws(ConfigurationError) -> [Endpoint] {
            let advertised = try endpoints("advertised.listeners")
            return try endpoints("listeners").filter { names.contains($0.listener) }
                .map { bound in advertised.first { $0.listener == bound.listener } ?? bound }.filter { $0.port > 0 }
        }

        func checkSecurity(_ listeners: [Endpoint]) throws(ConfigurationError) {
            var protocols: [String: String] = [:]
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
}

extension ConfigResolver {
    /// What a topic's configuration means for its logs.
    func logConfig(_ overrides: [String: String]) -> LogConfig {
        var config = LogConfig()
        config.segmentBytes = topicInt(
            overrides["internal.segment.bytes"] == nil ? "segment.bytes" : "internal.segment.bytes",
            overrides
        )
        config.segmentMillis = topicInt("segment.ms", overrides)
        config.segmentJitterMillis = topicInt("segment.jitter.ms", overrides)
        config.indexIntervalBytes = Int(topicInt("index.interval.bytes", overrides))
        config.indexMaxBytes = Int(topicInt("segment.index.bytes", overrides))
        config.retentionMillis = topicInt("retention.ms", overrides)
        config.retentionBytes = topicInt("retention.bytes", overrides)
        let policies = ConfigValue.list(topicValue("cleanup.policy", overrides) ?? "")
        config.deletesOldSegments = policies.contains("delete")
        config.isCompacted = policies.contains("compact")
        config.deleteRetentionMillis = topicInt("delete.retention.ms", overrides)
        config.minCleanableRatio = Double(topicValue("min.cleanable.dirty.ratio", overrides) ?? "") ?? 0.5
        config.minCompactionLagMillis = topicInt("min.compaction.lag.ms", overrides)
        config.maxCompactionLagMillis = topicInt("max.compaction.lag.ms", overrides)
        // A record in the active segment is not compacted, so the segment may not last longer than that.
        if config.isCompacted { config.segmentMillis = min(config.segmentMillis, config.maxCompactionLagMillis) }
        config.fileDeleteDelayMillis = topicInt("file.delete.delay.ms", overrides)
        config.flushMessages = topicInt("flush.messages", overrides)
        config.flushMillis = topicInt("flush.ms", overrides)
        config.flushesBeforeAck = topicValue("ottla.flush.policy", overrides) == "ack"
        config.producerIdExpirationMillis = brokerInt("producer.id.expiration.ms")
        config.rules = batchRules(overrides)
        return config
    }
}
