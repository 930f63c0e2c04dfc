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
