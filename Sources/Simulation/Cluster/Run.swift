import Broker
import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// What a run consists of.
package struct RunOptions: Sendable {
    /// Brokers; more than one have replicas.
    package var nodes = 1
    /// Whether controllers are nodes of their own.
    package var isApart = false
    /// Whether each node of a cluster has several log directories, which fail, and are lost, one at a time.
    package var hasSeveralDisks = false
    /// Whether the log names the voters of its metadata, who come and go.
    package var changesVoters = false
    /// How long clients and faults go on, in virtual time; then everything is mended and checked.
    package var seconds: Int64 = 60
    /// Between two things that a client does.
    var pauseMillis: ClosedRange<Int64> = 10...120
    var faultNanoseconds: ClosedRange<Int64> = 2_000_000_000...18_000_000_000
    var members = 3
    /// So many sends of a producer may be under way.
    var sendsAtOnce = 1
    /// `batch.size` of producers.
    var batchBytes = 16384
    /// What those who read from the beginning get of a partition at once.
    var fetchBytes: Int32 = 1 << 20
    /// How long work on the disk takes that nothing slows down.
    var diskPace: ClosedRange<Int64> = 10_000...2_000_000
    var flushesBeforeAck = true
    /// Between two changes of the voters.
    var voterMillis: ClosedRange<Int64> = 500...5000
    /// How long bytes are on their way while no fault makes it longer.
    var latency = Self.calm
    static let calm: ClosedRange<Int64> = 50_000...400_000

    /// The defect of the bug bank that the run is to find; whether it is put back is another question.
    package var bug: String?
    /// Whether the first violation ends the run: a defect is found then.
    package var endsWhenViolated = false
    /// Whether there are compacted topics.
    package var isCompacting = false
    /// Whether producers use transactions.
    package var isTransacting = false

    package init() {}
}

/// What came of a run.
package struct RunResult: Sendable {
    /// Equal for equal seeds.
    package var hash: UInt64
    package var steps: UInt64
    package var virtualSeconds: Int64
    package var violations: [String]
    package var sent: Int
    package var acknowledged: Int
    package var reads: Int
    /// Work that came from other threads; equal hashes are promised only without.
    package var foreignWork: Int
    /// Of clusters: the rare states that it was in.
    package var rareStates: Set<RareState>
}

/// Whole nodes and clients in one thread, from a seed: they work under faults for some time, then everything is mended and checked.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
package final class Run: @unchecked Sendable {
    static let topic = "records"
    static let partitions = (0..<Int32(3)).map { TopicPartition(topic, $0) }
    /// Keeps records for a short time, and somebody deletes some of them.
    static let shortTopic = "short"
    static let shortPartitions = (0..<Int32(2)).map { TopicPartition(shortTopic, $0) }
    static let shortRetentionMillis: Int64 = 20_000
    static var allPartitions: [TopicPartition] { partitions + shortPartitions }
    static let rebalanceSeconds: Int64 = 20
    static let group = "readers"
    /// How long everything may take once no fault is left.
    private static let nanosecondsToSettle: Int64 = 120_000_000_000

    let scheduler: Scheduler
    let fabric: Fabric
    let timeline: Timeline
    let history: History
    var options: RunOptions
    /// What the run looks for; nil for anything.
    let aim: Aim?
    private(set) var nodes: [SimulatedNode] = []
    private(set) var clients: [SimulatedClient] = []
    /// No fault from now on.
    private(set) var isCalm = false
    private(set) var isEnding = false
    private(set) var admin: AdminDriver?
    /// nil when nothing but the groups' offsets is compacted.
    private(set) var compacted: CompactedTopics?
    /// nil when nobody uses transactions.
    private(set) var transfers: Transfers?
    /// Several nodes with replicas; nil for one that is alone.
    private(set) var cluster: ReplicatedCluster?
    var isReplicated: Bool { cluster != nil }
    private(set) var watch: ClusterWatch?
    /// All but those that are controllers alone.
    var brokers: [SimulatedNode] { nodes.filter { cluster?.brokers.contains($0.id) ?? true } }
    private var working: Set<String> = []
    private var isDone = false
    var isOver: Bool { isDone }
    /// Of the votes that nodes have stored.
    var storedEpochs: [String: Int32] = [:]
    /// What the checks are at.
    var stage = ""
    private let seed: UInt64

    /// - Parameter print: gets the timeline, line by line.
    package init(
        seed: UInt64,
        _ options: RunOptions = RunOptions(),
        scheduler: Scheduler? = nil,
        print: ((String) -> Void)? = nil
    ) {
        self.seed = seed
        self.options = options
        aim = options.bug.flatMap { BugBank.aim(at: $0) }
        self.scheduler = scheduler ?? Scheduler(seed: seed)
        fabric = Fabric(self.scheduler)
        timeline = Timeline(self.scheduler, print: print)
        history = History(timeline)
    }

    /// The name of a record in its bytes.
    static func value(of bytes: ByteBuffer?) -> String {
        guard let bytes else { return "" }
        return String(decoding: bytes.readableBytesView.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }

    package func run() -> RunResult {
        begin()
        scheduler.run { isDone || options.endsWhenViolated && !timeline.violations.isEmpty }
        scheduler.abandonStrands()
        Unreleased.keep(self)
        if !isDone, timeline.violations.isEmpty {
            timeline.violated("L2", "nothing is left to happen, and the run is not over")
        }
        return RunResult(
            hash: scheduler.hash,
            steps: scheduler.steps,
            virtualSeconds: scheduler.now / 1_000_000_000,
            violations: timeline.violations,
            sent: history.sent.count,
            acknowledged: history.acknowledged,
            reads: history.reads,
            foreignWork: scheduler.foreignWork,
            rareStates: watch?.rare.reached ?? []
        )
    }

    private func begin() {
        options.flushesBeforeAck = scheduler.happens(0.7)
        if let aim { options.follow(aim) }
        if options.nodes > 1 || options.isApart {
            cluster = ReplicatedCluster(
                brokers: options.nodes,
                isApart: options.isApart,
                hasSeveralDisks: options.hasSeveralDisks,
                changesVoters: options.changesVoters
            )
        }
        if aim?.isCompacting ?? options.isCompacting {
            compacted = CompactedTopics(scheduler, history, timeline, aim)
        }
        if options.isTransacting {
            // What was answered outlives power cuts.
            options.flushesBeforeAck = true
            let changesVersion = aim.map { $0.newestTransactionVersion < 2 } ?? scheduler.happens(0.5)
            transfers = Transfers(timeline, changesVersion: changesVersion)
        }
        let common = [
            "ottla.flush.policy": options.flushesBeforeAck ? "ack" : "os",
            "offsets.topic.num.partitions": "2", "transaction.state.log.num.partitions": "2",
            "group.initial.rebalance.delay.ms": "0",
            "log.flush.offset.checkpoint.interval.ms": "5000", "log.roll.ms": "\(scheduler.draw(2000...60_000))",
            "log.index.interval.bytes": "1024", "log.retention.check.interval.ms": "3000",
            "connections.max.idle.ms": "30000", "log.initial.task.delay.ms": "2000",
            "metadata.log.max.snapshot.interval.ms": "15000",
            "ottla.scrub.interval.ms": options.hasSeveralDisks ? "4000" : "-1",
        ]
        let replicated = (cluster?.settings(scheduler) ?? [:]).merging(aim == nil ? [:] : ReplicatedCluster.quick) {
            $1
        }
        let settings = (compacted?.merged(into: common) ?? common).merging(isReplicated ? replicated : [:]) { $1 }
            .merging(aim?.settings ?? [:]) { $1 }
        history.isReplicated = isReplicated
        timeline.log("run", "seed \(seed), \(settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })")
        for id in cluster?.nodes ?? [1] {
            let node = SimulatedNode(id: id, scheduler, fabric, timeline, settings: settings, cluster: cluster)
            node.disk.setDescriptors(scheduler.happens(0.5))
            node.onServing = { [unowned self, unowned node] in
                history.nodeStarted()
                checkVotes(of: node)
                if aim != nil, !isReplicated { checkVoteIsStored(by: node) }
            }
            node.onEnd = { [unowned self, unowned node] lostCache in
                history.starts.nodeEnded(now: scheduler.now)
                // Others have what one of them has not.
                if lostCache { isReplicated ? watch?.lostCache(node) : history.powerWasLost() }
            }
            node.onEnding = { [unowned self] in noteStarts($0) }
            nodes.append(node)
        }
        if isReplicated { watch = ClusterWatch(self, settings: settings) }
        for node in nodes { node.start() }
        let setup = makeClient("setup")
        setup.run { [self] in
            await prepare(setup)
            startClients()
        }
    }

    /// Retention may have moved where logs begin, and an end without order may undo that.
    func noteStarts(_ seen: NodeInspection) {
        for replica in seen.replicas { history.began(replica.id, at: replica.logStart) }
    }

    private func makeClient(_ name: String) -> SimulatedClient {
        let bootstrap = brokers.map { BrokerAddress(host: $0.name, port: SimulatedNode.port) }
        let report: ((String) -> Void)? = isReplicated ? { [weak self] in self?.watch?.warned($0) } : nil
        let client = SimulatedClient(name, scheduler, fabric, timeline, bootstrap: bootstrap, report: report)
        clients.append(client)
        return client
    }

    /// Makes the topics that everybody uses.
    private func prepare(_ client: SimulatedClient) async {
        let admin = client.makeAdmin()
        await make(Self.topic, Self.partitions.count, ["retention.ms": "-1"], admin, client)
        let short = ["retention.ms": "\(Self.shortRetentionMillis)", "file.delete.delay.ms": "1000"]
        await make(Self.shortTopic, Self.shortPartitions.count, short, admin, client)
        if let compacted {
            await make(CompactedTopics.table, 2, compacted.configs(of: CompactedTopics.table), admin, client)
            await make(CompactedTopics.ledger, 1, compacted.configs(of: CompactedTopics.ledger), admin, client)
        }
        if transfers != nil {
            await make(Transfers.topic, Transfers.partitions.count, ["retention.ms": "-1"], admin, client)
            await make(Transfers.copies, Transfers.copyPartitions.count, ["retention.ms": "-1"], admin, client)
        }
        await admin.close()
    }

    private func make(
        _ name: String,
        _ partitions: Int,
        _ configs: [String: String],
        _ admin: Admin,
        _ client: SimulatedClient
    ) async {
        for _ in 0..<20 {
            do {
                let topic = NewTopic(
                    name,
                    partitions: Int32(partitions),
                    replicationFactor: replicationFactor,
                    configs: configs
                )
                return try await admin.createTopic(topic)
            } catch {
                if error.serverCode == .topicAlreadyExists { return }
                await client.sleep(millis: 500...500)
            }
        }
    }

    var replicationFactor: Int16 { isReplicated ? ReplicatedCluster.replicas : 1 }

    /// I7: somebody saw where a partition begins. Each replica does its own retention, so another leader's log may begin earlier.
    func saw(_ partition: TopicPartition, start: Int64, _ look: LogStarts.Look) {
        if isReplicated { return history.sawReplica(partition, start: start, look) }
        history.saw(
            partition,
            start: start,
            look,
            now: scheduler.now,
            retention: partition.topic == Self.shortTopic ? Self.shortRetentionMillis : nil,
            believed: nodes.map(\.believedWall).max() ?? 0
        )
    }

    private func startClients() {
        let admin = AdminDriver(makeWorking("admin"), self)
        self.admin = admin
        admin.start()
        let more = (aim?.administrators ?? 1) - 1
        let others = (0..<more).map { AdminDriver(makeWorking("admin-\($0)"), self, prefix: "more-\($0)") }
        for other in others { other.start() }
        if aim != nil, !isReplicated { TopicDriver(makeWorking("topics"), self).start() }
        watch?.start(makeWorking(ClusterWatch.writer))
        if aim != nil || isReplicated {
            Auditor(makeWorking("auditor"), self).start()
        }
        for kind in ProducerKind.allCases { ProducerDriver(makeWorking("producer-\(kind)"), kind, self).start() }
        for number in 1...options.members { ConsumerDriver(makeWorking("member-\(number)"), Self.group, self).start() }
        ReaderDriver(makeWorking("reader"), self).start()
        if let transfers {
            for number in 1...2 { TransferDriver(makeWorking("transfers-\(number)"), self, transfers).start() }
            for number in 1...2 { CopyDriver(makeWorking("copier-\(number)"), self, transfers).start() }
        }
        if options.changesVoters { VoterDriver(makeWorking("voters"), self).start() }
        if options.hasSeveralDisks { MoveDriver(makeWorking("mover"), self).start() }
        let nemesis = Nemesis(self)
        nemesis.start()
        if let compacted { startCompacting(compacted, nemesis) }
        scheduler.after(nanoseconds: options.seconds * 1_000_000_000) { [self] in end(nemesis, [admin] + others) }
    }

    private func startCompacting(_ topics: CompactedTopics, _ nemesis: Nemesis) {
        for kind in [ProducerKind.all, .idempotent] {
            CompactedProducer(makeWorking("writer-\(kind)"), kind, self, topics).start()
        }
        for number in 1...2 { CompactedReader(makeWorking("scanner-\(number)"), self, topics).start() }
        CompactedFaults(self, topics, nemesis).start(makeWorking("policies"))
    }

    private func makeWorking(_ name: String) -> SimulatedClient {
        working.insert(name)
        return makeClient(name)
    }

    /// What a client is told may be bad news, but has to be an answer to its question.
    func noteFailure(_ who: String, _ what: String, _ error: KafkaError) {
        timeline.log(who, "\(what) failed: \(error)")
        if let code = error.serverCode { watch?.told(code) }
        if error.code == .malformed { timeline.violated("wire", "\(who), \(what): \(error)") }
    }

    func driverEnded(_ name: String) { working.remove(name) }

    /// Whether any of the drivers whose names begin so has not ended.
    func isAtWork(_ prefix: String) -> Bool { working.contains { $0.hasPrefix(prefix) } }

    private func end(_ nemesis: Nemesis, _ admins: [AdminDriver]) {
        timeline.log("run", "no fault from now on")
        let calmSince = scheduler.now
        let lastFault = nemesis.stop()
        isCalm = true
        let checker = makeClient("checker")
        checker.run { [self] in
            let checks = Checks(self, checker)
            let replicas = isReplicated ? ReplicaChecks(self, checker) : nil
            await replicas?.checkInSync()
            await checks.checkGroupSettles(since: replicas == nil ? lastFault : max(lastFault, scheduler.now))
            if let transfers { await TransferChecks(self, checker, transfers).check() }
            isEnding = true
            limit()
            // A call that hangs in a disk may last that long; what it holds back cannot be read before.
            let rested = calmSince + DiskNemesis.longestHangNanos
            while !working.isEmpty || scheduler.now < rested, !isDone { await checker.sleep(millis: 100...100) }
            timeline.log("run", "checks")
            for admin in admins { await admin.checkFinally() }
            await checks.check()
            if let compacted { await CompactedChecks(self, checker, compacted).check() }
            await replicas?.checkInSync()
            if options.hasSeveralDisks { await replicas?.checkMended(nemesis.cluster.rot) }
            replicas?.checkEqual()
            if let transfers { checkMarkers(isVersionSteady: !transfers.changesVersion) }
            await replicas?.checkDeletion()
            await replicas?.checkStop()
            if aim == nil, !isReplicated { await checks.checkResources() }
            isDone = true
        }
    }

    private func limit() {
        let compacting = compacted == nil ? 0 : CompactedChecks.nanoseconds
        let replicating = isReplicated ? ReplicaChecks.nanoseconds : 0
        scheduler.after(nanoseconds: Self.nanosecondsToSettle + compacting + replicating) { [self] in
            if isDone { return }
            for client in clients where working.contains(client.name) {
                timeline.log(client.name, "is still at work, and has open: \(client.usage)")
            }
            timeline.violated(
                "L2",
                "the cluster did not come to rest; still at work: \(working.sorted()) \(stage)\(history.pending)"
            )
            isDone = true
        }
    }
}
