import KafkaProtocol

/// The records of a batch that its topic does not take. Memory is needed only once there is one.
struct RefusedRecords {
    private var named: [RecordProblem] = []
    private var count = 0
    private var hasTimestamp = false
    private let total: Int32
    private let limit: Int

    /// - Parameter header: of the batch as it was sent.
    init(of header: RecordBatchHeader) {
        total = header.recordCount
        // Batches of thousands of records compress to a byte for each and more; what has less of them was made to be inflated.
        limit = min(RecordError.namedLimit, header.totalSize + 1024)
    }

    /// Notes the next one, by its place in the batch.
    ///
    /// - Parameter code: INVALID_RECORD or INVALID_TIMESTAMP.
    mutating func add(_ index: Int32, _ code: ErrorCode, _ reason: @autoclosure () -> String) {
        count += 1
        hasTimestamp = hasTimestamp || code == .invalidTimestamp
        if named.count < limit { named.append(RecordProblem(index: index, reason: reason())) }
    }

    /// Why the batch is refused; nil when it is not. One wrong timestamp makes it INVALID_TIMESTAMP, whatever else is wrong.
    var error: RecordError? {
        guard let first = named.first else { return nil }
        let sum = "\(count) of the \(total) records of the batch \(count == 1 ? "is" : "are") refused"
        var error = RecordError(
            hasTimestamp ? .invalidTimestamp : .invalidRecord,
            "\(sum); \(count == 1 ? "" : "the first is ")record \(first.index): \(first.reason)"
        )
        error.records = named
        return error
    }
}
