import ClusterMetadata
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Synchronization
import Testing
import World

@testable import Broker

/// Answers in which clients that know Apache Kafka would notice a difference.
@Suite(.serialized)
struct AnswersLikeKafkaTests {
    // MARK: What a client may do

    @Test func withoutAnAuthorizerAClientMayDoEverything() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        let topic = AclResourceType.topic.operations.rawValue
        let cluster = AclResourceType.cluster.operations.rawValue
        let group = AclResourceType.group.operations.rawValue
        #expect([topic, cluster, group] == [0b1101_1111_1000, 0b1_1111_1010_0000, 0b1101_0100_1000])

        for version in [8, 10, 13] as [Int16] {
            for asks in [false, true] {
                let request = make(MetadataRequest()) { request in
                    request.topics = ["t", "none"].map { name in
                        make(MetadataRequest.MetadataRequestTopic()) { $0.name = name }
                    }
                    request.allowAutoTopicCreation = false
                    request.includeTopicAuthorizedOperations = asks
                    if version <= 10 { request.includeClusterAuthorizedOperations = asks }
                }
                let answer = try client.call(request, MetadataResponse.self, version: version)
                #expect(answer.topics.map(\.topicAuthorizedOperations) == (asks ? [topic, topic] : [.min, .min]))
                #expect(answer.clusterAuthorizedOperations == (asks && version <= 10 ? cluster : .min))
            }
        }
        for asks in [false, true] {
            let described = try client.call(
                make(DescribeClusterRequest()) { $0.includeClusterAuthorizedOperations = asks },
                DescribeClusterResponse.self,
                version: 2
            )
            #expect(described.clusterAuthorizedOperations == (asks ? cluster : .min))
        }
        let pages = try client.call(
            make(DescribeTopicPartitionsRequest()) { $0.responsePartitionLimit = 9 },
            DescribeTopicPartitionsResponse.self,
            version: 0
        )
        #expect(pages.topics.map(\.topicAuthorizedOperations) == [topic])

        findCoordinator(client, "g")
        #expect(try code(of: commit("g"), client) == ErrorCode.none)
        for (version, asks, expected) in [(3, true, group), (6, true, group), (6, false, .min)]
            as [(Int16, Bool, Int32)]
        {
            let described = try client.call(
                make(DescribeGroupsRequest()) {
                    ($0.groups, $0.includeAuthorizedOperations) = (["g"], asks)
                },
                DescribeGroupsResponse.self,
                version: version
            )
            #expect(described.groups.map(\.authorizedOperations) == [expected])
        }
        node.running.stop()
    }

    @Test func questionsThatMakeNoSenseAreAnsweredAllTheSame() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        let id = try #require(node.running.node.view.topics["t"]?.id)
        func codes(_ name: String?, _ id: KafkaUUID, version: Int16) throws -> [ErrorCode] {
            let request = make(MetadataRequest()) { request in
                request.topics = [make(MetadataRequest.MetadataRequestTopic()) { ($0.name, $0.topicId) = (name, id) }]
            }
            return try client.call(request, MetadataResponse.self, version: version).topics.map(\.errorCode)
        }
        #expect(try codes(nil, id, version: 13) == [.none] && codes("other", id, version: 12) == [.none])
        #expect(
            try codes(nil, id, version: 11) == [.invalidRequest] && codes("t", id, version: 10) == [.invalidRequest]
        )
        for (topic, partition) in [("t", -1), ("other", 0)] as [(String, Int32)] {
            let request = make(DescribeTopicPartitionsRequest()) { request in
                request.topics = [make(DescribeTopicPartitionsRequest.TopicRequest()) { $0.name = "t" }]
                request.cursor = make(DescribeTopicPartitionsRequest.Cursor()) {
                    ($0.topicName, $0.partitionIndex) = (topic, partition)
                }
            }
            let answer = try client.call(request, DescribeTopicPartitionsResponse.self, version: 0)
            #expect(answer.topics.map(\.errorCode) == [.invalidRequest] && answer.nextCursor == nil)
        }
        node.running.stop()
    }

    // MARK: Topics that go while a request holds on to them

    @Test(arguments: [false, true])
    func aWaitingFetchHearsThatItsTopicIsGone(byId: Bool) throws {
        let node = try TestNode()
        let reader = try node.client()
        let other = try node.client()
        #expect(try other.createTopic("t") == ErrorCode.none)
        let id = try #require(node.running.node.view.topics["t"]?.id)
        let version: Int16 = byId ? 13 : 12
        let request = make(FetchRequest()) { request in
            request.topics = [byId ? fetchTopic("", id: id) : fetchTopic("t")]
            (request.maxWaitMs, request.minBytes) = (60_000, 1)
        }
        try reader.send(request, version: version)
        // What was sent first has been looked at when this is answered and the topic is gone.
        _ = try other.call(ApiVersionsRequest(), ApiVersionsResponse.self, version: 0)
        #expect(try other.deleteTopic("t") == ErrorCode.none)
        let answer = try #require(try reader.receive(FetchResponse.self, version: version))
        #expect(
            answer.responses.first?.partitions.map(\.errorCode) == [byId ? .unknownTopicId : .unknownTopicOrPartition]
        )
        node.running.stop()
    }

    @Test(arguments: [false, true])
    func aProduceThatWaitsForTheDiskHearsThatItsTopicIsGone(byId: Bool) throws {
        let node = try TestNode(settings: ["ottla.flush.policy": "ack"])
        let writer = try node.client()
        let other = try node.client()
        #expect(try other.createTopic("t") == ErrorCode.none)
        let route = try #require(node.running.node.view.topics["t"])
        node.disk.setPlan { _, operation, path in
            operation == "sync" && path.hasPrefix("/one/t-0/") ? .slow(millis: 1500) : .proceed
        }
        let version: Int16 = byId ? 13 : 12
        let request = make(ProduceRequest()) { request in
            (request.acks, request.timeoutMs) = (-1, 60_000)
            request.topicData = [
                make(ProduceRequest.TopicProduceData()) { topic in
                    if byId { topic.topicId = route.id } else { topic.name = "t" }
                    topic.partitionData = [
                        make(ProduceRequest.PartitionProduceData()) { $0.records = .bytes(batch("x")) }
                    ]
                }
            ]
        }
        try writer.send(request, version: version)
        let partition = try #require(route.partition(0))
        let deadline = WorldTime.real.now.milliseconds + 10_000
        while partition.facts.logEndOffset == 0, WorldTime.real.now.milliseconds < deadline {
            WorldTime.real.pause(milliseconds: 1)
        }
        #expect(try other.deleteTopic("t") == ErrorCode.none)
        let answer = try #require(try writer.receive(ProduceResponse.self, version: version))
        let code: ErrorCode = byId ? .unknownTopicId : .unknownTopicOrPartition
        #expect(answer.responses.first?.partitionResponses.map(\.errorCode) == [code])
        node.disk.setPlan { _, _, _ in .proceed }
        node.running.stop()
    }

    /// What every request gets from a partition that it still holds.
    private func codes(_ partition: Partition) throws -> [ErrorCode] {
        let validated = try ValidatedBatch(own: batch("x"))
        let box = CodeBox()
        partition.append(validated, waitsForAll: true, isFromClient: true, wall: 1) { box.set($0.code) }
        let fetched = partition.fetch(
            fetchedFromTheStart,
            ConsumerPlace(),
            maxBytes: 1000,
            isolation: .readUncommitted,
            isFirst: true,
            mayBlock: false
        )
        let listed = partition.listOffset(timestamp: -1, isolation: .readUncommitted, currentLeaderEpoch: -1)
        let producers: ErrorCode = if case .failure(let code) = partition.producers() { code } else { .none }
        return [
            box.code, fetched.code, listed.0, producers,
            partition.endOffset(forEpoch: 0, currentLeaderEpoch: -1).code, partition.deleteRecords(before: 0).0,
        ]
    }

    @Test func deletedStoppedAndOfflineAreToldApart() throws {
        let node = try TestNode(directories: ["/one", "/two"])
        let client = try node.client()
        for name in ["gone", "kept", "broken"] { #expect(try client.createTopic(name) == ErrorCode.none) }
        let held = try ["gone", "kept", "broken"].map { try #require(node.running.node.view.topics[$0]?.partition(0)) }
        for partition in held { #expect(try codes(partition) == Array(repeating: .none, count: 6)) }
        #expect(try client.deleteTopic("gone") == ErrorCode.none)
        #expect(try codes(held[0]) == Array(repeating: .unknownTopicOrPartition, count: 6))
        #expect(try codes(held[1]) == Array(repeating: .none, count: 6))
        // The metadata lies in the first directory.
        let broken = held.first { $0.directory.path == "/two" && $0.id.topic != "gone" }
        let victim = try #require(broken, "three partitions in two directories")
        victim.directory.fail("for the test")
        #expect(try codes(victim) == Array(repeating: .kafkaStorageError, count: 6))
        node.running.stop()
        let other = try #require(held.first { $0.directory.path == "/one" && $0.id.topic != "gone" })
        #expect(try codes(other) == Array(repeating: .notLeaderOrFollower, count: 6))
        #expect(try codes(held[0]) == Array(repeating: .unknownTopicOrPartition, count: 6))
    }

    @Test func aPartitionWhoseLogCannotBeOpenedIsThereAllTheSame() throws {
        let disk = MemoryFileSystem()
        let first = try TestNode(disk, settings: ["ottla.flush.policy": "ack"])
        let client = try first.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        let request = try #require(NullnessTests.dataRows.first)
        for _ in 0..<3 { _ = try request.call(client, 12) }
        #expect(try client.createTopic("u") == ErrorCode.none)
        // Writes the checkpoints, with a recovery point behind all three.
        #expect(try client.deleteRecords("u", before: 0)?.errorCode == ErrorCode.none)
        disk.setPlan { _, _, _ in .crash }
        first.running.stop()
        disk.restartProcess()
        let path = "/one/t-0/00000000000000000000.log"
        try disk.open(path, .readWrite).write(ByteBuffer(bytes: [0xff]), at: try disk.size(path) - 2)

        let second = try TestNode(disk)
        let reader = try second.client()
        let produced = try request.call(reader, 12)
        #expect(
            (produced as? ProduceResponse)?.responses.first?.partitionResponses.map(\.errorCode) == [.kafkaStorageError]
        )
        let fetched = try reader.call(
            make(FetchRequest()) { $0.topics = [fetchTopic("t")] },
            FetchResponse.self,
            version: 12
        )
        #expect(fetched.responses.first?.partitions.map(\.errorCode) == [.kafkaStorageError])
        #expect(try reader.deleteRecords("t", before: 0)?.errorCode == .kafkaStorageError)
        second.running.stop()
    }

    // MARK: Groups

    @discardableResult
    private func findCoordinator(_ client: TestClient, _ group: String, version: Int16 = 6) -> ErrorCode? {
        let request = make(FindCoordinatorRequest()) { request in
            if version >= 4 { request.coordinatorKeys = [group] } else { request.key = group }
        }
        let answer = try? client.call(request, FindCoordinatorResponse.self, version: version)
        return version >= 4 ? answer?.coordinators.first?.errorCode : answer?.errorCode
    }

    private func code(of commit: OffsetCommitRequest, _ client: TestClient) throws -> ErrorCode? {
        let answer = try client.call(commit, OffsetCommitResponse.self, version: 8)
        return answer.topics.first?.partitions.first?.errorCode
    }

    @Test func theGroupWithoutANameHasOffsetsButNoMembers() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        // Nobody can join it, coordinator or not.
        func refusals() throws -> [ErrorCode] {
            [
                try client.call(join("", ""), JoinGroupResponse.self, version: 9).errorCode,
                try client.call(sync("", "m", 1), SyncGroupResponse.self, version: 5).errorCode,
                try client.call(HeartbeatRequest(), HeartbeatResponse.self, version: 4).errorCode,
                try client.call(LeaveGroupRequest(), LeaveGroupResponse.self, version: 5).errorCode,
                try client.call(OffsetDeleteRequest(), OffsetDeleteResponse.self, version: 0).errorCode,
            ]
        }
        #expect(try refusals() == Array(repeating: .invalidGroupId, count: 5))
        #expect(findCoordinator(client, "", version: 3) == ErrorCode.none)
        #expect(findCoordinator(client, "") == ErrorCode.none)
        #expect(try refusals() == Array(repeating: .invalidGroupId, count: 5))

        #expect(try code(of: commit("", metadata: "m"), client) == ErrorCode.none)
        #expect(try code(of: commit("", member: "m", generation: 1), client) != ErrorCode.none)
        let fetched = try client.call(
            make(OffsetFetchRequest()) { ($0.groupId, $0.topics) = ("", nil) },
            OffsetFetchResponse.self,
            version: 7
        )
        #expect(fetched.topics.first?.partitions.map(\.committedOffset) == [5])
        let described = try client.call(
            make(DescribeGroupsRequest()) { $0.groups = [""] },
            DescribeGroupsResponse.self,
            version: 6
        )
        #expect(described.groups.map(\.groupState) == ["Empty"] && described.groups.map(\.errorCode) == [.none])
        let request = make(DeleteGroupsRequest()) { $0.groupsNames = ["", "none", ""] }
        let deleted = try client.call(request, DeleteGroupsResponse.self, version: 3)
        #expect(deleted.results.map(\.groupId) == ["", "none"], "each group once")
        #expect(deleted.results.map(\.errorCode) == [.none, .groupIdNotFound])
        let again = try client.call(request, DeleteGroupsResponse.self, version: 3)
        #expect(again.results.map(\.errorCode) == [.groupIdNotFound, .groupIdNotFound])
        node.running.stop()
    }

    @Test func aCommitOfUnknownPartitionsSaysSoWhateverTheGroup() throws {
        let node = try TestNode()
        let client = try node.client()
        findCoordinator(client, "g")
        #expect(try code(of: commit("g", member: "stranger", generation: 3), client) == .unknownTopicOrPartition)
        #expect(try client.createTopic("t") == ErrorCode.none)
        #expect(try code(of: commit("g", member: "stranger", generation: 3), client) == .illegalGeneration)
        node.running.stop()
    }

    @Test func aNegativeOffsetIsCommittedAsItIs() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        findCoordinator(client, "g")
        for offset in [-1, -5, Int64.min] {
            let request = commit("g", offset: offset)
            #expect(try code(of: request, client) == ErrorCode.none)
            let fetched = try client.call(
                make(OffsetFetchRequest()) { ($0.groupId, $0.topics) = ("g", nil) },
                OffsetFetchResponse.self,
                version: 7
            )
            #expect(fetched.topics.first?.partitions.map(\.committedOffset) == [offset])
        }
        node.running.stop()
    }

    @Test func aMemberSaysWhatItTakesTheGroupFor() throws {
        let node = try TestNode()
        let client = try node.client()
        findCoordinator(client, "g")
        let answer = try client.call(sync("g", "m", 1, leads: true), SyncGroupResponse.self, version: 5)
        #expect(answer.errorCode == .inconsistentGroupProtocol)
        #expect(
            try client.call(sync("g", "m", 1, leads: true), SyncGroupResponse.self, version: 4).errorCode
                == .unknownMemberId
        )
        node.running.stop()
    }

    // MARK: What is not there yet

    @Test func whatIsNotServedYetIsRefusedForGood() throws {
        let node = try TestNode()
        let client = try node.client()
        for version in 1...6 as ClosedRange<Int16> {
            for type in [2, 3] as [Int8] {
                let request = make(FindCoordinatorRequest()) { request in
                    request.keyType = type
                    if version >= 4 { request.coordinatorKeys = ["x"] } else { request.key = "x" }
                }
                let answer = try client.call(request, FindCoordinatorResponse.self, version: version)
                let told = answer.coordinators.first?.errorCode ?? answer.errorCode
                #expect(told == .invalidRequest && !told.isRetriable, "type \(type) version \(version)")
            }
        }
        let beat = try client.call(ConsumerGroupHeartbeatRequest(), ConsumerGroupHeartbeatResponse.self, version: 1)
        #expect(beat.errorCode == .unsupportedVersion)
        let share = try client.call(ShareGroupHeartbeatRequest(), ShareGroupHeartbeatResponse.self, version: 1)
        #expect(share.errorCode == .unsupportedVersion)
        node.running.stop()
    }

    // MARK: Trivial on one node

    @Test func elections() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t", partitions: 2) == ErrorCode.none)
        func elect(_ topics: [(String, [Int32])]?, type: Int8 = 0, version: Int16 = 2) throws -> ElectLeadersResponse {
            let request = make(ElectLeadersRequest()) { request in
                request.topicPartitions = topics?.map { name, numbers in
                    make(ElectLeadersRequest.TopicPartitions()) { ($0.topic, $0.partitions) = (name, numbers) }
                }
                if version > 0 { request.electionType = type }
            }
            return try client.call(request, ElectLeadersResponse.self, version: version)
        }
        for version in 0...2 as ClosedRange<Int16> {
            let asked = try elect([("t", [1, 9, 0]), ("none", [0])], version: version)
            #expect(asked.errorCode == .none)
            #expect(asked.replicaElectionResults.map(\.topic) == ["t", "none"])
            #expect(
                asked.replicaElectionResults.map { $0.partitionResult.map(\.errorCode) } == [
                    [.electionNotNeeded, .unknownTopicOrPartition, .electionNotNeeded], [.unknownTopicOrPartition],
                ]
            )
            let all = try elect(nil, version: version)
            #expect(all.errorCode == .none && all.replicaElectionResults.allSatisfy(\.partitionResult.isEmpty))
        }
        #expect(
            try elect([("t", [0])], type: 1).replicaElectionResults.first?.partitionResult.map(\.errorCode) == [
                .electionNotNeeded
            ]
        )
        let odd = try elect([("t", [0])], type: 7)
        #expect(odd.errorCode == .invalidRequest)
        #expect(odd.replicaElectionResults.first?.partitionResult.map(\.errorCode) == [.invalidRequest])
        node.running.stop()
    }

    @Test func nothingIsOnTheMove() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        for topics in [nil, ["t", "none"]] as [[String]?] {
            let request = make(ListPartitionReassignmentsRequest()) { request in
                request.topics = topics?.map { name in
                    make(ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics()) {
                        ($0.name, $0.partitionIndexes) = (name, [0, 9])
                    }
                }
            }
            let answer = try client.call(request, ListPartitionReassignmentsResponse.self, version: 0)
            #expect(answer.errorCode == .none && answer.topics.isEmpty)
        }
        node.running.stop()
    }

    @Test func whatHasSettingsIsListed() throws {
        let node = try TestNode()
        let client = try node.client()
        for name in ["b", "a"] { #expect(try client.createTopic(name) == ErrorCode.none) }
        let change = make(IncrementalAlterConfigsRequest()) { request in
            request.resources = [
                make(IncrementalAlterConfigsRequest.AlterConfigsResource()) { resource in
                    (resource.resourceType, resource.resourceName) = (ConfigResource.groupType, "g")
                    resource.configs = [
                        make(IncrementalAlterConfigsRequest.AlterableConfig()) {
                            ($0.name, $0.value) = ("consumer.session.timeout.ms", "50000")
                        }
                    ]
                }
            ]
        }
        let changed = try client.call(change, IncrementalAlterConfigsResponse.self, version: 1)
        #expect(changed.responses.map(\.errorCode) == [.none])
        func list(_ types: [Int8], version: Int16 = 1) throws -> ListConfigResourcesResponse {
            try client.call(
                make(ListConfigResourcesRequest()) { $0.resourceTypes = types },
                ListConfigResourcesResponse.self,
                version: version
            )
        }
        let all = try list([]).configResources.map { "\($0.resourceType)/\($0.resourceName)" }
        #expect(Set(all) == ["32/g", "8/1", "4/1", "2/a", "2/b"] && all.count == 5)
        #expect(try list([2]).configResources.map(\.resourceName) == ["a", "b"])
        #expect(try list([16, 32]).configResources.map(\.resourceName) == ["g"])
        #expect(try list([2, 7]).errorCode == .unsupportedVersion)
        #expect(try list([2, 7]).configResources.isEmpty)
        let first = try list([], version: 0)
        #expect(first.errorCode == .none && first.configResources.isEmpty, "only clients' metrics, and there are none")
        node.running.stop()
    }
}

/// A code that a callback brings.
private final class CodeBox: Sendable {
    private let state = Mutex(ErrorCode.unknownServerError)
    func set(_ code: ErrorCode) { state.withLock { $0 = code } }
    var code: ErrorCode { state.withLock { $0 } }
}
