import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// A producer that moves things in transactions, and comes again after failures, until there are no more faults.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class TransferDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let run: Run
    private let transfers: Transfers
    private var last = 0
    /// It has gone without a word, and the transaction is open.
    private var isGone = false

    init(_ client: SimulatedClient, _ run: Run, _ transfers: Transfers) {
        (self.client, self.run, self.transfers) = (client, run, transfers)
    }

    func start() {
        client.run { [self] in
            while !run.isCalm { await live() }
            run.driverEnded(client.name)
        }
    }

    /// What all transactional producers have in common.
    static func configuration(_ client: SimulatedClient, id: String) -> ProducerConfiguration {
        var configuration = ProducerConfiguration(client.configuration)
        configuration.transactionalId = id
        configuration.transactionTimeout = .milliseconds(Transfers.timeoutMillis)
        configuration.deliveryTimeout = .seconds(6)
        configuration.allowsTopicCreation = false
        return configuration
    }

    private func live() async {
        let configuration = Self.configuration(client, id: client.name)
        guard let producer = client.makeProducer(configuration) else { return }
        isGone = false
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            for _ in 0..<Int(run.scheduler.draw(2...40)) where !run.isCalm {
                guard await transact(producer) else { break }
                await client.sleep(millis: run.options.pauseMillis)
            }
            // Closing aborts what is open: at the end it is the coordinator that has to.
            if isGone, run.isCalm {
                run.driverEnded(client.name)
                while !run.isEnding { await client.sleep(millis: 200...200) }
            }
            try? await producer.close()
        }
        if !run.isCalm { await client.sleep(millis: 100...2000) }
    }

    /// - Returns: whether the producer can go on.
    private func transact(_ producer: Producer) async -> Bool {
        do throws(KafkaError) { try await producer.beginTransaction() } catch {
            run.noteFailure(client.name, "beginning", error)
            await client.sleep(millis: 100...500)
            return false
        }
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
        // Who goes without a word leaves it to the coordinator, or to the next producer.
        if run.scheduler.happens(0.04) {
            transfers.ended(name, .unknown)
            if run.scheduler.happens(0.5) { await client.sleep(millis: 2000...12_000) }
            isGone = true
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
