import KafkaProtocol
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import World

@testable import KRaft

/// Whole quorums, each on a disk of its own, with a network and a time that one seed decides. What is committed is looked at from outside: it is
/// one list that all nodes hear the beginning of.
final class QuorumCluster {
    /// What one process has in memory.
    final class Process {
        let quorum: RaftQuorum
        let transport: CollectingTransport
        let inbox: RaftInbox
        /// All values that are committed, as a snapshot and batches told them.
        var values: [String] = []
        var position: Int64 = 0
        var epoch: LeaderEpoch = 0
        var leading: LeaderEpoch?
        var snapshotsHeard: [SnapshotId] = []

        init(_ quorum: RaftQuorum, _ transport: CollectingTransport, _ inbox: RaftInbox) {
            self.quorum = quorum
            self.transport = transport
            self.inbox = inbox
        }
    }

    final class Member {
        let id: NodeId
        let disk = MemoryFileSystem()
        var process: Process?
        var incarnation: UInt64 = 0
        var wakesAt = MonotonicTime.never
        /// Nothing reaches it, nothing leaves.
        var isCutOff = false
        /// Why it ended by itself.
        var failure: String?

        init(_ id: NodeId) { self.id = id }
    }

    struct Delivery {
        var time: Int64
        var to: Int
        /// Of the process that asked, for an answer.
        var incarnation: UInt64?
        var item: RaftInbox.Item
    }

    struct Violation: Error { var text: String }

    var voters = 3
    let isDynamic: Bool
    let ticks = VirtualTicks(nanoseconds: 1_000_000)
    var random: SeededGenerator
    var members: [Member] = []
    var deliveries: [Delivery] = []
    /// Percent of the messages that are lost.
    var loss = 0
    /// Changes what is on its way.
    var tamper: (inout RaftMessage, inout ByteBuffer) -> Void = { _, _ in }
    /// How a message reads for its receiver; nil: it cannot be said to it.
    var translate: (RaftMessage, ByteBuffer, _ to: Int) throws -> (RaftMessage, ByteBuffer)? = { message, bytes, _ in
        (message, bytes)
    }
    /// What anyone heard to be committed.
    var ledger: [String] = []
    var leaders: [LeaderEpoch: NodeId] = [:]
    var limits = RaftQuorum.Limits()
    var log: [String] = []
    var proposals = 0
    /// What goes to tools.
    var toTools: [RaftMessage] = []

    init(
        seed: UInt64,
        members count: Int = 3,
        isDynamic: Bool = false,
        _ change: (inout RaftQuorum.Limits) -> Void = { _ in }
    ) {
        random = SeededGenerator(seed: seed)
        self.isDynamic = isDynamic
        limits.answerBytes = 300
        change(&limits)
        for index in 0..<count { members.append(Member(NodeId(Int32(index)))) }
    }

    var now: Int64 { ticks.now }
    var wall: WallTime { WallTime(milliseconds: 1_000_000 + now / 1_000_000) }

    static func voter(_ index: Int) -> RaftVoter { RaftSimulation.voter(NodeId(Int32(index))) }

    // MARK: Processes

    func start(_ index: Int) throws {
        let member = members[index]
        let (transport, inbox) = (CollectingTransport(), RaftInbox())
        let set = RaftVoterSet((0..<voters).map { Self.voter($0) })
        var options = RaftOptions(own: Self.voter(index), clusterId: "c")
        options.bootstrapServers = members.count
        var bootstrap = QuorumBootstrap(values: [])
        if isDynamic {
            bootstrap.voters.kraftVersion = 1
            bootstrap.voters.record = set.record
        }
        member.incarnation += 1
        let draws = Mutex(SeededGenerator(seed: random.next()))
        let clock = VirtualClock(ticks, wall: wall, sleep: { _ in })
        let quorum = try RaftQuorum(
            directory: "/d",
            fileSystem: member.disk,
            nodeId: member.id.rawValue,
            directoryId: Self.voter(index).key.directoryId,
            bootstrap: bootstrap,
            endpoints: Self.voter(index).endpoints,
            limits: limits,
            time: WorldTime(clock),
            random: WorldRandom { draws.withLock { $0.next() } },
            peers: RaftPeers(
                voters: isDynamic ? RaftVoterSet() : set,
                options: options,
                transport: transport,
                inbox: inbox
            )
        ) { _ in }
        member.failure = nil
        member.process = Process(quorum, transport, inbox)
        note("\(index) starts")
        try turn(index)
    }

    func startAll() throws { for index in members.indices { try start(index) } }

    /// - Parameter losesPower: what was not synced may be lost.
    func crash(_ index: Int, losesPower: Bool = true) {
        let member = members[index]
        member.process = nil
        member.wakesAt = .never
        if losesPower { member.disk.crash(using: &random) } else { member.disk.restartProcess() }
        note("\(index) crashes")
    }

    func process(_ index: Int) throws -> Process {
        guard let process = members[index].process else { throw Violation(text: "node \(index) does not run") }
        return process
    }

    /// The controller's thread of a node: hears until there is nothing more, and stores a snapshot when one is wanted.
    func turn(_ index: Int) throws {
        let member = members[index]
        guard let process = member.process else { return }
        do {
            while let event = try process.quorum.next() { try take(event, process, member) }
            if process.quorum.wantsSnapshot(now: wall), process.position > 0 { try store(process) }
        } catch let error as LogError {
            member.failure = "\(error)"
            member.process = nil
            note("\(index) ends: \(error)")
            return
        }
        try sendAll(index)
        member.wakesAt = process.quorum.deadline
    }

    private func store(_ process: Process) throws {
        let snapshot = QuorumSnapshot(
            id: SnapshotId(endOffset: process.position, epoch: process.epoch.rawValue),
            appendTime: wall,
            values: process.values.map { ByteBuffer(string: $0) },
            kraftVersion: process.quorum.status.kraftVersion
        )
        try process.quorum.store(snapshot, now: wall)
    }

    private func take(_ event: QuorumEvent, _ process: Process, _ member: Member) throws {
        switch event {
        case .snapshot(let snapshot):
            process.values = snapshot.values.map { String(buffer: $0) }
            (process.position, process.epoch) = (snapshot.id.endOffset, LeaderEpoch(snapshot.id.epoch))
            process.snapshotsHeard.append(snapshot.id)
            note("\(member.id) hears snapshot \(snapshot.id)")
        case .committed(let batches):
            for batch in batches {
                guard batch.firstOffset == process.position else {
                    throw Violation(text: "node \(member.id) hears of \(batch.firstOffset) behind \(process.position)")
                }
                process.values += batch.values.map { String(buffer: $0) }
                (process.position, process.epoch) = (batch.endOffset, batch.epoch)
            }
        case .leading(let epoch, _):
            if let other = leaders[epoch], other != member.id { throw Violation(text: "two lead epoch \(epoch)") }
            leaders[epoch] = member.id
            process.leading = epoch
            note("\(member.id) leads \(epoch)")
        case .following: process.leading = nil
        }
        for (mine, known) in zip(process.values, ledger) where mine != known {
            throw Violation(text: "node \(member.id) heard \(mine) where \(known) was committed")
        }
        if process.values.count > ledger.count { ledger = process.values }
    }

    // MARK: Network

    private func sendAll(_ index: Int) throws {
        guard let process = members[index].process else { return }
        for (message, bytes) in process.transport.takeAll() { try send(index, message, bytes) }
    }

    private func send(_ index: Int, _ outgoing: RaftMessage, _ bytes: ByteBuffer) throws {
        let sender = members[index]
        let target: Int
        switch outgoing.peer {
        case .node(let id): target = Int(id.rawValue)
        case .bootstrap(let place): target = place
        case .connection: return toTools.append(outgoing)
        }
        var (message, content) = (outgoing, bytes)
        message.peer = .node(sender.id)
        var asker: UInt64?
        if case .answer = message.body {
            asker = message.correlation >> 32
            message.correlation &= 0xffff_ffff
        } else {
            message.correlation |= sender.incarnation << 32
        }
        let isRefused = target == index || members[target].process == nil
        if isRefused {
            guard asker == nil else { return }
            return deliver(.failed(outgoing.peer, correlation: outgoing.correlation), to: index, sender.incarnation)
        }
        if sender.isCutOff || members[target].isCutOff || Int(random.next() % 100) < loss { return }
        tamper(&message, &content)
        if let heard = try translate(message, content, target) {
            return deliver(.message(heard.0, bytes: heard.1), to: target, asker)
        }
        guard case .request(let request) = message.body, let answer = request.answerOfOldPeer else {
            throw Violation(text: "\(message.body) cannot be said")
        }
        let instead = RaftMessage(outgoing.peer, outgoing.correlation, .answer(answer))
        deliver(.message(instead, bytes: ByteBuffer()), to: index, sender.incarnation)
    }

    private func deliver(_ item: RaftInbox.Item, to index: Int, _ incarnation: UInt64?) {
        let delay = Int64(200_000 + random.next() % 3_000_000)
        deliveries.append(Delivery(time: now + delay, to: index, incarnation: incarnation, item: item))
    }

    // MARK: Time

    /// The next thing that happens, if it happens before `end`.
    private func step(until end: Int64) throws -> Bool {
        let delivery = deliveries.indices.min { deliveries[$0].time < deliveries[$1].time }
        let waking = members.indices.filter { members[$0].process != nil && members[$0].wakesAt != .never }
            .min { members[$0].wakesAt < members[$1].wakesAt }
        let wakeTime = waking.map { members[$0].wakesAt.nanoseconds } ?? .max
        if let delivery, deliveries[delivery].time <= wakeTime {
            guard deliveries[delivery].time <= end else { return false }
            let next = deliveries.remove(at: delivery)
            ticks.advance(to: next.time)
            let member = members[next.to]
            guard let process = member.process, next.incarnation ?? member.incarnation == member.incarnation else {
                return true
            }
            process.inbox.post(next.item)
            try turn(next.to)
            return true
        }
        guard let waking, wakeTime <= end else { return false }
        ticks.advance(to: max(now + 1000, wakeTime))
        try turn(waking)
        return true
    }

    func run(milliseconds: Int64) throws {
        let end = now + milliseconds * 1_000_000
        while try step(until: end) {}
        ticks.advance(to: end)
    }

    /// Runs until that is so; it has to be within 60 seconds.
    func run(_ what: String, until isDone: () -> Bool) throws {
        let end = now + 60_000_000_000
        while !isDone() {
            guard now < end else { throw Violation(text: "not within a minute: \(what)\n\(description)") }
            try run(milliseconds: 10)
        }
    }

    /// How it stands, and what happened last.
    private var description: String {
        let states = members.map { member in
            guard let process = member.process else {
                return "node \(member.id) is down: \(member.failure ?? "crashed")"
            }
            return
                "node \(member.id) heard \(process.values.count) values to \(process.position): \(RaftText.state(process.quorum.replica))"
        }
        return (["\(ledger.count) are committed"] + states + log.suffix(40)).joined(separator: "\n")
    }

    // MARK: Clients

    var leader: Int? { members.indices.last { members[$0].process?.leading != nil && !members[$0].isCutOff } }

    /// Whoever believes to lead proposes a value.
    func propose(_ count: Int = 1) throws {
        for index in members.indices {
            guard let process = members[index].process, let epoch = process.leading else { continue }
            proposals += 1
            let values = (0..<count).map { ByteBuffer(string: "value \(proposals).\($0) of node \(index) in \(epoch)") }
            do throws(ProposalError) {
                _ = try process.quorum.propose(values, epoch: epoch, now: wall)
            } catch {
                if case .failed(let reason) = error { note("\(index) cannot propose: \(reason)") }
            }
            try turn(index)
        }
    }

    /// All that run have heard all that is committed, and more can be.
    func agree() throws {
        loss = 0
        for member in members { member.isCutOff = false }
        for index in members.indices where members[index].process == nil { try start(index) }
        try run("someone leads") { leader != nil }
        let before = ledger.count
        try run("something is committed") {
            if leader != nil { try? propose() }
            return ledger.count > before
        }
        try run("all hear all") { members.allSatisfy { $0.process?.values.count == ledger.count } }
    }

    func note(_ line: String) { log.append("\(now / 1_000_000) \(line)") }
}

/// Keeps what a quorum sends, until the network takes it.
final class CollectingTransport: RaftTransport {
    private let messages = Mutex<[(RaftMessage, ByteBuffer)]>([])
    /// Where nodes were asked.
    private let addresses = Mutex<[NodeId: Set<String>]>([:])

    func send(_ message: RaftMessage, to addresses: [VoterEndpoint], bytes: ByteBuffer) {
        messages.withLock { $0.append((message, bytes)) }
        guard case .request = message.body, case .node(let id) = message.peer else { return }
        self.addresses.withLock {
            $0[id, default: []].formUnion(addresses.map(\.host) + (addresses.isEmpty ? [""] : []))
        }
    }

    func hosts(of id: NodeId) -> Set<String> { addresses.withLock { $0[id] ?? [] } }

    func takeAll() -> [(RaftMessage, ByteBuffer)] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
