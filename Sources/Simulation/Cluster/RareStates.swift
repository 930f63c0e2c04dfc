import Broker
import ClusterMetadata
import Coordination
import KRaft
import KafkaProtocol
import Replication

/// Notes which rare states a run has been in: by what its nodes decide, know and have on their disks, and by what clients are told. Sees nodes at
/// some moments only: what a process decided just before it was killed may be missing.
struct RareStates {
    struct Place: Hashable {
        var node: String
        var partition: TopicPartition
    }

    private(set) var reached: Set<RareState> = []
    /// Where each partition's last leadership began.
    private var leaderships: [TopicPartition: (epoch: LeaderEpoch, end: Int64)] = [:]
    /// Where the newest segments of replicas began when they were last seen.
    var segments: [Place: Int64] = [:]
    /// The leader epoch that a node knew, and how often it has truncated in it.
    private var truncations: [Place: (epoch: LeaderEpoch, count: Int)] = [:]
    /// What processes were last in the quorum.
    private var roles: [String: RaftRoleKind] = [:]
    /// An election has ended without a leader, and nobody has led since.
    private var isSplit = false
    /// In the newest generation of the group.
    private var members = 0

    /// Leader epochs at which idempotent records were acknowledged.
    private var acknowledged: [TopicPartition: [Int64: Int32]] = [:]

    mutating func reach(_ state: RareState) { reached.insert(state) }

    /// - Parameters:
    ///   - process: one process of a node.
    ///   - node: its name, which the next process has, too.
    mutating func decided(_ decision: NodeDecision, _ process: String, node: String) {
        switch decision {
        case .controller(.partition(let change)): decided(change)
        case .controller(let decision): decided(decision)
        case .replica(let partition, let decision): decided(decision, Place(node: node, partition: partition))
        case .fetcher(let finding): found(finding)
        case .group(let explained): decided(explained.reason)
        case .quorum(let role, _, let reason): became(role, reason, process)
        case .broker(_, let note): noted(note)
        case .storage(.directoryFailed): reach(.directoryFailed)
        case .storage(.moved): reach(.moved)
        case .storage(.notMoved): reach(.notMoved)
        case .storage(.repaired): reach(.repaired)
        case .storage(.notRepaired): reach(.notRepaired)
        case .storage(.cannotBeOpened): reach(.logNotOpened)
        case .storage(.begunAnew): reach(.logBegunAnew)
        case .storage(.recordsRefused): reach(.recordsRefused)
        case .storage, .cleaner, .transaction: break
        }
    }

    // MARK: The controller

    private mutating func decided(_ change: PartitionDecision) {
        let (before, after) = (change.before, change.after)
        let hasMoved = after.leader >= 0 && after.leader != before.leader
        if after.isr.count == 1, !after.eligibleLeaderReplicas.isEmpty { reach(.aloneWithEligible) }
        if after.isr.isEmpty { reach(.nobodyInSync) }
        switch change.election {
        case .eligible: reach(.ledByEligible)
        case .lastKnown: reach(.ledByLastKnown)
        case .unclean: reach(.ledByUnclean)
        case .nobody: reach(.nobodyMayLead)
        case .kept, .inSync: break
        }
        switch change.cause {
        case .brokerFenced(let broker, _) where broker == before.leader: reach(.leaderFenced)
        case .brokerStops(let broker) where broker == before.leader && hasMoved: reach(.stopMovedLeader)
        case .brokerRestarted(let broker, false) where before.isr.contains(broker) && !after.isr.contains(broker):
            reach(.crashedInSync)
        case .askedByLeader where after.isr.count == 1 && before.isr.count > 1: reach(.aloneByOwnWish)
        case .rebalance where hasMoved: reach(.preferredGivenBack)
        default: break
        }
        if hasMoved, members > 0, change.partition.topic == History.groupsTopic { reach(.coordinatorMoved) }
    }

    private mutating func decided(_ decision: ControllerDecision) {
        switch decision {
        case .fenced(_, _, .sessionEnded): reach(.fencedBySilence)
        case .fenced(_, _, .refused): reach(.fencedByRefusal)
        case .sessionsRenewed: reach(.sessionsRenewed)
        default: break
        }
    }

    private mutating func noted(_ note: BrokerLifeNote) {
        switch note {
        case .duplicate: reach(.duplicateBroker)
        case .fenced: reach(.heardOfFencing)
        case .registersAgain: reach(.refusedByEpoch)
        case .stopsAlone: reach(.stoppedAlone)
        case .shutdownGivenUp: reach(.stopGivenUp)
        case .registered, .unfenced, .replaced, .shutdownBegan, .shutdownEnded: break
        }
    }

    // MARK: Replicas

    private mutating func decided(_ decision: ReplicaDecision, _ place: Place) {
        switch decision {
        case .leads(let epoch, _, let end, let mark): leads(place.partition, epoch, end, mark)
        case .follows(_, let epoch, _, _): truncations[place] = (epoch, 0)
        case .truncates(let to, _, _, _): truncates(to, place)
        case .beginsAnew(_, let from, let start, _): if from < start { reach(from == 0 ? .begunFromEmpty : .begunAnew) }
        case .isrRefused(let code, _): refused(code)
        case .watermarkStands: reach(.watermarkStood)
        case .ignored(.divergenceBelowWatermark): reach(.divergedBelowWatermark)
        case .offline, .asksToShrink, .asksToGrow, .inSync, .ignored: break
        }
    }

    private mutating func leads(_ partition: TopicPartition, _ epoch: LeaderEpoch, _ end: Int64, _ mark: Int64) {
        if mark < end { reach(.leaderWithTail) }
        if let last = leaderships[partition], epoch <= last.epoch { return }
        if let last = leaderships[partition], last.end == end { reach(.emptyEpoch) }
        leaderships[partition] = (epoch, end)
    }

    private mutating func truncates(_ to: Int64, _ place: Place) {
        reach(.truncated)
        if to < segments[place] ?? 0 { reach(.truncatedOverSegments) }
        guard let known = truncations[place] else { return }
        if known.count > 0 { reach(.truncatedInSteps) }
        truncations[place] = (known.epoch, known.count + 1)
    }

    private mutating func refused(_ code: ErrorCode) {
        switch code {
        case .ineligibleReplica: reach(.entryRefused)
        case .fencedLeaderEpoch, .newLeaderElected, .invalidUpdateVersion, .invalidRequest: reach(.isrRefusedByEpoch)
        case .notController: reach(.isrRefusedByController)
        default: break
        }
    }

    private mutating func found(_ finding: FetcherFinding) {
        switch finding {
        case .fails(_, .fetchSessionIdNotFound, _, _), .fails(_, .invalidFetchSessionEpoch, _, _): reach(.sessionLost)
        case .refused(_, _, .fencedLeaderEpoch), .refused(_, _, .unknownLeaderEpoch): reach(.fetchRefusedByEpoch)
        case .fails, .refused, .goesOn: break
        }
    }

    // MARK: The quorum

    private mutating func became(_ role: RaftRoleKind, _ reason: RaftReason, _ process: String) {
        let before = roles.updateValue(role, forKey: process)
        switch reason {
        case .votesRefused:
            if before == .prospective { reach(.preVoteRefused) }
            if before == .candidate { reach(.voteRefused) }
        case .noMajorityFetched: reach(.resignedAlone)
        case .leaderResigned: reach(.handedOver)
        case .leaderRefusesConnections: reach(.refusedConnections)
        case .higherEpoch: if before == .leader { reach(.deposedByEpoch) }
        default: break
        }
        if before == .candidate, role != .leader { isSplit = isSplit || reason.isWithoutWinner }
        if role == .leader {
            if isSplit { reach(.ledAfterSplit) }
            isSplit = false
        }
    }

    // MARK: Groups and clients

    private mutating func decided(_ reason: GroupReason) {
        switch reason {
        case .generation(_, let count, _): members = count
        case .sessionExpired: reach(.sessionExpired)
        case .didNotRejoin, .didNotSync: reach(.missedRebalance)
        case .notWritten: reach(.assignmentNotWritten)
        case .memberJoined, .memberRejoined, .memberLeft, .staticMemberReplaced: break
        }
    }

    /// A client was told so.
    mutating func told(_ code: ErrorCode) {
        switch code {
        case .notCoordinator: reach(.formerCoordinator)
        case .unknownMemberId, .illegalGeneration: reach(.formerMember)
        case .notEnoughReplicas: reach(.notEnoughReplicas)
        case .notEnoughReplicasAfterAppend: reach(.notEnoughAfterAppend)
        case .outOfOrderSequenceNumber: reach(.outOfOrder)
        default: break
        }
    }

    mutating func acknowledged(_ partition: TopicPartition, _ offset: Int64, epoch: Int32) {
        acknowledged[partition, default: [:]][offset] = epoch
    }

    /// What a partition's log has at the end.
    mutating func found(_ partition: TopicPartition, _ batches: [ReplicaChecks.Batch]) {
        let known = acknowledged[partition] ?? [:]
        for (batch, next) in zip(batches, batches.dropFirst()) {
            let isLater = (batch.offset..<next.offset).contains { known[$0].map { $0 > batch.epoch } ?? false }
            if isLater { return reach(.ackedByLaterLeader) }
        }
    }

    /// A client warns of it.
    mutating func warned(_ text: String) {
        if text.contains("the log was truncated") { reach(.positionTruncated) }
        if text.contains("is out of range") { reach(.positionOutOfRange) }
    }
}

extension RaftReason {
    fileprivate var isWithoutWinner: Bool {
        switch self {
        case .electionTimedOut, .votesRefused: true
        default: false
        }
    }
}
