import KafkaConnection

/// Records that somebody sent and waits for: what became of each so far.
struct PendingSend {
    private(set) var results: [Result<RecordMetadata, KafkaError>?]
    /// How many have no result.
    private var rest: Int
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

    /// - Returns: whom to wake: who waits, once all have a result.
    mutating func take(
        _ result: Result<RecordMetadata, KafkaError>,
        at index: Int
    ) -> CheckedContinuation<Void, Never>? {
        guard results[index] == nil else { return nil }
        results[index] = result
        rest -= 1
        return rest == 0 ? giveUp() : nil
    }

    /// - Returns: whom to wake: who waits, though not all have a result.
    mutating func giveUp() -> CheckedContinuation<Void, Never>? {
        defer { continuation = nil }
        return continuation
    }
}
