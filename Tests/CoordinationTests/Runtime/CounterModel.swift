@testable import Coordination

/// What counters are after a sequence of batches or requests: deliberately simple.
struct CounterModel: Equatable {
    var cells: [String: CounterShard.Cell] = [:]
    var payments: [CounterShard.Payment: Int] = [:]

    init() {}

    init(_ reader: CounterShard.Reader) {
        cells = reader.cells
        payments = reader.payments
    }

    mutating func apply(_ content: CoordinatorAppend<CounterShard.Record>.Content) {
        switch content {
        case .records(let records):
            for record in records {
                cells[record.key] = CounterShard.Cell(value: record.value, owner: record.request)
            }
        case .transactional(let records, let producer):
            for record in records {
                payments[CounterShard.Payment(producerId: producer.id, key: record.key)] = record.value
            }
        case .marker(let marker): end(marker)
        }
    }

    mutating func end(_ marker: TransactionMarker) {
        for (payment, amount) in payments where payment.producerId == marker.producer.id {
            payments[payment] = nil
            if marker.isCommit {
                let value = (cells[payment.key]?.value ?? 0) + amount
                cells[payment.key] = CounterShard.Cell(value: value, owner: Int(marker.coordinatorEpoch))
            }
        }
    }

    /// What the request does when it is alone, and its answer.
    mutating func apply(_ request: CounterShard.Request) -> CounterShard.Response {
        func cell(_ key: String) -> CounterShard.Cell { cells[key] ?? CounterShard.Cell(value: 0, owner: 0) }
        func put(_ key: String, _ value: Int) {
            cells[key] = CounterShard.Cell(value: value, owner: request.number)
        }
        switch request.operation {
        case .add(let key, let amount), .bulk(let key, let amount):
            let before = cell(key)
            put(key, before.value + amount)
            return CounterShard.Response(value: before.value + amount, owner: before.owner)
        case .move(let source, let target, let amount):
            let before = cell(source)
            put(source, before.value - amount)
            put(target, cell(target).value + amount)
            return CounterShard.Response(value: before.value - amount, owner: before.owner)
        case .sweep(let keys):
            for key in keys { put(key, cell(key).value + 1) }
            return CounterShard.Response(value: keys.count)
        case .look(let key): return CounterShard.Response(value: cell(key).value, owner: cell(key).owner)
        case .wait(let key, _): return CounterShard.Response(value: cell(key).value)
        case .pay(let key, let amount, let producer):
            let payment = CounterShard.Payment(producerId: producer.id, key: key)
            payments[payment, default: 0] += amount
            return CounterShard.Response(value: payments[payment] ?? 0)
        }
    }
}
