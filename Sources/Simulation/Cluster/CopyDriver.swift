import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// A member of a group that copies what is committed: each piece in a transaction with the offsets behind it. Goes on until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class CopyDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let run: Run
    private let transfers: Transfers

    init(_ client: SimulatedClient, _ run: Run, _ transfers: Transfers) {
        (self.client, self.run, self.transfers) = (client, run, transfers)
    }

    func start() {
        client.run { [self] in
            while !run.isEnding {
                await live()
                if !run.isEnding { await client.sleep(millis: 100...2000) }
            }
            run.driverEnded(client.name)
        }
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Life: @unchecked Sendable {
        var isOver = false
    }

    private func live() async {
        var settings = ConsumerConfiguration(client.configuration)
        settings.groupId = Transfers.group
        settings.isolation = .readCommitted
        settings.reset = .earliest
        settings.autoCommit = false
        settings.sessionTimeout = .seconds(6)
        settings.heartbeatInterval = .seconds(1)
        settings.maxPollInterval = .seconds(Run.rebalanceSeconds)
        settings.partitionMaxBytes = 600
        let consumer = Consumer(settings, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        guard let producer = client.makeProducer(TransferDriver.configuration(client, run, id: client.name)) else {
            return
        }
        let until = run.scheduler.now + run.scheduler.draw(3_000_000_000...40_000_000_000)
        let life = Life()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            group.addTask { await producer.run() }
            group.addTask { [self] in
                while run.scheduler.now < until || run.isCalm, !run.isEnding, !life.isOver {
                    await client.sleep(millis: 200...200)
                }
                await consumer.close()
            }
            do {
                try consumer.subscribe(to: [Transfers.topic])
                while let batch = try await consumer.next() {
                    guard try await copy(batch, consumer, producer) else { break }
                }
            } catch {
                run.timeline.log(client.name, "copying ends: \(error)")
            }
            life.isOver = true
            await consumer.close()
            try? await producer.close()
        }
    }

    /// - Returns: false when what was read has to be read again.
    private func copy(_ batch: ConsumedBatch, _ consumer: Consumer, _ producer: Producer) async throws -> Bool {
        var values: [String] = []
        try batch.forEach { record in
            let value = Run.value(of: record.value)
            values.append(value)
            transfers.saw(value, History.Place(partition: batch.partition, offset: record.offset), by: client.name)
        }
        let records = values.map { value in
            ProducerRecord(
                topic: Transfers.copies,
                partition: Int32(value.utf8.count % Transfers.copyPartitions.count),
                value: ByteBuffer(string: value)
            )
        }
        do throws(KafkaError) {
            try await producer.beginTransaction()
            for result in await producer.send(records) {
                if case .failure(let error) = result { throw error }
            }
            try await producer.sendOffsets(
                [batch.partition: CommittedOffset(batch.nextOffset)],
                of: try consumer.groupMetadata()
            )
            // Who changes his mind reads it all again.
            if run.scheduler.happens(0.03) {
                try await producer.abortTransaction()
                return false
            }
            try await producer.commitTransaction()
            return true
        } catch {
            run.noteFailure(client.name, "copying \(batch.partition) up to \(batch.nextOffset)", error)
            // Whatever became of it: the next producer of this id ends it, and the group knows where to go on.
            try? await producer.abortTransaction()
            return false
        }
    }
}
