/// States that a cluster is hardly ever in, with what tells that it was. A search of seeds that never gets there says nothing about them.
package enum RareState: String, CaseIterable, Sendable {
    // MARK: Elections

    case aloneWithEligible = "one replica in sync, others eligible (ELR)"
    case nobodyInSync = "nobody in sync"
    case ledByEligible = "a leader elected from the ELR"
    case ledByLastKnown = "the last known leader elected"
    case ledByUnclean = "an unclean leader"
    case nobodyMayLead = "no leader while nobody is eligible"
    case leaderFenced = "a broker fenced while it leads"
    case preferredGivenBack = "the preferred leader given back"
    case stopMovedLeader = "a leader moved for a controlled shutdown"
    case crashedInSync = "a crashed broker taken out of the ISR when it registers"
    case emptyEpoch = "two elections with nothing written between"
    case leaderWithTail = "a new leader with records that are not committed"
    case twoLeaders = "two replicas that both lead, in different epochs"
    case pausedLeader = "a paused leader with a successor"
    case ackedByLaterLeader = "an idempotent record acknowledged under a later leader than wrote it"

    // MARK: In-sync sets

    case aloneByOwnWish = "a leader alone in the ISR by its own request"
    case watermarkStood = "the high watermark stood below min.insync.replicas"
    case entryRefused = "a replica refused entry to the ISR"
    case isrRefusedByEpoch = "AlterPartition refused for its leader or partition epoch"
    case isrRefusedByController = "AlterPartition refused by who is no controller, or an older one"
    case isrLostByMove = "the controller moved while an AlterPartition was under way"
    case deposedWhileAsking = "a leader deposed while its AlterPartition was under way"

    // MARK: Logs of followers

    case truncated = "a follower truncated"
    case truncatedOverSegments = "a follower truncated over more than one segment"
    case truncatedInSteps = "a follower truncated in more than one step"
    case divergedBelowWatermark = "a truncation below the high watermark refused"
    case begunAnew = "a follower begun anew where the leader's log starts"
    case begunFromEmpty = "a follower begun from an empty log above 0"
    case followerAhead = "a follower with more than its leader"
    case deletionAwaited = "DeleteRecords waited for a follower"
    case sessionLost = "a follower's fetch session lost"
    case fetchRefusedByEpoch = "a follower's fetch refused for its leader epoch"
    case recordsRefused = "records of a leader refused by its follower"
    case logNotOpened = "a log that could not be opened"
    case logBegunAnew = "a damaged log that was begun anew"
    case directoryFailed = "a log directory failed"
    case moved = "a replica moved to another log directory"
    case notMoved = "a move to another log directory given up"
    case repaired = "a damaged log mended"
    case notRepaired = "a damaged log that could not be mended yet"

    // MARK: The quorum and the controller

    case preVoteRefused = "a pre-vote refused"
    case voteRefused = "a vote refused"
    case ledAfterSplit = "a candidate won after an election without a winner"
    case resignedAlone = "a leader of the quorum resigned without a majority"
    case handedOver = "a leader of the quorum resigned when it stopped"
    case refusedConnections = "an election because the leader refuses connections"
    case deposedByEpoch = "a leader of the quorum deposed by a later epoch"
    case controllerMoved = "the controller moved"
    case controllerMovedTwice = "the controller moved twice within two seconds"
    case twoControllers = "two nodes that both call themselves controller"
    case sessionsRenewed = "sessions renewed after the controller was held up"
    case snapshotMade = "a snapshot of the metadata made"
    case snapshotInElection = "a snapshot made while nobody led the quorum"
    case metadataTrimmed = "the metadata log trimmed"
    case snapshotFetched = "a snapshot fetched by a node that was behind"

    // MARK: Brokers

    case fencedBySilence = "a broker fenced for its silence"
    case fencedByRefusal = "a broker fenced for refused connections"
    case heardOfFencing = "a running broker that hears it is fenced"
    case refusedByEpoch = "a broker refused for its old epoch"
    case duplicateBroker = "a broker whose former process was still registered"
    case stopGivenUp = "a controlled shutdown given up"
    case stoppedAlone = "a controlled shutdown with nobody to take over"
    case allDownAndBack = "all replicas down and back"

    // MARK: Groups and clients

    case coordinatorMoved = "a coordinator moved with members in the group"
    case sessionExpired = "a member's session expired"
    case missedRebalance = "a member that missed a rebalance"
    case assignmentNotWritten = "the outcome of a rebalance not written"
    case formerCoordinator = "a client refused by a former coordinator"
    case formerMember = "a commit of a former member refused"
    case notEnoughReplicas = "acks=all failed with NOT_ENOUGH_REPLICAS"
    case notEnoughAfterAppend = "acks=all failed with NOT_ENOUGH_REPLICAS_AFTER_APPEND"
    case outOfOrder = "a producer told OUT_OF_ORDER_SEQUENCE_NUMBER"
    case positionTruncated = "a consumer's position truncated"
    case positionOutOfRange = "a consumer's position out of range"

    /// By numbers, as processes tell each other.
    package static func numbers(of states: Set<RareState>) -> [Int] {
        allCases.indices.filter { states.contains(allCases[$0]) }
    }
}
