import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore

/// What has to be true at the end, when the whole log has been read once more.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class Checks: @unchecked Sendable {
    private let run: Run
    private let client: SimulatedClient
    /// What the log holds, by offset.
    private var log: [TopicPartition: [(offset: Int64, value: String)]] = [:]

    init(_ run: Run, _ client: SimulatedClient) {
        self.run = run
        self.client = client
    }

    private var history: History { run.history }
    private var timeline: Timeline { run.timeline }

    func check() async {
        do {
            try await readAll()
        } catch {
            return timeline.violated("L2", "the log cannot be read at the end: \(error)")
        }
        checkOffsets()
        checkDurability()
        checkReadable()
        checkOnce()
        checkOrder()
        await checkCommits()
    }

    private func readAll() async throws {
        let admin = Admin(
            client.configuration,
            world: client.world,
            eventLoopGroup: client.loops,
            logger: client.logger
        )
        let partitions = (0..<Int32(Run.partitions)).map { TopicPartition(Run.topic, $0) }
        let ends = try await admin.listOffsets(partitions, .latest)
        await admin.close()
        let consumer = Consumer(
            ConsumerConfiguration(client.configuration),
            world: client.world,
            eventLoopGroup: client.loops,
            logger: client.logger
        )
        for partition in partitions {
            let end = ends[partition] ?? 0
            log[partition] = []
            if end == 0 { continue }
            try consumer.assign([partition: 0])
            while (consumer.position(partition) ?? 0) < end {
                guard let batch = try await consumer.next() else { break }
                try batch.forEach { record in
                    log[partition]?.append((record.offset, Run.value(of: record.value)))
                    let place = History.Place(partition: partition, offset: record.offset)
                    history.read(Run.value(of: record.value), place, by: "the checker")
                }
            }
        }
        await consumer.close()
    }

    /// I3: without gaps.
    private func checkOffsets() {
        for (partition, records) in log.sorted(by: { $0.key < $1.key }) {
            for (index, record) in records.enumerated() where record.offset != Int64(index) {
                timeline.violated("I3", "\(partition) has offset \(record.offset) in place \(index)")
                break
            }
        }
    }

    /// I1: what an answer promised is there.
    private func checkDurability() {
        for (value, sent) in history.sent.sorted(by: { $0.key < $1.key }) {
            guard case .acknowledged(let offset, _) = sent.outcome, sent.kind != .fireAndForget,
                sent.kind.isDurable || !history.hasLostPower
            else { continue }
            let records = log[sent.partition] ?? []
            let isThere =
                offset < 0
                ? records.contains { $0.value == value }
                : offset < records.count && records[Int(offset)].value == value
            if !isThere {
                timeline.violated("I1", "\(value) was acknowledged at \(sent.partition)@\(offset) and is not there")
            }
        }
    }

    /// I6: what could be read can still be.
    private func checkReadable() {
        for place in history.found.keys.sorted(by: { ($0.partition, $0.offset) < ($1.partition, $1.offset) })
        where place.offset >= (log[place.partition]?.count ?? 0)
            && place.offset <= history.keptUpTo(place.partition)
        {
            timeline.violated("I6", "\(place.text) was read before, and is not there")
        }
    }

    /// I4, and the order of an idempotent producer's records.
    private func checkOnce() {
        for (partition, records) in log.sorted(by: { $0.key < $1.key }) {
            var last: [String: (number: Int, value: String)] = [:]
            for record in records {
                guard let sent = history.sent[record.value], sent.kind == .idempotent else { continue }
                if let before = last[sent.producer], before.number >= sent.number {
                    let what = before.number == sent.number ? "twice" : "after \(before.value)"
                    timeline.violated("I4", "\(record.value) is in \(partition) \(what)")
                }
                last[sent.producer] = (sent.number, record.value)
            }
        }
    }

    /// I3: what was acknowledged before another was sent comes before it.
    private func checkOrder() {
        for (partition, records) in log.sorted(by: { $0.key < $1.key }) {
            var earliest = Int.max
            for record in records.reversed() {
                guard let sent = history.sent[record.value], sent.kind != .fireAndForget,
                    case .acknowledged(let offset, let moment) = sent.outcome, offset == record.offset
                else { continue }
                if earliest < sent.begun {
                    timeline.violated(
                        "I3",
                        "\(record.value) at \(partition)@\(offset) comes before what was acknowledged earlier"
                    )
                }
                earliest = min(earliest, moment)
            }
        }
    }

    /// G2 and G3: the group is where somebody committed, and not before what was answered.
    private func checkCommits() async {
        let admin = Admin(
            client.configuration,
            world: client.world,
            eventLoopGroup: client.loops,
            logger: client.logger
        )
        do {
            let offsets = try await admin.committedOffsets(of: Run.group)
            for (partition, expected) in (history.commits[Run.group] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let found = offsets[partition]?.offset ?? -1
                if found < expected {
                    timeline.violated("G3", "\(partition) was committed at \(expected), and is at \(found)")
                }
                if found >= 0, history.attempts[Run.group]?[partition]?.contains(found) != true {
                    timeline.violated("G2", "\(partition) is at \(found), which nobody committed")
                }
            }
        } catch {
            timeline.violated("L2", "the group's offsets cannot be read at the end: \(error)")
        }
        await admin.close()
    }
}
