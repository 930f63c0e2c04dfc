import KafkaClient
import KafkaProtocol
import NIOCore

/// L2: when nothing hinders them, who waits for records gets them.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class LivenessChecks: @unchecked Sendable {
    private static let secondsToRead: Int64 = 20

    private let run: Run
    private let client: SimulatedClient
    private let partitions = Run.partitions

    init(_ run: Run, _ client: SimulatedClient) {
        self.run = run
        self.client = client
    }

    func check() async {
        let admin = client.makeAdmin()
        let ends = try? await admin.listOffsets(partitions, .latest)
        await admin.close()
        if let ends { await checkWaiting(ends) }
    }

    /// Runs something that reads with a consumer, which is closed when it takes too long.
    ///
    /// - Returns: whether it came to its end.
    private func read(
        _ configuration: ConsumerConfiguration,
        within seconds: Int64,
        _ body: @escaping @Sendable (Consumer) async throws -> Bool
    ) async -> Bool {
        let consumer = Consumer(configuration, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        let deadline = run.scheduler.now + seconds * 1_000_000_000
        let state = Progress()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            group.addTask { [self] in
                while run.scheduler.now < deadline, !state.isOver { await client.sleep(millis: 50...50) }
                await consumer.close()
            }
            state.isDone = (try? await body(consumer)) ?? false
            state.isOver = true
        }
        return state.isDone
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Progress: @unchecked Sendable {
        var isDone = false
        var isOver = false
    }

    /// Each record that is sent is read by who waits for it in a fetch session.
    private func checkWaiting(_ ends: [TopicPartition: Int64]) async {
        let isDone = await read(ConsumerConfiguration(client.configuration), within: Self.secondsToRead) {
            [self] consumer in
            try consumer.assign(ends)
            for round in 0..<3 where try await !pass(round, ends, consumer) { return false }
            return true
        }
        if !isDone { run.timeline.violated("L2", "records are not read \(Self.secondsToRead) s after they were sent") }
    }

    private func pass(_ round: Int, _ ends: [TopicPartition: Int64], _ consumer: Consumer) async throws -> Bool {
        guard await send(round) else { return false }
        while !partitions.allSatisfy({ consumer.position($0) ?? 0 > (ends[$0] ?? 0) + Int64(round) }) {
            if try await consumer.next() == nil { return false }
        }
        return true
    }

    private func send(_ round: Int) async -> Bool {
        var configuration = ProducerConfiguration(client.configuration)
        configuration.isIdempotent = false
        configuration.deliveryTimeout = .seconds(10)
        guard let producer = client.makeProducer(configuration) else { return false }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            let records = partitions.map { partition in
                ProducerRecord(
                    topic: partition.topic,
                    partition: partition.partition,
                    value: ByteBuffer(string: "probe-\(round)")
                )
            }
            let results = await producer.send(records)
            try? await producer.close()
            return results.allSatisfy { if case .success = $0 { true } else { false } }
        }
    }
}
