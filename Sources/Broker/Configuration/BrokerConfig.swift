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
    /// `replica.selector.class`: consumers are sent to followers in their rack (KIP-392).
    package let selectsReplicasByRack: Bool
    package let logDirs: [String]
    /// Roles, and how the node finds the controllers.
    package let quorum: QuorumConfig
    /// Where this node's controller is bound; empty when no other node can reach it.
    package let controllerListeners: [Endpoint]
    /// Where others reach it, as far as the configuration says so.
    package let controllerEndpoints: [Endpoint]
    /// Levels of features count that no release of Kafka has yet.
    package let allowsUnstableFeatures: Bool
    /// `unstable.api.versions.enable`
    package var offersUnstableVersions: Bool {
        ConfigValue.bool(values["unstable.api.versions.enable"] ?? "false")
    }
    package let metricsListener: HostPort?
    package let heartbeatMillis: Int64
    package let sessionMillis: Int64
    /// `replica.fetch.wait.max.ms`
    package let fetchWaitMillis: Int64
    package let registrationMillis: Int64

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
    package let transactions: TransactionConfig
    package let transactionsPartitions: Int32
    package let transactionsReplicationFactor: Int16
    /// `transaction.state.log.min.isr`
    package let transactionsMinimum: Int64
    package let transactionsSegmentBytes: Int64
    /// How often transactional ids are looked for that nobody uses.
    package let transactionsCheckMillis: Int64
    package let producerIdCheckMillis: Int64
    /// How long after the start the work on logs in the background begins; nil: after its interval, or half a minute if that is longer.
    package let initialTaskDelayMillis: Int64?
    package let recoveryThreads: Int
    /// How long reading all logs once takes; 0 and less: that is never done.
    package let scrubMillis: Int64
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
        let reader = ConfigReader(values: values, ownDefaults: ownDefaults)
        nodeId = try reader.nodeId()
        let quorum = try QuorumConfig(reader, nodeId: nodeId)
        self.quorum = quorum
        let allListeners = try reader.endpoints("listeners")
        try reader.checkPorts(allListeners)
        try reader.checkSecurity(allListeners, controllers: quorum.listenerNames)
        listeners = allListeners.filter { !quorum.listenerNames.contains($0.listener) }
        controllerListeners = allListeners.filter { quorum.listenerNames.contains($0.listener) }
        advertised = try reader.endpoints("advertised.listeners").filter {
            !quorum.listenerNames.contains($0.listener)
        }
        controllerEndpoints = try reader.controllerEndpoints(controllerListeners)
        try quorum.check(clients: listeners, controllers: controllerListeners, nodeId: nodeId)
        allowsUnstableFeatures = ConfigValue.bool(values["unstable.feature.versions.enable"] ?? "false")
        try Self.check(advertised, listeners)
        interBrokerListener = try reader.interBrokerListener(listeners)
        selectsReplicasByRack = try reader.selectsReplicasByRack()
        logDirs = ConfigValue.list(reader.string("log.dirs"))
        try Self.check(logDirs)
        metricsListener = try reader.metricsListener()
        heartbeatMillis = reader.int("broker.heartbeat.interval.ms")
        sessionMillis = reader.int("broker.session.timeout.ms")
        fetchWaitMillis = reader.int("replica.fetch.wait.max.ms")
        registrationMillis = reader.int("initial.broker.registration.timeout.ms")
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
        transactions = reader.transactions()
        transactionsPartitions = Int32(reader.int("transaction.state.log.num.partitions"))
        transactionsReplicationFactor = Int16(reader.int("transaction.state.log.replication.factor"))
        transactionsMinimum = reader.int("transaction.state.log.min.isr")
        transactionsSegmentBytes = reader.int("transaction.state.log.segment.bytes")
        transactionsCheckMillis = reader.int("transaction.remove.expired.transaction.cleanup.interval.ms")
        retentionCheckMillis = reader.int("log.retention.check.interval.ms")
        recoveryPointCheckpointMillis = reader.int("log.flush.offset.checkpoint.interval.ms")
        producerIdCheckMillis = reader.int("producer.id.expiration.check.interval.ms")
        initialTaskDelayMillis = values["log.initial.task.delay.ms"].map { _ in reader.int("log.initial.task.delay.ms")
        }
        scrubMillis = reader.int("ottla.scrub.interval.ms")
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

    private static func check(_ logDirs: [String]) throws(ConfigurationError) {
        if logDirs.isEmpty { throw ConfigurationError("log.dirs names no directory") }
        var seen: Set<[Substring]> = []
        for path in logDirs {
            // Whether it is absolute counts, and how many slashes there are does not.
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            if !seen.insert(parts.prefix(1) + parts.dropFirst().filter { !$0.isEmpty && $0 != "." }).inserted {
                throw ConfigurationError("log.dirs names the directory \(path) twice")
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
