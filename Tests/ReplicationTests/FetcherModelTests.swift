import KafkaProtocol
import TestSupport
import Testing

@testable import Replication

/// A fetcher and its leader under random events: what the leader's session has is what the follower's logs are at, and whatever is ready
/// is asked for in time.
struct FetcherModelTests {
    /// A partition as the follower knows it.
    private struct Follower {
        var topicId: KafkaUUID
        var epoch: LeaderEpoch = 0
        var offset: Int64 = 0
        /// The log does something else.
        var isBusy = false
        /// The leader refused it in this epoch because it is in a later one.
        var fencedIn: LeaderEpoch?
        var readySince: Int64 = 0

        var position: FetchPosition {
            FetchPosition(leader: 1, leaderEpoch: epoch, offset: offset, lastFetchedEpoch: nil, logStart: 0)
        }
    }

    /// What the leader has of the session, as a broker keeps it.
    private struct Leader {
        var id: Int32 = 0
        var epoch: Int32 = 0
        var parts: [Key: FetchPosition] = [:]
        var nextId: Int32 = 100
    }

    private struct Key: Hashable {
        var id: TopicPartition
        var topicId: KafkaUUID
    }

    private final class World {
        var random: SeededGenerator
        var now: Int64 = 0
        var fetcher = ReplicaFetcher(options: .init(patienceMillis: 50, firstBackoffMillis: 5, maxBackoffMillis: 40))
        var followers: [TopicPartition: Follower] = [:]
        var leader = Leader()
        var underway: ReplicaFetcher.Request?
        /// The request under way was taken in by the leader.
        var isInStep = false
        var requests = 0
        let names = (0..<6).map { TopicPartition("t", Int32($0)) }

        init(seed: UInt64) { random = SeededGenerator(seed: seed) }

        var time: MonotonicTime { MonotonicTime(milliseconds: now) }
        func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
        func chance(_ percent: Int) -> Bool { below(100) < percent }
        func name() -> TopicPartition { names[below(names.count)] }

        /// Metadata, or the log, says something new.
        func change() {
            let id = name()
            guard var follower = followers[id] else {
                let follower = Follower(
                    topicId: KafkaUUID(high: 1, low: UInt64(below(2))),
                    readySince: now
                )
                followers[id] = follower
                return fetcher.follow(id, topicId: follower.topicId, follower.position, now: time)
            }
            switch below(5) {
            case 0:
                followers[id] = nil
                return fetcher.forget(id)
            case 1:
                follower.epoch = LeaderEpoch(follower.epoch.rawValue + 1)
                if let fenced = follower.fencedIn, follower.epoch > fenced { follower.fencedIn = nil }
            case 2: follower.isBusy = true
            case 3: follower.topicId = KafkaUUID(high: 1, low: UInt64(below(2)))
            default:
                if follower.isBusy { follower.offset += Int64(below(3)) }
                follower.isBusy = false
            }
            if follower.topicId != followers[id]?.topicId { follower.fencedIn = nil }
            follower.readySince = now
            followers[id] = follower
            fetcher.follow(id, topicId: follower.topicId, follower.isBusy ? nil : follower.position, now: time)
        }

        /// The fetcher is asked for its next request.
        func ask() {
            guard let request = fetcher.next(now: time) else { return }
            #expect(underway == nil, "a second request while one is under way")
            requests += 1
            underway = request
            for part in request.parts {
                let follower = followers[part.id]
                #expect(
                    follower?.isBusy == false && follower?.fencedIn == nil,
                    "\(part.id) is asked for, and cannot be"
                )
                #expect(follower?.position == part.position && follower?.topicId == part.topicId)
            }
            isInStep = false
            if !chance(10) { receive(request) }
        }

        /// The leader takes a request in as brokers do: first what is named, then what is forgotten.
        private func receive(_ request: ReplicaFetcher.Request) {
            if request.epoch == 0 {
                leader.nextId += 1
                (leader.id, leader.epoch, leader.parts) = (leader.nextId, 1, [:])
            } else if request.session != leader.id || request.epoch != leader.epoch {
                return
            } else {
                leader.epoch += 1
            }
            isInStep = true
            for part in request.parts { leader.parts[Key(id: part.id, topicId: part.topicId)] = part.position }
            for part in request.forgotten { leader.parts[Key(id: part.id, topicId: part.topicId)] = nil }
            check()
        }

        /// Each partition of the leader's session is where its log is, or is left out of account until it is named again.
        private func check() {
            for (key, position) in leader.parts {
                guard let follower = followers[key.id] else {
                    Issue.record("\(key.id) is in the session, and nobody follows it")
                    continue
                }
                #expect(follower.topicId == key.topicId, "\(key.id) is in the session by its topic's former id")
                #expect(!follower.isBusy && position == follower.position, "\(key.id): \(position)")
            }
        }

        func answer() {
            guard let request = underway else { return }
            underway = nil
            switch below(12) {
            case 0: fetcher.failed(nil, now: time)
            case 1:
                // The session is gone: by eviction, or because the leader was started anew.
                (leader.id, leader.parts) = (0, [:])
                fetcher.failed(.fetchSessionIdNotFound, now: time)
            case 2 where request.epoch == 0: fetcher.answered(session: 0)
            default:
                guard isInStep else { return fetcher.failed(.invalidFetchSessionEpoch, now: time) }
                fetcher.answered(session: leader.id)
                deliver()
            }
        }

        /// What the leader says of partitions: records, refusals.
        private func deliver() {
            for key in leader.parts.keys.sorted(by: { $0.id < $1.id }) where chance(40) {
                guard var follower = followers[key.id], follower.topicId == key.topicId else { continue }
                switch below(6) {
                case 0:
                    follower.fencedIn = leader.parts[key]?.leaderEpoch
                    if let fenced = follower.fencedIn, follower.epoch > fenced { follower.fencedIn = nil }
                    fetcher.refused(key.id, .fencedLeaderEpoch, now: time)
                case 1: fetcher.refused(key.id, .unknownLeaderEpoch, now: time)
                default:
                    fetcher.succeeded(key.id)
                    follower.isBusy = true
                    fetcher.follow(key.id, topicId: key.topicId, nil, now: time)
                    if chance(70) {
                        follower.offset += 1
                        follower.isBusy = false
                        fetcher.follow(key.id, topicId: key.topicId, follower.position, now: time)
                    }
                }
                follower.readySince = now
                followers[key.id] = follower
            }
        }

        /// Without failures, all that can be asked for is in the leader's session after a while.
        func settle() {
            for id in names where followers[id]?.isBusy == true {
                followers[id]?.isBusy = false
                if let follower = followers[id] {
                    fetcher.follow(id, topicId: follower.topicId, follower.position, now: time)
                }
            }
            for _ in 0..<20 {
                if underway != nil {
                    underway = nil
                    isInStep ? fetcher.answered(session: leader.id) : fetcher.failed(nil, now: time)
                }
                now += 25
                if let request = fetcher.next(now: time) {
                    underway = request
                    isInStep = false
                    receive(request)
                }
            }
            let wanted = followers.filter { $0.value.fencedIn == nil }
            #expect(leader.parts.count == wanted.count || wanted.isEmpty, "\(leader.parts.keys) of \(wanted.keys)")
            for (id, follower) in wanted {
                #expect(leader.parts[Key(id: id, topicId: follower.topicId)] == follower.position, "\(id)")
            }
        }

    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func theLeaderKnowsWhereTheLogsAre(_ seed: UInt64) {
        let world = World(seed: seed)
        for _ in 0..<400 {
            world.now += Int64(world.below(8))
            switch world.below(10) {
            case 0..<3: world.change()
            case 3..<7: world.ask()
            default: world.answer()
            }
        }
        #expect(world.requests > 10, "seed \(seed)")
        world.settle()
    }

    @Test func pausesDoubleUpToTheirLimit() {
        let options = ReplicaFetcher.Options(firstBackoffMillis: 10, maxBackoffMillis: 1000)
        #expect((1...9).map { options.backoff($0) } == [10, 20, 40, 80, 160, 320, 640, 1000, 1000])
        #expect(options.backoff(.max) == 1000)
        #expect(ReplicaFetcher.Options(firstBackoffMillis: 0, maxBackoffMillis: 0).backoff(5) == 1)
    }

    /// Of many partitions, a request names those that changed.
    @Test func aRequestNamesWhatHasChanged() throws {
        var fetcher = ReplicaFetcher()
        let now = MonotonicTime(milliseconds: 0)
        let topicId = KafkaUUID(high: 1, low: 1)
        func position(_ offset: Int64) -> FetchPosition {
            FetchPosition(leader: 1, leaderEpoch: 0, offset: offset, lastFetchedEpoch: nil, logStart: 0)
        }
        for number in 0..<3000 as Range<Int32> {
            fetcher.follow(TopicPartition("t", number), topicId: topicId, position(0), now: now)
        }
        #expect(fetcher.next(now: now)?.parts.count == 3000)
        fetcher.answered(session: 5)
        fetcher.follow(TopicPartition("t", 77), topicId: topicId, nil, now: now)
        fetcher.follow(TopicPartition("t", 77), topicId: topicId, position(1), now: now)
        let request = fetcher.next(now: now)
        let second = try #require(request)
        #expect(second.parts.map(\.id) == [TopicPartition("t", 77)] && second.epoch == 1 && second.forgotten.isEmpty)
    }
}
