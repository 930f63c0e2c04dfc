import KafkaProtocol
import LogStorage
import Testing

@testable import Broker

/// What the cleaner knows of each log.
struct CompactionBookTests {
    private let log = TopicPartition("t", 0)
    private let other = TopicPartition("t", 1)
    private let topic = KafkaUUID(high: 1, low: 1)
    private let pass = EndedPass(startedAt: 5, millis: 7, cause: .asked)

    /// A book, and what came of each step.
    private struct Run {
        var book = CompactionBook()
        var results: [String] = []

        mutating func want(_ id: TopicPartition, _ topic: KafkaUUID) {
            let result = book.want(id, of: topic)
            results.append(result.map { "\($0.isJoined ? "joined" : "new") \($0.pass)" } ?? "no")
        }

        mutating func begin(_ id: TopicPartition, _ topic: KafkaUUID) {
            results.append(book.begin(id, of: topic) ? "begun" : "busy")
        }
    }

    @Test func whoAsksWaitsForTheNextPass() throws {
        var run = Run()
        run.want(log, topic)
        run.want(log, topic)
        #expect(run.results == ["new 1", "joined 1"] && run.book.wanted == [log] && run.book.hasWaiting)
        run.begin(log, topic)
        run.begin(log, topic)
        #expect(!run.book.hasWaiting)
        // One that is under way is joined.
        run.want(log, topic)
        #expect(run.results.suffix(3) == ["begun", "busy", "joined 1"])
        run.book.end(log, pass)
        let entry = try #require(run.book.entry(log, of: topic))
        #expect(entry.passes == 1 && entry.last == pass && !entry.isBusy && !entry.isWanted)
        #expect(run.book.wanted.isEmpty)
        run.want(log, topic)
        #expect(run.results.last == "new 2")
    }

    @Test func thoseWhoAskedFirstAreFirst() {
        var run = Run()
        run.want(other, topic)
        run.want(log, topic)
        #expect(run.book.wanted == [other, log])
    }

    @Test func aPassThatIsGivenUpIsStillWanted() throws {
        var run = Run()
        // Nobody asked for this one, until it was under way.
        run.begin(log, topic)
        run.want(log, topic)
        run.book.giveUp(log)
        #expect(run.results == ["begun", "joined 1"])
        let entry = try #require(run.book.entry(log, of: topic))
        #expect(entry.isWanted && entry.passes == 0 && run.book.hasWaiting)
        // One that nobody asked for is forgotten.
        run.begin(other, topic)
        run.book.giveUp(other)
        #expect(run.book.entry(other, of: topic)?.isWanted == false)
    }

    @Test func whoWaitsForAPassWaitsForAllOfIt() throws {
        var run = Run()
        run.want(log, topic)
        run.begin(log, topic)
        run.book.end(log, pass, isPartial: true)
        let entry = try #require(run.book.entry(log, of: topic))
        #expect(entry.isWanted && !entry.isBusy && entry.passes == 0 && entry.last == pass && run.book.hasWaiting)
        run.begin(log, topic)
        run.book.end(log, pass)
        #expect(run.book.entry(log, of: topic)?.passes == 1 && !run.book.hasWaiting)
        // Of those that nobody waits for each counts.
        run.begin(log, topic)
        run.book.end(log, pass, isPartial: true)
        #expect(run.book.entry(log, of: topic)?.passes == 2 && !run.book.hasWaiting)
        #expect(run.results == ["new 1", "begun", "begun", "begun"])
    }

    @Test func roundsOfAPassThatSomebodyWaitsForCountAsOne() throws {
        var (first, second) = (EndedPass(startedAt: 5, millis: 7, cause: .dirtyRatio), pass)
        first.report.recordsRead = 100
        first.report.recordsKept = 60
        first.report.bytesBefore = 1000
        first.report.bytesAfter = 700
        first.report.segmentsBefore = 4
        first.report.segmentsAfter = 2
        first.report.tombstonesDropped = 3
        first.report.keys = 10
        first.report.mapBytes = 240
        // It reads what the first one kept, and 40 records in one more segment.
        second.report.recordsRead = 100
        second.report.recordsKept = 30
        second.report.bytesBefore = 1100
        second.report.bytesAfter = 300
        second.report.segmentsBefore = 3
        second.report.segmentsAfter = 1
        second.report.tombstonesDropped = 1
        second.report.keys = 5
        second.report.mapBytes = 240
        second.report.cleanedOffset = 140
        var run = Run()
        run.want(log, topic)
        run.begin(log, topic)
        run.book.end(log, first, isPartial: true)
        run.begin(log, topic)
        // Whatever comes between.
        run.book.giveUp(log)
        run.begin(log, topic)
        run.book.end(log, second)
        var all = second.report
        all.recordsRead = 140
        all.bytesBefore = 1400
        all.segmentsBefore = 5
        all.tombstonesDropped = 4
        all.keys = 15
        let last = try #require(run.book.entry(log, of: topic)?.last)
        #expect(last == EndedPass(startedAt: 5, millis: 14, cause: .asked, report: all))
        // The next one is another.
        run.begin(log, topic)
        run.book.end(log, second)
        #expect(run.book.entry(log, of: topic)?.last == second)
    }

    @Test func aRoundThatFailsSaysNothingElse() {
        var run = Run()
        run.want(log, topic)
        run.begin(log, topic)
        run.book.end(log, pass, isPartial: true)
        run.begin(log, topic)
        let failed = EndedPass(startedAt: 9, millis: 1, cause: .asked, failure: "no space")
        run.book.end(log, failed)
        #expect(run.book.entry(log, of: topic)?.last == failed)
    }

    @Test func whatIsSetAsideIsTriedAgainWhenSomebodyAsks() {
        var run = Run()
        run.begin(log, topic)
        run.book.end(log, pass, asideReason: "damaged")
        #expect(run.book.entry(log, of: topic)?.asideReason == "damaged" && run.book.asideCount == 1)
        run.want(log, topic)
        #expect(run.results.last == "new 2" && run.book.asideCount == 0)
    }

    @Test func aTopicOfTheSameNameIsAnotherTopic() {
        var run = Run()
        let later = KafkaUUID(high: 2, low: 2)
        run.begin(log, topic)
        // Its files have the same names.
        run.want(log, later)
        run.begin(log, later)
        #expect(run.results == ["begun", "no", "busy"])
        run.book.end(log, pass, asideReason: "damaged")
        #expect(run.book.entry(log, of: later) == nil)
        run.want(log, later)
        #expect(run.results.last == "new 1" && run.book.entry(log, of: topic) == nil && run.book.asideCount == 0)
    }

    @Test func ofTopicsThatAreGoneNothingIsKept() {
        var run = Run()
        run.want(log, topic)
        run.want(other, topic)
        run.begin(other, topic)
        run.book.keep { _, _ in false }
        // A pass under way has to be able to end.
        #expect(run.book.wanted == [other] && run.book.entry(log, of: topic) == nil)
    }
}
