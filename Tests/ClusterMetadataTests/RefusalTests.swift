import KafkaProtocol
import Testing

@testable import ClusterMetadata

/// What is refused, with which code, and that nothing is written then.
struct RefusalTests {
    /// Brokers 1 to 3, a topic `a` of two partitions, one of the system.
    private func cluster() throws -> ControllerRun {
        var run = ControllerRun()
        _ = try run.lead()
        for broker in 1...3 as ClosedRange<Int32> { run.join(broker) }
        _ = run.send(ControllerRun.create("a", partitions: 2, factor: 2))
        _ = run.send(ControllerRun.create("__consumer_offsets"))
        _ = try run.commit()
        return run
    }

    private func refused<Request: ControllerRequest>(
        _ request: Request,
        _ version: Int16? = nil,
        _ code: (Request.Response) -> ErrorCode?
    ) throws -> ErrorCode? {
        var run = try cluster()
        let before = run.log.count
        let sent = run.send(request, version: version)
        let (token, effects) = try #require(sent)
        #expect(effects.proposal == nil && run.log.count == before, "nothing is written")
        let answer = effects.answers.first { $0.token == token }
        return (answer?.response as? Request.Response).flatMap(code)
    }

    // MARK: Registrations

    @Test func registrations() throws {
        let table: [(String, ErrorCode, (inout BrokerRegistrationRequest) -> Void)] = [
            ("another cluster", .inconsistentClusterId, { $0.clusterId = "other" }),
            ("a negative id", .invalidRegistration, { $0.brokerId = -1 }),
            ("one of ZooKeeper's", .invalidRegistration, { $0.isMigratingZkBroker = true }),
            ("no listener", .invalidRegistration, { $0.listeners = [] }),
            ("no features", .unsupportedVersion, { $0.features = [] }),
            ("features that are too old", .unsupportedVersion, { $0.features[0].maxSupportedVersion = 8 }),
            ("features that are too new", .unsupportedVersion, { $0.features[0].minSupportedVersion = 99 }),
            (
                "features upside down", .unsupportedVersion,
                { ($0.features[0].minSupportedVersion, $0.features[0].maxSupportedVersion) = (99, 1) }
            ),
            ("no directory", .invalidRegistration, { $0.logDirs = [] }),
            ("a reserved directory", .invalidRegistration, { $0.logDirs = [KafkaUUID(high: 0, low: 99)] }),
            (
                "a directory twice", .invalidRegistration,
                { $0.logDirs = [KafkaUUID(high: 8, low: 1), KafkaUUID(high: 8, low: 1)] }
            ),
            ("a directory of another broker", .invalidRegistration, { $0.logDirs = [KafkaUUID(high: 9, low: 2)] }),
        ]
        for (what, code, change) in table {
            var request = ControllerRun.register(4)
            change(&request)
            #expect(try refused(request) { $0.errorCode } == code, "\(what)")
        }
    }

    @Test func producerIds() throws {
        let table: [(Int32, Int64, ErrorCode)] = [
            (9, 0, .brokerIdNotRegistered), (-1, 0, .brokerIdNotRegistered), (1, -1, .staleBrokerEpoch),
            (1, 1_000_000, .staleBrokerEpoch),
        ]
        for (broker, epoch, code) in table {
            #expect(try refused(ControllerRun.ids(broker, epoch: epoch)) { $0.errorCode } == code, "\(broker) \(epoch)")
        }
    }

    // MARK: Topics

    @Test func topicsToCreate() throws {
        typealias Topic = CreateTopicsRequest.CreatableTopic
        func assign(_ topic: inout Topic, _ rows: [[Int32]], first: Int32 = 0) {
            (topic.numPartitions, topic.replicationFactor) = (-1, -1)
            topic.assignments = rows.enumerated().map { index, brokers in
                var row = CreateTopicsRequest.CreatableReplicaAssignment()
                (row.partitionIndex, row.brokerIds) = (first + Int32(index), brokers)
                return row
            }
        }
        func configure(_ topic: inout Topic, _ name: String, _ value: String?) {
            var row = CreateTopicsRequest.CreatableTopicConfig()
            (row.name, row.value) = (name, value)
            topic.configs = [row]
        }
        let table: [(String, ErrorCode, (inout Topic) -> Void)] = [
            ("no name", .invalidTopicException, { $0.name = "" }),
            ("dots", .invalidTopicException, { $0.name = ".." }),
            ("a long name", .invalidTopicException, { $0.name = String(repeating: "x", count: 250) }),
            ("a letter that is none", .invalidTopicException, { $0.name = "ä" }),
            ("the Kelvin sign", .invalidTopicException, { $0.name = "\u{212a}" }),
            ("the cluster's own", .invalidRequest, { $0.name = "__cluster_metadata" }),
            ("one that is there", .topicAlreadyExists, { $0.name = "a" }),
            ("too few brokers", .invalidReplicationFactor, { $0.replicationFactor = 4 }),
            ("no replicas", .invalidReplicationFactor, { $0.replicationFactor = 0 }),
            ("no partitions", .invalidPartitions, { $0.numPartitions = 0 }),
            ("too many partitions", .policyViolation, { $0.numPartitions = 10_001 }),
            (
                "both ways", .invalidRequest,
                {
                    assign(&$0, [[1]]); $0.numPartitions = 1
                }
            ),
            ("a gap", .invalidReplicaAssignment, { assign(&$0, [[1], [2]], first: 1) }),
            ("no broker", .invalidReplicaAssignment, { assign(&$0, [[]]) }),
            ("a broker twice", .invalidReplicaAssignment, { assign(&$0, [[1, 1]]) }),
            ("an unknown broker", .invalidReplicaAssignment, { assign(&$0, [[1, 7]]) }),
            ("different numbers", .invalidReplicaAssignment, { assign(&$0, [[1, 2], [3]]) }),
            ("an unknown setting", .invalidConfig, { configure(&$0, "no.such", "1") }),
            ("a bad value", .invalidConfig, { configure(&$0, "retention.ms", "soon") }),
            ("no value", .invalidConfig, { configure(&$0, "retention.ms", nil) }),
            ("a long value", .invalidConfig, { configure(&$0, "retention.ms", String(repeating: "1", count: 40_000)) }),
        ]
        for (what, code, change) in table {
            var request = ControllerRun.create("new")
            change(&request.topics[0])
            #expect(try refused(request) { $0.topics.first?.errorCode } == code, "\(what)")
        }
    }

    @Test func topicsToDelete() throws {
        typealias Topic = DeleteTopicsRequest.DeleteTopicState
        let table: [(String, ErrorCode, (inout Topic) -> Void)] = [
            ("not there", .unknownTopicOrPartition, { $0.name = "b" }),
            ("the system's", .invalidTopicException, { $0.name = "__consumer_offsets" }),
            ("nothing", .invalidRequest, { $0.name = nil }),
            ("both", .invalidRequest, { ($0.name, $0.topicId) = ("a", KafkaUUID(high: 1, low: 1)) }),
            ("an unknown id", .unknownTopicId, { ($0.name, $0.topicId) = (nil, KafkaUUID(high: 1, low: 1)) }),
        ]
        for (what, code, change) in table {
            var request = ControllerRun.delete("a")
            change(&request.topics[0])
            #expect(try refused(request) { $0.responses.first?.errorCode } == code, "\(what)")
        }
        var twice = ControllerRun.delete("a")
        twice.topics.append(twice.topics[0])
        #expect(try refused(twice) { $0.responses.last?.errorCode } == .invalidRequest)
    }

    @Test func partitionsToAdd() throws {
        typealias Topic = CreatePartitionsRequest.CreatePartitionsTopic
        func assign(_ topic: inout Topic, _ rows: [[Int32]]) {
            topic.assignments = rows.map { brokers in
                var row = CreatePartitionsRequest.CreatePartitionsAssignment()
                row.brokerIds = brokers
                return row
            }
        }
        let table: [(String, ErrorCode, (inout Topic) -> Void)] = [
            ("not there", .unknownTopicOrPartition, { $0.name = "b" }),
            ("fewer", .invalidPartitions, { $0.count = 1 }),
            ("as many", .invalidPartitions, { $0.count = 2 }),
            ("negative", .invalidPartitions, { $0.count = -1 }),
            ("too many", .policyViolation, { $0.count = 10_003 }),
            ("too few assignments", .invalidReplicaAssignment, { assign(&$0, []) }),
            ("too many assignments", .invalidReplicaAssignment, { assign(&$0, [[1, 2], [2, 3]]) }),
            ("another factor", .invalidReplicaAssignment, { assign(&$0, [[1]]) }),
            ("a broker twice", .invalidReplicaAssignment, { assign(&$0, [[2, 2]]) }),
            ("an unknown broker", .invalidReplicaAssignment, { assign(&$0, [[1, 9]]) }),
        ]
        for (what, code, change) in table {
            var request = ControllerRun.grow("a", to: 3)
            change(&request.topics[0])
            #expect(try refused(request) { $0.results.first?.errorCode } == code, "\(what)")
        }
    }

    // MARK: Settings and elections

    @Test func settings() throws {
        typealias Resource = IncrementalAlterConfigsRequest.AlterConfigsResource
        let table: [(String, ErrorCode, (inout Resource) -> Void)] = [
            ("no topic of that name", .unknownTopicOrPartition, { $0.resourceName = "b" }),
            ("no name", .invalidRequest, { $0.resourceName = "" }),
            ("no topic's name", .invalidTopicException, { $0.resourceName = "a b" }),
            ("no value", .invalidRequest, { $0.configs[0].value = nil }),
            ("an unknown operation", .invalidRequest, { $0.configs[0].configOperation = 9 }),
            ("no list", .invalidConfig, { $0.configs[0].configOperation = 2 }),
            ("twice", .invalidRequest, { $0.configs.append($0.configs[0]) }),
            ("a bad value", .invalidConfig, { $0.configs[0].value = "soon" }),
            ("no broker's name", .invalidRequest, { ($0.resourceType, $0.resourceName) = (4, "x") }),
            ("no such broker", .invalidRequest, { ($0.resourceType, $0.resourceName) = (4, "9") }),
            ("another spelling of a broker", .invalidRequest, { ($0.resourceType, $0.resourceName) = (4, "01") }),
            ("levels of loggers", .invalidRequest, { ($0.resourceType, $0.resourceName) = (8, "1") }),
            ("a group without a name", .invalidRequest, { ($0.resourceType, $0.resourceName) = (32, "") }),
            ("an unknown type", .invalidRequest, { $0.resourceType = 77 }),
        ]
        for (what, code, change) in table {
            var request = ControllerRun.set("a", "retention.ms", "5")
            change(&request.resources[0])
            #expect(try refused(request) { $0.responses.first?.errorCode } == code, "\(what)")
        }
    }

    @Test func elections() throws {
        let table: [(String, Int32, Int8, ErrorCode)] = [
            ("a", 0, 0, .electionNotNeeded), ("a", 0, 1, .electionNotNeeded), ("a", 2, 0, .unknownTopicOrPartition),
            ("a", -1, 0, .unknownTopicOrPartition), ("b", 0, 0, .unknownTopicOrPartition),
        ]
        for (topic, number, type, code) in table {
            let found = try refused(ControllerRun.elect(topic, number, type: type)) {
                $0.replicaElectionResults.first?.partitionResult.first?.errorCode
            }
            #expect(found == code, "\(topic)-\(number), type \(type)")
        }
        #expect(try refused(ControllerRun.elect("a", 0, type: 9)) { $0.errorCode } == .invalidRequest)
    }

    @Test func nobodyThatLeadsNotIsAsked() throws {
        var run = try cluster()
        _ = run.lose(kept: 0)
        #expect(run.send(ControllerRun.create("b")) == nil)
        for code in [ErrorCode.notController, .unknownServerError] {
            #expect(ControllerRun.create("b").refusal(code, "why").topics.first?.errorCode == code)
            #expect(ControllerRun.delete("b").refusal(code, "why").responses.first?.errorCode == code)
            #expect(ControllerRun.grow("b", to: 3).refusal(code, "why").results.first?.errorCode == code)
            #expect(ControllerRun.register(7).refusal(code, "why").errorCode == code)
            #expect(ControllerRun.ids(7, epoch: 1).refusal(code, "why").errorCode == code)
        }
    }
}
