import KafkaProtocol
import Testing

@testable import Simulation

/// What a reader of a compacted topic may miss, on made-up histories.
struct CompactedHistoryTests {
    /// What was written to a partition, and what a reader sees of it.
    private final class Story {
        let timeline: Timeline
        let history: History
        let compacted: CompactedHistory
        let partition: TopicPartition
        var wall: Int64 = 100_000
        var areClocksWrong = false
        var isCalm = false

        init(_ topic: String = CompactedTopics.table, minLagMillis: Int64 = 0) {
            partition = TopicPartition(topic, 0)
            timeline = Timeline(Scheduler(seed: 1))
            history = History(timeline)
            compacted = CompactedHistory(history, timeline, minLagMillis: minLagMillis)
        }

        /// - Parameter offset: nil when nobody knows what became of it, -1 when it is on its way.
        func write(_ name: String, _ key: String, _ value: String?, at offset: Int64?, _ kind: ProducerKind = .all) {
            let record = CompactedHistory.Written(key: key, value: value, timestamp: wall)
            compacted.begins(name, record, kind, "p", Int(name.dropFirst()) ?? 0, partition)
            if let offset, offset < 0 { return }
            compacted.ended(name, offset.map { .acknowledged(offset: $0, at: history.next()) } ?? .unknown)
        }

        func begin(at offset: Int64 = 0) -> CompactedScan { compacted.scan(partition, from: offset, wall: wall) }

        func read(_ name: String, at offset: Int64, _ scan: inout CompactedScan) {
            guard let record = compacted.written[name] else { return }
            compacted.read(name, record, at: offset, &scan, by: "reader")
        }

        /// The invariants that are violated when the reader ends at an offset.
        func end(_ scan: CompactedScan, at offset: Int64) -> [String] {
            var scan = scan
            scan.position = offset
            let moment = CompactedHistory.Moment(
                wall: wall,
                believed: wall,
                areClocksWrong: areClocksWrong,
                isCalm: isCalm
            )
            let found = compacted.violations(of: scan, moment).map(\.invariant)
            return timeline.violations.map { String($0.prefix { $0 != ":" }) } + found
        }
    }

    @Test func theLastValueIsSeenAndThoseBeforeNeedNotBe() {
        let story = Story()
        story.write("n0", "a", "1", at: 0)
        story.write("n1", "a", "2", at: 1)
        story.write("n2", "b", "1", at: 2)
        var scan = story.begin()
        story.read("n1", at: 1, &scan)
        #expect(story.end(scan, at: 3) == ["C1"])
        // The reader has not come there.
        #expect(story.end(scan, at: 2) == [])
        story.read("n2", at: 2, &scan)
        #expect(story.end(scan, at: 3) == [])
        #expect(story.end(story.begin(at: 2), at: 3) == ["C1"])
    }

    @Test func aLaterRecordBehindTheReaderExcuses() {
        for later in [5, -1, nil] as [Int64?] {
            let story = Story()
            story.write("n0", "a", "1", at: 0)
            let scan = story.begin()
            #expect(story.end(scan, at: 3) == ["C1"])
            story.write("n1", "a", "2", at: later)
            #expect(story.end(scan, at: 3) == [])
            story.isCalm = true
            #expect(story.end(scan, at: 3) == (later == nil ? ["C1"] : []))
        }
    }

    @Test func aTombstoneIsSeenForItsTime() {
        let story = Story()
        story.write("n0", "a", "1", at: 0)
        story.write("n1", "a", nil, at: 1)
        var scan = story.begin()
        story.wall += 1000
        #expect(story.end(scan, at: 2) == ["C3"])
        // Who saw what it deletes has to see it, whenever it was written.
        story.wall += CompactedTopics.deleteRetentionMillis
        scan = story.begin()
        #expect(story.end(scan, at: 2) == [])
        story.read("n0", at: 0, &scan)
        #expect(story.end(scan, at: 2) == ["C3"])
        story.areClocksWrong = true
        #expect(story.end(scan, at: 2) == [])
    }

    @Test func aValueThatIsGoneWithoutATombstoneIsLost() {
        let story = Story()
        story.write("n0", "a", "1", at: 0)
        story.wall += 1_000_000
        story.isCalm = true
        #expect(story.end(story.begin(), at: 3) == ["C1"])
        // One of which nobody knows whether it was written may have been there.
        story.write("n1", "a", nil, at: nil)
        #expect(story.end(story.begin(), at: 3) == ["C1"])
        story.wall += CompactedTopics.deleteRetentionMillis
        #expect(story.end(story.begin(), at: 3) == [])
    }

    @Test func whatIsOldMayGoWhereTheTopicSaysSo() {
        for topic in [CompactedTopics.table, CompactedTopics.ledger] {
            let story = Story(topic)
            story.write("n0", "a", "1", at: 0)
            #expect(story.end(story.begin(), at: 1) == ["C1"])
            story.wall += CompactedTopics.retentionMillis
            #expect(story.end(story.begin(), at: 1) == (topic == CompactedTopics.ledger ? [] : ["C1"]))
        }
    }

    @Test func whatIsYoungIsAllThere() {
        let story = Story(minLagMillis: 5000)
        story.write("n0", "a", "1", at: 0)
        story.wall += 1000
        story.write("n1", "a", "2", at: 1)
        var scan = story.begin()
        story.read("n1", at: 1, &scan)
        #expect(story.end(scan, at: 2) == ["C5"])
        story.wall += 4000
        #expect(story.end(scan, at: 2) == [])
    }

    @Test func whatIsReadIsWhatWasWrittenInOrder() {
        let story = Story()
        story.write("n1", "a", "1", at: 0, .idempotent)
        story.write("n2", "a", "2", at: 1, .idempotent)
        var scan = story.begin()
        let other = CompactedHistory.Written(key: "a", value: "other", timestamp: story.wall)
        story.compacted.read("n1", other, at: 0, &scan, by: "reader")
        #expect(story.end(scan, at: 0) == ["C2"])
        story.read("n2", at: 1, &scan)
        #expect(story.end(scan, at: 2) == ["C2"])
        story.read("n1", at: 0, &scan)
        #expect(Set(story.end(scan, at: 2)).isSuperset(of: ["C2", "I3", "I4"]))
    }

    @Test func anOffsetIsNotUsedTwice() {
        let story = Story()
        story.write("n1", "a", "1", at: 0)
        story.write("n2", "b", "2", at: 1)
        var scan = story.begin()
        story.read("n2", at: 0, &scan)
        #expect(story.end(scan, at: 0) == ["I2"])
    }
}
