/// Who waits for a record's acknowledgement.
enum RecordWaiter {
    case one(CheckedContinuation<Result<RecordMetadata, KafkaError>, Never>)
    /// It is one of those that were sent together under this number.
    case many(UInt64, Int)
}

/// What became of records that were sent together.
struct Gathering {
    private(set) var results: [Result<RecordMetadata, KafkaError>?]
    /// How many have no result.
    private(set) var rest: Int
    private var continuation: CheckedContinuation<Void, Never>?

    init(_ count: Int) {
        results = Array(repeating: nil, count: count)
        rest = count
    }

    /// - Returns: whether somebody waits from now on; not when there is nothing to be waited for.
    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        if rest > 0 { self.continuation = continuation }
        return rest > 0
    }

    /// - Returns: wakes whoever waits for all; nil when there is nobody to be told yet.
    mutating func take(_ result: Result<RecordMetadata, KafkaError>, at index: Int) -> (@Sendable () -> Void)? {
        guard results[index] == nil else { return nil }
        results[index] = result
        rest -= 1
        return rest == 0 ? giveUp() : nil
    }

    /// - Returns: wakes whoever waits, though not all have a result.
    mutating func giveUp() -> (@Sendable () -> Void)? {
        guard let continuation else { return nil }
        self.continuation = nil
        return { continuation.resume() }
    }
}

extension Producer.State {
    /// - Returns: tells whoever waits for a record what became of it; to be called without the lock.
    mutating func answer(
        _ token: ProducerEngine.Token,
        _ result: Result<RecordMetadata, KafkaError>
    ) -> (@Sendable () -> Void)? {
        switch waiters.removeValue(forKey: token) {
        case nil: nil
        case .one(let continuation): { continuation.resume(returning: result) }
        case .many(let number, let index): gatherings[number]?.take(result, at: index)
        }
    }
}
