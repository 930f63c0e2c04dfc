import KafkaProtocol
import Replication
import Testing

func fetchRequest(_ topic: String, offset: Int64 = 0, maxBytes: Int32 = 100) -> FetchPartitionRequest {
    FetchPartitionRequest(
        topic: topic,
        topicId: .zero,
        partition: 0,
        currentLeaderEpoch: -1,
        fetchOffset: offset,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        maxBytes: maxBytes
    )
}

struct FetchSessionCacheTests {
    static func begin(
        _ cache: inout FetchSessionCache,
        id: Int32 = 0,
        epoch: Int32 = 0,
        ids: Bool = false,
        now: Int64 = 0
    ) -> (decision: FetchSessionDecision, ended: [Int32]) {
        var random = SystemRandomNumberGenerator()
        var ended: [Int32] = []
        let decision = cache.begin(
            id: id,
            epoch: epoch,
            usesTopicIds: ids,
            now: MonotonicTime(milliseconds: now),
            using: &random,
            ended: &ended
        )
        return (decision, ended)
    }

    static func new(_ cache: inout FetchSessionCache, now: Int64 = 0) throws -> Int32 {
        guard case .new(let id) = begin(&cache, now: now).decision else { throw NoSession() }
        return id
    }

    private struct NoSession: Error {}

    @Test func wrongSessionsGetTheirCodes() throws {
        var cache = FetchSessionCache(limit: 10)
        let id = try Self.new(&cache)
        #expect(Self.begin(&cache, id: id &+ 1, epoch: 1).decision == .failed(.fetchSessionIdNotFound))
        #expect(Self.begin(&cache, id: id, epoch: 2).decision == .failed(.invalidFetchSessionEpoch))
        #expect(Self.begin(&cache, id: id, epoch: 1, ids: true).decision == .failed(.fetchSessionTopicIdError))
        #expect(Self.begin(&cache, id: id, epoch: 1).decision == .incremental(id))
        let last = Self.begin(&cache, id: id, epoch: -1)
        #expect(last.decision == .sessionless && last.ended == [id])
        #expect(Self.begin(&cache, id: id, epoch: 2).decision == .failed(.fetchSessionIdNotFound), "epoch -1 ended it")
    }

    @Test func theNumberOfSessionsIsBounded() throws {
        var cache = FetchSessionCache(limit: 3, evictionMillis: 100)
        let ids = try (0..<3).map { try Self.new(&cache, now: $0) }
        #expect(Set(ids).count == 3)
        #expect(Self.begin(&cache, now: 50).decision == .sessionless, "all are in use: answered without a session")
        #expect(Self.begin(&cache, id: ids[0], epoch: 1, now: 150).decision == .incremental(ids[0]))
        #expect(Self.begin(&cache, now: 200).ended == [ids[1]], "the longest unused gives its place")
        #expect(cache.count == 3)
        for now in 0..<1000 as Range<Int64> { _ = Self.begin(&cache, now: now * 1000) }
        #expect(cache.count == 3)
    }

    @Test func aNewSessionEndsTheOneThatItReplaces() throws {
        var cache = FetchSessionCache(limit: 1)
        let id = try Self.new(&cache)
        let next = Self.begin(&cache, id: id, epoch: 0)
        #expect(next.ended == [id] && next.decision != .sessionless && cache.count == 1)
        guard case .new(let fresh) = next.decision else { return }
        cache.end(fresh)
        #expect(cache.count == 0)
    }

    @Test func epochsBeginAgainAtOne() throws {
        var cache = FetchSessionCache(limit: 1)
        let id = try Self.new(&cache)
        for epoch in 1...3 as ClosedRange<Int32> {
            #expect(Self.begin(&cache, id: id, epoch: epoch).decision == .incremental(id))
        }
    }

    /// A follower's fetch is about all partitions of its session: also about one that it names not, and that nobody looks at.
    @Test func aQuietPartitionIsCaughtUpAsOfItsSessionsLastFetch() throws {
        var cache = FetchSessionCache(limit: 1)
        let id = try Self.new(&cache)
        var replica = Replica(
            nodeId: 1,
            log: LogPosition(start: 0, end: 0, durableEnd: 0, lastEpoch: nil),
            highWatermark: 0,
            settings: ReplicaSettings(lagLimitMillis: 1000)
        )
        let time = { MonotonicTime(milliseconds: $0) }
        let members = [ReplicaMember(1), ReplicaMember(2)]
        let metadata = ReplicaMetadata(leader: 1, leaderEpoch: 1, partitionEpoch: 1, isr: [1, 2], replicas: members)
        _ = replica.metadataChanged(metadata, now: time(0))
        var effects = ReplicaEffects()
        let fetch = FollowerFetch(id: 2, brokerEpoch: -1, leaderEpoch: 1, offset: 0, now: time(0))
        let refusal = replica.followerFetched(fetch, &effects)
        #expect(refusal == nil)
        // For an hour there is nothing to look at, and the session goes on fetching.
        for epoch in 1...3600 as ClosedRange<Int32> {
            _ = Self.begin(&cache, id: id, epoch: epoch, now: Int64(epoch) * 1000)
        }
        let needsTicks = replica.needsTicks
        #expect(!needsTicks)
        _ = replica.appended(end: 1, needs: .appended, now: time(3_600_500))
        let lastFetch = { [last = cache.lastFetch(of: id)] (_: NodeId) in last }
        let early = replica.ticked(now: time(3_600_900), lastFetch: lastFetch)
        let follower = replica.followers.first
        #expect(early.isrRequest == nil && follower?.caughtUpAt == time(3_600_000))
        let late = replica.ticked(now: time(3_601_001), lastFetch: lastFetch)
        #expect(late.isrRequest?.isr.map(\.id) == [1], "it has not fetched for longer than it may")
    }
}

struct SessionPartitionsTests {
    private func finding(_ look: FetchLook, mark: Int64, data: Bool = false, error: Bool = false, atEnd: Bool = true)
        -> FetchFinding
    {
        FetchFinding(
            place: look.place,
            highWatermark: mark,
            logStartOffset: 0,
            hasData: data,
            hasError: error,
            isAtEnd: atEnd
        )
    }

    @Test func onlyWhatIsNewIsLookedAtAndMentioned() {
        var session = SessionPartitions(usesTopicIds: false, isolation: 0)
        func update(_ topics: [String] = [], forgotten: [String] = [], isolation: Int8 = 0) -> [Int] {
            session.update(
                topics.map { fetchRequest($0) },
                forgotten: forgotten.map { fetchRequest($0) },
                isolation: isolation
            )
        }
        func take(_ marked: Int...) -> [FetchLook] { session.take(marked: marked) }
        func settle(_ finding: FetchFinding) -> Bool { session.settle(finding) }
        #expect(update(["a", "b", "c"]) == [])
        #expect(session.count == 3)
        let first = take()
        #expect(first.map(\.request.topic) == ["a", "b", "c"])
        let isMentioned = first.map { settle(finding($0, mark: 5)) }
        #expect(isMentioned == [true, true, true])
        #expect(take().isEmpty)
        // Marked, and nothing to tell.
        let second = take(1)
        #expect(second.map(\.request.topic) == ["b"])
        #expect(!settle(finding(second[0], mark: 5)))
        // More than an answer holds: it has its turn again, behind the others.
        let third = take(0, 2)
        #expect(settle(finding(third[0], mark: 9, data: true, atEnd: false)))
        #expect(settle(finding(third[1], mark: 9, atEnd: false)))
        let fourth = take(1)
        #expect(fourth.map(\.request.topic) == ["b", "c", "a"])
        for look in fourth { _ = settle(finding(look, mark: 9)) }
        // An error is told until it ends, and its end is told.
        let fifth = take(1)
        #expect(settle(finding(fifth[0], mark: -1, error: true)))
        let sixth = take()
        #expect(sixth.map(\.request.topic) == ["b"])
        #expect(settle(finding(sixth[0], mark: 9)))
        // What the request names, and everything under another isolation level.
        #expect(update(["c", "d"], forgotten: ["a", "x"]) == [0])
        #expect(take(0).map(\.request.topic) == ["c", "d"])
        #expect(update(["e"]) == [])
        #expect(session.placeCount == 4, "a place is given away again")
        #expect(take().map(\.place) == [0])
        _ = update(isolation: 1)
        #expect(take().map(\.request.topic) == ["b", "c", "d", "e"])
    }
}
