import KafkaProtocol
import Testing

@testable import Simulation

/// Each invariant on made-up histories: some that violate it, some that don't.
struct HistoryTests {
    private let partition = TopicPartition("records", 0)

    /// What clients did, and what is there at the end.
    private final class Story {
        let timeline: Timeline
        let history: History
        var log = FinalLog()
        let partition = TopicPartition("records", 0)
        private var numbers = 0

        init() {
            timeline = Timeline(Scheduler(seed: 1))
            history = History(timeline)
            log.partitions[partition] = FinalLog.Contents()
        }

        func send(_ value: String, _ kind: ProducerKind = .all, producer: String = "p", number: Int? = nil) {
            numbers += 1
            history.begins(value, kind, producer, number ?? numbers, partition)
        }

        func acknowledge(_ value: String, at offset: Int64) {
            history.ended(value, .acknowledged(offset: offset, at: history.next()))
        }

        func holds(_ values: String?..., from start: Int64 = 0) {
            var contents = FinalLog.Contents(start: start)
            for (index, value) in values.enumerated() {
                guard let value else { continue }
                contents.entries.append(FinalLog.Entry(offset: start + Int64(index), value: value))
            }
            log.partitions[partition] = contents
        }

        func read(_ value: String, at offset: Int64) {
            history.read(value, History.Place(partition: partition, offset: offset), by: "reader")
        }

        /// The invariants that are violated.
        var violated: [String] {
            let late = log.violations(of: history).map(\.invariant)
            return (timeline.violations.map { String($0.prefix { $0 != ":" }) } + late)
        }
    }

    // MARK: I1

    @Test func whatWasAcknowledgedAndIsGoneIsLost() {
        let story = Story()
        for (offset, value) in ["a", "b"].enumerated() {
            story.send(value)
            story.acknowledge(value, at: Int64(offset))
        }
        story.holds("a")
        #expect(story.violated == ["I1"])
        story.holds("a", "b")
        #expect(story.violated == [])
        story.holds("b", "a")
        #expect(story.violated.contains("I1"))
    }

    @Test func whatIsBeforeTheStartWasDeletedAndIsNotLost() {
        let story = Story()
        for (offset, value) in ["a", "b"].enumerated() {
            story.send(value)
            story.acknowledge(value, at: Int64(offset))
        }
        story.holds("b", from: 1)
        #expect(story.violated == [])
    }

    @Test func aPowerCutExcusesOnlyWhatWasAcknowledgedBeforeByTheLeaderAlone() {
        let story = Story()
        story.send("early", .leader)
        story.acknowledge("early", at: 0)
        story.history.powerWasLost()
        story.holds()
        #expect(story.violated == [])
        story.send("late", .leader)
        story.acknowledge("late", at: 0)
        #expect(story.violated == ["I1"])
        story.holds("late")
        #expect(story.violated == [])
    }

    @Test func whatIsVoidIsThatFromTheOffsetOnAndBeforeTheLoss() {
        let story = Story()
        for (offset, value) in ["a", "b", "c"].enumerated() {
            story.send(value)
            story.acknowledge(value, at: Int64(offset))
        }
        story.history.lost(story.partition, from: 1)
        story.holds("a")
        #expect(story.violated == [])
        story.holds()
        #expect(story.violated == ["I1"])
        story.send("d")
        story.acknowledge("d", at: 1)
        story.holds("a")
        #expect(story.violated == ["I1"])
    }

    @Test func anOlderCopyVoidsWhatWasAcknowledgedSince() {
        let story = Story()
        story.send("a")
        story.acknowledge("a", at: 0)
        let memory = story.history.remember()
        story.send("b")
        story.acknowledge("b", at: 1)
        story.history.restored(memory)
        story.holds("a")
        #expect(story.violated == [])
        story.holds()
        #expect(story.violated == ["I1"])
    }

    // MARK: I2, I5, I6

    @Test func anOffsetHasOneValue() {
        let story = Story()
        story.send("a")
        story.send("b")
        story.read("a", at: 0)
        story.read("a", at: 0)
        #expect(story.timeline.violations.isEmpty)
        story.read("b", at: 0)
        #expect(story.violated.contains("I2"))
    }

    @Test func whatNobodySentOrWasRefusedIsNotRead() {
        let story = Story()
        story.read("ghost", at: 0)
        #expect(story.violated.contains("I5"))
        let other = Story()
        other.send("a")
        other.history.ended("a", .refused)
        other.read("a", at: 0)
        #expect(other.violated.contains("I5"))
    }

    @Test func whatWasReadStays() {
        let story = Story()
        story.send("a")
        story.read("a", at: 0)
        story.holds()
        #expect(story.violated == ["I6"])
        story.holds("a")
        #expect(story.violated == [])
    }

    // MARK: I3, I4

    @Test func aLogHasNoGaps() {
        let story = Story()
        for value in ["a", "b"] { story.send(value) }
        story.holds("a", nil, "b")
        #expect(story.violated == ["I3"])
        story.holds("a", "b", from: 7)
        #expect(story.violated == [])
    }

    @Test func whatWasAcknowledgedBeforeAnotherWasSentComesBeforeItEvenIfTheOtherWasNever() {
        let story = Story()
        story.send("first")
        story.acknowledge("first", at: 1)
        story.send("second", .leader)
        story.holds("second", "first")
        #expect(story.violated == ["I3"])
        // Sent before the other was acknowledged, it may be anywhere.
        let other = Story()
        other.send("second", .leader)
        other.send("first")
        other.acknowledge("first", at: 1)
        other.holds("second", "first")
        #expect(other.violated == [])
    }

    @Test func anIdempotentProducersRecordsAreThereOnceAndInOrder() {
        let story = Story()
        for value in ["a", "b"] { story.send(value, .idempotent) }
        story.holds("a", "b", "a")
        #expect(story.violated == ["I4"])
        story.holds("b", "a")
        #expect(story.violated == ["I4"])
        story.holds("a", "b")
        #expect(story.violated == [])
        // Another producer's may come late, and who is not idempotent repeats itself.
        let other = Story()
        other.send("a", .idempotent, producer: "1", number: 1)
        other.send("b", .idempotent, producer: "2", number: 2)
        other.send("c", .all)
        other.holds("b", "a", "c", "c")
        #expect(other.violated == [])
    }

    /// What a damaged disk has lost is known once it is mended.
    @Test(arguments: [false, true]) func whatIsWrongWithADamagedLogIsWrongUnlessItWasCut(_ isCut: Bool) {
        let story = Story()
        let other = TopicPartition("records", 1)
        for value in ["a", "b"] { story.send(value) }
        story.read("a", at: 0)
        story.history.doubts(story.partition)
        story.read("b", at: 0)
        #expect(story.timeline.violations == [])
        if isCut { story.history.lost(story.partition, from: 0) }
        story.history.settles(lost: isCut)
        #expect(story.timeline.violations.count == (isCut ? 0 : 1))
        #expect(isCut || story.violated.first == "I2")
        // Of other partitions nothing is excused, but where the groups' log is damaged.
        for (topic, excused) in [("records", false), (History.groupsTopic, true)] {
            let groups = Story()
            groups.history.committed("g", other, 5, begun: groups.history.next())
            let promise = groups.history.promise(of: "g")
            groups.history.doubts(TopicPartition(topic, 0))
            groups.history.compares(other, 3, with: promise)
            #expect(groups.timeline.violations.isEmpty == excused)
            groups.history.settles(lost: false)
            #expect(groups.violated == ["G2"])
        }
    }

    /// Members that had read what is gone begin anew, and commit that.
    @Test func whatWasCommittedInAPartitionThatLostRecordsIsNothingToHoldOnto() {
        let other = TopicPartition("records", 1)
        func commitsLess(than floor: Int64, _ after: TopicPartition?) -> [String] {
            let story = Story()
            story.history.committed("g", story.partition, floor, begun: story.history.next())
            if let after { story.history.lost(after, from: 9) }
            story.history.compares(story.partition, 1, with: story.history.promise(of: "g"))
            return story.violated
        }
        #expect(commitsLess(than: 5, nil) == ["G2"])
        #expect(commitsLess(than: 5, other) == ["G2"])
        #expect(commitsLess(than: 5, partition) == [])
    }

    /// Simulated seed 71048: retention had moved the start of a log behind a member's position, the power failed, and the log began earlier again.
    @Test func aPositionBeforeWhereTheLogHasBegunHoldsNobodyToIt() {
        func commitsLess(than floor: Int64, begun: Int64) -> [String] {
            let story = Story()
            story.history.committed("g", story.partition, floor, begun: story.history.next())
            story.history.began(story.partition, at: begun)
            story.history.began(story.partition, at: 0)
            let promise = story.history.promise(of: "g")
            story.history.compares(story.partition, 1, with: promise)
            story.history.audit("g", [:], promise)
            return story.violated
        }
        #expect(commitsLess(than: 5, begun: 6) == [])
        #expect(commitsLess(than: 5, begun: 5) == ["G2", "G3"])
    }

    @Test func aCommitOfWhatIsGoneHoldsNobodyToIt() {
        func commitsLess(_ committed: Int64 = 9, readBefore: Int64? = nil, _ prepare: (Story) -> Void) -> [String] {
            let story = Story()
            if let readBefore {
                story.send("before")
                story.read("before", at: readBefore)
            }
            story.history.lost(story.partition, from: 5)
            prepare(story)
            story.history.committed("g", story.partition, committed, begun: story.history.next())
            story.history.compares(story.partition, 1, with: story.history.promise(of: "g"))
            return story.timeline.violations
        }
        #expect(commitsLess { _ in }.isEmpty)
        // Once the log has come so far again it counts, however that is known.
        let isThere = commitsLess {
            $0.send("a")
            $0.acknowledge("a", at: 8)
        }
        #expect(isThere.count == 1)
        let isRead = commitsLess {
            $0.send("a")
            $0.read("a", at: 8)
        }
        #expect(isRead.count == 1)
        // Who has read behind the loss may have committed less, and begins anew all the same, until the log has come so far again.
        let isAnew = { (last: Int64) in
            commitsLess(4, readBefore: 7) {
                $0.send("a")
                $0.read("a", at: last)
            }
        }
        #expect(isAnew(6).isEmpty)
        #expect(isAnew(7).count == 1)
    }

    @Test func anOrderMayBeDeniedWhereALogWasCutThatKnewTheProducer() {
        func denies(_ prepare: (Story) -> Void) -> [String] {
            let story = Story()
            story.history.nodeStarted()
            story.send("a", .idempotent)
            story.acknowledge("a", at: 0)
            prepare(story)
            story.send("b", .idempotent)
            story.history.denied("b")
            return story.timeline.violations
        }
        #expect(denies { _ in }.count == 1)
        #expect(denies { $0.history.lost($0.partition, from: 0) }.isEmpty)
        #expect(denies { $0.history.lost(TopicPartition("records", 1), from: 0) }.count == 1)
        // A producer id may have been given out twice.
        #expect(denies { $0.history.restored($0.history.remember()) }.isEmpty)
        // It was sent before the start: of that the partition may know the last batch only.
        let early = Story()
        early.send("a", .idempotent)
        early.history.nodeStarted()
        early.history.denied("a")
        #expect(early.timeline.violations == [])
        // Whoever began after the cut has nothing to do with it.
        let late = Story()
        late.history.nodeStarted()
        late.history.lost(late.partition, from: 0)
        late.send("a", .idempotent)
        late.history.denied("a")
        #expect(late.violated == ["I4"])
    }

    // MARK: I7

    private func look(_ story: Story, _ start: Int64, believed: Int64 = 0, retention: Int64? = nil, now: Int64 = 0) {
        story.history.saw(
            story.partition,
            start: start,
            story.history.starts.look(story.partition),
            now: now,
            retention: retention,
            believed: believed
        )
    }

    @Test func theStartNeverMovesBack() {
        let story = Story()
        story.history.starts.asks(story.partition, before: 5)
        look(story, 5)
        look(story, 5)
        #expect(story.timeline.violations.isEmpty)
        look(story, 4)
        #expect(story.violated == ["I7"])
    }

    @Test func aStartThatWasAnsweredOutlivesACrashAndOneJustSeenNeedNot() {
        var starts = LogStarts()
        #expect(starts.saw(partition, 3, starts.look(partition), now: 0) == nil)
        #expect(starts.saw(partition, 9, starts.look(partition), now: LogStarts.checkpointNanoseconds) == nil)
        let late = starts.look(partition)
        starts.nodeEnded(now: LogStarts.checkpointNanoseconds)
        #expect(starts.saw(partition, 3, starts.look(partition), now: 0) == nil)
        #expect(starts.saw(partition, 2, starts.look(partition), now: 0) != nil)
        // What the process before answers is nothing to the one after it.
        #expect(starts.saw(partition, 1, late, now: 0) == nil)
        starts.answered(partition, 7, starts.look(partition))
        starts.nodeEnded(now: LogStarts.checkpointNanoseconds)
        #expect(starts.saw(partition, 6, starts.look(partition), now: 0) != nil)
        let before = starts.look(partition)
        starts.forget()
        starts.answered(partition, 7, before)
        #expect(starts.saw(partition, 0, starts.look(partition), now: 0) == nil)
    }

    @Test func whatIsNeitherOldNorToBeDeletedStays() {
        func deletion(asked: Int64, believed: Int64, retention: Int64?) -> [String] {
            let story = Story()
            story.send("a")
            story.acknowledge("a", at: 0)
            story.history.starts.asks(story.partition, before: asked)
            look(story, 1, believed: believed, retention: retention)
            return story.timeline.violations
        }
        #expect(deletion(asked: 0, believed: 100, retention: 1000).count == 1)
        #expect(deletion(asked: 0, believed: 100_000, retention: nil).count == 1)
        #expect(deletion(asked: 0, believed: 1000, retention: 1000).isEmpty)
        #expect(deletion(asked: 1, believed: 100, retention: 1000).isEmpty)
        #expect(deletion(asked: 0, believed: 999, retention: 1000).count == 1)
    }

    // MARK: G1, M5, R2

    @Test func aPartitionHasOneOwnerInAGeneration() {
        var owners = Ownership()
        #expect(owners.owns("x", partition, in: "g", 1) == nil)
        #expect(owners.owns("x", partition, in: "g", 1) == nil)
        #expect(owners.owns("y", partition, in: "g", 2) == nil)
        #expect(owners.owns("y", partition, in: "other", 1) == nil)
        #expect(owners.owns("y", partition, in: "g", 1) != nil)
        owners.forget()
        #expect(owners.owns("y", partition, in: "g", 1) == nil)
        let other = TopicPartition("records", 1)
        #expect(Ownership.conflicts([("x", [partition]), ("y", [other])]).isEmpty)
        #expect(Ownership.conflicts([("x", [partition]), ("y", [other, partition])]).count == 1)
    }

    @Test func aGroupRestsWhenAllMembersAreThereAndAllPartitionsHaveOwners() {
        let other = TopicPartition("records", 1)
        func unrest(_ state: String, _ assignments: [(String, [TopicPartition])]) -> String? {
            Ownership.unrest(state: state, assignments, members: 2, [partition, other])
        }
        #expect(unrest("Stable", [("x", [partition]), ("y", [other])]) == nil)
        #expect(unrest("Stable", [("x", [partition, other]), ("y", [])]) == nil)
        #expect(unrest("PreparingRebalance", [("x", [partition]), ("y", [other])]) != nil)
        #expect(unrest("Stable", [("x", [partition, other])]) != nil)
        #expect(unrest("Stable", [("x", [partition]), ("y", [])]) != nil)
    }

    @Test func nobodyVotesTwiceInAnEpochAndItHasOneLeader() {
        var votes = Votes()
        #expect(votes.saw("node-1", epoch: 1, votedFor: 1) == nil)
        #expect(votes.saw("node-1", epoch: 1, votedFor: 1) == nil)
        #expect(votes.saw("node-1", epoch: 2, votedFor: 2) == nil)
        #expect(votes.saw("node-2", epoch: 1, votedFor: 2) == nil)
        #expect(votes.saw("node-1", epoch: 1, votedFor: 2) != nil)
        #expect(votes.leads("node-1/1", epoch: 1) == nil)
        #expect(votes.leads("node-1/2", epoch: 2) == nil)
        #expect(votes.leads("node-1/3", epoch: 2) != nil)
        #expect(Votes.repeated([1, 2, 4]) == nil)
        #expect(Votes.repeated([1, 2, 2]) != nil)
    }

    @Test func whatIsOpenBeyondWhatAFreshNodeHasIsALeak() {
        let fresh = Usage(connections: 0, files: 10, workers: 5, timers: 8)
        #expect(Usage(connections: 0, files: 12, workers: 5, timers: 8).leaks(comparedTo: fresh, files: 2).isEmpty)
        #expect(
            Usage(connections: 1, files: 13, deletedFiles: 1, workers: 6, timers: 9)
                .leaks(comparedTo: fresh, files: 2).count == 5
        )
    }
}
