import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore

/// A member of a group that comes, reads, commits and goes, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class ConsumerDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let group: String
    private let run: Run

    init(_ client: SimulatedClient, _ group: String, _ run: Run) {
        self.client = client
        self.group = group
        self.run = run
    }

    func start() {
        client.run { [self] in
            while !run.isEnding {
                await live()
                await client.sleep(millis: 100...8000)
            }
            run.driverEnded(client.name)
        }
    }

    private func live() async {
        var configuration = ConsumerConfiguration(client.configuration)
        configuration.groupId = group
        configuration.reset = .earliest
        configuration.autoCommit = false
        configuration.sessionTimeout = .seconds(6)
        configuration.heartbeatInterval = .seconds(1)
        configuration.maxPollInterval = .seconds(20)
        let consumer = Consumer(configuration, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        let until = run.scheduler.now + run.scheduler.draw(3_000_000_000...40_000_000_000)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            // Nothing may come for long.
            group.addTask { [self] in
                while run.scheduler.now < until, !run.isEnding { await client.sleep(millis: 200...200) }
                await consumer.close()
            }
            do {
                try consumer.subscribe(to: [Run.topic])
                try await read(consumer)
            } catch {
                run.timeline.log(client.name, "reading ends: \(error)")
                await consumer.close()
            }
        }
    }

    private func read(_ consumer: Consumer) async throws {
        while let batch = try await consumer.next() {
            try note(batch)
            if run.scheduler.happens(0.3) { await commit(consumer, batch) }
        }
    }

    private func note(_ batch: ConsumedBatch) throws {
        var last: Int64 = -1
        try batch.forEach { record in
            if record.offset <= last { run.timeline.violated("I3", "offset \(record.offset) follows \(last)") }
            last = record.offset
            let place = History.Place(partition: batch.partition, offset: record.offset)
            if record.offset >= batch.highWatermark {
                run.timeline.violated("I6", "\(place.text) was read above the high watermark \(batch.highWatermark)")
            }
            run.history.read(Run.value(of: record.value), place, by: client.name)
        }
    }

    private func commit(_ consumer: Consumer, _ batch: ConsumedBatch) async {
        run.history.tries(group, batch.partition, batch.nextOffset)
        do {
            try await consumer.commit([batch.partition: CommittedOffset(batch.nextOffset)])
            run.history.committed(group, batch.partition, batch.nextOffset)
        } catch {
            run.timeline.log(client.name, "committing \(batch.partition) at \(batch.nextOffset) failed: \(error)")
        }
    }
}
