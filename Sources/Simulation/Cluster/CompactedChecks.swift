import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Looks at compacted topics at the end, when nothing hinders their nodes.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class CompactedChecks: @unchecked Sendable {
    /// How long all of it may take.
    static let nanoseconds: Int64 = 200_000_000_000
    private static let secondsToClean: Int64 = 90
    private static let secondsToDelete: Int64 = 60
    private static let filler = "filler"

    private let run: Run
    private let client: SimulatedClient
    private let topics: CompactedTopics
    private let reader: CompactedReader
    private var lastFiller = 0

    init(_ run: Run, _ client: SimulatedClient, _ topics: CompactedTopics) {
        (self.run, self.client, self.topics) = (run, client, topics)
        reader = CompactedReader(client, run, topics)
    }

    func check() async {
        topics.isCalm = true
        run.stage = "compacting"
        let admin = client.makeAdmin()
        do {
            try await admin.alterConfig(
                .topic(CompactedTopics.table),
                ["cleanup.policy": .set("compact"), "min.compaction.lag.ms": .set("0")]
            )
            // A node that doesn't believe a jump of its clock takes records for younger than they are, until its next start.
            if run.nodes.contains(where: { $0.wasWallMoved }) {
                try await admin.alterConfig(.topic(CompactedTopics.ledger), ["min.compaction.lag.ms": .set("0")])
            }
        } catch { run.timeline.violated("L2", "a topic's configuration cannot be changed at the end: \(error)") }
        let ends = await fill()
        for partition in CompactedTopics.partitions {
            if let scan = await reader.scan(partition, seconds: 30) {
                await checkTimes(scan, admin)
            } else {
                run.timeline.violated("L2", "\(partition) cannot be read to its end")
            }
        }
        await checkClean(ends)
        await checkDeleted(admin)
        checkReports()
        await admin.close()
    }

    /// Writes a record to each partition, so that segments end and there is something to do.
    ///
    /// - Returns: where they are.
    @discardableResult
    private func fill() async -> [TopicPartition: Int64] {
        let ends = Answers()
        await CompactedProducer.withProducer(client, .all) { [self] producer in
            let records = CompactedTopics.partitions.map { partition in
                lastFiller += 1
                let name = "\(client.name)#\(lastFiller)"
                let now = topics.wall
                let written = CompactedHistory.Written(key: Self.filler, value: name, timestamp: now)
                topics.history.begins(name, written, .all, client.name, lastFiller, partition)
                return written.record(name, partition)
            }
            for (record, result) in zip(records, await producer.send(records)) {
                let name = CompactedReader.name(of: record.headers)
                guard case .success(let metadata) = result else {
                    topics.history.ended(name, .unknown)
                    run.timeline.violated("L2", "'\(name)' cannot be written at the end: \(result)")
                    continue
                }
                topics.history.ended(name, .acknowledged(offset: metadata.offset, at: run.history.next()))
                ends.offsets[TopicPartition(metadata.topic, metadata.partition)] = metadata.offset
            }
        }
        return ends.offsets
    }

    /// Sendable: only the thread of the scheduler touches it.
    private final class Answers: @unchecked Sendable {
        var offsets: [TopicPartition: Int64] = [:]
    }

    /// C6: the last record of a key is found by its time, or one before it.
    private func checkTimes(_ scan: CompactedScan, _ admin: Admin) async {
        for (key, last) in scan.last.sorted(by: { $0.key < $1.key }) {
            guard let written = topics.history.written[last.name], written.value != nil else { continue }
            let found = try? await admin.listOffsets([scan.partition], .time(written.timestamp))[scan.partition]
            guard let found, scan.partition.topic != CompactedTopics.ledger else { continue }
            if found < 0 || found > last.offset {
                run.timeline.violated(
                    "C6",
                    "the last of \(key) is at \(scan.partition)@\(last.offset), and from its time on the first is at \(found)"
                )
            }
        }
    }

    /// C4: below where the faults ended each key stands once, and tombstones go when their time is over.
    private func checkClean(_ ends: [TopicPartition: Int64]) async {
        let deadline = run.scheduler.now + Self.secondsToClean * 1_000_000_000
        var problems: [String] = []
        repeat {
            await fill()
            await client.sleep(millis: 1500...1500)
            problems = []
            for partition in CompactedTopics.partitions {
                guard let end = ends[partition], let scan = await reader.scan(partition, seconds: 30) else {
                    problems.append("\(partition) cannot be read")
                    continue
                }
                problems += unclean(scan, below: end)
                if run.isReplicated { problems += repeatedOnReplicas(partition, below: end) }
            }
        } while !problems.isEmpty && run.scheduler.now < deadline
        for problem in problems {
            run.timeline.violated("C4", "\(Self.secondsToClean) s after all else has ended, \(problem)")
        }
    }

    private func unclean(_ scan: CompactedScan, below end: Int64) -> [String] {
        let old = scan.names.filter { $0.key < end }.sorted { $0.key < $1.key }
        var known: [String: Int64] = [:]
        var found: [String] = []
        for (offset, name) in old {
            guard let written = topics.history.written[name] else { continue }
            if let before = known[written.key] {
                found.append("\(written.key) stands at \(scan.partition)@\(before) and at \(offset)")
            }
            known[written.key] = offset
            // Its horizon may be of a clock that was wrong.
            if written.value == nil, !run.nodes.contains(where: { $0.wasWallMoved }) {
                found.append("the tombstone at \(scan.partition)@\(offset) is there")
            }
        }
        return found
    }

    /// Keys that stand more than once in the log of a replica: each is compacted for itself, and a reader sees the leader's.
    private func repeatedOnReplicas(_ partition: TopicPartition, below end: Int64) -> [String] {
        run.brokers.compactMap { node in
            var known: [String: Int64] = [:]
            var found: String?
            for batch in ReplicaChecks.batches(of: partition, node.disk) {
                do {
                    try batch.forEachKey { offset, key in
                        let key = String(decoding: key, as: UTF8.self)
                        guard offset < end, let before = known.updateValue(offset, forKey: key) else { return }
                        found = found ?? "\(node.name) has \(key) of \(partition) at \(before) and at \(offset)"
                    }
                } catch {
                    found = found ?? "\(node.name) has a batch at \(partition)@\(batch.header.baseOffset): \(error)"
                }
            }
            return found
        }
    }

    /// C4: what is old goes also where the last values are kept.
    private func checkDeleted(_ admin: Admin) async {
        let partition = TopicPartition(CompactedTopics.ledger, 0)
        let deadline = run.scheduler.now + Self.secondsToDelete * 1_000_000_000
        var (start, end): (Int64?, Int64?)
        repeat {
            await client.sleep(millis: 1000...1000)
            start = try? await admin.listOffsets([partition], .earliest)[partition]
            end = try? await admin.listOffsets([partition], .latest)[partition]
        } while (start == nil || start != end) && run.scheduler.now < deadline
        if start == end || run.nodes.contains(where: { $0.wasWallMoved }) { return }
        let shown = "\(start.map { "\($0)" } ?? "nothing") to \(end.map { "\($0)" } ?? "nothing")"
        run.timeline.violated("C4", "\(partition) still has offsets \(shown) after \(Self.secondsToDelete) s")
    }

    /// C4: what is not damaged is not set aside.
    private func checkReports() {
        if topics.wasDamaged { return }
        for node in run.nodes {
            for report in node.reports where report.contains("cannot be compacted") {
                if report.contains("__consumer_offsets") { continue }
                run.timeline.violated("C4", "\(node.name): \(report)")
            }
        }
    }
}
