import KafkaProtocol
import NIOCore
import TestSupport

@testable import Coordination

/// Groups on their runtime, with a clock of their own and a log in memory: what the shell does, without the shell.
final class GroupWorld {
    private(set) var runtime: CoordinatorRuntime<GroupShard>
    private let config: GroupConfig
    var moment = Moment(now: MonotonicTime(milliseconds: 1_000_000), wall: WallTime(milliseconds: 1_700_000_000_000))
    private(set) var log: [CoordinatorBatch<CoordinatorRecord>] = []
    private(set) var answers: [CoordinatorToken: Result<GroupResponse, ErrorCode>] = [:]
    /// In the order of the answers.
    private(set) var answered: [CoordinatorToken] = []
    private(set) var reasons: [GroupReason] = []
    /// Every batch is refused with this.
    var failure: ErrorCode?
    /// Batches stay on their way until `write` or `commit`.
    var isHeld = false
    private var outstanding: CoordinatorAppend<CoordinatorRecord>?
    private(set) var committedOffset: Int64 = 0
    private var lastToken: CoordinatorToken = 0
    private var random: any RandomNumberGenerator = SeededGenerator(seed: 1)

    init(
        log: [CoordinatorBatch<CoordinatorRecord>] = [],
        batchBytes: Int = 1 << 20,
        _ change: (inout GroupConfig) -> Void = { _ in }
    ) {
        var config = GroupConfig()
        config.initialRebalanceDelay = 0
        change(&config)
        self.config = config
        self.log = log
        runtime = CoordinatorRuntime(
            config: config,
            limits: .init(sharedBytes: batchBytes / 2, batchBytes: batchBytes, commitTimeoutMillis: 5000)
        )
        take()
    }

    var reader: GroupReader { runtime.shard.reader }
    var now: MonotonicTime { moment.now }

    // MARK: The shell

    func take() {
        guard let term = runtime.take().load else { return }
        committedOffset = log.last?.endOffset ?? 0
        carryOut(runtime.committed(upTo: committedOffset, term))
        for batch in log { runtime.load(batch, term) }
        runtime.loaded(term, at: moment)
    }

    func giveUp() { carryOut(runtime.giveUp(.notCoordinator)) }

    /// Loses what is not committed, and the memory of it.
    func crash() {
        log.removeAll { $0.endOffset > committedOffset }
        outstanding = nil
        let limits = runtime.limits
        runtime = CoordinatorRuntime(config: config, limits: limits)
        take()
    }

    func carryOut(_ effects: CoordinatorEffects<GroupShard>) {
        reasons += effects.reasons.map(\.reason)
        for (token, result) in effects.answers {
            precondition(answers[token] == nil, "answered twice")
            answers[token] = result
            answered.append(token)
        }
        guard let append = effects.append else { return }
        outstanding = append
        if !isHeld {
            write()
            commit()
        }
    }

    /// The batch on its way reaches the log, or is refused.
    func write() {
        guard let append = outstanding else { return }
        outstanding = nil
        if let failure { return carryOut(runtime.appendFailed(append.id, failure, at: moment)) }
        let count =
            switch append.content {
            case .records(let records), .transactional(let records, _): records.count
            case .marker: 1
            }
        let end = (log.last?.endOffset ?? 0) + Int64(count)
        log.append(CoordinatorBatch(append.content, endOffset: end))
        carryOut(runtime.appended(append.id, endOffset: end))
    }

    /// Everything in the log is committed.
    func commit() {
        committedOffset = log.last?.endOffset ?? 0
        carryOut(runtime.committed(upTo: committedOffset, runtime.term))
    }

    /// All that is under way arrives.
    func settle() {
        while outstanding != nil { write() }
        commit()
    }

    /// Lets time pass, with every timer on the way.
    func pass(_ millis: Int64) {
        let end = now.adding(milliseconds: millis)
        while runtime.nextDeadline <= end {
            advance(to: max(runtime.nextDeadline, now))
            carryOut(runtime.tick(at: moment))
            if runtime.nextDeadline <= now { break }
        }
        advance(to: end)
    }

    private func advance(to time: MonotonicTime) {
        moment.wall.milliseconds += time.milliseconds(since: now)
        moment.now = time
    }

    // MARK: Requests

    @discardableResult
    func send(_ request: GroupRequest) -> CoordinatorToken {
        lastToken += 1
        carryOut(runtime.handle(request, from: lastToken, at: moment, using: &random))
        return lastToken
    }

    func joined(_ token: CoordinatorToken) -> JoinGroupResponse? {
        switch answers[token] {
        case .success(.join(let response)): return response
        case .failure(let code):
            var response = JoinGroupResponse()
            response.errorCode = code
            return response
        default: return nil
        }
    }

    func synced(_ token: CoordinatorToken) -> SyncGroupResponse? {
        switch answers[token] {
        case .success(.sync(let response)): return response
        case .failure(let code):
            var response = SyncGroupResponse()
            response.errorCode = code
            return response
        default: return nil
        }
    }

    func code(_ token: CoordinatorToken) -> ErrorCode? {
        switch answers[token] {
        case .success(.join(let response)): response.errorCode
        case .success(.sync(let response)): response.errorCode
        case .success(.leave(let response)): response.errorCode
        case .success(.heartbeat(let code)), .success(.delete(let code)): code
        case .success(.commit(let codes)): codes.first
        case .success(.ticket): ErrorCode.none
        case .success(.deleteOffsets(let code, let results)): code == .none ? results.values.first : code
        case .failure(let code): code
        case nil: nil
        }
    }

    func join(
        _ member: String = "",
        instance: String? = nil,
        session: Int32 = 10_000,
        rebalance: Int32 = 60_000,
        protocols: [String] = ["range"],
        type: String = "consumer",
        version: Int16 = 3,
        group: String = "g"
    ) -> CoordinatorToken {
        var request = JoinGroupRequest()
        request.groupId = group
        request.memberId = member
        request.groupInstanceId = instance
        request.sessionTimeoutMs = session
        request.rebalanceTimeoutMs = rebalance
        request.protocolType = type
        request.protocols = protocols.map { name in
            var row = JoinGroupRequest.JoinGroupRequestProtocol()
            row.name = name
            row.metadata = ByteBuffer(string: name)
            return row
        }
        return send(.join(request, version: version, client: GroupClient(clientId: "c", host: "/h")))
    }

    func sync(_ member: String, _ generation: Int32, _ assignments: [String: String] = [:]) -> CoordinatorToken {
        var request = SyncGroupRequest()
        request.groupId = "g"
        request.memberId = member
        request.generationId = generation
        request.assignments = assignments.sorted { $0.key < $1.key }.map { id, text in
            var row = SyncGroupRequest.SyncGroupRequestAssignment()
            row.memberId = id
            row.assignment = ByteBuffer(string: text)
            return row
        }
        return send(.sync(request))
    }

    func beat(_ member: String, _ generation: Int32, instance: String? = nil) -> CoordinatorToken {
        var request = HeartbeatRequest()
        request.groupId = "g"
        request.memberId = member
        request.groupInstanceId = instance
        request.generationId = generation
        return send(.heartbeat(request))
    }

    func heartbeat(_ member: String, _ generation: Int32, instance: String? = nil) -> ErrorCode? {
        code(beat(member, generation, instance: instance))
    }

    func leave(_ member: String) -> ErrorCode? {
        var request = LeaveGroupRequest()
        request.groupId = "g"
        request.memberId = member
        return code(send(.leave(request, version: 2)))
    }

    func sendCommit(
        _ offset: Int64,
        member: String = "",
        generation: Int32 = -1,
        group: String = "g",
        topic: String = "t",
        metadata: String = ""
    ) -> CoordinatorToken {
        var commit = GroupCommit(group: group, version: 8)
        commit.memberId = member
        commit.generation = generation
        commit.offsets = [GroupCommit.Offset(TopicPartition(topic, 0), offset: offset, metadata: metadata)]
        return send(.commit(commit))
    }

    func commit(
        _ offset: Int64,
        member: String = "",
        generation: Int32 = -1,
        group: String = "g",
        topic: String = "t",
        metadata: String = ""
    ) -> ErrorCode? {
        code(
            sendCommit(
                offset,
                member: member,
                generation: generation,
                group: group,
                topic: topic,
                metadata: metadata
            )
        )
    }

    func deleteOffset(_ topic: String = "t", group: String = "g") -> ErrorCode? {
        code(send(.deleteOffsets(group: group, [TopicPartition(topic, 0)])))
    }

    func delete(_ group: String) -> ErrorCode? { code(send(.delete(group: group))) }

    func expire() { carryOut(runtime.handle(.expire(at: moment.wall), from: nil, at: moment, using: &random)) }

    func forget(_ topics: Set<String>) {
        carryOut(runtime.handle(.forget(topics: topics), from: nil, at: moment, using: &random))
    }

    func end(_ marker: TransactionMarker) {
        carryOut(runtime.end(marker, from: nil, .heartbeat(.none), at: moment))
    }

    // MARK: What there is

    /// Batches that were decided on and are not in the log yet.
    var unwritten: [CoordinatorAppend<CoordinatorRecord>.Content] {
        let underWay = outstanding.map { $0.id.term == runtime.term ? [$0.content] : [] } ?? []
        return underWay + runtime.gathered.map(\.content)
    }

    /// Of the group as it stands, whether that is written or not.
    var joinedGeneration: Int32 { runtime.shard.groups["g"]?.generation ?? 0 }

    func offset(_ group: String = "g", topic: String = "t") -> CommittedOffset? {
        reader.committedOffset(group: group, TopicPartition(topic, 0))
    }

    func state(_ group: String = "g") -> String { reader.describe(group, version: 5).groupState }
    var groupIds: [String] { reader.list(states: [], types: []).map(\.groupId) }

    /// A group of two stable members; the first leads.
    func stablePair() throws -> (leader: String, follower: String, generation: Int32) {
        let first = join()
        let leader = joined(first)?.memberId ?? ""
        _ = sync(leader, 1, [leader: "all"])
        let second = join()
        let again = join(leader)
        let generation = joined(again)?.generationId ?? 0
        let follower = joined(second)?.memberId ?? ""
        _ = sync(leader, generation, [leader: "A", follower: "B"])
        _ = sync(follower, generation)
        return (leader, follower, generation)
    }

    /// The groups that load this one's log.
    func reloaded() -> GroupWorld {
        let other = GroupWorld(log: log)
        other.moment = moment
        return other
    }
}
