@_spi(Sabotage) import KafkaProtocol

/// The defects that can be put back (`Sabotage`), each with the runs that find it. A new one is a case there, `if Sabotage.x.isOn` where it would
/// be, and a line here; `make bug-bank` tells whether it is found.
package enum BugBank {
    /// None in release builds.
    package static var names: [String] { Sabotage.names }

    /// Puts a defect back into everything that runs from here on. False when there is none of this name.
    package static func putBack(_ name: String) -> Bool { Sabotage.switchOn(name) }

    /// Those whose runs there are, also without the defects.
    package static var aimNames: [String] { aims.keys.sorted() }

    static func aim(at name: String) -> Aim? { aims[name] }

    /// Seeds within which each is found.
    package static let seeds: ClosedRange<UInt64> = 1...300
    package static let seconds: Int64 = 30

    /// Work on the disk that takes long enough for others to see what was not synced.
    private static let slow: ClosedRange<Int64> = 20_000...400_000
    private static let rare: ClosedRange<Int64> = 3000...9000
    private static let often: ClosedRange<Int64> = 500...2500
    /// Other nodes and clients are that far away.
    private static let far: ClosedRange<Int64> = 500...20_000
    private static let farther: ClosedRange<Int64> = 1000...100_000
    /// Votes have to reach a slow disk in time.
    private static let patient = [
        "controller.quorum.election.timeout.ms": "2000", "controller.quorum.fetch.timeout.ms": "3000",
        "broker.session.timeout.ms": "6000",
    ]
    /// Who has been away takes a while until it has all again.
    private static let step = ["replica.fetch.max.bytes": "600", "replica.fetch.response.max.bytes": "3000"]

    static let aims: [String: Aim] = [
        "ackBeforeFsync": Aim(faults: [.powerLoss]),
        "directoryNotSynced": Aim(
            faults: [.powerLoss],
            settings: ["log.roll.ms": "1000", "log.flush.offset.checkpoint.interval.ms": "60000"]
        ),
        "tornTailServed": Aim(faults: [.powerLoss], diskMicros: slow, pauseMillis: 1...40),
        "cleanMarkKept": Aim(
            faults: [.restart, .powerLoss, .powerLoss],
            faultMillis: often,
            diskMicros: slow,
            pauseMillis: 1...40,
            settings: ["log.roll.ms": "300"]
        ),
        "cleanMarkBeforeFlush": Aim(faults: [.powerLossAfterStop], flushesBeforeAck: false),
        "indexTrusted": Aim(
            faults: [.indexDamage],
            pauseMillis: 1...40,
            fetchBytes: 3000,
            settings: [
                "log.index.interval.bytes": "200", "log.roll.ms": "3000",
                "log.flush.offset.checkpoint.interval.ms": "1000",
            ]
        ),
        "recoveryCutsOnReadError": Aim(faults: [.readError]),
        "fsyncRetried": Aim(faults: [.syncError]),
        "snapshotBeyondLogTrusted": Aim(
            faults: [.powerLoss],
            faultMillis: often,
            diskMicros: slow,
            pauseMillis: 1...40,
            sendsAtOnce: 5,
            settings: ["log.roll.ms": "300"]
        ),
        "producersForgotten": Aim(faults: [.kill], faultMillis: often, pauseMillis: 1...40),
        "recoveryPointAhead": Aim(
            faults: [.powerLoss],
            diskMicros: slow,
            settings: ["log.flush.offset.checkpoint.interval.ms": "1000"]
        ),
        "duplicateWindowOfFour": Aim(
            faults: [.reset],
            faultMillis: 300...1200,
            diskMicros: slow,
            pauseMillis: 1...15,
            sendsAtOnce: 50,
            // Each record is a batch, so that all requests under way have one of the same partition.
            batchBytes: 1
        ),
        "duplicateAnsweredByLastOffset": Aim(
            faults: [.reset],
            faultMillis: often,
            diskMicros: slow,
            pauseMillis: 1...40
        ),
        "epochsNotFlushed": Aim(
            faults: [.kill],
            settings: ["log.roll.ms": "1500", "log.flush.offset.checkpoint.interval.ms": "1000"]
        ),
        "logStartForgotten": Aim(faults: [.kill, .restart]),
        "tombstonesNotKept": Aim(pauseMillis: 1...60, isCompacting: true),
        "horizonRenewed": Aim(isCompacting: true),
        "activeSegmentCleaned": Aim(isCompacting: true),
        "minLagIgnored": Aim(pauseMillis: 1...60, isCompacting: true, minCompactionLagMillis: 5000),
        "collisionTakenForEqual": Aim(pauseMillis: 1...60, isCompacting: true),
        "mapEndIgnored": Aim(
            settings: ["log.cleaner.dedupe.buffer.size": "144"],
            isCompacting: true
        ),
        "frontForgotten": Aim(pauseMillis: 1...60, isCompacting: true),
        "cleanedNotSynced": Aim(faults: [.powerLoss], faultMillis: often, isCompacting: true),
        "swapTakenBack": Aim(faults: [.cutPassShort], faultMillis: rare, isCompacting: true),
        "unfinishedTakenForWhole": Aim(
            faults: [.cutPassShort],
            faultMillis: rare,
            isCompacting: true
        ),
        "coveredSegmentsKept": Aim(faults: [.cutPassShort], faultMillis: rare, isCompacting: true),
        "nextTakenForCovered": Aim(faults: [.cutPassShort], faultMillis: rare, isCompacting: true),
        "timesForgotten": Aim(isCompacting: true),
        "segmentEndTakenForLogEnd": Aim(isCompacting: true),
        "gapsForgotten": Aim(faults: [.kill], isCompacting: true),
        "cleanerCheckpointTrusted": Aim(
            faults: [.loseLog],
            faultMillis: 8000...20_000,
            isCompacting: true
        ),
        "compactedNotDeleted": Aim(isCompacting: true),
        "readsPastHighWatermark": Aim(diskMicros: slow),
        "deletesPastHighWatermark": Aim(diskMicros: slow),
        "sessionOmitsChange": Aim(),
        "deletedTopicServed": Aim(),
        "zombieCommitAccepted": Aim(faults: [.cut], pauseMillis: 1...60),
        "sessionOnWallClock": Aim(faults: [.clock], membersStay: true),
        "sameMemberId": Aim(),
        "commitAnsweredEarly": Aim(faults: [.powerLoss], diskMicros: slow),
        "answersWhileLoading": Aim(faults: [.kill, .restart], diskMicros: slow),
        "partlyLoaded": Aim(faults: [.kill, .restart]),
        "voteNotPersisted": Aim(faults: [.kill, .powerLoss]),
        "metadataNotDurable": Aim(faults: [.powerLoss]),
        "answeredBeforePublished": Aim(diskMicros: slow),
        "wrongCorrelationId": Aim(),
        "retryWithNewSequence": Aim(faults: [.reset], faultMillis: often, diskMicros: slow, pauseMillis: 1...40),
        "lostAnswerCountsAsSuccess": Aim(faults: [.reset, .kill], faultMillis: often),
        "bufferReused": Aim(faults: [.reset, .kill], pauseMillis: 1...40, sendsAtOnce: 5),
        "commitsReadAhead": Aim(),
        "isrShrunkUnconfirmed": Aim(faults: [.isolate, .cutBetween], nodes: 3, faultMillis: often),
        "truncatedToWatermark": Aim(
            faults: [.loseTwoLeaders],
            nodes: 3,
            isApart: true,
            faultMillis: rare,
            pauseMillis: 1...60,
            latencyMicros: farther
        ),
        "minimumIgnored": Aim(faults: [.isolate, .kill], nodes: 3, faultMillis: often),
        "lastEpochForgotten": Aim(faults: [.isolate, .pause], nodes: 3, pauseMillis: 1...60),
        "proposedIgnored": Aim(
            faults: [.keepLeaderInTheDark],
            nodes: 3,
            isApart: true,
            faultMillis: rare,
            settings: ["leader.imbalance.check.interval.seconds": "1"]
        ),
        "unsyncedCounted": Aim(faults: [.allPowerLoss], nodes: 3, diskMicros: slow, settings: patient),
        "isrGrownEarly": Aim(
            faults: [.killTwo, .kill],
            nodes: 3,
            isApart: true,
            pauseMillis: 1...60,
            settings: step,
            latencyMicros: farther
        ),
        "ownEndTrusted": Aim(faults: [.killTwo], nodes: 3, pauseMillis: 1...60, latencyMicros: farther),
        "watermarkCopied": Aim(faults: [.kill, .restart], nodes: 3, settings: step, latencyMicros: far),
        "lossConfirmed": Aim(faults: [.isolate, .pause], nodes: 3),
        "answeredByOwnAppend": Aim(faults: [.kill, .isolate], nodes: 3, latencyMicros: far),
        "followerCountsUnsynced": Aim(faults: [.allPowerLoss], nodes: 3, diskMicros: slow, settings: patient),
        "divergenceUnchecked": Aim(faults: [.isolate, .pause], nodes: 3, pauseMillis: 1...60),
        "copyNotFlushed": Aim(
            faults: [.allPowerLoss],
            nodes: 3,
            hasSeveralDisks: true,
            diskMicros: slow,
            settings: patient
        ),
        "emptiedStaysInSync": Aim(disks: [.replaceDirectory, .killTwo, .kill]),
        "offlineElected": Aim(disks: [.failDirectory, .kill]),
        "directoryLossUnheard": Aim(disks: [.failDirectory], stallMillis: 4000),
        "placesNotTold": Aim(disks: [.failDirectory], stallMillis: 4000),
        "fullKeepsLeading": Aim(disks: [.fillDirectory], stallMillis: 8000),
        "cutNotCopied": Aim(disks: [.isolate, .pause]),
        "copyLacksTail": Aim(disks: []),
        "movedBeforeTold": Aim(disks: [.allPowerLoss, .kill], diskMicros: slow, settings: patient),
        "formerPlaceTaken": Aim(disks: [.allPowerLoss, .kill], diskMicros: slow, settings: patient),
        "damageOverlooked": Aim(disks: [.rot]),
        "repairLeavesGap": Aim(disks: [.rot]),
        "scrubberOverlooks": Aim(disks: [.rot]),
        "followerReadsAhead": Aim(
            faults: [.isolate, .pause, .kill],
            nodes: 3,
            isApart: true,
            pauseMillis: 1...60,
            latencyMicros: far
        ),
        "epochsNotTruncated": Aim(faults: [.isolate, .pause], nodes: 3, pauseMillis: 1...60),
        "followerForgetsProducers": Aim(
            faults: [.kill],
            nodes: 3,
            faultMillis: often,
            pauseMillis: 1...40,
            latencyMicros: far
        ),
        "deletionsNotAwaited": Aim(faults: [.isolate], nodes: 3, administrators: 6, adminMillis: 10...100),
        "logStartNotPropagated": Aim(nodes: 3),
        "deletedTailKept": Aim(
            faults: [.isolate, .pause],
            nodes: 3,
            faultMillis: often,
            pauseMillis: 1...60,
            administrators: 6,
            adminMillis: 10...100
        ),
        "voteGivenTwice": Aim(faults: [.isolate, .kill], nodes: 5, faultMillis: often, latencyMicros: farther),
        "voteToShorterLog": Aim(faults: [.isolate, .kill], nodes: 3, faultMillis: often, adminMillis: 50...500),
        "preVotesElect": Aim(faults: [.isolate, .kill], nodes: 3, faultMillis: often, latencyMicros: farther),
        "committedByMinority": Aim(faults: [.isolate], nodes: 3, adminMillis: 50...500),
        "quorumDivergenceUnchecked": Aim(faults: [.isolate], nodes: 3, adminMillis: 50...500),
        "quorumStaleAnswerTaken": Aim(
            faults: [.isolate, .reset, .cutBetween],
            nodes: 3,
            faultMillis: often,
            latencyMicros: farther,
            adminMillis: 50...500
        ),
        // Two voters, one of which goes: the other one has to have heard of it. No fault, since one voter alone is missed at once.
        "removedLeaderCounts": Aim(nodes: 3, changesVoters: true, fewestVoters: 1),
        "snapshotNamesFormerVoters": Aim(
            faults: [.restart, .kill],
            nodes: 3,
            changesVoters: true,
            faultMillis: often,
            settings: ["metadata.log.max.snapshot.interval.ms": "3000"],
            adminMillis: 50...500
        ),
        "replacedDiskVotes": Aim(
            faults: [.kill, .isolate],
            nodes: 3,
            isApart: true,
            changesVoters: true,
            faultMillis: often,
            adminMillis: 50...500
        ),
        "alterPartitionUnchecked": Aim(
            faults: [.isolate, .cutBetween, .kill],
            nodes: 3,
            isApart: true,
            faultMillis: often,
            settings: ["leader.imbalance.check.interval.seconds": "1"],
            latencyMicros: farther
        ),
        "uncleanWithoutPermission": Aim(
            faults: [.kill],
            nodes: 3,
            isApart: true,
            faultMillis: often,
            settings: step,
            latencyMicros: farther
        ),
        "fencedElected": Aim(faults: [.kill, .isolate], nodes: 3),
        "brokerEpochIgnored": Aim(
            faults: [.delayIsrRequest],
            nodes: 3,
            isApart: true,
            faultMillis: rare,
            flushesBeforeAck: false,
            settings: ["leader.imbalance.check.interval.seconds": "1", "broker.session.timeout.ms": "9000"],
            latencyMicros: far
        ),
        "fencedInSync": Aim(
            faults: [.kill, .isolate, .cutBetween],
            nodes: 3,
            isApart: true,
            faultMillis: often,
            latencyMicros: farther
        ),
        "lastInSyncForgotten": Aim(faults: [.kill, .killAll], nodes: 3),
        "preferredNotInSync": Aim(
            faults: [.kill, .isolate],
            nodes: 3,
            settings: ["leader.imbalance.check.interval.seconds": "1"]
        ),
        "decisionAnsweredEarly": Aim(faults: [.isolate], nodes: 3, administrators: 6, adminMillis: 10...100),
        "deposedControllerAnswers": Aim(faults: [.isolate], nodes: 3, administrators: 6, adminMillis: 10...100),
        "sessionNeverEnds": Aim(faults: [.longPause], nodes: 3, faultMillis: often),
        "oldIncarnationHeard": Aim(
            faults: [.delayStop],
            nodes: 3,
            isApart: true,
            faultMillis: rare,
            settings: ["leader.imbalance.check.interval.seconds": "1"]
        ),
        "shutdownMovesNothing": Aim(nodes: 3),
        "coordinatorNotGivenUp": Aim(faults: [.restart, .pause, .kill], nodes: 3, pauseMillis: 1...60),
        "servedBeforeReplicated": Aim(
            faults: [.restart, .kill],
            nodes: 3,
            faultMillis: often,
            pauseMillis: 1...60,
            latencyMicros: farther
        ),
        "markerOfAnyEpoch": Aim(transacting: [.park], nodes: 3),
        "markerOfAnyCoordinator": Aim(transacting: [.lastWords], nodes: 3, newestVersion: 1),
        "stableOffsetIsWatermark": Aim(transacting: []),
        "abortedNotTold": Aim(transacting: []),
        "offsetsCountOnAbort": Aim(transacting: [.kill, .pause]),
        "offsetsCountAtOnce": Aim(transacting: [.kill, .pause]),
        "transactionNotVerified": Aim(transacting: [.pause, .delay, .reset]),
        "ticketOutlivesTransaction": Aim(
            transacting: [.stagger],
            nodes: 3,
            newestVersion: 1,
            patienceMillis: 400
        ),
        "firstMarkerCompletes": Aim(transacting: [.kill], nodes: 3),
        "markersBeforeCommit": Aim(transacting: [.kill, .restart], nodes: 3),
        "markersNotResumed": Aim(transacting: [.kill, .restart]),
        "abortDoesNotFence": Aim(transacting: [.pause, .delay]),
        "initDoesNotAbort": Aim(transacting: []),
        "transactionNeverTimesOut": Aim(transacting: []),
        "nextNotHeldBack": Aim(transacting: [.kill, .delay], nodes: 3),
        "endTakenByEpochOfNext": Aim(transacting: [.parkClient]),
        "openTransactionsForgotten": Aim(transacting: [.kill, .restart]),
        "abortedIndexNotRebuilt": Aim(transacting: [.indexDamage]),
        "oldOffsetsWhilePending": Aim(transacting: [.pause, .delay], nodes: 3),
        "transactionalOffsetsNotLoaded": Aim(transacting: [.kill, .restart]),
    ]
}

extension Aim {
    /// Producers use transactions, and much happens.
    fileprivate init(
        transacting faults: [Aim.Fault],
        nodes: Int = 1,
        newestVersion: Int64 = 2,
        patienceMillis: Int64? = nil
    ) {
        self.init(
            faults: faults,
            nodes: nodes,
            faultMillis: 500...2500,
            pauseMillis: 1...60,
            isTransacting: true,
            newestTransactionVersion: newestVersion,
            patienceMillis: patienceMillis,
            latencyMicros: nodes > 1 ? 500...20_000 : 50...400
        )
    }
}

extension Aim {
    /// Nodes have several log directories, between which replicas are moved.
    fileprivate init(
        disks faults: [Aim.Fault],
        stallMillis: Int64? = nil,
        diskMicros: ClosedRange<Int64> = 10...2000,
        settings: [String: String] = [:],
        latencyMicros: ClosedRange<Int64> = 500...20_000
    ) {
        self.init(
            faults: faults,
            nodes: 3,
            hasSeveralDisks: true,
            faultMillis: 500...2500,
            diskMicros: diskMicros,
            pauseMillis: 1...60,
            stallMillis: stallMillis,
            settings: settings,
            latencyMicros: latencyMicros
        )
    }
}
