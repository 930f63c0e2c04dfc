import DequeModule
import KafkaProtocol
import KafkaRecords
import Replication

/// What came of an append, for the producer.
struct ProduceOutcome: Sendable {
    var code = ErrorCode.none
    var message: String?
    /// The records that are to blame, when it is refused for some of its records.
    var records: [RecordProblem] = []
    var baseOffset: Int64 = -1
    var appendTime: Int64 = -1
    var logStartOffset: Int64 = -1
}

/// Someone whose append waits for replicas or the disk.
struct WaitingProducer: Sendable {
    var outcome: ProduceOutcome
    var done: @Sendable (ProduceOutcome) -> Void

    typealias Answer = (outcome: ProduceOutcome, done: @Sendable (ProduceOutcome) -> Void)
}

/// Those who wait for a partition. The machine numbers them one by one, so they are found by their place.
struct WaitingProducers: Sendable {
    private var first: AnswerToken = 0
    private var waiting: Deque<WaitingProducer?> = []

    mutating func add(_ producer: WaitingProducer, as token: AnswerToken) {
        if waiting.isEmpty { first = token }
        precondition(token == first + AnswerToken(waiting.count), "token \(token) is not the next one")
        waiting.append(producer)
    }

    mutating func take(_ token: AnswerToken, code: ErrorCode) -> WaitingProducer.Answer? {
        guard token >= first, token - first < AnswerToken(waiting.count) else { return nil }
        let index = Int(token - first)
        guard let producer = waiting[index] else { return nil }
        waiting[index] = nil
        while case .some(.none) = waiting.first {
            waiting.removeFirst()
            first += 1
        }
        var outcome = producer.outcome
        outcome.code = code
        return (outcome, producer.done)
    }
}
