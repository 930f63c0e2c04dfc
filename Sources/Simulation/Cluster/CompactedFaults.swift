import KafkaClient
import KafkaProtocol
import World

/// What happens to compacted topics beside all else: their policy changes, passes are cut short at any operation, or wait in the midst of an exchange.
/// Sendable: only the thread of the scheduler touches it.
final class CompactedFaults: @unchecked Sendable {
    private let run: Run
    private let topics: CompactedTopics
    private let nemesis: Nemesis
    /// The active segments at the last look, by node and partition.
    private var active: [String: (process: String, base: String, size: Int64)] = [:]

    init(_ run: Run, _ topics: CompactedTopics, _ nemesis: Nemesis) {
        (self.run, self.topics, self.nemesis) = (run, topics, nemesis)
    }

    func start(_ client: SimulatedClient) {
        client.administer(run, pause: 1000...6000) { [self] admin in
            let policy = topics.somePolicy()
            try? await admin.alterConfig(.topic(CompactedTopics.table), ["cleanup.policy": .set(policy)])
        }
        // A follower cuts off what its leader has not.
        if !run.isReplicated { watch() }
        if run.aim == nil { plan() }
    }

    private func plan() {
        nemesis.later(3...15) { [self] in
            let nodes = run.brokers
            let node = nodes[Int(run.scheduler.draw(0...Int64(nodes.count - 1)))]
            // In a cluster one disk at a time.
            if !run.isReplicated || !run.nodes.contains(where: \.hasDiskFault) {
                if run.scheduler.happens(0.7) { nemesis.cutPassShort(node) } else { nemesis.holdUpExchanges(node) }
            }
            plan()
        }
    }

    /// C5: as long as a segment is the last one, it only grows.
    private func watch() {
        run.scheduler.after(nanoseconds: 300_000_000) { [self] in
            for node in run.nodes { for partition in CompactedTopics.partitions { look(node, partition) } }
            watch()
        }
    }

    private func look(_ node: SimulatedNode, _ partition: TopicPartition) {
        let directory = "/data/\(partition.topic)-\(partition.partition)"
        let key = node.name + directory
        // A start may take its time before it has recovered what a power cut has torn.
        guard node.isServing, let base = node.disk.lastFile(in: directory, suffix: ".log"),
            let size = try? node.disk.size(base)
        else {
            active[key] = nil
            return
        }
        if let before = active[key], before.process == node.processName, before.base == base, size < before.size {
            run.timeline.violated("C5", "\(base), the active segment, had \(before.size) bytes, and has \(size)")
        }
        active[key] = (node.processName, base, size)
    }
}

extension Damage {
    /// Whether the checksum of its batch covers a byte.
    static func isChecked(_ bytes: [UInt8], at position: Int) -> Bool {
        var start = 0
        while start + 12 <= bytes.count {
            let end = start + 12 + bytes[start + 8..<start + 12].reduce(0) { $0 << 8 | Int($1) }
            if position < end { return position >= start + 21 }
            start = end
        }
        return false
    }

    /// A pass that had read it before may have put another file in its place.
    static func isCompacted(_ path: String) -> Bool {
        path.hasSuffix(".log") && path.contains("/\(CompactedTopics.table)-")
    }
}

extension Nemesis {
    private static func isOfPass(_ operation: String, _ path: String) -> Bool {
        guard CompactedTopics.partitions.contains(where: { path.contains("/\($0.topic)-\($0.partition)") }) else {
            return false
        }
        let isOfDirectory = operation == "sync" && !Path.name(path).contains(".")
        return operation == "rename" || isOfDirectory
            || [".cleaned", ".swap", ".deleted"].contains { path.hasSuffix($0) }
    }

    /// The node dies at one of the operations by which segments are exchanged.
    func cutPassShort(_ node: SimulatedNode) {
        run.timeline.log(node.name, "will die in the midst of a pass")
        // From the first operation of a pass, or of an exchange, on.
        let cut = Cut(run.scheduler.happens(0.3) ? nil : ".cleaned", after: Int(run.scheduler.draw(0...18)))
        let isPower = run.options.flushesBeforeAck && run.scheduler.happens(0.5)
        node.setDiskPlan { [unowned self] _, operation, path in
            guard Self.isOfPass(operation, path), cut.comes(operation, path) else { return .proceed }
            run.scheduler.after(nanoseconds: 0) { [self] in endInPass(node, byPower: isPower) }
            return .crash
        }
        later(8...8) { [run] in if !cut.hasCome || run.isReplicated { node.endDiskPlan() } }
    }

    private func endInPass(_ node: SimulatedNode, byPower: Bool) {
        guard byPower else { return kill(node) }
        run.isReplicated ? cluster.losePower(node) : losePower(node)
    }

    /// Others go on while a directory is made durable.
    func holdUpExchanges(_ node: SimulatedNode) {
        run.timeline.log(node.name, "takes its time in exchanging segments")
        let most = run.scheduler.draw(20...900)
        node.setDiskPlan { [unowned self] _, operation, path in
            operation == "sync" && Self.isOfPass(operation, path)
                ? .wait(millis: UInt32(run.scheduler.draw(1...most))) : .proceed
        }
        later(2...10) { node.endDiskPlan() }
    }

    /// Somebody empties the directory of a partition, and takes away what tells up to where logs are sound. The cleaner's checkpoint stays.
    func loseLog(_ node: SimulatedNode) {
        let partition = CompactedTopics.partitions[0]
        let directory = "/data/\(partition.topic)-\(partition.partition)"
        node.kill()
        run.timeline.log(node.name, "has nothing in \(directory) any more")
        for path in node.disk.paths where path.hasPrefix(directory + "/") { node.disk.lose(path) }
        node.disk.lose("/data/recovery-point-offset-checkpoint")
        run.history.lost(partition, from: 0)
        run.history.starts.forget()
        later(0...1) { node.start() }
    }
}

/// When a pass is cut short.
/// Sendable: only the thread whose turn it is touches it.
private final class Cut: @unchecked Sendable {
    private let suffix: String?
    private var left: Int
    private var hasBegun = false
    private(set) var hasCome = false

    /// - Parameter suffix: counting begins when a file is renamed that has it; nil begins at once.
    init(_ suffix: String?, after count: Int) { (self.suffix, left) = (suffix, count) }

    func comes(_ operation: String, _ path: String) -> Bool {
        if hasCome { return false }
        hasBegun = hasBegun || suffix.map { operation == "rename" && path.hasSuffix($0) } ?? true
        if !hasBegun { return false }
        left -= 1
        hasCome = left < 0
        return hasCome
    }
}
