@testable import Coordination

/// Whether one order of the requests, that in which they were handled, explains all answers and the log.
struct CounterHistory {
    private let entries: [RuntimeSimulation.Entry]
    private let batches: [CoordinatorBatch<CounterShard.Record>]

    init(_ entries: [RuntimeSimulation.Entry], _ batches: [CoordinatorBatch<CounterShard.Record>]) {
        self.entries = entries
        self.batches = batches
    }

    func check() throws(RuntimeSimulation.Failure) {
        let logged = try loggedRequests()
        var model = CounterModel()
        /// Each counter after the request that changed it.
        var after: [Int: [String: CounterShard.Cell]] = [:]
        var waits: [(number: Int, key: String, least: Int, response: CounterShard.Response)] = []
        for (index, entry) in entries.enumerated() {
            let number = index + 1
            var isOK: CounterShard.Response?
            if case .success(let response)? = entry.answers.first { isOK = response }
            if let marker = entry.marker {
                if logged[number] != nil { model.end(marker) } else if isOK != nil { throw lost(number) }
                continue
            }
            guard let request = entry.request else { continue }
            switch request.operation {
            case .look:
                let expected = model.apply(request)
                if let isOK, isOK != expected { throw differs(number, isOK, expected) }
            case .wait(let key, let least):
                guard let isOK, isOK.value != -1 else { continue }
                if isOK.by != 0 {
                    waits.append((number, key, least, isOK))
                } else if isOK.value != model.apply(request).value || isOK.value < least {
                    throw differs(number, isOK, model.apply(request))
                }
            case .add, .move, .bulk, .pay, .sweep:
                guard let count = logged[number] else {
                    if isOK != nil { throw lost(number) }
                    continue
                }
                let done = Self.prefix(request, count)
                if isOK != nil, done != request { throw lost(number) }
                let expected = model.apply(done)
                after[number] = model.cells
                if let isOK, isOK != expected { throw differs(number, isOK, expected) }
            }
        }
        for wait in waits {
            guard let value = after[wait.response.by]?[wait.key]?.value, value == wait.response.value,
                value >= wait.least
            else { throw RuntimeSimulation.Failure(description: "request \(wait.number) was let go by what never was") }
        }
    }

    /// Of a request that need not be written as a whole, what was.
    private static func prefix(_ request: CounterShard.Request, _ count: Int) -> CounterShard.Request {
        guard case .sweep(let keys) = request.operation else { return request }
        return CounterShard.Request(number: request.number, operation: .sweep(Array(keys.prefix(count))))
    }

    /// The requests whose records are in the log, and how many records those are: each once, in the order in which they were handled.
    private func loggedRequests() throws(RuntimeSimulation.Failure) -> [Int: Int] {
        var numbers: [Int] = []
        var counts: [Int: Int] = [:]
        for batch in batches {
            switch batch.content {
            case .records(let records), .transactional(let records, _):
                for record in records {
                    if numbers.last != record.request { numbers.append(record.request) }
                    counts[record.request, default: 0] += 1
                }
            case .marker(let marker):
                numbers.append(Int(marker.coordinatorEpoch))
                counts[Int(marker.coordinatorEpoch)] = 1
            }
        }
        guard numbers == numbers.sorted(), Set(numbers).count == numbers.count else {
            throw RuntimeSimulation.Failure(description: "the log has requests twice or out of order: \(numbers)")
        }
        return counts
    }

    private func lost(_ number: Int) -> RuntimeSimulation.Failure {
        RuntimeSimulation.Failure(description: "request \(number) was answered, but is not in the log")
    }

    private func differs(_ number: Int, _ answer: CounterShard.Response, _ expected: CounterShard.Response)
        -> RuntimeSimulation.Failure
    {
        RuntimeSimulation.Failure(description: "request \(number) was answered \(answer), in order it is \(expected)")
    }
}
