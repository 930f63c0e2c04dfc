import KafkaProtocol
import NIOCore
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Groups of the newer kinds, and what else Ottla's own broker does not serve yet.
struct AdminGroupsTests {
    private let zero = TopicPartition("t", 0), one = TopicPartition("t", 1)

    /// Brokers know a group by one of the APIs only.
    private func answerThatItIsNoClassicGroup(_ broker: ScriptedBroker) {
        broker.on(DescribeGroupsRequest.self) { request in
            var group = DescribeGroupsResponse.DescribedGroup()
            (group.groupId, group.groupState) = (request.groups.first ?? "", "Dead")
            // Versions before 6 have no error for it.
            var response = DescribeGroupsResponse()
            response.groups = [group]
            return response
        }
    }

    @Test func aGroupOfTheNewerProtocolIsDescribed() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            answerThatItIsNoClassicGroup(broker)
            broker.on(ConsumerGroupDescribeRequest.self) { request in
                #expect(request.groupIds == ["g"])
                func assignment(_ partitions: [Int32]) -> ConsumerGroupDescribeResponse.Assignment {
                    var topic = ConsumerGroupDescribeResponse.TopicPartitions()
                    (topic.topicName, topic.partitions) = ("t", partitions)
                    var assignment = ConsumerGroupDescribeResponse.Assignment()
                    assignment.topicPartitions = [topic]
                    return assignment
                }
                var member = ConsumerGroupDescribeResponse.Member()
                (member.memberId, member.instanceId, member.rackId) = ("m", "i", "r")
                (member.memberEpoch, member.clientId, member.clientHost) = (4, "c", "/h")
                (member.assignment, member.targetAssignment) = (assignment([1, 0]), assignment([0]))
                var group = ConsumerGroupDescribeResponse.DescribedGroup()
                (group.groupId, group.groupState, group.groupEpoch) = ("g", "Reconciling", 5)
                (group.assignorName, group.members) = ("uniform", [member])
                var response = ConsumerGroupDescribeResponse()
                response.groups = [group]
                return response
            }
            let group = try await admin.describeGroup("g")
            #expect(group.kind == .consumer && group.state == "Reconciling" && group.epoch == 5)
            #expect(group.assignor == "uniform" && group.coordinator == 1)
            let member = try #require(group.members.first)
            #expect(member.assignment == [zero, one] && member.target == [zero] && member.epoch == 4)
            #expect(member.instanceId == "i" && member.rackId == "r")
        }
    }

    @Test func aShareGroupIsDescribedMovedAndForgotten() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            answerThatItIsNoClassicGroup(broker)
            broker.on(ConsumerGroupDescribeRequest.self) { _ in
                var group = ConsumerGroupDescribeResponse.DescribedGroup()
                (group.errorCode, group.errorMessage) = (.groupIdNotFound, "it is no consumer group")
                var response = ConsumerGroupDescribeResponse()
                response.groups = [group]
                return response
            }
            broker.on(ShareGroupDescribeRequest.self) { _ in
                var topic = ShareGroupDescribeResponse.TopicPartitions()
                (topic.topicName, topic.partitions) = ("t", [1])
                var member = ShareGroupDescribeResponse.Member()
                (member.memberId, member.assignment.topicPartitions) = ("m", [topic])
                var group = ShareGroupDescribeResponse.DescribedGroup()
                (group.groupState, group.members) = ("Stable", [member])
                var response = ShareGroupDescribeResponse()
                response.groups = [group]
                return response
            }
            broker.on(DescribeShareGroupOffsetsRequest.self) { request in
                #expect(request.groups.first?.topics == nil)
                var partition = DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition()
                (partition.partitionIndex, partition.startOffset, partition.leaderEpoch) = (1, 7, 2)
                var topic = DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic()
                (topic.topicName, topic.partitions) = ("t", [partition])
                var group = DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup()
                group.topics = [topic]
                var response = DescribeShareGroupOffsetsResponse()
                response.groups = [group]
                return response
            }
            broker.on(AlterShareGroupOffsetsRequest.self) { request in
                #expect(request.topics.first?.partitions.map(\.startOffset) == [3, 4])
                var partition = AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponsePartition()
                (partition.partitionIndex, partition.errorCode) = (1, .unknownTopicOrPartition)
                partition.errorMessage = "there is no partition 1"
                var topic = AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponseTopic()
                (topic.topicName, topic.partitions) = ("t", [partition])
                var response = AlterShareGroupOffsetsResponse()
                response.responses = [topic]
                return response
            }
            broker.on(DeleteShareGroupOffsetsRequest.self) { request in
                #expect(request.topics.map(\.topicName) == ["a", "t"])
                var topic = DeleteShareGroupOffsetsResponse.DeleteShareGroupOffsetsResponseTopic()
                (topic.topicName, topic.errorCode) = ("a", .unknownTopicOrPartition)
                var response = DeleteShareGroupOffsetsResponse()
                response.responses = [topic]
                return response
            }
            let group = try await admin.describeGroup("s")
            #expect(group.kind == .share && group.members.first?.assignment == [one])
            #expect(group.members.first?.target == nil)
            let offsets = try await admin.shareOffsets(of: "s")
            #expect(offsets == [one: ShareOffset(start: 7, leaderEpoch: 2, lag: nil)])
            let stay = try await admin.alterShareOffsets(of: "s", [zero: 3, one: 4])
            #expect(stay == [one: .refused(.unknownTopicOrPartition, "there is no partition 1")])
            let kept = try await admin.deleteShareOffsets(of: "s", topics: ["t", "a"])
            #expect(kept == ["a": .refused(.unknownTopicOrPartition)])
        }
    }

    @Test func aStreamsGroupReadsWhatItsActiveTasksRead() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            answerThatItIsNoClassicGroup(broker)
            broker.on(StreamsGroupDescribeRequest.self) { _ in
                var part = StreamsGroupDescribeResponse.Subtopology()
                (part.subtopologyId, part.sourceTopics) = ("0", ["t", "u"])
                var tasks = StreamsGroupDescribeResponse.TaskIds()
                (tasks.subtopologyId, tasks.partitions) = ("0", [1])
                var member = StreamsGroupDescribeResponse.Member()
                (member.memberId, member.assignment.activeTasks) = ("m", [tasks])
                var topology = StreamsGroupDescribeResponse.Topology()
                topology.subtopologies = [part]
                var group = StreamsGroupDescribeResponse.DescribedGroup()
                (group.groupState, group.topology, group.members) = ("Stable", topology, [member])
                var response = StreamsGroupDescribeResponse()
                response.groups = [group]
                return response
            }
            // The kinds between are not offered at all.
            let group = try await admin.describeGroup("app")
            #expect(group.kind == .streams && group.members.first?.assignment == [one, TopicPartition("u", 1)])
            #expect(group.members.first?.target == [])
        }
    }

    @Test func aGroupThatNobodyKnowsDoesNotExist() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            answerThatItIsNoClassicGroup(broker)
            await #expect(throws: KafkaError.refused(.groupIdNotFound, "group 'g' does not exist")) {
                try await admin.describeGroup("g")
            }
            broker.on(DescribeGroupsRequest.self) { _ in
                var group = DescribeGroupsResponse.DescribedGroup()
                group.errorCode = .groupAuthorizationFailed
                var response = DescribeGroupsResponse()
                response.groups = [group]
                return response
            }
            await #expect(throws: KafkaError.refused(.groupAuthorizationFailed)) { try await admin.describeGroup("g") }
        }
    }

    @Test func whatHasSettingsOfItsOwnIsListed() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(ListConfigResourcesRequest.self) { _ in
                var response = ListConfigResourcesResponse()
                let all: [(Int8, String)] = [
                    (2, "t"), (4, ""), (4, "1"), (8, "1"), (16, "m"), (32, "g"), (99, "later"), (4, "x"),
                ]
                response.configResources = all.map { type, name in
                    var resource = ListConfigResourcesResponse.ConfigResource()
                    (resource.resourceType, resource.resourceName) = (type, name)
                    return resource
                }
                return response
            }
            let expected: [ConfigResource] = [
                .topic("t"), .broker(nil), .broker(1), .brokerLogger(1), .clientMetrics("m"), .group("g"),
            ]
            let resources = try await admin.listConfigResources()
            #expect(resources == expected)
        }
    }

    @Test func eligibleLeadersComeInParts() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let stuck = Atomic(false)
            broker.on(DescribeTopicPartitionsRequest.self) { request in
                let begin = request.cursor?.partitionIndex ?? 0
                var partition = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition()
                (partition.partitionIndex, partition.eligibleLeaderReplicas) = (begin, begin == 0 ? [3] : nil)
                partition.lastKnownElr = begin == 0 ? nil : [2]
                var topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic()
                (topic.name, topic.partitions) = ("t", [partition])
                var response = DescribeTopicPartitionsResponse()
                response.topics = [topic]
                var cursor = DescribeTopicPartitionsResponse.Cursor()
                (cursor.topicName, cursor.partitionIndex) = ("t", 1)
                if begin == 0 || stuck.load(ordering: .relaxed) { response.nextCursor = cursor }
                return response
            }
            let expected: [Int32: EligibleLeaders] = [
                0: EligibleLeaders(replicas: [3], lastKnown: []), 1: EligibleLeaders(replicas: [], lastKnown: [2]),
            ]
            let leaders = try await admin.eligibleLeaders(of: "t")
            #expect(leaders == expected)
            stuck.store(true, ordering: .relaxed)
            await #expect(throws: KafkaError.self) { try await admin.eligibleLeaders(of: "t") }
        }
    }

    @Test func producersAreFencedAndControllersForgotten() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(InitProducerIdRequest.self) { request in
                #expect(request.transactionalId == "pay" && request.producerId == -1)
                var response = InitProducerIdResponse()
                response.errorCode = .none
                return response
            }
            broker.on(UnregisterControllerRequest.self) { request in
                var response = UnregisterControllerResponse()
                (response.errorCode, response.errorMessage) = (
                    .invalidRequest, "controller \(request.controllerId) lives"
                )
                return response
            }
            try await admin.fenceProducer("pay")
            await #expect(throws: KafkaError.refused(.invalidRequest, "controller 3 lives")) {
                try await admin.unregisterController(3)
            }
        }
    }
}
