import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// Reads compacted partitions from their beginning, or from anywhere, up to their end, again and again, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class CompactedReader: @unchecked Sendable {
    private let client: SimulatedClient
    private let run: Run
    private let topics: CompactedTopics

    init(_ client: SimulatedClient, _ run: Run, _ topics: CompactedTopics) {
        (self.client, self.run, self.topics) = (client, run, topics)
    }

    func start() {
        client.run { [self] in
            while !run.isEnding {
                _ = await scan(topics.somePartition(), fromAnywhere: run.scheduler.happens(0.3), seconds: 8)
                if !run.isEnding { await client.sleep(millis: 100...1500) }
            }
            run.driverEnded(client.name)
        }
    }

    /// Reads to the end, and judges what was read, also when it ends before.
    ///
    /// - Returns: what was read; nil when the end was not reached.
    func scan(_ partition: TopicPartition, fromAnywhere: Bool = false, seconds: Int64) async -> CompactedScan? {
        guard var first = await begin(of: partition) else { return nil }
        if fromAnywhere { first = run.scheduler.draw(first...max(first, run.history.lastOffset(of: partition))) }
        // What is missing in front of where the partition begins counts too.
        let wall = topics.wall
        let state = Progress(topics.history.scan(partition, from: fromAnywhere ? first : 0, wall: wall))
        state.scan.isCalm = topics.isCalm
        var configuration = ConsumerConfiguration(client.configuration)
        configuration.reset = .none
        let consumer = Consumer(configuration, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        let deadline = run.scheduler.now + seconds * 1_000_000_000
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                while run.scheduler.now < deadline, !state.isOver { await client.sleep(millis: 50...50) }
                await consumer.close()
            }
            do {
                try consumer.assign([partition: first])
                while !state.isAtEnd, let batch = try await consumer.next() { try read(batch, state) }
            } catch {
                run.timeline.log(client.name, "reading \(partition) ends: \(error)")
            }
            state.isOver = true
        }
        for (invariant, what) in topics.history.violations(of: state.scan, run.compactedMoment(topics)) {
            run.history.suspect(state.scan.partition, invariant, "\(client.name): \(what)")
        }
        return state.isAtEnd ? state.scan : nil
    }

    /// I7: where a partition begins.
    private func begin(of partition: TopicPartition) async -> Int64? {
        let look = run.history.starts.look(partition)
        let admin = client.makeAdmin()
        let start = try? await admin.listOffsets([partition], .earliest)[partition]
        await admin.close()
        guard let start else { return nil }
        let problem =
            run.isReplicated
            ? run.history.starts.isBack(partition, start, look)
            : run.history.starts.saw(partition, start, look, now: run.scheduler.now)
        if let problem { run.timeline.violated("I7", problem) }
        return start
    }

    private func read(_ batch: ConsumedBatch, _ state: Progress) throws {
        try batch.forEach { record in
            let written = CompactedHistory.Written(
                key: record.key.map { String(buffer: $0) } ?? "",
                value: record.value.map { String(buffer: $0) },
                timestamp: record.timestamp
            )
            topics.history.read(Self.name(of: record.headers), written, at: record.offset, &state.scan, by: client.name)
        }
        state.scan.position = max(state.scan.position, batch.nextOffset)
        state.isAtEnd = batch.nextOffset >= batch.highWatermark
    }

    static func name(of headers: [RecordHeader]) -> String {
        guard let header = headers.first, header.key == CompactedProducer.header, let value = header.value else {
            return ""
        }
        return String(buffer: value)
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Progress: @unchecked Sendable {
        var scan: CompactedScan
        var isAtEnd = false
        var isOver = false

        init(_ scan: CompactedScan) { self.scan = scan }
    }
}

extension Run {
    /// By what a reader is judged that has come to its end.
    func compactedMoment(_ topics: CompactedTopics) -> CompactedHistory.Moment {
        CompactedHistory.Moment(
            wall: topics.wall,
            believed: nodes.map(\.believedWall).max() ?? 0,
            areClocksWrong: nodes.contains { $0.wasWallMoved } || scheduler.strands.areSlow(now: scheduler.now),
            isCalm: topics.isCalm
        )
    }
}
