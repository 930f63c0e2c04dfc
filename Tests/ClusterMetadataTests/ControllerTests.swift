import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import ClusterMetadata

/// A controller whose records are applied to its image, as the shell does.
struct ControllerWorld {
    var image = MetadataImage()
    var random = SeededGenerator(seed: 7)
    var records: [MetadataRecord] = []
    var staticConfig: [String: String] = [:]
    var ownDefaults: [String: String] = [:]
    var nodeId: Int32?

    init(brokers: Int32 = 1, racks: Int32 = 1) throws {
        try apply(Controller.bootstrapRecords())
        for id in 0..<brokers {
            var request = ControllerRun.register(id)
            request.rack = racks > 1 ? "rack-\(id % racks)" : nil
            let result = controller.register(request, version: 4)
            try apply(result.records)
            let epoch = result.response.brokerEpoch
            try apply(controller.heartbeat(ControllerRun.heartbeat(id, epoch: epoch, offset: .max), version: 1).records)
        }
    }

    var controller: Controller {
        Controller(
            image: image,
            settings: ControllerSettings(staticConfig: staticConfig, ownDefaults: ownDefaults, nodeId: nodeId),
            nextOffset: Int64(records.count)
        )
    }

    mutating func apply(_ new: [MetadataRecord]) throws {
        var delta = MetadataDelta()
        // Through bytes, as the log keeps them.
        for record in new { try image.apply(try MetadataRecord(decoding: try record.encoded(at: .latest)), &delta) }
        records += new
    }

    /// A broker that is alone, in the controller's process, comes back.
    mutating func restart(_ id: Int32, isClean: Bool) throws {
        nodeId = id
        let epoch = try #require(image.brokers[id]).epoch
        let request = ControllerRun.register(
            id,
            incarnation: UInt64(records.count),
            previousEpoch: isClean ? epoch : -1
        )
        try apply(controller.register(request, version: 4).records)
    }

    mutating func create(
        _ name: String,
        partitions: Int32 = -1,
        factor: Int16 = -1,
        assignments: [[Int32]] = [],
        configs: [String: String?] = [:],
        validateOnly: Bool = false,
        twice: Bool = false
    ) throws -> CreateTopicsResponse.CreatableTopicResult {
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = name
        topic.numPartitions = partitions
        topic.replicationFactor = factor
        topic.assignments = assignments.enumerated().map { index, brokers in
            var row = CreateTopicsRequest.CreatableReplicaAssignment()
            row.partitionIndex = Int32(index)
            row.brokerIds = brokers
            return row
        }
        topic.configs = configs.sorted { $0.key < $1.key }.map { key, value in
            var row = CreateTopicsRequest.CreatableTopicConfig()
            row.name = key
            row.value = value
            return row
        }
        var request = CreateTopicsRequest()
        request.topics = twice ? [topic, topic] : [topic]
        request.validateOnly = validateOnly
        let result = controller.createTopics(request, using: &random)
        try apply(result.records)
        return try #require(result.response.topics.first)
    }

    mutating func alter(_ resource: ConfigResource, _ changes: [(String, Int8, String?)]) throws -> (ErrorCode, String?)
    {
        var request = IncrementalAlterConfigsRequest()
        var row = IncrementalAlterConfigsRequest.AlterConfigsResource()
        row.resourceType = resource.type
        row.resourceName = resource.name
        row.configs = changes.map { name, operation, value in
            var config = IncrementalAlterConfigsRequest.AlterableConfig()
            config.name = name
            config.configOperation = operation
            config.value = value
            return config
        }
        request.resources = [row]
        let result = controller.incrementalAlterConfigs(request)
        try apply(result.records)
        let answer = try #require(result.response.responses.first)
        return (answer.errorCode, answer.errorMessage)
    }
}

struct ControllerTests {
    @Test func topicsAreMadeWithDefaultsAndConfigs() throws {
        var world = try ControllerWorld()
        world.staticConfig["num.partitions"] = "3"
        let made = try world.create("orders", configs: ["retention.ms": "5"])
        #expect(made.errorCode == .none && made.numPartitions == 3 && made.replicationFactor == 1)
        let topic = try #require(world.image.topic(named: "orders"))
        #expect(topic.id == made.topicId && topic.partitions.count == 3)
        #expect(topic.partitions.values.allSatisfy { $0.leader == 0 && $0.isr == [0] && $0.leaderEpoch == 0 })
        #expect(world.image.config(.topic("orders")) == ["retention.ms": "5"])
        let described = try #require(made.configs?.first { $0.name == "retention.ms" })
        #expect(described.value == "5" && described.configSource == ConfigSource.topic.rawValue)
    }

    @Test func badTopicsGetTheirCodes() throws {
        var world = try ControllerWorld(brokers: 3)
        #expect(try world.create("a.b").errorCode == .none)
        for name in [
            "", ".", "..", "a/b", "a\0b", "../../etc", "ünï", String(repeating: "x", count: 250), "a_b",
        ] {
            #expect(try world.create(name).errorCode == .invalidTopicException, "\(name)")
        }
        #expect(try world.create(String(repeating: "x", count: 249)).errorCode == .none)
        #expect(try world.create("a.b").errorCode == .topicAlreadyExists)
        #expect(try world.create("t", partitions: 0).errorCode == .invalidPartitions)
        #expect(try world.create("t", partitions: -2).errorCode == .invalidPartitions)
        #expect(try world.create("t", partitions: 1_000_001).errorCode == .policyViolation)
        let many = [[Int32]](repeating: [0], count: Controller.partitionsPerRequest + 1)
        #expect(try world.create("t", assignments: many).errorCode == .policyViolation)
        #expect(try world.create("t", factor: 0).errorCode == .invalidReplicationFactor)
        #expect(try world.create("t", factor: 4).errorCode == .invalidReplicationFactor)
        #expect(try world.create("t", assignments: [[0, 0]]).errorCode == .invalidReplicaAssignment)
        #expect(try world.create("t", assignments: [[0], []]).errorCode == .invalidReplicaAssignment)
        #expect(try world.create("t", assignments: [[9]]).errorCode == .invalidReplicaAssignment)
        #expect(try world.create("t", partitions: 1, assignments: [[0]]).errorCode == .invalidRequest)
        #expect(try world.create("t", configs: ["segment.bytes": "1"]).errorCode == .invalidConfig)
        #expect(try world.create("t", configs: ["retention.ms": nil]).errorCode == .invalidConfig)
        #expect(
            try world.create("t", configs: ["retention.m": "1"]).errorMessage?.contains("did you mean 'retention.ms'")
                == true
        )
        #expect(try world.create("t", twice: true).errorCode == .invalidRequest)
        #expect(try world.create("t", validateOnly: true).errorCode == .none)
        #expect(world.image.topic(named: "t") == nil)
    }

    @Test func replicasAreEvenAndOnDifferentRacks() throws {
        var world = try ControllerWorld(brokers: 6, racks: 3)
        _ = try world.create("wide", partitions: 120, factor: 3)
        let partitions = try #require(world.image.topic(named: "wide")).partitions.values
        var leaders: [Int32: Int] = [:]
        var replicas: [Int32: Int] = [:]
        for partition in partitions {
            leaders[partition.leader, default: 0] += 1
            for id in partition.replicas { replicas[id, default: 0] += 1 }
            #expect(Set(partition.replicas).count == 3)
        }
        #expect(Set(leaders.values) == [20])
        #expect(replicas.values.allSatisfy { (50...70).contains($0) }, "\(replicas)")
    }

    @Test func partitionsOnlyGrow() throws {
        var world = try ControllerWorld()
        _ = try world.create("t", partitions: 2)
        func grow(_ count: Int32, _ assignments: [[Int32]]? = nil) throws -> ErrorCode {
            var topic = CreatePartitionsRequest.CreatePartitionsTopic()
            topic.name = "t"
            topic.count = count
            topic.assignments = assignments.map { list in
                list.map { ids in
                    var row = CreatePartitionsRequest.CreatePartitionsAssignment()
                    row.brokerIds = ids
                    return row
                }
            }
            var request = CreatePartitionsRequest()
            request.topics = [topic]
            let result = world.controller.createPartitions(request)
            try world.apply(result.records)
            return try #require(result.response.results.first).errorCode
        }
        #expect(try grow(2) == .invalidPartitions)
        #expect(try grow(1) == .invalidPartitions)
        #expect(try grow(3, [[0], [0]]) == .invalidReplicaAssignment)
        #expect(try grow(5) == .none)
        #expect(world.image.topic(named: "t")?.partitions.keys.sorted() == [0, 1, 2, 3, 4])
    }

    /// The Kelvin sign and the letter K are one text to Swift, and so are the two ways to write an é.
    @Test func namesAreTheirBytes() throws {
        var world = try ControllerWorld()
        #expect(try world.create("K").errorCode == .none)
        var request = DeleteTopicsRequest()
        request.topicNames = ["\u{212A}"]
        let result = world.controller.deleteTopics(request)
        #expect(result.response.responses.map(\.errorCode) == [.unknownTopicOrPartition] && result.records.isEmpty)
        for name in ["\u{E9}", "e\u{301}"] {
            var user = UserScramCredentialRecord()
            user.name = name
            user.mechanism = 1
            try world.apply([.userScramCredential(user)])
        }
        #expect(world.image.scramCredentials.count == 2)
    }

    @Test func deletionIsByNameOrId() throws {
        var world = try ControllerWorld()
        let id = try world.create("t", configs: ["retention.ms": "1"]).topicId
        var request = DeleteTopicsRequest()
        request.topicNames = ["t", "missing", "", "__consumer_offsets"]
        let codes = world.controller.deleteTopics(request).response.responses.map(\.errorCode)
        #expect(codes == [.none, .unknownTopicOrPartition, .unknownTopicOrPartition, .invalidTopicException])
        request.topicNames = ["t", "missing", "t"]
        let twice = world.controller.deleteTopics(request)
        let answers = twice.response.responses.map(\.errorCode)
        #expect(answers == [.invalidRequest, .unknownTopicOrPartition, .invalidRequest] && twice.records.isEmpty)
        var row = DeleteTopicsRequest.DeleteTopicState()
        row.topicId = id
        request = DeleteTopicsRequest()
        request.topics = [row]
        let result = world.controller.deleteTopics(request)
        #expect(result.response.responses.first?.name == "t")
        try world.apply(result.records)
        #expect(world.image.topics.isEmpty && world.image.configs.isEmpty)
    }

    @Test func configurationsChangeIncrementally() throws {
        var world = try ControllerWorld()
        _ = try world.create("t")
        let topic = ConfigResource.topic("t")
        #expect(try world.alter(topic, [("retention.ms", 0, "9"), ("cleanup.policy", 2, "compact")]).0 == .none)
        #expect(world.image.config(topic) == ["retention.ms": "9", "cleanup.policy": "delete,compact"])
        #expect(try world.alter(topic, [("cleanup.policy", 3, "delete"), ("retention.ms", 1, nil)]).0 == .none)
        #expect(world.image.config(topic) == ["cleanup.policy": "compact"])
        #expect(try world.alter(.brokerDefault, [("log.retention.ms", 0, "77")]).0 == .none)
        let resolver = ConfigResolver(
            staticBroker: ["log.retention.hours": "1"],
            dynamicDefault: world.image.config(.brokerDefault)
        )
        #expect(resolver.topicInt("retention.ms", [:]) == 77)
        #expect(ConfigResolver(staticBroker: ["log.retention.hours": "1"]).topicInt("retention.ms", [:]) == 3_600_000)
        #expect(ConfigResolver(staticBroker: ["log.retention.hours": "-1"]).topicInt("retention.ms", [:]) == -1)
    }

    @Test func aBrokerThatComesBackLeadsAndUncleanStopsBeginNewEpochs() throws {
        var world = try ControllerWorld()
        _ = try world.create("t", partitions: 2)
        try world.restart(0, isClean: true)
        #expect(world.image.topic(named: "t")?.partitions.values.allSatisfy { $0.leaderEpoch == 0 } == true)
        try world.restart(0, isClean: false)
        #expect(
            world.image.topic(named: "t")?.partitions.values.allSatisfy { $0.leaderEpoch == 1 && $0.leader == 0 }
                == true
        )
        var change = PartitionChangeRecord()
        change.topicId = try #require(world.image.topicIds["t"])
        change.partitionId = 1
        change.leader = -1
        change.isr = []
        change.eligibleLeaderReplicas = [0]
        try world.apply([.partitionChange(change)])
        try world.restart(0, isClean: true)
        let partition = try #require(world.image.topic(named: "t")?.partitions[1])
        #expect(
            partition.leader == 0 && partition.isr == [0] && partition.eligibleLeaderReplicas.isEmpty
                && partition.leaderEpoch == 3
        )
    }

    @Test func producerIdsNeverRepeat() throws {
        var world = try ControllerWorld()
        var last: Int64 = -1
        for _ in 0..<5 {
            let result = world.controller.allocateProducerIds(ControllerRun.ids(0, epoch: 1))
            try world.apply(result.records)
            #expect(result.response.errorCode == .none && result.response.producerIdStart > last)
            last = result.response.producerIdStart + Int64(result.response.producerIdLen) - 1
        }
    }

    @Test func aSnapshotMakesTheSameImage() throws {
        var world = try ControllerWorld(brokers: 3, racks: 2)
        _ = try world.create("a", partitions: 7, factor: 2, configs: ["retention.ms": "1"])
        _ = try world.create("b")
        _ = try world.alter(.brokerDefault, [("log.retention.ms", 0, "77")])
        try world.apply(world.controller.allocateProducerIds(ControllerRun.ids(0, epoch: 1)).records)
        var scram = UserScramCredentialRecord()
        scram.name = "alice"
        scram.mechanism = 1
        try world.apply([.userScramCredential(scram)])
        var copy = MetadataImage()
        var delta = MetadataDelta()
        for record in world.image.records() {
            try copy.apply(try MetadataRecord(decoding: try record.encoded(at: .latest)), &delta)
        }
        #expect(copy == world.image)
        #expect(copy.records() == world.image.records())
    }

    @Test func recordsThatContradictTheStateAreRefused() throws {
        var image = MetadataImage()
        var delta = MetadataDelta()
        #expect(throws: MetadataRecordError.self) { try image.apply(.partition(PartitionRecord()), &delta) }
        #expect(throws: MetadataRecordError.self) { try image.apply(.removeTopic(RemoveTopicRecord()), &delta) }
        #expect(throws: MetadataRecordError.self) { try MetadataRecord(decoding: ByteBuffer(bytes: [1, 99, 0])) }
        #expect(throws: MetadataRecordError.self) { try MetadataRecord(decoding: ByteBuffer(bytes: [2, 2, 0])) }
        #expect(throws: MetadataRecordError.self) { try MetadataRecord(decoding: ByteBuffer(bytes: [1, 2, 9])) }
        #expect(throws: MetadataRecordError.self) { try MetadataRecord(decoding: ByteBuffer()) }
    }

    @Test func everyDefaultIsAllowedByItsOwnRule() {
        let catalog = ConfigCatalog.shared
        #expect(catalog.broker.count > 300 && catalog.topic.count > 30 && catalog.group.count > 20)
        for key in Array(catalog.broker.values) + Array(catalog.topic.values) + Array(catalog.group.values) {
            guard let value = key.defaultValue, !value.isEmpty, key.kind != .double else { continue }
            #expect(key.problem(with: value) == nil, "\(key.name)=\(value): \(key.problem(with: value) ?? "")")
            for name in key.brokerKeys { #expect(catalog.broker[name] != nil, "\(key.name) names \(name)") }
        }
    }

    @Test func misspeltKeysFindTheirNeighbour() {
        let keys = ConfigCatalog.shared.broker.keys
        #expect(ConfigCatalog.nearest(to: "num.partitons", in: keys) == "num.partitions")
        #expect(ConfigCatalog.nearest(to: "log.retention.hour", in: keys) == "log.retention.hours")
        #expect(ConfigCatalog.nearest(to: "completely.different.thing.altogether", in: ["a"]) == nil)
    }
}
