import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Looks at a cluster at the end, when nothing hinders it, and compares what it finds with what was promised.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class Checks: @unchecked Sendable {
    private let run: Run
    private let client: SimulatedClient

    init(_ run: Run, _ client: SimulatedClient) {
        self.run = run
        self.client = client
    }

    private var history: History { run.history }
    private var timeline: Timeline { run.timeline }

    // MARK: Groups

    /// G4: waits until the group has come to rest, which takes no longer than a rebalance may and ten seconds.
    func checkGroupSettles(since lastFault: Int64) async {
        let deadline = lastFault + (Run.rebalanceSeconds + 10) * 1_000_000_000
        let admin = client.makeAdmin()
        var last = "its coordinator does not answer"
        while run.scheduler.now < deadline {
            do {
                guard let problem = unrest(try await admin.describeGroup(Run.group)) else { return await admin.close() }
                last = problem
            } catch {
                last = "\(error)"
            }
            await client.sleep(millis: 250...250)
        }
        timeline.violated(
            "G4",
            "the group has not come to rest \(Run.rebalanceSeconds + 10) s after the last fault: \(last)"
        )
        await admin.close()
    }

    private func unrest(_ group: GroupDescription) -> String? {
        Ownership.unrest(
            state: group.state,
            group.members.map { ($0.id, $0.assignment) },
            members: run.options.members,
            Run.allPartitions
        )
    }

    /// G2 and G3: the group is where somebody committed, and not before what was answered.
    private func checkCommits() async {
        let admin = client.makeAdmin()
        run.stage = "looking for what the group committed"
        do {
            let offsets = try await admin.committedOffsets(of: Run.group)
            for (partition, expected) in (history.commits[Run.group] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let found = offsets[partition]?.offset ?? -1
                if found < expected, history.isHeld(partition, expected) {
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

    // MARK: Logs

    func check() async {
        do {
            for (invariant, what) in try await readAll().violations(of: history) { timeline.violated(invariant, what) }
        } catch {
            return timeline.violated("L2", "the log cannot be read at the end, \(run.stage): \(error)")
        }
        await checkCommits()
        run.stage = "waiting for records"
        await LivenessChecks(run, client).check()
    }

    private func readAll() async throws -> FinalLog {
        let admin = client.makeAdmin()
        // Nothing may go while it is read.
        run.stage = "ending retention"
        try await admin.alterConfig(.topic(Run.shortTopic), ["retention.ms": .set("-1")])
        let looks = Dictionary(uniqueKeysWithValues: Run.allPartitions.map { ($0, history.starts.look($0)) })
        run.stage = "looking where logs begin and end"
        let starts = try await admin.listOffsets(Run.allPartitions, .earliest)
        let ends = try await admin.listOffsets(Run.allPartitions, .latest)
        await admin.close()
        var configuration = ConsumerConfiguration(client.configuration)
        configuration.partitionMaxBytes = run.options.fetchBytes
        let consumer = Consumer(
            configuration,
            world: client.world,
            eventLoopGroup: client.loops,
            logger: client.logger
        )
        var result = FinalLog()
        for partition in Run.allPartitions {
            var contents = FinalLog.Contents(start: starts[partition] ?? 0)
            if let look = looks[partition] { run.saw(partition, start: contents.start, look) }
            let end = ends[partition] ?? 0
            if end > contents.start {
                try consumer.assign([partition: contents.start])
                run.stage = "reading \(partition) up to \(end)"
                while (consumer.position(partition) ?? 0) < end, let batch = try await consumer.next() {
                    run.stage = "reading \(partition) at \(batch.nextOffset) up to \(end)"
                    try batch.forEach { record in
                        let value = Run.value(of: record.value)
                        contents.entries.append(FinalLog.Entry(offset: record.offset, value: value))
                        let place = History.Place(partition: partition, offset: record.offset)
                        history.read(value, place, by: "the checker")
                    }
                }
            }
            result.partitions[partition] = contents
        }
        await consumer.close()
        return result
    }

    // MARK: Resources

    /// R2: after the clients have gone a node has no more open than one that has just started.
    func checkResources() async {
        run.stage = "looking at what is open"
        // As long as a connection may idle of which nobody has told the node that its other end is gone.
        await client.sleep(millis: 45_000...45_000)
        for other in run.clients where other.name != client.name {
            for leak in other.usage.leaks(comparedTo: Usage(), files: 0) {
                timeline.violated("R2", "\(other.name): \(leak)")
            }
        }
        for node in run.nodes {
            let (used, paths) = (node.usage, node.disk.openPaths)
            node.restart(downFor: 0)
            let deadline = run.scheduler.now + 30_000_000_000
            await client.sleep(millis: 100...100)
            while !node.isServing, run.scheduler.now < deadline { await client.sleep(millis: 100...100) }
            guard node.isServing else {
                return timeline.violated("L2", "\(node.name) does not stop in order and start again")
            }
            await client.sleep(millis: 20_000...20_000)
            let fresh = node.usage
            timeline.log(node.name, "has open: \(used); started anew: \(fresh)")
            let files = (Run.allPartitions.count + (run.compacted == nil ? 0 : CompactedTopics.partitions.count)) * 6
            let leaks = used.leaks(comparedTo: fresh, files: files, timers: Usage.coordinatorTimers)
            if !leaks.isEmpty { timeline.log(node.name, "had open: \(paths)") }
            for leak in leaks { timeline.violated("R2", "\(node.name): \(leak)") }
        }
    }
}
