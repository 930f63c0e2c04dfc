import KafkaProtocol
import Replication
import Testing

struct FetchSessionTests {
    static func request(_ topic: String, offset: Int64 = 0) -> FetchPartitionRequest {
        FetchPartitionRequest(
            topic: topic,
            topicId: .zero,
            partition: 0,
            currentLeaderEpoch: -1,
            fetchOffset: offset,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            maxBytes: 100
        )
    }

    static func begin(
        _ cache: inout FetchSessionCache,
        id: Int32 = 0,
        epoch: Int32 = 0,
        _ topics: [String] = [],
        forgotten: [String] = [],
        ids: Bool = false,
        now: Int64 = 0
    ) -> FetchContext {
        var random = SystemRandomNumberGenerator()
        return cache.begin(
            id: id,
            epoch: epoch,
            requests: topics.map { request($0) },
            forgotten: forgotten.map { request($0) },
            usesTopicIds: ids,
            now: now,
            using: &random
        )
    }

    @Test func aSessionRemembersItsPartitionsAndSaysOnlyWhatIsNew() {
        var cache = FetchSessionCache(limit: 10)
        let first = Self.begin(&cache, ["a", "b"])
        let id = first.sessionId
        #expect(id != 0 && first.partitions.map(\.topic) == ["a", "b"])
        func says(_ context: FetchContext, _ topic: String, mark: Int64 = 5, data: Bool = false, error: Bool = false)
            -> Bool
        {
            cache.mentions(
                context,
                Self.request(topic),
                highWatermark: mark,
                logStartOffset: 0,
                hasData: data,
                hasError: error
            )
        }
        #expect(says(first, "a") && says(first, "b"), "a full answer says everything")
        let second = Self.begin(&cache, id: id, epoch: 1)
        #expect(second.partitions.map(\.topic) == ["a", "b"])
        #expect(!says(second, "a") && says(second, "b", mark: 6))
        let third = Self.begin(&cache, id: id, epoch: 2, ["c"], forgotten: ["b"])
        #expect(third.partitions.map(\.topic) == ["a", "c"])
        #expect(says(third, "a", data: true) && says(third, "c"))
        let fourth = Self.begin(&cache, id: id, epoch: 3)
        #expect(fourth.partitions.map(\.topic) == ["c", "a"], "who got data comes last next time")
        #expect(says(fourth, "c", error: true))
        let fifth = Self.begin(&cache, id: id, epoch: 4)
        #expect(says(fifth, "c"), "the end of an error is news")
    }

    @Test func wrongSessionsGetTheirCodes() {
        func code(_ context: FetchContext) -> ErrorCode? { if case .failed(let code) = context { code } else { nil } }
        var cache = FetchSessionCache(limit: 10)
        let id = Self.begin(&cache, ["a"]).sessionId
        #expect(code(Self.begin(&cache, id: id &+ 1, epoch: 1)) == .fetchSessionIdNotFound)
        #expect(code(Self.begin(&cache, id: id, epoch: 2)) == .invalidFetchSessionEpoch)
        #expect(code(Self.begin(&cache, id: id, epoch: 1, ids: true)) == .fetchSessionTopicIdError)
        #expect(code(Self.begin(&cache, id: id, epoch: 1)) == nil)
        #expect(Self.begin(&cache, id: id, epoch: -1, ["a"]).sessionId == 0)
        #expect(code(Self.begin(&cache, id: id, epoch: 2)) == .fetchSessionIdNotFound, "epoch -1 ended it")
    }

    @Test func theNumberOfSessionsIsBounded() {
        var cache = FetchSessionCache(limit: 3, evictionMillis: 100)
        let ids = (0..<3).map { Self.begin(&cache, ["a"], now: Int64($0)).sessionId }
        #expect(Set(ids).count == 3)
        #expect(Self.begin(&cache, ["a"], now: 50).sessionId == 0, "all are in use: answered without a session")
        #expect(Self.begin(&cache, ["a"], now: 200).sessionId != 0, "the longest unused gives its place")
        #expect(cache.count == 3)
        for now in 0..<1000 { _ = Self.begin(&cache, ["a"], now: Int64(now) * 1000) }
        #expect(cache.count == 3)
    }
}
