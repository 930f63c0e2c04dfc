import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import Coordination

/// Producers, partitions and a coordinator in one seed: batches of the coordinator are refused or dawdle, it is given up, taken again and dies, markers and
/// answers get lost or come twice. At the end every transaction must be there in all of its partitions or in none.
final class TransactionSimulation {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// A partition as its leader has it: what is written in transactions that are open, committed and aborted.
    private struct Log {
        var epochs: [Int64: Int16] = [:]
        var open: [Int64: [Int]] = [:]
        var committed: [Int] = []
        var aborted: Set<Int> = []

        /// - Returns: false when the marker is refused.
        mutating func end(_ outcome: TransactionOutcome) -> Bool {
            let known = epochs[outcome.producer.id] ?? -1
            if outcome.producer.epoch < known { return false }
            if outcome.version >= 2, outcome.producer.epoch == known { return open[outcome.producer.id] == nil }
            epochs[outcome.producer.id] = outcome.producer.epoch
            let records = open.removeValue(forKey: outcome.producer.id) ?? []
            if outcome.isCommit { committed += records } else { aborted.formUnion(records) }
            return true
        }
    }

    /// A producer that has the transactional id, or believes so.
    private final class Client {
        var producer: TransactionalProducer?
        /// The transaction under way.
        var number: Int?
        var partitions: Set<TopicPartition> = []
        var ending: Bool?
        let version: Int16

        init(version: Int16) { self.version = version }
    }

    private let world: TransactionWorld
    private var random: SeededGenerator
    private var logs: [TopicPartition: Log] = [:]
    private var clients: [Client] = []
    private var last = 0
    /// What producers were told of their transactions.
    private var told: [Int: Bool] = [:]
    private var wrote: [Int: Set<TopicPartition>] = [:]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        world = TransactionWorld { $0.waitMillis = 50 }
        for _ in 0..<2 { clients.append(Client(version: seed % 4 == 0 ? 0 : 2)) }
    }

    private func chance(_ percent: Int) -> Bool { random.next(below: 100) < percent }

    func run(steps: Int = 150) throws(Failure) {
        for _ in 0..<steps {
            disturb()
            act(clients[random.next(below: clients.count)])
            if chance(50) { writeMarkers() }
            world.pass(Int64(random.next(below: 400)))
        }
        try calm()
    }

    // MARK: Faults

    private func disturb() {
        switch random.next(below: 20) {
        case 0: world.failure = .notEnoughReplicas
        case 1, 2, 3: world.failure = nil
        case 4: world.crash()
        case 5:
            world.giveUp()
            world.take()
        default: break
        }
    }

    /// Markers of one outcome go to its partitions, in any order, and each may get lost, or its answer.
    private func writeMarkers() {
        guard var outcome = world.takeDuty(random.next(below: 3)) else { return }
        for partition in outcome.partitions {
            if chance(20) { continue }
            let isWritten = logs[partition, default: Log()].end(outcome)
            guard isWritten, chance(80) else { continue }
            outcome.partitions.removeAll { $0 == partition }
            world.send(.written(id: outcome.id, outcome.producer, [partition]))
        }
        // The others are tried again until the coordinator knows.
        if let now = world[outcome.id], now.producer == outcome.producer, now.status.isPrepared,
            !outcome.partitions.isEmpty
        {
            world.return(outcome)
        }
    }

    // MARK: Producers

    private func act(_ client: Client) {
        guard let producer = client.producer else {
            if case .success(let producer) = world.initialize(timeout: 5000) { client.producer = producer }
            return
        }
        if let isCommit = client.ending { return end(client, producer, isCommit: isCommit) }
        guard client.number != nil else {
            last += 1
            (client.number, client.partitions) = (last, [])
            return
        }
        switch random.next(below: 10) {
        case 0: client.producer = nil  // it dies, and another one begins
        case 1, 2, 3: client.ending = chance(70)
        default: write(client, producer)
        }
        if client.producer == nil { (client.number, client.ending) = (nil, nil) }
    }

    /// As a leader does it: the coordinator is asked first, unless the transaction is open in the partition.
    private func write(_ client: Client, _ producer: TransactionalProducer) {
        let partition = TopicPartition("t", Int32(random.next(below: 3)))
        guard let number = client.number else { return }
        var log = logs[partition] ?? Log()
        if log.epochs[producer.id] ?? -1 > producer.epoch { return fenced(client) }
        var isOpen = log.open[producer.id] != nil && log.epochs[producer.id] == producer.epoch
        // A client of version 1 itself adds what is new to it: what is open there may be the transaction before.
        if client.version < 2, !client.partitions.contains(partition) { isOpen = false }
        if !isOpen {
            let token = world.add(producer, [partition], version: client.version)
            switch world.code(token) {
            case ErrorCode.none?: break
            case .producerFenced?, .invalidProducerIdMapping?: return fenced(client)
            default: return
            }
        }
        log.epochs[producer.id] = producer.epoch
        log.open[producer.id, default: []].append(number)
        client.partitions.insert(partition)
        wrote[number, default: []].insert(partition)
        logs[partition] = log
    }

    private func end(_ client: Client, _ producer: TransactionalProducer, isCommit: Bool) {
        guard let number = client.number else { return }
        // A client that has added nothing has nothing to end.
        if client.partitions.isEmpty { return (client.number, client.ending) = (nil, nil) }
        switch world.end(producer, isCommit: isCommit, version: client.version) {
        case .success(let next):
            if chance(20) { return }  // the answer gets lost, and it asks again
            told[number] = isCommit
            (client.producer, client.number, client.ending) = (next, nil, nil)
        case .failure(.producerFenced), .failure(.invalidProducerIdMapping), .failure(.invalidTxnState): fenced(client)
        case .failure: break
        }
    }

    private func fenced(_ client: Client) { (client.producer, client.number, client.ending) = (nil, nil, nil) }

    // MARK: The end

    private func calm() throws(Failure) {
        world.failure = nil
        world.settle()
        for _ in 0..<100 {
            world.pass(1000)
            for outcome in world.takeDuties() {
                for partition in outcome.partitions { _ = logs[partition, default: Log()].end(outcome) }
                world.send(.written(id: outcome.id, outcome.producer, outcome.partitions))
            }
        }
        for (partition, log) in logs where !log.open.isEmpty {
            throw Failure(description: "\(partition) has a transaction that does not end: \(log.open)")
        }
        for number in 1...max(1, last) {
            let places = wrote[number] ?? []
            let committed = places.filter { logs[$0]?.committed.contains(number) ?? false }
            let aborted = places.filter { logs[$0]?.aborted.contains(number) ?? false }
            if !committed.isEmpty, !aborted.isEmpty { throw Failure(description: "transaction \(number) is torn") }
            if told[number] == true, committed != places {
                throw Failure(description: "transaction \(number) was committed, and is in \(committed) of \(places)")
            }
            if told[number] == false, !committed.isEmpty {
                throw Failure(description: "transaction \(number) was aborted, and is in \(committed)")
            }
        }
        if let status = world["x"]?.status, status == .ongoing || status.isPrepared {
            throw Failure(description: "the id is left \(status)")
        }
    }
}

struct TransactionSimulationTests {
    @Test(arguments: 0..<20 as Range<UInt64>) func transactionsAreWholeWhateverFails(_ part: UInt64) throws {
        for seed in (part * 50)..<(part * 50 + 50) {
            do { try TransactionSimulation(seed: seed).run() } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }
}
