import KafkaClient
import KafkaProtocol
import Testing

@testable import ottla

/// What `ottla topic compact` and `ottla topic describe` make of the answers of nodes.
struct CompactionTextTests {
    private typealias Answer = StartCompactionResponse.PartitionResult
    private typealias State = DescribeCompactionResponse.CompactedPartition

    private func answer(_ number: Int32, _ change: (inout Answer) -> Void) -> Answer {
        var answer = Answer()
        answer.partitionIndex = number
        change(&answer)
        return answer
    }

    private func state(_ number: Int32, _ wait: CompactionWait, _ change: (inout State) -> Void = { _ in }) -> State {
        var state = State()
        (state.partitionIndex, state.wait, state.isCompacted) = (number, wait.rawValue, true)
        change(&state)
        return state
    }

    private func ended(_ change: (inout DescribeCompactionResponse.EndedPass) -> Void)
        -> DescribeCompactionResponse.EndedPass
    {
        var pass = DescribeCompactionResponse.EndedPass()
        (pass.segmentsBefore, pass.segmentsAfter) = (1, 1)
        change(&pass)
        return pass
    }

    @Test func passesAreWaitedForUntilTheyAreOver() {
        var watch = CompactionWatch()
        watch.note([answer(0) { ($0.outcome, $0.pass, $0.rolledAtOffset) = (1, 3, 40) }], on: 1)
        watch.note([answer(0) { ($0.outcome, $0.pass) = (2, 1) }, answer(1) { $0.outcome = 0 }], on: 2)
        #expect(watch.brokers == [1, 2] && watch.waiting(on: 1) == [0] && watch.waiting(on: 2) == [0])
        #expect(watch.progress == ["2 passes wait for their turn"])
        #expect(watch.rolls.count == 1 && watch.rolls.first?.contains("offset 40") == true)
        var running = DescribeCompactionResponse.PassUnderWay()
        (running.bytesToRead, running.bytesRead, running.bytesKept) = (100, 30, 10)
        watch.update([state(0, .passUnderWay) { ($0.passesEnded, $0.passUnderWay) = (2, running) }], on: 1)
        #expect(watch.progress == ["partition 0: 30 of 100 bytes read, 10 kept"])
        watch.update(
            [
                state(0, .nothingDirty) { state in
                    state.passesEnded = 3
                    state.lastPass = ended { ($0.recordsRead, $0.recordsKept) = (9, 4) }
                }
            ],
            on: 1
        )
        #expect(watch.brokers == [2])
        watch.update(
            [
                state(0, .nothingDirty) { state in
                    (state.passesEnded, state.lastPass) = (1, ended { $0.segmentsBefore = 0 })
                }
            ],
            on: 2
        )
        #expect(watch.brokers.isEmpty && !watch.hasFailed && watch.progress.isEmpty)
        let lines = watch.table(of: "t").lines(.json)
        #expect(lines.count == 3)
        #expect(lines[0].contains(#""broker":1,"result":"compacted","rolled_at":40"#))
        #expect(lines[0].contains(#""records_kept":4,"records_removed":5"#))
        #expect(lines[1].contains(#""broker":2,"result":"nothing to do""#))
        #expect(lines[2].contains(#""partition":1"#) && lines[2].contains(#""reason":"nothing is dirty""#))
    }

    @Test func whatWasNotMadeHasFailed() {
        var watch = CompactionWatch()
        watch.note([answer(0) { ($0.outcome, $0.pass) = (1, 2) }, answer(1) { ($0.outcome, $0.pass) = (1, 1) }], on: 1)
        watch.note([answer(2) { ($0.outcome, $0.pass) = (1, 1) }], on: 1)
        // A node that was started again counts from 0.
        watch.update([state(0, .dirtyRatio)], on: 1)
        watch.update(
            [state(1, .setAside) { ($0.passesEnded, $0.lastPass) = (1, ended { $0.errorMessage = "rot" }) }],
            on: 1
        )
        watch.update([state(2, .nothingDirty) { $0.errorCode = .unknownTopicOrPartition }], on: 1)
        #expect(watch.brokers.isEmpty && watch.hasFailed)
        let lines = watch.table(of: "t").lines(.json)
        #expect(lines[0].contains("started again") && lines[1].contains(#""reason":"rot"#))
        #expect(lines[2].contains("UNKNOWN_TOPIC_OR_PARTITION"))
    }

    @Test func whatIsRefusedForOneReasonIsOneSentence() {
        let refused = answer(0) { ($0.errorCode, $0.errorMessage) = (.policyViolation, "not compacted") }
        var watch = CompactionWatch()
        watch.note(
            [refused, answer(1) { ($0.errorCode, $0.errorMessage) = (.policyViolation, "not compacted") }],
            on: 1
        )
        #expect(watch.commonRefusal == KafkaError(.refused, "not compacted", serverCode: .policyViolation))
        watch.note([answer(2) { $0.outcome = 1 }], on: 1)
        #expect(watch.commonRefusal == nil)
    }

    @Test(arguments: CompactionWait.allCases) func whatIsWaitedForHasWords(_ wait: CompactionWait) {
        let text = CompactionText(
            broker: 1,
            partition: state(0, wait) { state in
                (state.waitReason, state.minCleanableRatio) = ("a damaged batch", 0.5)
                (state.waitUntilMs, state.firstUncleanableOffset) = (1_700_000_000_123, 77)
            }
        )
        let expected: String =
            switch wait {
            case .nothingDirty: "nothing is dirty"
            case .activeSegment: "what is dirty lies in the active segment"
            case .youngRecords: "records are younger than min.compaction.lag.ms, until 2023-11-14T22:13:20.123Z"
            case .unstableRecords: "records are of an open transaction, or not replicated, from offset 77"
            case .dirtyRatio: "less than 0.50 is dirty (min.cleanable.dirty.ratio)"
            case .turn: "due"
            case .passUnderWay: "under way"
            case .setAside: "set aside: a damaged batch"
            case .cleanerOff: "log.cleaner.enable is false"
            }
        #expect(text.next == expected)
    }

    @Test func whatLaterVersionsSayIsShownAsFarAsItIsKnown() {
        let later = state(0, .turn) { $0.wait = 99 }
        let text = CompactionText(broker: 1, partition: later)
        #expect(text.next == "not known to this version")
        #expect(text.fields.json.contains(#""next_pass":"99""#))
        #expect(timeText(seconds: .max, millis: 0) == "-")
    }
}
