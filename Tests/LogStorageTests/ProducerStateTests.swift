import KafkaProtocol
import KafkaRecords
import Testing

@testable import LogStorage

/// What a partition says to epochs and sequences, as Kafka does.
struct ProducerStateTests {
    private func header(_ id: Int64, _ epoch: Int16, _ sequence: Int32, count: Int32 = 1) -> RecordBatchHeader {
        var header = RecordBatchHeader()
        header.producerId = id
        header.producerEpoch = epoch
        header.baseSequence = sequence
        header.recordCount = count
        header.lastOffsetDelta = count - 1
        return header
    }

    private func code(_ state: ProducerState, _ header: RecordBatchHeader) -> ErrorCode {
        do { _ = try state.check(header) } catch { return error.code }
        return .none
    }

    @Test func withoutAProducerIdNothingElseIsLookedAt() {
        var state = ProducerState()
        for odd in [header(-1, -1, 0), header(-1, 7, 9), header(-1, .min, .min), header(-2, 0, 0)] {
            #expect(code(state, odd) == .none)
            state.append(odd)
        }
        #expect(state.producers.isEmpty)
    }

    @Test func anUnknownProducerMayBeginAnywhereButNotBelowAllEpochs() {
        let state = ProducerState()
        #expect(code(state, header(5, 3, 77)) == .none)
        #expect(code(state, header(5, .max, .max)) == .none)
        #expect(code(state, header(5, -1, 0)) == .none)
        #expect(code(state, header(5, -2, 0)) == .invalidProducerEpoch)
        #expect(code(state, header(5, .min, 0)) == .invalidProducerEpoch)
    }

    @Test func whereBatchesWereRefusedAnUnknownProducerBeginsWithItsFirstSequence() throws {
        var state = ProducerState()
        func code(_ sequence: Int32) -> ErrorCode {
            do { _ = try state.check(header(5, 0, sequence), gap: .notEnoughReplicas) } catch { return error.code }
            return .none
        }
        #expect(code(1) == .notEnoughReplicas && code(.max) == .notEnoughReplicas && code(0) == .none)
        #expect(try state.check(header(-1, -1, -1), gap: .notEnoughReplicas) == .accepted)
        state.append(header(5, 0, 0))
        #expect(code(1) == .none && code(2) == .outOfOrderSequenceNumber)
    }

    @Test func aProducerWithoutAnEpochIsRecognisedWhenItComesAgain() {
        var state = ProducerState()
        state.append(header(5, -1, 4))
        guard case .duplicate? = try? state.check(header(5, -1, 4)) else {
            Issue.record("not recognised")
            return
        }
        #expect(code(state, header(5, -1, 9)) == .none, "its sequence is not followed")
        #expect(code(state, header(5, 0, 3)) == .none)
        state.append(header(5, 0, 3))
        #expect(code(state, header(5, -1, 10)) == .invalidProducerEpoch)
        #expect(code(state, header(5, 0, 5)) == .outOfOrderSequenceNumber)
    }

    @Test func sequencesWrapAroundInsideABatch() {
        var state = ProducerState()
        state.append(header(5, 0, .max - 1, count: 3))
        #expect(code(state, header(5, 0, 1)) == .none)
        #expect(code(state, header(5, 0, 0)) == .outOfOrderSequenceNumber)
        #expect(code(state, header(5, 0, 2)) == .outOfOrderSequenceNumber)
    }
}
