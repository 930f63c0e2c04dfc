import KafkaProtocol
import KafkaRecords
import NIOCore

@testable import KRaft

/// A replica in the place of a recorded node: it hears what that node was asked and answered, when it was, and what it says is
/// compared with what the node said.
///
/// Nothing tells when a node began to wait for an election and how long it had drawn: it stands when the node did. A node without a leader
/// asks again every few milliseconds, ours backs off: questions that repeat the one before are not expected, but what they taught is told.
final class RecordedNode {
    /// A request of ours on its way.
    struct Sent {
        var peer: RaftPeer
        var correlation: UInt64
        var request: RaftRequest
        var time: Int64
    }

    enum Step: Int, Comparable {
        case asks, arrives, isAsked, tells, isAnswered

        static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
    }

    let id: NodeId
    let calls: [RecordedCall]
    let setup: RecordedSetup
    var replica: RaftReplica
    var now: Int64
    /// Requests of ours that were not seen in the recording yet.
    var ahead: [Sent] = []
    /// Requests of the recording that ours has not sent yet, with what they asked.
    var behind: [(call: Int, request: RaftRequest)] = []
    /// By the number of the call.
    var carried: [Int: Sent] = [:]
    var lateAnswers: Set<Int> = []
    /// Requests of others that were decided before the recorded answer left.
    var decided: Set<Int> = []
    var answers: [Int: RaftAnswer] = [:]
    /// What differs, with the second.
    var differences: [String] = []
    /// Compared and found equal, by kind.
    var agreed: [String: Int] = [:]
    var repeats = 0
    private var begun: Set<RaftRequest> = []
    private var lastAsked: RaftRequest?
    private var preVotes: [Int64] = []

    init(_ id: NodeId, _ recording: Recording, _ setup: RecordedSetup) throws {
        self.id = id
        self.setup = setup
        calls = recording.calls.filter { ($0.from == id.rawValue) != ($0.to == id.rawValue) }
        let begin = (calls.first?.time ?? 0) - 5_000_000
        now = begin
        replica = RaftReplica(
            setup.options(id),
            disk: RaftDisk(log: RaftLog(snapshots: [.bootstrap]), voters: setup.voters),
            now: MonotonicTime(nanoseconds: begin),
            random: 4
        )
        for call in calls where call.from == id.rawValue && call.api == .vote {
            guard case .vote(let vote) = try Self.request(call), vote.isPreVote else { continue }
            if let last = preVotes.last, call.time - last < 200_000_000 { continue }
            preVotes.append(call.time)
        }
    }

    static func request(_ call: RecordedCall) throws -> RaftRequest {
        try RecordedWire.request(call.api, call.version, call.request)
    }

    // MARK: The recording

    func run(until end: Int64 = .max) throws {
        let last =
            calls.filter { $0.from == id.rawValue || $0.response != nil }.map {
                $0.from == id.rawValue ? $0.time : $0.answerTime
            }.max() ?? 0
        for (time, step, number) in try steps() where time <= min(last, end) {
            try advance(to: time)
            let call = calls[number]
            switch step {
            case .asks: try asks(number, call)
            case .arrives: try arrives(number, call)
            case .isAsked where decided.remove(number) != nil: break
            case .isAsked:
                try perform(try event(number, call))
                if call.api != .fetch { try compareAnswer(number, call) }
            case .tells: try tells(number, call)
            case .isAnswered: try isAnswered(number, call)
            }
        }
        finish()
    }

    private func steps() throws -> [(time: Int64, step: Step, call: Int)] {
        var result: [(time: Int64, step: Step, call: Int)] = []
        for (number, call) in calls.enumerated() {
            if call.from == id.rawValue {
                result.append((call.time, .asks, number))
                if call.response != nil { result.append((call.answerTime, .isAnswered, number)) }
                continue
            }
            guard let response = call.response else { continue }
            // It was decided when the answer left, at the latest; only Fetch waits for something.
            let waits = call.api == .fetch
            if waits { result.append((call.answerTime, .tells, number)) }
            let isError = try waits && RecordedWire.answer(call.api, call.version, response).answer.error != .none
            let isQuick = isError && call.answerTime - call.time < 50_000_000
            if waits, !isQuick {
                result.append((call.time, .isAsked, number))
            } else {
                result.append((call.time, .arrives, number))
                result.append((call.answerTime, .isAsked, number))
            }
        }
        return result.sorted { ($0.time, $0.step, $0.call) < ($1.time, $1.step, $1.call) }
    }

    private func event(_ number: Int, _ call: RecordedCall) throws -> RaftEvent {
        let request = RaftMessage.Body.request(try Self.request(call))
        return .received(RaftMessage(.connection(UInt64(number)), UInt64(number), request))
    }

    /// When the node decided between a request's arrival and its answer, nobody knows: at once, if that explains the answer, else at its end.
    private func arrives(_ number: Int, _ call: RecordedCall) throws {
        guard let response = call.response else { return }
        var copy = replica
        let effects = copy.handle(try event(number, call), now: MonotonicTime(nanoseconds: now), random: 4)
        for message in effects.messages + effects.promises.map(\.message) {
            guard case .answer(let ours) = message.body, message.peer == .connection(UInt64(number)),
                try RecordedWire.bytes(ours, call.version) == response
            else { continue }
            decided.insert(number)
            try perform(try event(number, call))
            if call.api != .fetch { try compareAnswer(number, call) }
        }
    }

    private func asks(_ number: Int, _ call: RecordedCall) throws {
        let request = try Self.request(call)
        defer { lastAsked = request }
        if case .endEpoch = request, replica.isLeader { try perform(.shutDown) }
        if let index = ahead.lastIndex(where: { isSame($0, request, call.to) }) {
            carried[number] = ahead.remove(at: index)
            // What was said again meanwhile is said.
            ahead.removeAll { isSame($0, request, call.to) }
            return agree(request)
        }
        // Who stands for election asks nobody who leads.
        let isSpared = replica.follower == nil || request == lastAsked || isUnderWay(request)
        if case .fetch = request, isSpared { return repeats += 1 }
        behind.append((number, request))
    }

    private func isUnderWay(_ request: RaftRequest) -> Bool {
        carried.values.contains { $0.request == request } || ahead.contains { isSame($0, request, nil) }
    }

    private func isAnswered(_ number: Int, _ call: RecordedCall) throws {
        guard let response = call.response else { return }
        if carried[number] == nil, behind.contains(where: { $0.call == number }) {
            lateAnswers.insert(number)
            return
        }
        var (answer, bytes) = try RecordedWire.answer(call.api, call.version, response)
        if case .fetch(var fetch) = answer {
            fetch.batches = Self.batches(bytes)
            answer = .fetch(fetch)
        }
        let sent = carried.removeValue(forKey: number)
        let peer = sent?.peer ?? .node(NodeId(call.to))
        try perform(.received(RaftMessage(peer, sent?.correlation ?? 0, .answer(answer))))
        // Records that came from a leader nobody knew of before are asked for again.
        let request = try Self.request(call)
        guard call.api == .fetch, answer.error == .none,
            let index = ahead.lastIndex(where: { isSame($0, request, call.to) && $0.time == now })
        else { return }
        let again = ahead.remove(at: index)
        try perform(.received(RaftMessage(again.peer, again.correlation, .answer(answer))))
    }

    static func batches(_ bytes: ByteBuffer) -> [RaftBatch] {
        RecordBatches(bytes).map { batch in
            let controls = (batch.header.isControl ? try? batch.allRecords() : nil) ?? []
            return RaftBatch(
                baseOffset: batch.header.baseOffset,
                nextOffset: batch.header.nextOffset,
                epoch: LeaderEpoch(batch.header.partitionLeaderEpoch),
                controls: controls.compactMap { try? RaftControl($0) },
                token: 1
            )
        }
    }

    // MARK: The replica

    func advance(to time: Int64) throws {
        while true {
            steer()
            let wake = replica.wakeUp.nanoseconds
            guard wake <= time else { break }
            now = max(now, wake)
            try perform(.tick)
        }
        now = max(now, time)
    }

    /// Elections begin when the node's did, where that can be.
    private func steer() {
        if replica.voters.current.isOnly(replica.options.own.key) { return }
        let next = preVotes.first { $0 >= now - 1_000_000 }
        switch replica.role {
        case .unattached(var unattached):
            let deadline = next.map { MonotonicTime(nanoseconds: $0) } ?? .never
            guard unattached.electionDeadline != deadline else { return }
            unattached.electionDeadline = deadline
            replica.role = .unattached(unattached)
        case .follower(var follower):
            guard replica.mayLead else { return }
            let deadline = next.map { MonotonicTime(nanoseconds: $0) } ?? .never
            let isNear = deadline.milliseconds(since: follower.fetchDeadline).magnitude < 900
            guard deadline != follower.fetchDeadline, isNear || follower.hasLeaderResigned else { return }
            follower.fetchDeadline = deadline
            replica.role = .follower(follower)
        case .prospective, .candidate, .leader, .resigned: return
        }
    }

    func perform(_ event: RaftEvent) throws {
        var effects = replica.handle(event, now: MonotonicTime(nanoseconds: now), random: 4)
        try take(effects)
        while effects.ticket != 0 {
            effects = replica.handle(.diskDone(effects.ticket), now: MonotonicTime(nanoseconds: now), random: 4)
            try take(effects)
        }
        for number in lateAnswers.sorted() where carried[number] != nil {
            lateAnswers.remove(number)
            try isAnswered(number, calls[number])
        }
    }

    private func take(_ effects: RaftEffects) throws {
        for message in effects.messages + effects.promises.map(\.message) {
            switch message.body {
            case .request(let request):
                let sent = Sent(peer: message.peer, correlation: message.correlation, request: request, time: now)
                if let index = behind.firstIndex(where: { isSame(sent, $0.request, calls[$0.call].to) }) {
                    carried[behind.remove(at: index).call] = sent
                    agree(request)
                } else {
                    ahead.append(sent)
                }
            case .answer(let answer): if case .connection(let number) = message.peer { answers[Int(number)] = answer }
            }
        }
        for notice in effects.notices { if case .ignored = notice { differ("\(notice)") } }
    }

    // MARK: Comparing

    func differ(_ text: String) { differences.append("\(Double(now / 1_000_000) / 1000) \(text)") }

    private func agree(_ request: RaftRequest) {
        if case .beginEpoch = request { begun.insert(request) }
        agreed["\(request.messageType.schema.name)", default: 0] += 1
    }

    /// - Parameter target: the node that was asked; who leads can be asked of any.
    private func isSame(_ sent: Sent, _ request: RaftRequest, _ target: Int32?) -> Bool {
        if case .fetch(let ours) = sent.request, case .fetch(var theirs) = request {
            // What a snapshot contains is committed, which ours says at once.
            if theirs.highWatermark < 0 { theirs.highWatermark = ours.highWatermark }
            let isSearch = replica.follower == nil || target == nil
            return ours == theirs && (isSearch || target.map { sent.peer == .node(NodeId($0)) } ?? true)
        }
        return sent.request == request && (target.map { sent.peer == .node(NodeId($0)) } ?? true)
    }

    private func compareAnswer(_ number: Int, _ call: RecordedCall) throws {
        guard let response = call.response, let ours = answers.removeValue(forKey: number) else {
            return differ("\(call.api) of \(call.from) is not answered")
        }
        let theirs = try RecordedWire.answer(call.api, call.version, response).answer
        if try RecordedWire.bytes(ours, call.version) == response || setup.isBetter(ours, theirs, replica) {
            agreed["\(call.api) answered", default: 0] += 1
        } else {
            differ("\(call.api) of \(call.from): \(ours) instead of \(theirs); \(RaftText.state(replica))")
        }
    }

    /// A fetch is answered. What a leader had appended, it appends by then.
    private func tells(_ number: Int, _ call: RecordedCall) throws {
        guard let response = call.response else { return }
        let (answer, bytes) = try RecordedWire.answer(call.api, call.version, response)
        guard case .fetch(let theirs) = answer else { return }
        for batch in Self.batches(bytes) where replica.isLeader && batch.baseOffset == replica.log.endOffset {
            if batch.controls.isEmpty {
                let count = Int(batch.nextOffset - batch.baseOffset)
                try perform(.propose(epoch: batch.epoch, count: count, token: 1))
            } else {
                differ("the leader wrote \(batch.controls) at \(batch.baseOffset)")
            }
        }
        // A leader that stops says so to those who wait, before it tells the others.
        if theirs.error == .notLeaderOrFollower, theirs.hint.leader == id, replica.isLeader { try perform(.shutDown) }
        guard case .fetch(let request) = try Self.request(call) else { return }
        guard case .fetch(let ours)? = answers.removeValue(forKey: number) else {
            // Without news, ours waits until the time is up.
            let isNews =
                theirs.error != .none || bytes.readableBytes > 0 || theirs.highWatermark > request.highWatermark
            if !isNews { return agreed["Fetch waits on", default: 0] += 1 }
            return differ("Fetch of \(call.from) is not answered: \(theirs); \(RaftText.state(replica))")
        }
        if theirs.error != .none || ours.error != .none {
            if setup.isBetter(.fetch(ours), .fetch(theirs), replica) || ours == theirs {
                agreed["Fetch refused", default: 0] += 1
            } else {
                differ("Fetch of \(call.from): \(ours) instead of \(theirs)")
            }
            return
        }
        try compare(ours, theirs, Self.batches(bytes), request, call)
    }

    /// Ours leaves with the first news, the recorded one some milliseconds later, with a few more perhaps.
    private func compare(
        _ ours: RaftAnswer.Fetch,
        _ theirs: RaftAnswer.Fetch,
        _ batches: [RaftBatch],
        _ request: RaftRequest.Fetch,
        _ call: RecordedCall
    ) throws {
        let known = replica.leader?.isEstablished == true ? replica.highWatermark : -1
        let isEqual =
            ours.hint == theirs.hint && ours.diverging == theirs.diverging && ours.snapshot == theirs.snapshot
            && ours.logStartOffset == theirs.logStartOffset
        // Between two answers that leave together, others may have fetched.
        let isWatermarkTheSame = max(ours.highWatermark, theirs.highWatermark) <= known
        let end = batches.last?.nextOffset ?? request.offset
        let isTimeUp = call.answerTime - call.time > 480_000_000
        let hasNews =
            !ours.offsets.isEmpty || ours.highWatermark > request.highWatermark || batches.isEmpty || isTimeUp
        let isBeginning =
            hasNews && ours.offsets.upperBound <= end
            && (ours.offsets.isEmpty || ours.offsets.lowerBound == request.offset)
        if isEqual, isWatermarkTheSame, isBeginning {
            agreed["Fetch answered", default: 0] += 1
        } else {
            differ("Fetch of \(call.from): \(ours) instead of \(theirs) \(batches); knows \(known)")
        }
    }

    /// A node that does not run yet, or is killed or paused, is told things, but nothing of it reaches the wire.
    private func isAway(_ target: NodeId, at time: Int64) -> Bool {
        !calls.contains { call in
            let seen = call.from == target.rawValue ? call.time : call.response == nil ? .max : call.answerTime
            return (call.from == target.rawValue || call.to == target.rawValue) && seen <= time
                && time - seen < 1_000_000_000
        }
    }

    /// What only one of both has sent.
    private func finish() {
        let grace: Int64 = 1_200_000_000
        for sent in ahead where now - sent.time > grace {
            if case .fetch = sent.request { continue }
            if case .node(let target) = sent.peer, isAway(target, at: sent.time) { continue }
            // How often a voter that doesn't fetch is told who leads is each one's own.
            if case .beginEpoch = sent.request, begun.contains(sent.request) { continue }
            differ("at \(Double(sent.time / 1_000_000) / 1000) only ours sent \(sent.peer) \(sent.request)")
        }
        for (number, request) in behind where now - calls[number].time > 100_000_000 {
            let time = Double(calls[number].time / 1_000_000) / 1000
            differ("at \(time) only the node sent \(calls[number].to) \(request)")
        }
    }
}

/// How the nodes of a recording were configured.
struct RecordedSetup {
    var clusterId: String?
    var voters: VoterHistory
    /// The replicas by id, as they tell of themselves.
    var replicas: [NodeId: RaftVoter]

    /// - Parameters:
    ///   - port: controller N listens on port + 10 N + 1.
    ///   - isDynamic: the log names the voters, with their directories.
    init(_ recording: Recording, voters ids: [NodeId], port: UInt16, isDynamic: Bool) throws {
        var directories: [NodeId: KafkaUUID] = [:]
        for call in recording.calls where call.api == .fetch {
            guard case .fetch(let fetch) = try RecordedNode.request(call) else { continue }
            if clusterId == nil { clusterId = fetch.clusterId }
            directories[fetch.replica.id] = fetch.replica.directoryId
        }
        func voter(_ id: NodeId, _ directory: KafkaUUID) -> RaftVoter {
            let ownPort = port + UInt16(id.rawValue) * 10 + 1
            let endpoint = VoterEndpoint(listener: RecordedWire.listener, host: "127.0.0.1", port: ownPort)
            return RaftVoter(ReplicaKey(id, directory), endpoints: [endpoint])
        }
        var known: [NodeId: RaftVoter] = [:]
        for (id, directory) in directories { known[id] = voter(id, directory) }
        replicas = known
        if isDynamic {
            var history = VoterHistory(configured: RaftVoterSet())
            history.append(.kraftVersion(1), at: VoterHistory.unwritten)
            // One that leads alone never says which directory it has.
            let set = RaftVoterSet(
                ids.map { known[$0] ?? voter($0, KafkaUUID(high: 1, low: UInt64($0.rawValue))) }
            )
            history.append(.voters(set), at: VoterHistory.unwritten)
            voters = history
        } else {
            voters = VoterHistory(configured: RaftVoterSet(ids.map { voter($0, .zero) }))
        }
    }

    func options(_ id: NodeId) -> RaftOptions {
        RaftOptions(own: replicas[id] ?? RaftVoter(ReplicaKey(id)), clusterId: clusterId)
    }

    /// Where ours says another thing on purpose.
    func isBetter(_ ours: RaftAnswer, _ theirs: RaftAnswer, _ replica: RaftReplica) -> Bool {
        switch (ours, theirs) {
        case (.vote(let ours), .vote(let theirs)):
            // Who was told that its leader goes, or has not heard it for so long, wants another one.
            if let follower = replica.follower, ours.isGranted, !theirs.isGranted {
                let silence = replica.now.milliseconds(since: follower.lastHeard)
                return follower.hasLeaderResigned || silence >= replica.options.fetchTimeoutMillis
            }
            // A candidate leads as soon as the last vote has come.
            if replica.isLeader, ours.error == theirs.error, ours.hint.epoch == theirs.hint.epoch {
                return theirs.hint.leader == nil && !ours.isGranted && !theirs.isGranted
            }
            // One that has resigned leads nobody, and says so.
            let isResigned = theirs.hint.leader == replica.options.own.key.id && !replica.isLeader
            return isResigned && ours.isGranted == theirs.isGranted && ours.error == theirs.error
                && ours.hint.epoch == theirs.hint.epoch && ours.hint.leader == nil
        case (.fetch(let ours), .fetch(let theirs)):
            let isResigned = theirs.hint.leader == replica.options.own.key.id && !replica.isLeader
            return isResigned && ours.error == theirs.error && ours.hint.epoch == theirs.hint.epoch
                && ours.hint.leader == nil
        default: return false
        }
    }
}
