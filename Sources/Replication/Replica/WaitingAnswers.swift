import DequeModule
import KafkaProtocol

/// The answers that wait, by what they wait for. Offsets ascend within each of the queues, so that looking costs what goes out.
struct WaitingAnswers: Sendable {
    private struct Entry {
        var token: AnswerToken
        /// The offset behind the append.
        var end: Int64
    }

    private var synced: Deque<Entry> = []
    private var replicated: Deque<Entry> = []
    private var both: Deque<Entry> = []

    var isEmpty: Bool { synced.isEmpty && replicated.isEmpty && both.isEmpty }
    var count: Int { synced.count + replicated.count + both.count }

    mutating func add(_ token: AnswerToken, end: Int64, needs: AnswerConditions) {
        let entry = Entry(token: token, end: end)
        switch needs {
        case .synced: Self.insert(entry, &synced)
        case .replicated: Self.insert(entry, &replicated)
        default: Self.insert(entry, &both)
        }
    }

    /// A batch that comes a second time waits for the offset that it has got, which may lie before that of others.
    private static func insert(_ entry: Entry, _ queue: inout Deque<Entry>) {
        var index = queue.count
        while index > 0, queue[index - 1].end > entry.end { index -= 1 }
        queue.insert(entry, at: index)
    }

    /// Takes out what is reached. `code` is for those that waited for replicas.
    mutating func release(
        durableEnd: Int64,
        highWatermark: Int64,
        code: ErrorCode,
        into answers: inout [ReplicaReply]
    ) {
        Self.release(upTo: durableEnd, .none, &synced, &answers)
        Self.release(upTo: highWatermark, code, &replicated, &answers)
        Self.release(upTo: min(durableEnd, highWatermark), code, &both, &answers)
    }

    private static func release(
        upTo end: Int64,
        _ code: ErrorCode,
        _ queue: inout Deque<Entry>,
        _ answers: inout [ReplicaReply]
    ) {
        while let first = queue.first, first.end <= end {
            queue.removeFirst()
            answers.append(ReplicaReply(token: first.token, code: code))
        }
    }

    /// Takes out all, in the order of their tokens.
    mutating func releaseAll(_ code: ErrorCode, into answers: inout [ReplicaReply]) {
        let tokens = (synced.map(\.token) + replicated.map(\.token) + both.map(\.token)).sorted()
        answers += tokens.map { ReplicaReply(token: $0, code: code) }
        self = WaitingAnswers()
    }
}
