import KafkaProtocol

@testable import KRaft

/// Carries out the commands of a transcript on one replica. `README.txt` beside the transcripts explains them.
struct RaftTranscript {
    struct Mistake: Error { var text: String }

    private var replica: RaftReplica?
    private var options: RaftOptions?
    private var now: Int64 = 0
    private var ticket: UInt64 = 0
    /// The last request to a peer: answers of a transcript are to that one.
    private var asked: [RaftPeer: UInt64] = [:]
    private var lastIncoming: UInt64 = 100

    mutating func perform(_ command: String) throws -> [String] {
        var words = RaftWords(command)
        let name = words.next() ?? ""
        if name == "replica" {
            try create(&words)
            return try run(.tick)
        }
        if name == "state" { return [RaftText.state(try current)] }
        return try run(try event(name, &words))
    }

    private var current: RaftReplica {
        get throws {
            guard let replica else { throw Mistake(text: "there is no replica yet") }
            return replica
        }
    }

    private mutating func run(_ event: RaftEvent) throws -> [String] {
        var next = try current
        let effects = next.handle(event, now: MonotonicTime(milliseconds: now), random: 4)
        replica = next
        if effects.ticket != 0 { ticket = effects.ticket }
        for message in effects.messages + effects.promises.map(\.message) {
            if case .request = message.body { asked[message.peer] = message.correlation }
        }
        return RaftText.lines(effects)
    }

    static func voter(_ id: NodeId) -> RaftVoter { RaftSimulation.voter(id) }

    private mutating func create(_ words: inout RaftWords) throws {
        let id = NodeId(Int32(try words.number()))
        let own = Self.voter(id)
        let set = RaftVoterSet(try words.ids("voters").map { Self.voter($0) })
        let isDynamic = words.take("dynamic")
        var voters = VoterHistory(configured: isDynamic ? RaftVoterSet() : set)
        if isDynamic {
            voters.append(.kraftVersion(1), at: VoterHistory.unwritten)
            voters.append(.voters(set), at: VoterHistory.unwritten)
        }
        var election = ElectionState()
        if let epoch = words.number(after: "epoch") { election.epoch = LeaderEpoch(Int32(epoch)) }
        if let voted = words.number(after: "voted") { election.voted = Self.voter(NodeId(Int32(voted))).key }
        if let leader = words.number(after: "leader") { election.leader = NodeId(Int32(leader)) }
        var (end, epochs): (Int64, [RaftLog.EpochStart]) = (0, [])
        var snapshots: [SnapshotId] = []
        if let snapshot = words.snapshot(after: "snapshot") {
            snapshots = [snapshot]
            end = snapshot.endOffset
            epochs = [.init(LeaderEpoch(snapshot.epoch), from: end)]
        }
        let start = end
        for batch in words.batches(from: end) {
            if epochs.last?.epoch != batch.epoch { epochs.append(.init(batch.epoch, from: batch.baseOffset)) }
            end = batch.nextOffset
        }
        let log = RaftLog(startOffset: start, endOffset: end, epochs: epochs, snapshots: snapshots)
        let options = RaftOptions(own: own, clusterId: "c")
        self.options = options
        (now, ticket, asked) = (0, 0, [:])
        let disk = RaftDisk(election: election, log: log, voters: voters)
        replica = RaftReplica(options, disk: disk, now: MonotonicTime(milliseconds: 0), random: 4)
    }

    private mutating func event(_ name: String, _ words: inout RaftWords) throws -> RaftEvent {
        switch name {
        case "at":
            now = try words.number()
            return .tick
        case "disk": return .diskDone(ticket)
        case "propose": return .propose(epoch: try current.election.epoch, count: Int(try words.number()), token: 1)
        case "stored": return .snapshotStored(try words.required(words.snapshot(after: nil)))
        case "installed":
            return .snapshotInstalled(try words.required(words.snapshot(after: nil)), kraftVersion: 0, voters: nil)
        case "shutdown": return .shutDown
        case "unreachable": return .leaderUnreachable(NodeId(Int32(try words.number())))
        case "failed":
            let peer = RaftPeer.node(NodeId(Int32(try words.number())))
            return .failed(peer, correlation: asked[peer] ?? 0)
        case "answer": return try answer(&words)
        case "upgrade":
            let endpoints = try words.required(options).own.endpoints
            return .upgradeKRaftVersion(Int16(try words.number()), endpoints: endpoints, token: 5)
        case "add", "remove":
            let voter = Self.voter(NodeId(Int32(try words.number())))
            let request: RaftRequest =
                name == "add"
                ? .addVoter(.init(clusterId: "c", voter: voter, timeoutMillis: 1000, acknowledgesWhenCommitted: true))
                : .removeVoter(.init(clusterId: "c", voter: voter.key))
            return .received(RaftMessage(.connection(1), 1, .request(request)))
        default: return try request(name, &words)
        }
    }

    private mutating func request(_ name: String, _ words: inout RaftWords) throws -> RaftEvent {
        let from = NodeId(Int32(try words.number()))
        let cluster = words.take("foreign") ? "other" : "c"
        let epoch = LeaderEpoch(Int32(try words.required(words.number(after: "epoch"))))
        let own = try words.required(options).own.key
        let request: RaftRequest
        switch name {
        case "vote", "prevote":
            request = .vote(
                .init(
                    clusterId: cluster,
                    candidate: Self.voter(from).key,
                    epoch: epoch,
                    voter: words.take("stranger") ? Self.voter(99).key : own,
                    last: try words.required(words.position(after: "last")),
                    isPreVote: name == "prevote"
                )
            )
        case "begin":
            request = .beginEpoch(.init(clusterId: cluster, voter: own, leader: from, epoch: epoch, endpoints: []))
        case "end":
            let candidates = try words.ids("candidates").map { Self.voter($0).key }
            request = .endEpoch(.init(clusterId: cluster, leader: from, epoch: epoch, candidates: candidates))
        case "fetch":
            let position = try words.required(words.position(after: "offset"))
            request = .fetch(
                .init(
                    clusterId: cluster,
                    replica: Self.voter(from).key,
                    epoch: epoch,
                    offset: position.endOffset,
                    lastFetchedEpoch: position.epoch,
                    highWatermark: words.number(after: "hw") ?? RaftRequest.Fetch.unknownHighWatermark,
                    maxWaitMillis: 500
                )
            )
        case "fetchsnapshot":
            request = .fetchSnapshot(
                .init(
                    clusterId: cluster,
                    replica: Self.voter(from).key,
                    epoch: epoch,
                    snapshot: try words.required(words.snapshot(after: "of")),
                    position: words.number(after: "position") ?? 0
                )
            )
        case "update": request = .updateVoter(.init(clusterId: cluster, epoch: epoch, voter: updated(from, &words)))
        default: throw Mistake(text: "\(name) is no command")
        }
        lastIncoming += 1
        return .received(RaftMessage(.node(from), lastIncoming, .request(request)))
    }

    /// A voter as it tells of itself.
    private func updated(_ id: NodeId, _ words: inout RaftWords) -> RaftVoter {
        var voter = Self.voter(id)
        if words.take("moved") { voter.endpoints[0].host = "elsewhere" }
        if words.take("old") { voter.maxKRaftVersion = 0 }
        return voter
    }

    private mutating func answer(_ words: inout RaftWords) throws -> RaftEvent {
        let from = RaftPeer.node(NodeId(Int32(try words.number())))
        let kind = words.next() ?? ""
        let epoch = LeaderEpoch(Int32(try words.required(words.number(after: "epoch"))))
        let hint = LeaderHint(epoch: epoch, leader: words.number(after: "leader").map { NodeId(Int32($0)) })
        let error = words.number(after: "error").map { ErrorCode(rawValue: Int16($0)) } ?? .none
        let answer: RaftAnswer
        switch kind {
        case "granted", "refused": answer = .vote(.init(error: error, hint: hint, isGranted: kind == "granted"))
        case "ended": answer = .endEpoch(error, hint)
        case "fetched":
            var fetch = RaftAnswer.Fetch(error: error, hint: hint)
            fetch.highWatermark = words.number(after: "hw") ?? -1
            fetch.diverging = words.position(after: "diverging")
            fetch.snapshot = words.snapshot(after: "snapshot")
            fetch.batches = words.batches(from: try current.log.endOffset)
            answer = .fetch(fetch)
        case "chunk":
            let snapshot = try words.required(words.snapshot(after: nil))
            let position = try words.required(words.number(after: "position"))
            answer = .fetchSnapshot(
                .init(error: error, hint: hint, snapshot: snapshot, position: position, size: 200, length: 100)
            )
        default: throw Mistake(text: "\(kind) is no answer")
        }
        return .received(RaftMessage(from, asked[from] ?? 0, .answer(answer)))
    }
}

/// The words of a command.
struct RaftWords {
    private var rest: [Substring]

    init(_ line: String) { rest = line.split(separator: " ") }

    mutating func next() -> String? { rest.isEmpty ? nil : String(rest.removeFirst()) }

    mutating func take(_ word: String) -> Bool {
        guard let index = rest.firstIndex(of: Substring(word)) else { return false }
        rest.remove(at: index)
        return true
    }

    func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw RaftTranscript.Mistake(text: "something is missing before \(rest)") }
        return value
    }

    mutating func number() throws -> Int64 { try required(next().flatMap { Int64($0) }) }

    private mutating func word(after name: String?) -> String? {
        guard let name else { return next() }
        guard let index = rest.firstIndex(of: Substring(name)), index + 1 < rest.count else { return nil }
        let value = String(rest[index + 1])
        rest.removeSubrange(index...(index + 1))
        return value
    }

    mutating func number(after name: String) -> Int64? { word(after: name).flatMap { Int64($0) } }

    mutating func ids(_ name: String) throws -> [NodeId] {
        try required(word(after: name)).split(separator: ",").compactMap { Int32($0).map { NodeId($0) } }
    }

    /// `5@2`: a log that ends at 5 with a record of epoch 2.
    mutating func position(after name: String) -> LogPosition? {
        let parts = word(after: name)?.split(separator: "@") ?? []
        guard parts.count == 2, let offset = Int64(parts[0]), let epoch = Int32(parts[1]) else { return nil }
        return LogPosition(epoch: LeaderEpoch(epoch), endOffset: offset)
    }

    /// `5-2`
    mutating func snapshot(after name: String?) -> SnapshotId? {
        let parts = word(after: name)?.split(separator: "-") ?? []
        guard parts.count == 2, let offset = Int64(parts[0]), let epoch = Int32(parts[1]) else { return nil }
        return SnapshotId(endOffset: offset, epoch: epoch)
    }

    /// What is left: `2x3` is a batch of epoch 2 with 3 records.
    mutating func batches(from start: Int64) -> [RaftBatch] {
        var end = start
        return rest.compactMap { word in
            let parts = word.split(separator: "x")
            guard parts.count == 2, let epoch = Int32(parts[0]), let count = Int64(parts[1]) else { return nil }
            defer { end += count }
            return RaftBatch(baseOffset: end, nextOffset: end + count, epoch: LeaderEpoch(epoch), token: UInt64(end))
        }
    }
}
