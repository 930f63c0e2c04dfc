import KafkaProtocol
import Testing

@testable import ClusterMetadata

/// Elections that administrators ask for, with more brokers than a node has today.
struct ElectionTests {
    /// Partition 0 of topic `t` with replicas 0, 1 and 2, after a change.
    private func world(_ change: (inout PartitionChangeRecord) -> Void, fenced: [Int32] = []) throws -> ControllerWorld
    {
        var world = try ControllerWorld(brokers: 3)
        #expect(try world.create("t", assignments: [[0, 1, 2]]).errorCode == .none)
        for id in fenced {
            var record = BrokerRegistrationChangeRecord()
            record.brokerId = id
            record.fenced = 1
            try world.apply([.brokerRegistrationChange(record)])
        }
        var record = PartitionChangeRecord()
        record.topicId = try #require(world.image.topicIds["t"])
        record.partitionId = 0
        change(&record)
        try world.apply([.partitionChange(record)])
        return world
    }

    private func elect(_ world: inout ControllerWorld, _ type: Int8, _ numbers: [Int32]? = [0]) throws -> [ErrorCode] {
        var request = ElectLeadersRequest()
        request.electionType = type
        var topic = ElectLeadersRequest.TopicPartitions()
        topic.topic = "t"
        topic.partitions = numbers ?? []
        request.topicPartitions = numbers == nil ? nil : [topic]
        let result = world.controller.electLeaders(request)
        try world.apply(result.records)
        let cells = result.response.replicaElectionResults.flatMap(\.partitionResult)
        #expect(cells.allSatisfy { ($0.errorMessage == nil) == ($0.errorCode == .none) })
        return cells.map(\.errorCode)
    }

    private func partition(_ world: ControllerWorld) throws -> PartitionImage {
        try #require(world.image.topic(named: "t")?.partitions[0])
    }

    @Test func thePreferredReplicaLeadsAgainWhenItIsInSync() throws {
        var world = try world { $0.leader = 1 }
        let before = try partition(world).leaderEpoch
        #expect(try elect(&world, 0, nil) == [.none], "all partitions")
        #expect(try partition(world).leader == 0 && partition(world).leaderEpoch == before + 1)
        #expect(try elect(&world, 0) == [.electionNotNeeded] && elect(&world, 0, nil).isEmpty)
        #expect(try elect(&world, 0, [7]) == [.unknownTopicOrPartition])
    }

    @Test func aPartitionThatIsNamedTwiceIsElectedOnce() throws {
        var world = try world { $0.leader = 1 }
        let before = try partition(world).leaderEpoch
        #expect(try elect(&world, 0, [0, 0]) == [.none, .none])
        #expect(try partition(world).leaderEpoch == before + 1)
    }

    @Test func aPreferredReplicaThatIsBehindOrGoneDoesNotLead() throws {
        var behind = try world { ($0.leader, $0.isr) = (1, [1, 2]) }
        #expect(try elect(&behind, 0) == [.preferredLeaderNotAvailable])
        var gone = try world({ $0.leader = 1 }, fenced: [0])
        #expect(try elect(&gone, 0) == [.preferredLeaderNotAvailable])
        #expect(try partition(gone).leader == 1)
    }

    @Test func anUncleanElectionTakesWhoIsThereWhereNobodyLeads() throws {
        var led = try world { ($0.leader, $0.isr) = (1, [1]) }
        #expect(try elect(&led, 1) == [.electionNotNeeded])
        var lost = try world({ ($0.leader, $0.isr) = (-1, [1]) }, fenced: [0, 1])
        #expect(try elect(&lost, 0) == [.preferredLeaderNotAvailable])
        #expect(try elect(&lost, 1) == [.none])
        let partition = try partition(lost)
        #expect(partition.leader == 2 && partition.isr == [2] && partition.leaderRecoveryState == 1)
        var dead = try world({ ($0.leader, $0.isr) = (-1, [1]) }, fenced: [0, 1, 2])
        #expect(try elect(&dead, 1) == [.eligibleLeadersNotAvailable])
    }
}
