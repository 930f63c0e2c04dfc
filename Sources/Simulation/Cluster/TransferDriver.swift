import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// A producer that moves things in transactions, and comes again after failures, until there are no more faults.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class TransferDriver: @unchecked Sendable {
    private static let secondsToHaunt: Int64 = 20

    private let client: SimulatedClient
    private let run: Run
    private let transfers: Transfers
    private var last = 0
    /// It has gone without a word, and this transaction is open.
    private var left: String?
    /// Producers that have begun.
    private var lives = 0
    /// Those who were given up and are still there.
    private var zombies = 0

    init(_ client: SimulatedClient, _ run: Run, _ transfers: Transfers) {
        (self.client, self.run, self.transfers) = (client, run, transfers)
    }

    func start() {
        client.run { [self] in
            while !run.isCalm { await live() }
            while zombies > 0 { await client.sleep(millis: 50...50) }
            run.driverEnded(client.name)
        }
    }

    /// What all transactional producers have in common.
    static func configuration(_ client: SimulatedClient, _ run: Run, id: String) -> ProducerConfiguration {
        var configuration = ProducerConfiguration(client.configuration)
        configuration.transactionalId = id
        configuration.transactionTimeout = .milliseconds(Transfers.timeoutMillis)
        configuration.deliveryTimeout = .seconds(6)
        if let patience = run.aim?.patienceMillis {
            configuration.client.requestTimeout = .milliseconds(patience)
            configuration.deliveryTimeout = .milliseconds(patience)
        }
        configuration.allowsTopicCreation = false
        return configuration
    }

    private func live() async {
        let configuration = Self.configuration(client, run, id: client.name)
        guard let producer = client.makeProducer(configuration) else { return }
        left = nil
        client.run { await producer.run() }
        for number in 0..<Int(run.scheduler.draw(2...40)) where !run.isCalm {
            guard await transact(producer, isFirst: number == 0) else { break }
            await client.sleep(millis: run.options.pauseMillis)
        }
        if let left {
            zombies += 1
            client.run { [self, lives] in await haunt(producer, left, life: lives) }
        } else {
            try? await producer.close()
        }
        if !run.isCalm { await client.sleep(millis: 100...2000) }
    }

    /// A producer that was given up is still there when the next one has its id, or the coordinator has ended what it left open.
    private func haunt(_ producer: Producer, _ name: String, life: Int) async {
        let until = run.scheduler.now + Self.secondsToHaunt * 1_000_000_000
        while lives == life, !run.isCalm, run.scheduler.now < until { await client.sleep(millis: 50...500) }
        if lives > life { await commitLate(producer, name) }
        if !run.isCalm { try? await producer.close() }
        zombies -= 1
        if !run.isCalm { return }
        // Closing aborts what is open: at the end it is the coordinator that has to.
        while !run.isEnding { await client.sleep(millis: 200...200) }
        try? await producer.close()
    }

    /// T3: who was replaced adds nothing to a transaction, and commits none.
    private func commitLate(_ producer: Producer, _ name: String) async {
        let record = ProducerRecord(
            topic: Transfers.topic,
            partition: Transfers.partitions[0].partition,
            value: ByteBuffer(string: transfers.adds(to: name))
        )
        _ = await producer.send([record])
        do throws(KafkaError) {
            try await producer.commitTransaction()
            run.timeline.violated("T3", "\(name) was committed when another producer had its id")
        } catch {
            run.timeline.log(client.name, "\(name) cannot be committed any more: \(error)")
        }
    }

    /// - Returns: whether the producer can go on.
    private func transact(_ producer: Producer, isFirst: Bool) async -> Bool {
        do throws(KafkaError) { try await producer.beginTransaction() } catch {
            run.noteFailure(client.name, "beginning", error)
            await client.sleep(millis: 100...500)
            return false
        }
        if isFirst { lives += 1 }
        last += 1
        let name = "\(client.name)#\(last)"
        transfers.begins(name)
        var isWhole = true
        for _ in 0..<Int(run.scheduler.draw(1...3)) {
            let records = (0..<Int(run.scheduler.draw(1...4))).map { _ in
                let partition = Transfers.partitions[Int(run.scheduler.draw(0...2))]
                return ProducerRecord(
                    topic: partition.topic,
                    partition: partition.partition,
                    value: ByteBuffer(string: transfers.adds(to: name))
                )
            }
            for (record, result) in zip(records, await producer.send(records)) {
                guard case .failure(let error) = result else { continue }
                isWhole = false
                run.noteFailure(client.name, Run.value(of: record.value), error)
            }
            await client.sleep(millis: run.options.pauseMillis)
        }
        // Who goes without a word leaves it to the coordinator, or to the next producer: it never asked for a commit.
        if run.scheduler.happens(0.04) {
            transfers.ended(name, .aborted)
            if run.scheduler.happens(0.5) { await client.sleep(millis: 2000...12_000) }
            left = name
            return false
        }
        return await end(producer, name, isCommit: isWhole && run.scheduler.happens(0.75))
    }

    private func end(_ producer: Producer, _ name: String, isCommit: Bool) async -> Bool {
        for _ in 0..<4 {
            do throws(KafkaError) {
                if isCommit { try await producer.commitTransaction() } else { try await producer.abortTransaction() }
                run.timeline.log(client.name, "\(name) \(isCommit ? "committed" : "aborted")")
                transfers.ended(name, isCommit ? .committed : .aborted)
                return true
            } catch {
                run.noteFailure(client.name, "ending \(name)", error)
                switch error.code {
                case .aborted:
                    // The commit was never asked for, and must be none.
                    return await end(producer, name, isCommit: false)
                case .fenced:
                    transfers.ended(name, .unknown)
                    return false
                default: await client.sleep(millis: 50...500)
                }
            }
        }
        transfers.ended(name, .unknown)
        return false
    }
}
