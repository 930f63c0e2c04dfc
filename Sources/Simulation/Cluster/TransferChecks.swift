import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Looks at transactions at the end, when nothing hinders them.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class TransferChecks: @unchecked Sendable {
    /// What clients try for a minute may be tried once more.
    private static let secondsToFinish: Int64 = 150
    private static let secondsToCopy: Int64 = 60
    private static let secondsToRead: Int64 = 30
    /// Within which everybody hears of an end, beside the time that transactions have.
    private static let secondsToEnd: Int64 = 10

    private let run: Run
    private let client: SimulatedClient
    private let transfers: Transfers

    init(_ run: Run, _ client: SimulatedClient, _ transfers: Transfers) {
        (self.run, self.client, self.transfers) = (run, client, transfers)
    }

    /// Before those who copy are told to end.
    func check() async {
        run.stage = "waiting for the last transactions"
        let limit = run.scheduler.now + Self.secondsToFinish * 1_000_000_000
        while run.isAtWork("\(Transfers.topic)-") {
            guard run.scheduler.now < limit else {
                return run.timeline.violated("L2", "a producer of transactions does not come to an end")
            }
            await client.sleep(millis: 100...100)
        }
        run.stage = "waiting for the last stable offsets"
        await checkStable(Transfers.partitions)
        run.stage = "reading what was committed"
        guard let found = await read(Transfers.partitions) else {
            return run.timeline.violated("L2", "what was committed cannot be read")
        }
        for (invariant, what) in transfers.violations(found) { run.timeline.violated(invariant, what) }
        run.stage = "waiting for those who copy"
        let deadline = run.scheduler.now + Self.secondsToCopy * 1_000_000_000
        var problems: [(invariant: String, what: String)] = []
        repeat {
            await client.sleep(millis: 500...500)
            guard let copied = await read(Transfers.copyPartitions) else { continue }
            problems = Transfers.violations(copied: copied, of: found)
            // One that was copied twice stays so.
            if copied.contains(where: { $0.value > found[$0.key] ?? 0 }) { break }
        } while !problems.isEmpty && run.scheduler.now < deadline
        for (invariant, what) in problems.prefix(20) { run.timeline.violated(invariant, what) }
        await checkStable(Transfers.copyPartitions)
        run.stage = ""
    }

    /// T4: no transaction stays open for longer than it may.
    private func checkStable(_ partitions: [TopicPartition]) async {
        let deadline = run.scheduler.now + Transfers.timeoutMillis * 1_000_000 + Self.secondsToEnd * 1_000_000_000
        let admin = client.makeAdmin()
        var last = "the offsets cannot be asked for"
        while run.scheduler.now < deadline {
            do throws(KafkaError) {
                let ends = try await admin.listOffsets(partitions, .latest)
                let stable = try await admin.listOffsets(partitions, .latest, isolation: .readCommitted)
                let behind = partitions.filter { stable[$0] != ends[$0] }
                if behind.isEmpty { return await admin.close() }
                last = behind.map { "\($0) is stable up to \(stable[$0] ?? -1) of \(ends[$0] ?? -1)" }.joined(
                    separator: ", "
                )
            } catch {
                last = "\(error)"
            }
            await client.sleep(millis: 200...200)
        }
        run.timeline.violated("T4", "a transaction does not end: \(last)")
        await admin.close()
    }

    /// All committed records of partitions, with how often they are there; nil when nothing can be read.
    private func read(_ partitions: [TopicPartition]) async -> [String: Int]? {
        let admin = client.makeAdmin()
        let ends = try? await admin.listOffsets(partitions, .latest, isolation: .readCommitted)
        await admin.close()
        guard let ends else { return nil }
        var settings = ConsumerConfiguration(client.configuration)
        settings.isolation = .readCommitted
        settings.reset = .none
        let consumer = Consumer(settings, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
        let state = State(ends.filter { $0.value > 0 })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                let deadline = run.scheduler.now + Self.secondsToRead * 1_000_000_000
                while run.scheduler.now < deadline, !state.behind.isEmpty { await client.sleep(millis: 50...50) }
                await consumer.close()
            }
            do {
                try consumer.assign(state.behind.mapValues { _ in 0 })
                while !state.behind.isEmpty, let batch = try await consumer.next() {
                    try batch.forEach { record in
                        let value = Run.value(of: record.value)
                        let place = History.Place(partition: batch.partition, offset: record.offset)
                        transfers.saw(value, place, by: client.name)
                        state.found[value, default: 0] += 1
                    }
                    if batch.nextOffset >= state.behind[batch.partition] ?? 0 { state.behind[batch.partition] = nil }
                }
            } catch {
                run.timeline.log(client.name, "reading committed records ends: \(error)")
                state.isFailed = true
            }
        }
        return state.isFailed || !state.behind.isEmpty ? nil : state.found
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class State: @unchecked Sendable {
        var found: [String: Int] = [:]
        /// Partitions that are not read to their ends, with these.
        var behind: [TopicPartition: Int64]
        var isFailed = false

        init(_ ends: [TopicPartition: Int64]) { behind = ends }
    }
}
