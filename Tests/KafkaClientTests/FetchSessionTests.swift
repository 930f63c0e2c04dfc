import KafkaProtocol
import Replication
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// The consumer's idea of what a broker remembers, beside what our broker does remember.
struct FetchSessionTests {
    private func part(_ partition: Int32, _ offset: Int64, topic: UInt64 = 1) -> FetchEngine.Part {
        let id = KafkaUUID(high: 0, low: topic)
        return FetchEngine.Part(key: TopicPartition("t\(topic)", partition), topicId: id, offset: offset, turn: 0)
    }

    @Test func onlyWhatChangedIsNamed() {
        var session = ConsumerFetchSession()
        let first = session.next([part(0, 5), part(1, 0)], usesIds: true)
        #expect(first == .init(id: 0, epoch: 0, parts: [part(0, 5), part(1, 0)], forgotten: []))
        session.answered(id: 9)
        #expect(
            session.next([part(0, 5), part(1, 0)], usesIds: true) == .init(id: 9, epoch: 1, parts: [], forgotten: [])
        )
        session.answered(id: 9)
        let third = session.next([part(1, 7), part(2, 0)], usesIds: true)
        #expect(third == .init(id: 9, epoch: 2, parts: [part(1, 7), part(2, 0)], forgotten: [part(0, 5)]))
        session.forget()
        let fourth = session.next([part(1, 7)], usesIds: true)
        #expect(fourth == .init(id: 9, epoch: 0, parts: [part(1, 7)], forgotten: []), "ends the old one")
        session.answered(id: 0)
        #expect(session.next([part(1, 7)], usesIds: true).epoch == 0, "a broker without room keeps none")
    }

    @Test func aTopicThatWasMadeAgainIsAnotherOne() {
        var session = ConsumerFetchSession()
        _ = session.next([part(0, 5)], usesIds: true)
        session.answered(id: 9)
        var again = part(0, 0)
        again.topicId = KafkaUUID(high: 0, low: 77)
        let change = session.next([again], usesIds: true)
        #expect(change == .init(id: 9, epoch: 1, parts: [again], forgotten: [part(0, 5)]))
        session.answered(id: 9)
        #expect(session.next([again], usesIds: false).epoch == 0, "names and ids don't mix")
    }

    /// Requests are lost on the way and on the way back, brokers forget sessions or have no room for them.
    @Test(arguments: 0..<100 as Range<UInt64>) func theBrokerAlwaysAnswersForWhatIsWanted(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var session = ConsumerFetchSession()
        var broker = RememberingBroker(limit: 2)
        var successes = 0
        for round in 0..<200 {
            let usesIds = seed % 3 != 0 || dice.next(below: 20) > 0
            var wanted = (0..<6).compactMap { index -> FetchEngine.Part? in
                dice.next(below: 3) == 0
                    ? nil : part(Int32(index % 3), Int64(dice.next(below: 3)), topic: UInt64(index / 3 + 1))
            }
            if wanted.isEmpty { wanted = [part(0, 0)] }
            let change = session.next(wanted, usesIds: usesIds)
            if dice.next(below: 15) == 0 {
                session.forget()
                continue
            }
            if dice.next(below: 15) == 0 { broker = RememberingBroker(limit: dice.next(below: 3)) }
            let answer = broker.fetch(
                id: change.id,
                epoch: change.epoch,
                requests: change.parts.map { request($0, usesIds) },
                forgotten: change.forgotten.map { request($0, usesIds) },
                usesIds: usesIds,
                now: MonotonicTime(milliseconds: Int64(round) * 1000),
                &dice
            )
            if answer.code != .none {
                #expect(session.isLost(answer.code))
                session.forget()
                continue
            }
            let answered = answer.partitions.map { "\($0.topic)\($0.topicId)-\($0.partition)@\($0.fetchOffset)" }
            let expected = wanted.map { request($0, usesIds) }.map {
                "\($0.topic)\($0.topicId)-\($0.partition)@\($0.fetchOffset)"
            }
            #expect(Set(answered) == Set(expected), "seed \(seed), round \(round)")
            successes += 1
            if dice.next(below: 15) == 0 { session.forget() } else { session.answered(id: answer.id) }
        }
        #expect(successes > 100)
    }

    /// What our broker remembers, and so all that it answers for.
    private struct RememberingBroker: ~Copyable {
        private var cache: FetchSessionCache
        private var sessions: [Int32: SessionPartitions] = [:]

        init(limit: Int) { cache = FetchSessionCache(limit: limit) }

        mutating func fetch(
            id: Int32,
            epoch: Int32,
            requests: [FetchPartitionRequest],
            forgotten: [FetchPartitionRequest],
            usesIds: Bool,
            now: MonotonicTime,
            _ dice: inout SeededGenerator
        ) -> (code: ErrorCode, id: Int32, partitions: [FetchPartitionRequest]) {
            var ended: [Int32] = []
            let decision = cache.begin(
                id: id,
                epoch: epoch,
                usesTopicIds: usesIds,
                now: now,
                using: &dice,
                ended: &ended
            )
            for id in ended { sessions[id] = nil }
            switch decision {
            case .failed(let code): return (code, 0, [])
            case .sessionless: return (.none, 0, requests)
            case .new(let id), .incremental(let id):
                var session = sessions[id] ?? SessionPartitions(usesTopicIds: usesIds, isolation: 0)
                _ = session.update(requests, forgotten: forgotten, isolation: 0)
                sessions[id] = session
                return (.none, id, session.take(marked: Array(0..<session.placeCount)).map(\.request))
            }
        }
    }

    private func request(_ part: FetchEngine.Part, _ usesIds: Bool) -> FetchPartitionRequest {
        FetchPartitionRequest(
            topic: usesIds ? "" : part.key.topic,
            topicId: usesIds ? part.topicId ?? .zero : .zero,
            partition: part.key.partition,
            currentLeaderEpoch: -1,
            fetchOffset: part.offset,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            maxBytes: 1
        )
    }
}
