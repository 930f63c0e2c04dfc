import KafkaClient
import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Looks at replicas at the end, when nothing hinders their nodes.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class ReplicaChecks: @unchecked Sendable {
    /// How long after the last fault all replicas are in sync.
    private static let secondsToSync: Int64 = 30
    /// Until it is looked for again what could not be mended may wait for a minute.
    private static let secondsToMend: Int64 = 90

    private let run: Run
    private let client: SimulatedClient

    init(_ run: Run, _ client: SimulatedClient) {
        self.run = run
        self.client = client
    }

    /// L2: each partition has its leader, and all its replicas in sync.
    func checkInSync() async {
        run.stage = "waiting for replicas"
        let admin = client.makeAdmin()
        let deadline = run.scheduler.now + Self.secondsToSync * 1_000_000_000
        var last = "no node answers"
        while run.scheduler.now < deadline {
            do {
                let topics = try await admin.listTopics(includingInternal: true)
                guard let problem = Self.behind(topics) else { return await admin.close() }
                last = problem
            } catch {
                last = "\(error)"
            }
            await client.sleep(millis: 250...250)
        }
        run.timeline.violated(
            "L2",
            "not all replicas are in sync \(Self.secondsToSync) s after the last fault: \(last)"
        )
        await admin.close()
    }

    /// L2: what was damaged is what was written there again.
    func checkMended(_ rot: RotNemesis) async {
        run.stage = "waiting for damage to be mended"
        let deadline = run.scheduler.now + Self.secondsToMend * 1_000_000_000
        while rot.damage != nil, run.scheduler.now < deadline { await client.sleep(millis: 250...250) }
        if let damage = rot.damage {
            run.timeline.violated("L2", "\(damage) is not mended within \(Self.secondsToMend) s")
        }
    }

    /// L2: records are deleted from all replicas, and whoever asks for that is told so.
    func checkDeletion() async {
        run.stage = "waiting for records to be deleted"
        let admin = client.makeAdmin()
        let deadline = run.scheduler.now + Self.secondsToSync * 1_000_000_000
        var last = ""
        while run.scheduler.now < deadline {
            do {
                // Up to the high watermark, where nothing else deletes anything.
                let partition = Run.partitions[0]
                if try await admin.deleteRecords(before: [partition: -1])[partition] != nil {
                    return await admin.close()
                }
                last = "no answer of its leader"
            } catch {
                last = "\(error)"
            }
            await client.sleep(millis: 250...250)
        }
        run.timeline.violated("L2", "records are not deleted within \(Self.secondsToSync) s: \(last)")
        await admin.close()
    }

    // MARK: Orderly stops

    /// For how long they may take, with what follows.
    static let nanoseconds: Int64 = 120_000_000_000 + secondsToMend * 1_000_000_000

    /// Who stops in order leads nothing then, and comes back in sync.
    func checkStop() async {
        guard let node = run.brokers.randomElement(using: &run.scheduler.random) else { return }
        run.stage = "waiting for \(node.name) to stop and start"
        node.restart(downFor: 2_000_000_000)
        let deadline = run.scheduler.now + Self.secondsToSync * 1_000_000_000
        while !node.isDown, run.scheduler.now < deadline { await client.sleep(millis: 5...5) }
        run.watch?.lookNow()
        let left = (run.watch?.image.leaders ?? []).filter { $0.1 == Int32(node.id) }.map(\.0)
        if !left.isEmpty { run.timeline.violated("L2", "\(node.name) has stopped in order, and leads \(left)") }
        while !node.isServing, run.scheduler.now < deadline { await client.sleep(millis: 100...100) }
        if !node.isServing { run.timeline.violated("L2", "\(node.name) does not stop in order and start again") }
        await checkInSync()
    }

    private static func behind(_ topics: [TopicDescription]) -> String? {
        for topic in topics {
            for partition in topic.partitions {
                if partition.leader == nil { return "\(topic.name)-\(partition.index) has no leader" }
                if partition.inSyncReplicas.count < partition.replicas.count {
                    return "\(topic.name)-\(partition.index): ISR \(partition.inSyncReplicas) of \(partition.replicas)"
                }
            }
        }
        return nil
    }

    /// I2: all replicas of a partition have the same batches, from where the last of them begins on. Those of compacted topics, as the groups' is, are
    /// compacted each for itself.
    func checkEqual() {
        let replicas = run.watch?.image.replicas ?? [:]
        for partition in Run.allPartitions {
            let nodes = run.brokers.filter { replicas[partition]?.contains(Int32($0.id)) ?? false }
            let logs = nodes.map { Self.log(of: partition, $0.disk) }
            run.watch?.found(partition, logs.first?.batches ?? [])
            for problem in Self.differences(partition, logs) { run.timeline.violated("I2", problem) }
        }
    }

    /// What tells a batch from another one.
    struct Batch: Equatable {
        var offset: Int64
        var epoch: Int32
        var crc: UInt32
    }

    /// A replica's log on its disk; it may be empty behind what retention took.
    struct Log: Equatable {
        var start: Int64
        var batches: [Batch]
    }

    static func differences(_ partition: TopicPartition, _ logs: [Log]) -> [String] {
        let start = logs.map(\.start).max() ?? 0
        let rest = logs.map { log in log.batches.filter { $0.offset >= start } }
        guard let first = rest.first else { return [] }
        return rest.enumerated().dropFirst().compactMap { index, other in
            if other == first { return nil }
            let place = zip(first, other).enumerated().first { $1.0 != $1.1 }?.offset ?? min(first.count, other.count)
            let here = place < first.count ? "\(first[place])" : "nothing"
            let there = place < other.count ? "\(other[place])" : "nothing"
            return "\(partition): its first replica has \(here) where another, \(index + 1), has \(there)"
        }
    }

    /// A replica's segments, the first one first.
    private static func segments(of partition: TopicPartition, _ disk: MemoryFileSystem) -> [String] {
        disk.paths.filter { Path.name(Path.parent($0)) == "\(partition)" && $0.hasSuffix(".log") }.sorted()
    }

    /// What a replica has on its disk.
    static func batches(of partition: TopicPartition, _ disk: MemoryFileSystem) -> [RecordBatch] {
        segments(of: partition, disk).flatMap { Array(RecordBatches(ByteBuffer(bytes: disk.peek($0) ?? []))) }
    }

    private static func log(of partition: TopicPartition, _ disk: MemoryFileSystem) -> Log {
        let paths = segments(of: partition, disk)
        let batches = batches(of: partition, disk).map { batch in
            Batch(offset: batch.header.baseOffset, epoch: batch.header.partitionLeaderEpoch, crc: batch.header.crc)
        }
        // The first file's name is the first offset that it may have.
        let start = paths.first.flatMap { Int64(Path.name($0).dropLast(".log".count)) } ?? 0
        return Log(start: max(start, batches.first?.offset ?? 0), batches: batches)
    }
}
