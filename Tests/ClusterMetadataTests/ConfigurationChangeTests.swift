import KafkaProtocol
import Testing

@testable import ClusterMetadata

/// Every kind of resource, operation, key and value, with the code that Kafka answers.
struct ConfigurationChangeTests {
    private static let set: Int8 = 0
    private static let delete: Int8 = 1
    private static let append: Int8 = 2
    private static let subtract: Int8 = 3

    private static let topic = ConfigResource.topic("t")
    private static let broker = ConfigResource.broker(0)
    private static let allBrokers = ConfigResource.brokerDefault
    private static let group = ConfigResource(type: ConfigResource.groupType, name: "g")
    private static let metrics = ConfigResource(type: ConfigResource.clientMetricsType, name: "m")
    private static let logger = ConfigResource(type: ConfigResource.brokerLoggerType, name: "0")

    private func world() throws -> ControllerWorld {
        var world = try ControllerWorld()
        world.ownDefaults = ["num.network.threads": "3"]
        world.staticConfig = ["log.dirs": "/one,/two"]
        _ = try world.create("t")
        return world
    }

    struct Row: Sendable {
        var resource: ConfigResource
        var operation: Int8
        var key: String
        var value: String?
        var code: ErrorCode

        init(_ resource: ConfigResource, _ operation: Int8, _ key: String, _ value: String?, _ code: ErrorCode) {
            self.resource = resource
            self.operation = operation
            self.key = key
            self.value = value
            self.code = code
        }
    }

    private static let topics: [Row] = [
        Row(topic, set, "retention.ms", "9", .none), Row(topic, set, "retention.ms", " 9 ", .none),
        Row(topic, set, "retention.ms", "soon", .invalidConfig), Row(topic, set, "retention.ms", "", .invalidConfig),
        Row(topic, set, "retention.ms", "-2", .invalidConfig), Row(topic, set, "retention.ms", nil, .invalidRequest),
        Row(topic, set, "retention.bytes", "-7", .none), Row(topic, set, "preallocate", "TRUE", .none),
        Row(topic, set, "preallocate", "yes", .invalidConfig),
        Row(topic, set, "no.such.key", "1", .invalidConfig), Row(topic, set, "log.retention.ms", "1", .invalidConfig),
        Row(topic, set, "internal.segment.bytes", "1000", .none),
        Row(topic, set, "segment.bytes", "1000", .invalidConfig),
        Row(topic, set, "cleanup.policy", "", .none), Row(topic, set, "cleanup.policy", "compact, delete", .none),
        Row(topic, set, "cleanup.policy", "delete,delete", .none),
        Row(topic, set, "cleanup.policy", "delete,,compact", .invalidConfig),
        Row(topic, set, "cleanup.policy", ",", .invalidConfig),
        Row(topic, set, "cleanup.policy", "keep", .invalidConfig),
        Row(topic, set, "leader.replication.throttled.replicas", "0:1,1:2", .none),
        Row(topic, set, "leader.replication.throttled.replicas", "*", .none),
        Row(topic, set, "leader.replication.throttled.replicas", "", .none),
        Row(topic, set, "leader.replication.throttled.replicas", "0-1", .invalidConfig),
        Row(topic, set, "min.compaction.lag.ms", "9223372036854775807", .none),
        Row(topic, set, "max.compaction.lag.ms", "1", .none),
        Row(topic, set, "remote.storage.enable", "true", .invalidConfig),
        Row(topic, set, "remote.storage.enable", " True ", .invalidConfig),
        Row(topic, set, "remote.storage.enable", "false", .none),
        Row(topic, set, "remote.log.copy.disable", "true", .none),
        Row(topic, set, "local.retention.ms", "-2", .none), Row(topic, set, "local.retention.ms", " -2 ", .none),
        Row(topic, set, "local.retention.ms", "5", .invalidConfig),
        Row(topic, set, "local.retention.ms", "-1", .invalidConfig),
        Row(topic, set, "local.retention.ms", "-3", .invalidConfig),
        Row(topic, set, "local.retention.bytes", "5", .invalidConfig),
        Row(topic, delete, "local.retention.bytes", nil, .none),
        Row(topic, delete, "retention.ms", nil, .none), Row(topic, delete, "retention.ms", "ignored", .none),
        Row(topic, delete, "no.such.key", nil, .none),
        Row(topic, append, "cleanup.policy", "compact", .none),
        Row(topic, append, "cleanup.policy", "keep", .invalidConfig),
        Row(topic, append, "cleanup.policy", nil, .invalidRequest),
        Row(topic, append, "cleanup.policy", "", .invalidConfig),
        Row(topic, append, "cleanup.policy", " ", .invalidConfig),
        Row(topic, subtract, "cleanup.policy", "", .none),
        Row(topic, set, "min.cleanable.dirty.ratio", "0x1p-1", .invalidConfig),
        Row(topic, set, "min.cleanable.dirty.ratio", "nan", .invalidConfig),
        Row(topic, set, "min.cleanable.dirty.ratio", "5e-1", .none),
        Row(topic, append, "retention.ms", "1", .invalidConfig),
        Row(topic, append, "no.such.key", "1", .invalidConfig),
        Row(topic, subtract, "cleanup.policy", "delete", .none),
        Row(topic, subtract, "cleanup.policy", "other", .none),
        Row(topic, subtract, "retention.ms", "1", .invalidConfig),
        Row(topic, subtract, "no.such.key", "1", .invalidConfig),
        Row(topic, 9, "retention.ms", "1", .invalidRequest), Row(topic, -1, "retention.ms", "1", .invalidRequest),
        Row(.topic(""), set, "retention.ms", "1", .invalidRequest),
        Row(.topic("a/b"), set, "retention.ms", "1", .invalidTopicException),
        Row(.topic("nowhere"), set, "retention.ms", "1", .unknownTopicOrPartition),
        Row(.topic("nowhere"), set, "retention.ms", "soon", .invalidConfig),
        Row(.topic("nowhere"), delete, "no.such.key", nil, .unknownTopicOrPartition),
        Row(.topic("__cluster_metadata"), set, "retention.ms", "1", .unknownTopicOrPartition),
        Row(topic, set, "ottla.flush.policy", "ack", .none),
        Row(topic, set, "ottla.flush.policy", "never", .invalidConfig),
    ]

    private static let brokers: [Row] = [
        Row(allBrokers, set, "log.retention.ms", "77", .none), Row(broker, set, "log.retention.ms", "77", .none),
        Row(allBrokers, set, "log.retention.ms", "soon", .invalidRequest),
        Row(broker, set, "log.retention.ms", "soon", .invalidRequest),
        Row(broker, set, "log.retention.ms", "0", .invalidRequest),
        Row(broker, set, "log.retention.ms", "-1", .none),
        Row(broker, set, "log.retention.ms", nil, .invalidRequest),
        Row(broker, set, "log.roll.ms", "0", .invalidRequest),
        Row(broker, set, "log.cleaner.min.cleanable.ratio", "2", .invalidRequest),
        Row(allBrokers, set, "log.local.retention.ms", "5", .invalidRequest),
        Row(allBrokers, set, "log.local.retention.bytes", "-2", .none),
        Row(broker, set, "compression.type", "rar", .invalidRequest),
        // Keys that are read at the start.
        Row(broker, set, "node.id", "3", .invalidRequest), Row(allBrokers, set, "node.id", "3", .invalidRequest),
        Row(broker, set, "log.initial.task.delay.ms", "3", .invalidRequest),
        Row(broker, append, "log.dirs", "/three", .invalidRequest), Row(broker, delete, "node.id", nil, .none),
        Row(broker, set, "security.inter.broker.protocol", "PLAINTEXT", .invalidRequest),
        // Keys of one broker.
        Row(allBrokers, set, "listeners", "PLAINTEXT://:1", .invalidRequest),
        Row(broker, set, "listeners", "PLAINTEXT://:1", .invalidRequest),
        Row(broker, set, "cordoned.log.dirs", "/one", .none),
        Row(broker, set, "cordoned.log.dirs", "/three", .invalidRequest),
        Row(allBrokers, set, "cordoned.log.dirs", "/one", .invalidRequest),
        // Keys of listeners.
        Row(broker, set, "ssl.keystore.location", "/k", .invalidRequest),
        Row(broker, set, "listener.name.internal.ssl.keystore.location", "/k", .none),
        Row(allBrokers, set, "listener.name.internal.ssl.keystore.location", "/k", .invalidRequest),
        Row(broker, delete, "listener.name.internal.ssl.keystore.location", nil, .none),
        Row(broker, set, "listener.name.internal.ssl.client.auth", "perhaps", .invalidRequest),
        Row(allBrokers, set, "listener.name.internal.max.connections", "5", .none),
        Row(broker, set, "listener.name.internal.plain.sasl.jaas.config", "secret", .none),
        // Pools change in steps.
        Row(broker, set, "num.network.threads", "6", .none),
        Row(broker, set, "num.network.threads", "7", .invalidRequest),
        Row(broker, set, "num.io.threads", "4", .none), Row(broker, set, "num.io.threads", "3", .invalidRequest),
        Row(broker, set, "num.io.threads", "0", .invalidRequest),
        Row(broker, set, "log.cleaner.threads", "0", .invalidRequest),
        // Keys that can only be set while it runs.
        Row(broker, set, "leader.replication.throttled.rate", "1000", .none),
        Row(broker, set, "leader.replication.throttled.rate", "-1", .invalidRequest),
        // Keys that nobody knows: Kafka stores them.
        Row(broker, set, "no.such.key", "1", .none), Row(allBrokers, set, "no.such.key", "1", .none),
        Row(broker, delete, "no.such.key", nil, .none), Row(allBrokers, delete, "no.such.key", nil, .none),
        Row(broker, append, "no.such.key", "1", .invalidConfig),
        Row(broker, subtract, "no.such.key", "1", .invalidConfig),
        Row(broker, set, "no.such.key", nil, .invalidRequest),
        Row(broker, append, "log.cleanup.policy", "compact", .none),
        Row(broker, append, "log.cleanup.policy", "keep", .invalidRequest),
        Row(broker, append, "log.cleanup.policy", "", .invalidRequest),
        Row(broker, set, "max.connections", "0", .invalidRequest), Row(broker, set, "max.connections", "1", .none),
        Row(allBrokers, set, "max.connections.per.ip", "0", .invalidRequest),
        Row(broker, set, "max.connection.creation.rate", "0", .invalidRequest),
        Row(broker, set, "max.connections.per.ip.overrides", "h:1,[::1]:2", .none),
        Row(broker, set, "max.connections.per.ip.overrides", "h", .invalidRequest),
        Row(broker, set, "max.connections.per.ip.overrides", "h:many", .invalidRequest),
        Row(broker, set, "group.consumer.assignment.interval.ms", "1000000", .invalidRequest),
        Row(allBrokers, set, "group.share.assignment.interval.ms", "1000000", .invalidRequest),
        Row(broker, set, "group.streams.assignment.interval.ms", "1000", .none),
        Row(broker, set, "log.cleaner.io.max.bytes.per.second", "0x10", .invalidRequest),
        Row(broker, append, "log.retention.ms", "1", .invalidConfig),
        Row(broker, subtract, "log.retention.ms", "1", .invalidConfig),
        Row(broker, 4, "log.retention.ms", "1", .invalidRequest),
        Row(broker, set, "metric.reporters", String(repeating: "x", count: 32_768), .invalidConfig),
        Row(.broker(5), set, "log.retention.ms", "3", .invalidRequest),
        Row(.broker(5), delete, "log.retention.ms", nil, .invalidRequest),
        Row(.broker(-1), set, "log.retention.ms", "3", .invalidRequest),
        Row(ConfigResource(type: 4, name: "one"), set, "log.retention.ms", "3", .invalidRequest),
        Row(ConfigResource(type: 4, name: "00"), set, "log.retention.ms", "3", .invalidRequest),
    ]

    private static let others: [Row] = [
        Row(group, set, "consumer.session.timeout.ms", "50000", .none),
        Row(group, set, "consumer.session.timeout.ms", "1", .invalidConfig),
        Row(group, set, "consumer.session.timeout.ms", "100000", .invalidConfig),
        Row(group, set, "consumer.session.timeout.ms", "many", .invalidConfig),
        Row(group, set, "consumer.session.timeout.ms", nil, .invalidRequest),
        Row(group, set, "streams.num.standby.replicas", "3", .invalidConfig),
        Row(group, set, "streams.num.standby.replicas", "2", .none),
        Row(group, set, "streams.task.offset.interval.ms", "100", .invalidConfig),
        Row(group, set, "share.record.lock.duration.ms", "14999", .invalidConfig),
        Row(group, set, "share.auto.offset.reset", "by_duration:PT1H30M", .none),
        Row(group, set, "share.auto.offset.reset", "by_duration:-PT1H", .invalidConfig),
        Row(group, set, "share.auto.offset.reset", "by_duration:", .invalidConfig),
        Row(group, set, "share.auto.offset.reset", "earliest", .none),
        Row(group, set, "share.auto.offset.reset", "never", .invalidConfig),
        Row(group, set, "streams.assignor.name", "sticky", .none),
        Row(group, set, "streams.assignor.name", "other", .invalidConfig),
        Row(group, set, "streams.rack.aware.assignment.tags", "a,b", .none),
        Row(group, set, "streams.rack.aware.assignment.tags", "a,a", .invalidConfig),
        Row(group, append, "streams.rack.aware.assignment.tags", "a", .none),
        Row(group, set, "errors.deadletterqueue.topic.name", "__x", .invalidConfig),
        Row(group, set, "no.such.key", "1", .invalidConfig), Row(group, delete, "no.such.key", nil, .none),
        Row(group, append, "consumer.session.timeout.ms", "1", .invalidConfig),
        Row(ConfigResource(type: 32, name: ""), set, "consumer.session.timeout.ms", "50000", .invalidRequest),
        Row(metrics, set, "metrics", "*", .invalidRequest), Row(metrics, set, "no.such.key", "1", .invalidRequest),
        Row(metrics, delete, "metrics", nil, .none), Row(metrics, append, "interval.ms", "1", .invalidConfig),
        Row(ConfigResource(type: 16, name: ""), delete, "metrics", nil, .invalidRequest),
        Row(logger, set, "ROOT", "DEBUG", .invalidRequest), Row(logger, delete, "ROOT", nil, .invalidRequest),
        Row(ConfigResource(type: 0, name: "x"), set, "a", "1", .invalidRequest),
        Row(ConfigResource(type: 77, name: "x"), set, "a", "1", .invalidRequest),
    ]

    @Test(arguments: topics + brokers + others) func everyChangeGetsKafkasCode(_ row: Row) throws {
        var world = try world()
        let (code, message) = try world.alter(row.resource, [(row.key, row.operation, row.value)])
        #expect(
            code == row.code,
            "\(row.resource) \(row.operation) \(row.key)=\(row.value ?? "null"): \(message ?? "")"
        )
        #expect((message == nil) == (code == .none), "\(message ?? "null")")
    }

    /// AlterConfigs has the same rules, without operations.
    @Test(arguments: (topics + brokers + others).filter { $0.operation == set })
    func replacingAllSettingsGetsTheSameCodes(_ row: Row) throws {
        let world = try world()
        var request = AlterConfigsRequest()
        var resource = AlterConfigsRequest.AlterConfigsResource()
        resource.resourceType = row.resource.type
        resource.resourceName = row.resource.name
        var config = AlterConfigsRequest.AlterableConfig()
        config.name = row.key
        config.value = row.value
        resource.configs = [config]
        request.resources = [resource]
        let code = world.controller.alterConfigs(request).response.responses.map(\.errorCode)
        #expect(code == [row.code], "\(row.resource) \(row.key)=\(row.value ?? "null")")
    }

    @Test func whatIsNamedTwiceIsRefusedEachTime() throws {
        var world = try world()
        #expect(try world.alter(Self.topic, [("retention.ms", 0, "1"), ("retention.ms", 1, nil)]).0 == .invalidRequest)
        var row = IncrementalAlterConfigsRequest.AlterConfigsResource()
        row.resourceType = ConfigResource.topicType
        row.resourceName = "t"
        var request = IncrementalAlterConfigsRequest()
        request.resources = [row, row]
        let result = world.controller.incrementalAlterConfigs(request)
        #expect(result.response.responses.map(\.errorCode) == [.invalidRequest, .invalidRequest])
        #expect(result.records.isEmpty)
    }

    @Test func oneBadSettingLeavesAllOfItsResourceAlone() throws {
        var world = try world()
        #expect(try world.alter(Self.topic, [("retention.ms", 0, "1"), ("segment.ms", 0, "x")]).0 == .invalidConfig)
        #expect(world.image.config(Self.topic).isEmpty)
    }

    @Test func limitsOfCompactionAreComparedWithWhatTheBrokerSays() throws {
        var world = try world()
        #expect(try world.alter(Self.allBrokers, [("log.cleaner.max.compaction.lag.ms", 0, "10")]).0 == .none)
        #expect(try world.alter(Self.topic, [("min.compaction.lag.ms", 0, "11")]).0 == .invalidConfig)
        #expect(try world.alter(Self.topic, [("min.compaction.lag.ms", 0, "10")]).0 == .none)
    }

    @Test func heartbeatsOfAGroupFitIntoItsSession() throws {
        var world = try world()
        world.staticConfig["group.consumer.max.heartbeat.interval.ms"] = "55000"
        #expect(try world.alter(Self.group, [("consumer.heartbeat.interval.ms", 0, "50000")]).0 == .invalidConfig)
        let both: [(String, Int8, String?)] = [
            ("consumer.heartbeat.interval.ms", 0, "50000"), ("consumer.session.timeout.ms", 0, "60000"),
        ]
        #expect(try world.alter(Self.group, both).0 == .none)
    }

    @Test func settingsOfAnotherVersionDoNotStandInTheWay() throws {
        var world = try world()
        var record = ConfigRecord()
        record.resourceType = ConfigResource.topicType
        record.resourceName = "t"
        record.name = "key.of.tomorrow"
        record.value = "1"
        try world.apply([.config(record)])
        #expect(try world.alter(Self.topic, [("retention.ms", 0, "1")]).0 == .none)
        #expect(try world.alter(Self.topic, [("key.of.tomorrow", 0, "2")]).0 == .invalidConfig)
        #expect(try world.alter(Self.topic, [("key.of.tomorrow", 1, nil)]).0 == .none)
        #expect(world.image.config(Self.topic) == ["retention.ms": "1"])
    }

    @Test func localRetentionThatKafkaHasStoredDoesNotStandInTheWay() throws {
        var world = try world()
        var record = ConfigRecord()
        (record.resourceType, record.resourceName) = (ConfigResource.topicType, "t")
        (record.name, record.value) = ("local.retention.ms", "60000")
        try world.apply([.config(record)])
        #expect(try world.alter(Self.topic, [("retention.ms", 0, "90000")]).0 == .none)
        #expect(try world.alter(Self.topic, [("local.retention.ms", 0, "70000")]).0 == .invalidConfig)
        #expect(try world.alter(Self.topic, [("local.retention.ms", 0, "-2")]).0 == .none)
        #expect(try world.create("u", configs: ["local.retention.ms": "60000"]).errorCode == .invalidConfig)
        #expect(try world.create("v", configs: ["local.retention.ms": "-2"]).errorCode == .none)
    }

    @Test func minInSyncReplicasIsOneNumberWhileEligibleLeadersAreTracked() throws {
        var world = try world()
        var feature = FeatureLevelRecord()
        feature.name = "eligible.leader.replicas.version"
        feature.featureLevel = 1
        try world.apply([.featureLevel(feature)])
        let name = "min.insync.replicas"
        #expect(try world.alter(Self.broker, [(name, 0, "2")]).0 == .invalidConfig)
        #expect(try world.alter(Self.allBrokers, [(name, 0, "2")]).0 == .none)
        #expect(try world.alter(Self.allBrokers, [(name, 1, nil)]).0 == .invalidConfig)
        #expect(try world.alter(Self.topic, [(name, 0, "2")]).0 == .none)
        let cleared = world.records.compactMap { record -> String? in
            if case .clearElr(let record) = record { record.topicName } else { nil }
        }
        #expect(cleared == ["", "t"])
    }

    @Test func newTopicsAreCheckedTheSameWay() throws {
        var world = try world()
        #expect(try world.create("__cluster_metadata").errorCode == .invalidRequest)
        #expect(try world.create("r", configs: ["remote.storage.enable": "true"]).errorCode == .invalidConfig)
        #expect(try world.create("r", partitions: 0, factor: 0).errorCode == .invalidReplicationFactor)
        #expect(try world.create("r", partitions: 0, configs: ["no.such": "1"]).errorCode == .invalidConfig)
        let made = try world.create("r", configs: ["internal.segment.bytes": "1000"])
        #expect(made.errorCode == .none && made.errorMessage == nil)
        #expect(made.configs?.contains { $0.name == "internal.segment.bytes" } == true)
        #expect(try world.create("s").configs?.contains { $0.name == "internal.segment.bytes" } == false)
    }
}
