// The bug bank: defects that are put back on purpose, one at a time, to see that the simulator finds them. `if Sabotage.x.isOn` stands once for
// each, where the defect would be. Debug builds have them, release builds nothing of them: there any name stands for `false`, which
// the compiler takes out. SPI, since only public declarations are compiled into other modules.

#if DEBUG
    import Synchronization

    @_spi(Sabotage) public enum Sabotage: Int, CaseIterable, Sendable {
        // MARK: The log

        /// An offset counts as durable though nothing was synced. (Ours: the promise of `ottla.flush.policy=ack`.)
        case ackBeforeFsync
        /// Segments are synced, the directories that name them are not.
        case directoryNotSynced
        /// Recovery takes a batch whose checksum is wrong for a good one.
        case tornTailServed
        /// The mark of an orderly stop outlives the start, and is believed after a crash.
        case cleanMarkKept
        /// An orderly stop writes its mark without having synced the logs.
        case cleanMarkBeforeFlush
        /// What an index says is not compared with the log.
        case indexTrusted
        /// A batch that recovery cannot read because of the disk is cut off (Kafka's `LogLoader` catches IOException).
        case recoveryCutsOnReadError
        /// An fsync that failed is tried again, and the second one believed (fsyncgate).
        case fsyncRetried
        /// A producer snapshot that knows of batches behind the log's end is taken (KAFKA-4859 and its kind).
        case snapshotBeyondLogTrusted
        /// Recovery forgets which producers wrote the batches that it has checked.
        case producersForgotten
        /// The checkpoint calls the log's end the recovery point.
        case recoveryPointAhead
        /// Four batches of a producer are remembered, five may be under way (KAFKA-5494).
        case duplicateWindowOfFour
        /// A batch that comes again is answered with the offset of its last record.
        case duplicateAnsweredByLastOffset
        /// The epochs are not written before the recovery point passes them (KIP-101).
        case epochsNotFlushed
        /// A start forgets where a log began after DeleteRecords.
        case logStartForgotten

        /// A log takes the place of the one that it was copied from before it is on the disk.
        case copyNotFlushed

        // MARK: Compaction

        /// A tombstone goes in the first pass that sees it.
        case tombstonesNotKept
        /// Each pass gives tombstones their time anew, so they stay for ever (KAFKA-8522).
        case horizonRenewed
        /// The active segment is compacted too.
        case activeSegmentCleaned
        /// `min.compaction.lag.ms` is not looked at.
        case minLagIgnored
        /// Keys that have the same place in the map count as one.
        case collisionTakenForEqual
        /// All is called clean, also what the map had no place for.
        case mapEndIgnored
        /// What lies in a segment before the first batch that goes is not copied.
        case frontForgotten
        /// New segments take the place of old ones before they are on the disk.
        case cleanedNotSynced
        /// A start throws away new segments the old ones of which are gone already.
        case swapTakenBack
        /// A start takes a segment that is not all written for the new one.
        case unfinishedTakenForWhole
        /// A start leaves segments that have gone into another beside it.
        case coveredSegmentsKept
        /// A start takes the segment behind a new one for one that has gone into it.
        case nextTakenForCovered
        /// The times of a segment are not known any more once it is compacted.
        case timesForgotten
        /// Where the end of a segment was removed, reading stops.
        case segmentEndTakenForLogEnd
        /// A log that is no longer compacted may have no gaps at the next start.
        case gapsForgotten
        /// The cleaner's checkpoint is believed though the log does not reach there.
        case cleanerCheckpointTrusted
        /// `compact,delete` only compacts.
        case compactedNotDeleted

        // MARK: The replica

        /// Consumers get what the high watermark does not cover.
        case readsPastHighWatermark
        /// DeleteRecords takes the log's end for the high watermark.
        case deletesPastHighWatermark
        /// A fetch session leaves out a partition that has something new (KIP-227).
        case sessionOmitsChange
        /// The files of a deleted topic stay, and are served under the topic that gets its name (KIP-516).
        case deletedTopicServed

        // MARK: Replicas of several nodes. Those that the replica's machine has itself (`ReplicaFault`) are put back there.

        /// The in-sync set shrinks when it is asked for, not when the controller has agreed.
        case isrShrunkUnconfirmed
        /// A new follower cuts its log at its high watermark (before KIP-101).
        case truncatedToWatermark
        /// The high watermark moves with fewer in sync than `min.insync.replicas` (before KIP-966).
        case minimumIgnored
        /// Followers do not name the epoch of their last record (KAFKA-15510).
        case lastEpochForgotten
        /// The high watermark does not wait for those who are being taken in.
        case proposedIgnored
        /// Offsets count before they are on the disk, whatever the policy.
        case unsyncedCounted
        /// A follower is taken in as soon as it fetches, wherever it is.
        case isrGrownEarly
        /// A new leader takes its log's end for the high watermark.
        case ownEndTrusted
        /// A follower takes the leader's high watermark without looking at its own log.
        case watermarkCopied
        /// Who waited for a leadership that is lost is told that all is well.
        case lossConfirmed
        /// acks=all is answered when the leader has the record.
        case answeredByOwnAppend
        /// A follower's fetch acknowledges what is not on its disk, though the policy is `ack`.
        case followerCountsUnsynced
        /// A leader looks at no follower's last epoch, so nobody ever cuts a log.
        case divergenceUnchecked
        /// The epochs of a log stay when it is cut (KAFKA-10706 and its kind).
        case epochsNotTruncated
        /// A follower notes no producers: a batch that comes again after a failover is taken for another one.
        case followerForgetsProducers
        /// DeleteRecords is answered when the leader has deleted.
        case deletionsNotAwaited
        /// Followers keep what the leader has deleted.
        case logStartNotPropagated
        /// A follower keeps what its leader has deleted, and its producers, though another leader may have written it.
        case deletedTailKept

        /// A follower serves consumers what it has, committed or not (KIP-392).
        case followerReadsAhead

        // MARK: Disks of a cluster

        /// A replica whose disk was replaced by an empty one stays in sync.
        case emptiedStaysInSync
        /// A replica leads whose log directory has failed.
        case offlineElected
        /// The controller does nothing about a log directory that has failed.
        case directoryLossUnheard
        /// A broker does not tell in which log directories its replicas are.
        case placesNotTold
        /// A leader whose disk is full goes on to lead.
        case fullKeepsLeading
        /// A copy keeps what its log has been cut to.
        case cutNotCopied
        /// A copy takes its log's place before it has the last records.
        case copyLacksTail
        /// A copy takes its log's place before the controller knows of it.
        case movedBeforeTold
        /// Of two directories that have a replica after a crash, the one is used that it was moved away from.
        case formerPlaceTaken
        /// Damage is taken for nothing.
        case damageOverlooked
        /// What is damaged is left out instead of being repaired.
        case repairLeavesGap
        /// The scrubber goes on where it finds damage.
        case scrubberOverlooks

        // MARK: The quorum. Those that the replica's machine has itself (`RaftFault`) are put back there.

        /// A second candidate of an epoch gets the vote, too.
        case voteGivenTwice
        /// Who has less may lead.
        case voteToShorterLog
        /// Pre-votes make a leader.
        case preVotesElect
        /// What one node has is committed.
        case committedByMinority
        /// Logs that differ are taken for the same.
        case quorumDivergenceUnchecked
        /// An answer counts for another question than its own.
        case quorumStaleAnswerTaken
        /// A leader that is being removed counts itself for the majority of those that are left.
        case removedLeaderCounts
        /// A voter whose disk was replaced counts as the one that it was.
        case replacedDiskVotes
        /// A snapshot names voters of an earlier time than its end.
        case snapshotNamesFormerVoters

        // MARK: The controller

        /// AlterPartition is taken from who does not lead any more, or knows an older state.
        case alterPartitionUnchecked
        /// Who is not in sync leads where nobody else can, though `unclean.leader.election.enable` does not say so.
        case uncleanWithoutPermission
        /// A broker leads that is fenced.
        case fencedElected
        /// A broker comes in sync that was restarted since its leader heard of it (before KIP-903).
        case brokerEpochIgnored
        /// A fenced broker comes in sync (before KIP-841).
        case fencedInSync
        /// Nobody is remembered when the last in sync goes.
        case lastInSyncForgotten
        /// The preferred replica leads, in sync or not.
        case preferredNotInSync
        /// A decision is answered before its records are committed.
        case decisionAnsweredEarly
        /// A controller that has lost its leadership goes on counting offsets for its answers.
        case deposedControllerAnswers
        /// A broker that nobody hears of stays.
        case sessionNeverEnds
        /// Requests of an earlier incarnation of a broker are taken.
        case oldIncarnationHeard
        /// A broker that wants to stop may, whatever it leads.
        case shutdownMovesNothing

        // MARK: Coordinators of several nodes

        /// A coordinator goes on when another node leads its partition.
        case coordinatorNotGivenUp
        /// A coordinator serves before all that it has loaded is known to be committed.
        case servedBeforeReplicated

        // MARK: Coordinators

        /// A commit is taken from who is no member, or one of an earlier generation (KAFKA-5600 and its kind).
        case zombieCommitAccepted
        /// Sessions and rebalances are measured by the clock on the wall.
        case sessionOnWallClock
        /// All new members get the same id.
        case sameMemberId
        /// A commit is answered before it is committed.
        case commitAnsweredEarly
        /// Offsets can be asked for while they are loaded (KAFKA-2978 and its kind).
        case answersWhileLoading
        /// Loading stops before the last batch.
        case partlyLoaded

        // MARK: Transactions

        /// A marker is taken whatever its producer's epoch (before KIP-1228).
        case markerOfAnyEpoch
        /// A marker is taken from a coordinator that is none any more.
        case markerOfAnyCoordinator
        /// Readers of what is committed get all that the high watermark covers.
        case stableOffsetIsWatermark
        /// Nobody tells `read_committed` readers what was aborted.
        case abortedNotTold
        /// Offsets of a transaction count when it is aborted.
        case offsetsCountOnAbort
        /// Offsets of a transaction count before it ends.
        case offsetsCountAtOnce
        /// A transactional batch is taken without asking its coordinator (before KIP-890).
        case transactionNotVerified
        /// A transaction that has ended meanwhile takes a batch that its coordinator agreed to before.
        case ticketOutlivesTransaction
        /// A transaction is complete when the first of its markers is written.
        case firstMarkerCompletes
        /// Markers go out before the outcome is committed.
        case markersBeforeCommit
        /// A coordinator that takes over does not write the markers that are missing.
        case markersNotResumed
        /// An aborted transaction's producer keeps its epoch.
        case abortDoesNotFence
        /// A producer that begins again does not end the transaction of the one before.
        case initDoesNotAbort
        /// Transactions never run out of time.
        case transactionNeverTimesOut
        /// The next transaction takes in partitions while the markers of the one before are being written.
        case nextNotHeldBack
        /// A retried EndTxn ends the next transaction (KAFKA-17754).
        case endTakenByEpochOfNext
        /// After a start no transaction is open that was when its producer state was stored.
        case openTransactionsForgotten
        /// An index of aborted transactions that is damaged counts as empty.
        case abortedIndexNotRebuilt
        /// Who is to go on behind a transaction that is not decided is told the offset before it (before KIP-447).
        case oldOffsetsWhilePending
        /// A coordinator that takes over does not know the offsets that were committed in transactions.
        case transactionalOffsetsNotLoaded

        // MARK: Metadata

        /// The vote is not on the disk before the leadership that it gives.
        case voteNotPersisted
        /// What the metadata log says is answered before it is synced.
        case metadataNotDurable
        /// What the metadata log says is answered before it is published.
        case answeredBeforePublished

        // MARK: Connections and clients

        /// Now and then an answer carries the correlation id of the request before.
        case wrongCorrelationId
        /// A batch that comes back gets the next sequence number.
        case retryWithNewSequence
        /// A request whose answer was lost counts as done.
        case lostAnswerCountsAsSuccess
        /// The buffer of a batch that failed is used for another while the batch is tried again (CVE-2026-35554).
        case bufferReused
        /// A commit of what was handed out also commits what was only read ahead.
        case commitsReadAhead

        private static let active = Atomic(-1)

        public var isOn: Bool { Self.active.load(ordering: .relaxed) == rawValue }

        public static var names: [String] { allCases.map { "\($0)" } }

        /// Before the world begins. False when there is none of this name.
        public static func switchOn(_ name: String) -> Bool {
            guard let bug = allCases.first(where: { "\($0)" == name }) else { return false }
            active.store(bug.rawValue, ordering: .relaxed)
            return true
        }
    }
#else
    @_spi(Sabotage) @dynamicMemberLookup public enum Sabotage {
        @frozen public struct Absent: Sendable {
            @inlinable init() {}
            @inlinable public var isOn: Bool { false }
        }

        @inlinable public static subscript(dynamicMember _: StaticString) -> Absent { Absent() }

        public static var names: [String] { [] }

        public static func switchOn(_ name: String) -> Bool { false }
    }
#endif
