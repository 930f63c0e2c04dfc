import KRaft
import KafkaProtocol
import Testing
import World

@testable import Broker
@testable import ClusterMetadata
@testable import Coordination
@testable import Replication
@testable import Simulation

/// Which states are recognised in what nodes decide, know and have on their disks.
struct RareStatesTests {
    private let partition = TopicPartition("t", 0)
    private var states = RareStates()
    private var looks = RareLooks()

    private mutating func decided(_ decision: NodeDecision, _ process: String = "a/1") -> Set<RareState> {
        let before = states.reached
        states.decided(decision, process, node: String(process.prefix { $0 != "/" }))
        return states.reached.subtracting(before)
    }

    // MARK: The controller

    private func image(_ isr: [Int32], leader: Int32, eligible: [Int32] = [], epoch: Int32 = 4) -> PartitionImage {
        var image = PartitionImage(
            replicas: [1, 2, 3],
            isr: isr,
            leader: leader,
            leaderEpoch: epoch,
            partitionEpoch: 7
        )
        image.eligibleLeaderReplicas = eligible
        return image
    }

    private func change(
        _ before: PartitionImage,
        _ after: PartitionImage,
        _ election: LeaderElection,
        _ cause: DecisionCause,
        of partition: TopicPartition? = nil
    ) -> NodeDecision {
        .controller(
            .partition(
                PartitionDecision(
                    partition: partition ?? self.partition,
                    before: before,
                    after: after,
                    election: election,
                    cause: cause
                )
            )
        )
    }

    @Test mutating func electionsTellWhoLeadsAndWhy() {
        let alone = image([1], leader: 1, eligible: [2])
        #expect(
            decided(change(image([1, 2], leader: 1), alone, .kept, .askedByLeader(1))) == [
                .aloneWithEligible, .aloneByOwnWish,
            ]
        )
        let nobody = image([], leader: -1, eligible: [1, 2])
        #expect(
            decided(change(alone, nobody, .nobody, .brokerFenced(1, .asked))) == [
                .nobodyInSync, .nobodyMayLead, .leaderFenced,
            ]
        )
        let other = image([2], leader: 2, eligible: [1])
        #expect(decided(change(nobody, other, .eligible, .brokerUnfenced(2))) == [.ledByEligible])
        #expect(decided(change(other, image([2, 1], leader: 1), .kept, .rebalance)) == [.preferredGivenBack])
        #expect(
            decided(change(image([1, 2], leader: 1), image([2], leader: 2), .inSync, .brokerStops(1))) == [
                .stopMovedLeader
            ]
        )
        // Who only follows loses nothing by its stop.
        states = RareStates()
        #expect(decided(change(image([1, 2], leader: 2), image([2], leader: 2), .kept, .brokerStops(1))).isEmpty)
    }

    @Test mutating func aCoordinatorMovesWithMembersWhereThereAreSome() {
        let groups = TopicPartition(History.groupsTopic, 1)
        let move = change(
            image([1, 2], leader: 1),
            image([2], leader: 2),
            .inSync,
            .brokerFenced(3, .asked),
            of: groups
        )
        #expect(decided(move).isEmpty)
        func generation(_ members: Int) -> NodeDecision {
            .group(ExplainedGroup(group: "g", reason: .generation(3, members: members, protocolName: nil)))
        }
        #expect(decided(generation(0)).isEmpty)
        #expect(decided(move).isEmpty)
        _ = decided(generation(2))
        #expect(decided(move) == [.coordinatorMoved])
    }

    // MARK: Replicas

    private func leads(_ epoch: Int32, end: Int64, mark: Int64) -> NodeDecision {
        .replica(partition, .leads(epoch: LeaderEpoch(epoch), isr: [], end: end, highWatermark: mark))
    }

    @Test mutating func twoElectionsWithNothingBetween() {
        #expect(decided(leads(1, end: 5, mark: 5)).isEmpty)
        #expect(decided(leads(1, end: 5, mark: 5), "a/2").isEmpty, "the same leadership, after a start")
        #expect(decided(leads(3, end: 7, mark: 6), "b/1") == [.leaderWithTail])
        #expect(decided(leads(4, end: 7, mark: 7), "c/1") == [.emptyEpoch])
    }

    @Test mutating func truncationsOverSegmentsAndInSteps() {
        let cut = NodeDecision.replica(
            partition,
            .truncates(to: 5, from: 9, leader: EpochEnd(epoch: LeaderEpoch(1), offset: 5), local: nil)
        )
        states.segments[RareStates.Place(node: "a", partition: partition)] = 5
        states.segments[RareStates.Place(node: "b", partition: partition)] = 6
        #expect(decided(cut) == [.truncated])
        #expect(decided(cut, "b/1") == [.truncatedOverSegments])
        let follows = NodeDecision.replica(
            partition,
            .follows(NodeId(2), epoch: LeaderEpoch(2), end: 9, highWatermark: 4)
        )
        _ = decided(follows)
        #expect(decided(cut).isEmpty)
        #expect(decided(cut) == [.truncatedInSteps])
    }

    @Test mutating func refusalsOfInSyncSets() {
        func refused(_ code: ErrorCode) -> NodeDecision { .replica(partition, .isrRefused(code, willRepeat: false)) }
        #expect(decided(refused(.unknownServerError)).isEmpty)
        #expect(decided(refused(.ineligibleReplica)) == [.entryRefused])
        #expect(decided(refused(.invalidUpdateVersion)) == [.isrRefusedByEpoch])
        #expect(decided(refused(.notController)) == [.isrRefusedByController])
        let lost = FetcherFinding.fails(leader: NodeId(1), code: .fetchSessionIdNotFound, reason: "", partitions: [])
        #expect(decided(.fetcher(lost)) == [.sessionLost])
    }

    // MARK: The quorum

    @Test mutating func anElectionWithoutAWinner() {
        func became(_ role: RaftRoleKind, _ reason: RaftReason) -> NodeDecision {
            .quorum(role, LeaderEpoch(3), reason)
        }
        _ = decided(became(.prospective, .started))
        #expect(decided(became(.follower, .votesRefused(by: [NodeId(2)]))) == [.preVoteRefused])
        _ = decided(became(.candidate, .started))
        #expect(decided(became(.prospective, .electionTimedOut(votes: []))).isEmpty)
        #expect(decided(became(.leader, .votesGranted([])), "b/1") == [.ledAfterSplit])
        #expect(
            decided(became(.resigned, .noMajorityFetched(forMillis: 1, lastFetches: [])), "b/1") == [.resignedAlone]
        )
    }

    // MARK: What clients see

    @Test mutating func acknowledgementsOfALaterLeader() {
        let batches = [(0, 1), (4, 1), (6, 2)].map { ReplicaChecks.Batch(offset: $0.0, epoch: $0.1, crc: 0) }
        states.acknowledged(partition, 3, epoch: 1)
        states.acknowledged(partition, 6, epoch: 2)
        states.found(partition, batches)
        #expect(states.reached.isEmpty)
        states.acknowledged(partition, 5, epoch: 2)
        states.found(partition, batches)
        #expect(states.reached == [.ackedByLaterLeader])
    }

    // MARK: Looks

    private func replica(
        epoch: Int32,
        isLeader: Bool,
        end: Int64 = 9,
        maximal: [Int32] = [1, 2],
        deletions: Int = 0
    ) -> NodeInspection.Replica {
        NodeInspection.Replica(
            id: partition,
            topicId: KafkaUUID(high: 1, low: 2),
            isLeader: isLeader,
            leaderEpoch: epoch,
            partitionEpoch: 7,
            isr: isLeader ? [1, 2] : [],
            highWatermark: 5,
            logStart: 0,
            logEnd: end,
            maximalIsr: isLeader ? maximal : [],
            waitingDeletions: deletions
        )
    }

    private func seen(
        _ id: Int32,
        _ replica: NodeInspection.Replica?,
        controller: (Int32, Int32) = (1, 1),
        offset: Int64 = 10,
        isPaused: Bool = false
    ) -> RareLooks.Seen {
        let knows = replica.map { replica in
            NodeInspection(
                image: MetadataImage(),
                offset: offset,
                controller: controller.0,
                controllerEpoch: controller.1,
                voters: [],
                committedVoters: (offset: 0, names: []),
                replicas: [replica]
            )
        }
        return RareLooks.Seen(id: id, name: "node-\(id)", isPaused: isPaused, knows: knows)
    }

    private mutating func look(_ nodes: [RareLooks.Seen], at now: Int64 = 0) -> Set<RareState> {
        let before = states.reached
        looks.look(at: nodes, brokers: [1, 2], now: now, &states)
        return states.reached.subtracting(before)
    }

    @Test mutating func twoLeadersOneOfThemPaused() {
        let follower = replica(epoch: 5, isLeader: false, end: 12, deletions: 0)
        #expect(look([seen(1, replica(epoch: 4, isLeader: true)), seen(2, follower)]).isEmpty)
        #expect(look([seen(1, replica(epoch: 5, isLeader: true)), seen(2, follower)]) == [.followerAhead])
        let leader = replica(epoch: 5, isLeader: true, deletions: 1)
        let former = replica(epoch: 4, isLeader: true)
        #expect(look([seen(1, former), seen(2, leader)]) == [.twoLeaders, .deletionAwaited])
        #expect(look([seen(1, former, isPaused: true), seen(2, leader)]) == [.pausedLeader])
    }

    @Test mutating func controllersThatMoveAndLeadersThatAskMeanwhile() {
        let asks = replica(epoch: 4, isLeader: true, maximal: [1, 2, 3])
        #expect(look([seen(1, asks), seen(2, nil)]).isEmpty)
        #expect(look([seen(1, asks, controller: (1, 3)), seen(2, nil)], at: 1).isEmpty, "the same one leads again")
        #expect(look([seen(1, asks, controller: (2, 4))], at: 2) == [.controllerMoved, .isrLostByMove])
        let follows = replica(epoch: 5, isLeader: false)
        #expect(
            look([seen(1, follows, controller: (1, 5)), seen(2, follows, controller: (2, 4))], at: 3) == [
                .twoControllers, .controllerMovedTwice, .deposedWhileAsking,
            ]
        )
    }

    @Test mutating func allAreDownAndComeBack() {
        let leader = replica(epoch: 4, isLeader: true)
        let other = replica(epoch: 4, isLeader: false)
        #expect(look([seen(1, leader), seen(2, nil)]).isEmpty)
        #expect(look([seen(1, nil), seen(2, nil)]).isEmpty)
        #expect(look([seen(1, leader), seen(2, nil)]).isEmpty)
        #expect(look([seen(1, leader), seen(2, other)]) == [.allDownAndBack])
    }

    @Test mutating func snapshotsAndWhatTheyReplace() throws {
        let disk = MemoryFileSystem(time: .real)
        try disk.createDirectory(MetadataDisk.directory)
        func create(_ name: String) throws { _ = try disk.open("\(MetadataDisk.directory)/\(name)", .create) }
        let node = seen(1, replica(epoch: 4, isLeader: true), controller: (-1, 3))
        try create("00000000000000000000.log")
        looks.look(at: disk, of: node, &states)
        #expect(states.reached.isEmpty)
        try create("00000000000000000008-0000000001.checkpoint")
        looks.look(at: disk, of: node, &states)
        #expect(states.reached == [.snapshotMade, .snapshotInElection])
        try disk.remove("\(MetadataDisk.directory)/00000000000000000000.log")
        try create("00000000000000000008.log")
        looks.look(at: disk, of: node, &states)
        #expect(states.reached == [.snapshotMade, .snapshotInElection, .metadataTrimmed])
        try disk.remove("\(MetadataDisk.directory)/00000000000000000008.log")
        try create("00000000000000000030.log")
        looks.look(at: disk, of: node, &states)
        #expect(states.reached.contains(.snapshotFetched))
    }
}
