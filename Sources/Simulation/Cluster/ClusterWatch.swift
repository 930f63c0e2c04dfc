import Broker
import ClusterMetadata
import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// Looks at all nodes of a cluster every now and then, past what they say to clients, and writes all the time to see that it goes on.
/// Sendable: only the thread of the scheduler touches it.
final class ClusterWatch: @unchecked Sendable {
    /// No fault between nodes and clients is about this one.
    static let writer = "writer"

    private let run: Run
    private var metadata = MetadataWatch(minInSync: ReplicatedCluster.minInSync)
    private var progress: Progress
    private(set) var rare = RareStates()
    private var looks = RareLooks()
    /// The last decision of each process that was seen.
    private var decided: [String: Int64] = [:]
    private var looksAtDisksAt: Int64 = 0
    private var lastNumber = 0
    /// Since when no node is held up or cut off from another one.
    private var quietSince: Int64 = 0

    /// - Parameter settings: of all nodes.
    init(_ run: Run, settings: [String: String]) {
        self.run = run
        func millis(_ key: String) -> Int64 { Int64(settings[key] ?? "") ?? 0 }
        let limit =
            millis("broker.session.timeout.ms") + millis("replica.lag.time.max.ms")
            + 4 * millis("controller.quorum.election.timeout.ms") + 2 * millis("controller.quorum.fetch.timeout.ms")
        let stall = run.aim?.stallMillis ?? limit + Self.slackMillis
        progress = Progress(limitNanoseconds: stall * 1_000_000)
    }

    private static let slackMillis: Int64 = 10_000

    func start(_ client: SimulatedClient) {
        look()
        client.run { [self] in await write(client) }
    }

    /// The newest image that any node has had.
    var image: (leaders: [(TopicPartition, Int32)], replicas: [TopicPartition: [Int32]]) {
        var leaders: [(TopicPartition, Int32)] = []
        var replicas: [TopicPartition: [Int32]] = [:]
        for topic in (metadata.latest.map { Array($0.image.topics.values) } ?? []).sorted(by: { $0.name < $1.name }) {
            for (number, partition) in topic.partitions {
                leaders.append((TopicPartition(topic.name, number), partition.leader))
                replicas[TopicPartition(topic.name, number)] = partition.replicas
            }
        }
        return (leaders, replicas)
    }

    /// What the newest image says of a partition.
    func partition(_ id: TopicPartition) -> PartitionImage? {
        metadata.latest?.image.topic(named: id.topic)?.partitions[id.partition]
    }

    /// A node ended and lost what it had not synced, which no answer had promised to be on a disk.
    func lostCache(_ node: SimulatedNode) {
        if !run.options.flushesBeforeAck { metadata.lostCache(Int32(node.id)) }
    }

    /// Whether all nodes that run have had time to hear of what there is to hear. Before that one may answer as it did when it was a
    /// coordinator, with what was true then.
    var isQuiet: Bool {
        let quiet = run.scheduler.now - quietSince
        let needed =
            run.options.changesVoters || run.options.isApart ? Self.quietForObserversNanoseconds : Self.quietNanoseconds
        return quiet > needed && areWell
    }

    /// Who stops while it is paused answers what it was asked meanwhile once it goes on; who has a slow disk, or one that hangs, is slow to have
    /// the metadata on it, and acts by it then.
    private var areWell: Bool {
        let calm = run.options.diskPace.upperBound
        return run.nodes.allSatisfy { node in
            (!node.isServing || node.isWell) && !node.isPaused && node.diskPace.upperBound <= calm
                && node.delayedUntil <= run.scheduler.now
        }
    }

    private static let quietNanoseconds: Int64 = 3_000_000_000
    /// Who does not vote, as brokers with controllers beside them, and was cut off until just now, waits for the timeout of a connection and two pauses before it hears of
    /// what there is; a voter is told by its leader.
    private static let quietForObserversNanoseconds: Int64 = 6_000_000_000

    // MARK: Looking

    private func look() {
        lookNow()
        if run.isOver { return }
        run.scheduler.after(nanoseconds: run.scheduler.draw(50_000_000...250_000_000)) { [self] in look() }
    }

    func lookNow() {
        let nodes = run.nodes.map { node in
            RareLooks.Seen(id: Int32(node.id), name: node.name, isPaused: node.isPaused, knows: node.inspect())
        }
        for (node, seen) in zip(run.nodes, nodes) {
            guard let seen = seen.knows else { continue }
            run.noteStarts(seen)
            for (invariant, what) in metadata.saw(node.processName, seen) { run.timeline.violated(invariant, what) }
        }
        noteRareStates(nodes)
        for partition in metadata.newlyExcused() {
            if partition.topic == History.groupsTopic { run.history.lostGroups() }
            if Run.allPartitions.contains(partition) || CompactedTopics.partitions.contains(partition) {
                run.history.lostAll(partition)
            }
        }
        // Who stops answers still.
        let running = run.nodes.filter(\.isRunning)
        let areConnected = running.allSatisfy { one in
            running.allSatisfy { $0 === one || run.fabric.areConnected(one.name, $0.name) }
        }
        if run.fabric.isSlow || !areConnected || !areWell { quietSince = run.scheduler.now }
        // Nobody writes any more.
        if run.isEnding { return }
        let well = wellNodes()
        guard let topic = metadata.latest?.image.topic(named: Run.topic) else { return }
        for (number, partition) in topic.partitions {
            let name = TopicPartition(Run.topic, number)
            let problem = progress.look(
                name,
                well: well,
                replicas: partition.replicas,
                inSync: partition.isr,
                now: run.scheduler.now
            )
            if let problem { run.timeline.violated("L1", problem) }
        }
    }

    // MARK: Rare states

    private static let disksNanoseconds: Int64 = 1_000_000_000

    private func noteRareStates(_ nodes: [RareLooks.Seen]) {
        for node in run.nodes {
            let process = node.processName
            for (number, decision) in node.decisions(after: decided[process] ?? 0) {
                decided[process] = number
                rare.decided(decision, process, node: node.name)
            }
        }
        let now = run.scheduler.now
        looks.look(at: nodes, brokers: Set(run.brokers.map { Int32($0.id) }), now: now, &rare)
        if now < looksAtDisksAt { return }
        looksAtDisksAt = now + Self.disksNanoseconds
        for (node, seen) in zip(run.nodes, nodes) { looks.look(at: node.disk, of: seen, &rare) }
    }

    func told(_ code: ErrorCode) { rare.told(code) }

    func warned(_ text: String) { rare.warned(text) }

    /// An idempotent producer's record was acknowledged.
    func acknowledged(_ partition: TopicPartition, _ offset: Int64) {
        if let epoch = self.partition(partition)?.leaderEpoch { rare.acknowledged(partition, offset, epoch: epoch) }
    }

    /// What a partition's log has at the end.
    func found(_ partition: TopicPartition, _ batches: [ReplicaChecks.Batch]) { rare.found(partition, batches) }

    // MARK: Who is well

    /// Nodes that nothing hinders, and that reach each other: none unless there are enough controllers. Nothing holds up the requests to
    /// a disk that hangs, as its node shows that it is there.
    private func wellNodes() -> Set<Int32> {
        guard let cluster = run.cluster, !run.fabric.isSlow else { return [] }
        // A call that hangs does so after the faults have ended, too. Runs that say how long writes may stand still have none.
        let hasFault = run.nodes.contains {
            $0.hasDiskFault || $0.hasOfflineDirectory || $0.delayedUntil > run.scheduler.now
        }
        if hasFault, run.aim?.stallMillis == nil { return [] }
        var well = run.nodes.filter(\.isWell)
        // Who is cut off from most goes first, until all that are left reach each other.
        while true {
            let cuts = well.map { node in
                (node: node, count: well.count { $0 !== node && !run.fabric.areConnected(node.name, $0.name) })
            }
            guard let worst = cuts.max(by: { $0.count < $1.count }), worst.count > 0 else { break }
            well.removeAll { $0 === worst.node }
        }
        let ids = Set(well.map { Int32($0.id) })
        // While voters change, who votes is not the same for all: there has to be a majority whoever is right.
        var sets = [cluster.controllers.map { Int32($0) }]
        if cluster.initialVoters != nil { sets = run.nodes.compactMap { $0.inspect()?.voters }.filter { !$0.isEmpty } }
        let haveMajority = sets.allSatisfy { set in set.count(where: ids.contains) > set.count / 2 }
        return haveMajority && !sets.isEmpty ? ids : []
    }

    // MARK: Writing

    private func write(_ client: SimulatedClient) async {
        var common = client.configuration
        common.requestTimeout = .seconds(2)
        var configuration = ProducerConfiguration(common)
        configuration.acks = .all
        configuration.isIdempotent = false
        configuration.deliveryTimeout = .seconds(5)
        configuration.allowsTopicCreation = false
        guard let producer = client.makeProducer(configuration) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            await withTaskGroup(of: Void.self) { writers in
                for partition in Run.partitions {
                    writers.addTask { [self] in await write(partition, client, producer) }
                }
            }
            try? await producer.close()
        }
        run.driverEnded(client.name)
    }

    private func write(_ partition: TopicPartition, _ client: SimulatedClient, _ producer: Producer) async {
        while !run.isEnding {
            lastNumber += 1
            let value = "\(client.name)#\(lastNumber)"
            let wall = client.world.time.wall.milliseconds
            // Each partition has a producer of its own, as to the order.
            let name = "\(client.name)/\(partition.partition)"
            run.history.begins(value, .all, name, lastNumber, partition, wall: wall)
            let bytes = ByteBuffer(string: "\(value) ")
            let record = ProducerRecord(topic: partition.topic, partition: partition.partition, value: bytes)
            switch await producer.send([record]).first {
            case .success(let metadata):
                run.history.ended(value, .acknowledged(offset: metadata.offset, at: run.history.next()))
                progress.acknowledges(partition, now: run.scheduler.now)
            case .failure(let error):
                run.history.ended(value, error.code == .invalid ? .refused : .unknown)
                // Its leader is there, and its clock is far from that of the others.
                if error.serverCode == .invalidTimestamp { progress.acknowledges(partition, now: run.scheduler.now) }
                run.noteFailure(client.name, value, error)
            case nil: run.history.ended(value, .unknown)
            }
            await client.sleep(millis: 100...400)
        }
    }
}
