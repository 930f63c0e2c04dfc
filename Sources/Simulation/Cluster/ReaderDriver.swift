import KafkaClient
import KafkaProtocol
import NIOCore

/// Reads again what was read before, in large pieces and outside of groups, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class ReaderDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let run: Run

    init(_ client: SimulatedClient, _ run: Run) {
        self.client = client
        self.run = run
    }

    func start() {
        client.run { [self] in
            while !run.isEnding {
                await live()
                if !run.isEnding { await client.sleep(millis: 500...6000) }
            }
            run.driverEnded(client.name)
        }
    }

    private func live() async {
        var configuration = ConsumerConfiguration(client.configuration)
        configuration.partitionMaxBytes = run.options.fetchBytes
        configuration.rackId = run.cluster?.rack(ofClient: client.name)
        let consumer = Consumer(
            configuration,
            world: client.world,
            eventLoopGroup: client.loops,
            logger: client.logger
        )
        let until = run.scheduler.now + run.scheduler.draw(500_000_000...5_000_000_000)
        await withTaskGroup(of: Void.self) { group in
            // Nothing may come for long.
            group.addTask { [self] in
                while run.scheduler.now < until, !run.isEnding { await client.sleep(millis: 200...200) }
                await consumer.close()
            }
            do {
                let partition = Run.partitions[Int(run.scheduler.draw(0...Int64(Run.partitions.count - 1)))]
                let first = run.scheduler.draw(0...max(0, run.history.lastOffset(of: partition)))
                try consumer.assign([partition: first])
                while let batch = try await consumer.next() {
                    try batch.forEach { record in
                        let place = History.Place(partition: batch.partition, offset: record.offset)
                        run.history.read(Run.value(of: record.value), place, by: client.name)
                    }
                }
            } catch {
                run.timeline.log(client.name, "reading ends: \(error)")
                await consumer.close()
            }
        }
    }
}
