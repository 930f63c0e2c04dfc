import KafkaProtocol
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// What a client believes of topics while brokers tell it news of different age.
struct TopicMapTests {
    private var map = TopicMap(maxAgeMillis: 1000, retryMillis: 10, retryMaxMillis: 40)
    private let key = TopicPartition("t", 0)

    /// - Parameter leaders: id and epoch of each partition's leader.
    static func answer(
        _ leaders: [(Int32, Int32)],
        id: UInt64 = 1,
        error: ErrorCode = .none
    ) -> MetadataResponse.MetadataResponseTopic {
        var topic = MetadataResponse.MetadataResponseTopic()
        topic.name = "t"
        topic.errorCode = error
        topic.topicId = KafkaUUID(high: 0, low: id)
        topic.partitions = leaders.enumerated().map { index, leader in
            var partition = MetadataResponse.MetadataResponsePartition()
            partition.partitionIndex = Int32(index)
            (partition.leaderId, partition.leaderEpoch) = leader
            return partition
        }
        return topic
    }

    private mutating func learn(_ leaders: (Int32, Int32)..., id: UInt64 = 1, at now: Int64 = 0) {
        map.learn(Self.answer(leaders, id: id), nowMillis: now)
    }

    @Test mutating func olderNewsAreNotBelieved() {
        learn((1, 5), (2, 5))
        #expect(map.leader(of: key) == 1 && map.count(of: "t") == 2)
        learn((3, 4), (4, 6))
        #expect(map.leader(of: key) == 1)
        #expect(map.leader(of: TopicPartition("t", 1)) == 4)
        // A leader that did not do may be one again, in the same epoch, but not in an older one.
        map.lost(key, from: 1)
        #expect(map.leader(of: key) == nil)
        learn((3, 4), (4, 6))
        #expect(map.leader(of: key) == nil)
        learn((1, 5), (4, 6))
        #expect(map.leader(of: key) == 1)
        learn((-1, 6), (4, 6))
        #expect(map.leader(of: key) == nil, "there is none now")
    }

    @Test mutating func anotherTopicOfTheSameNameBeginsAgain() {
        learn((1, 5), (1, 5), (1, 5))
        learn((2, 0), id: 2)
        #expect(map.leader(of: key) == 2 && map.count(of: "t") == 1)
        // Brokers that give no ids don't say whether it is another one.
        learn((3, 0), (3, 0), id: 0)
        learn((1, 4), id: 0)
        learn((2, 3), id: 0)
        #expect(map.leader(of: key) == 2 && map.count(of: "t") == 1)
    }

    @Test mutating func partitionsNeverGetFewer() {
        learn((1, 0), (1, 0), (1, 0))
        learn((1, 0), (1, 0))
        #expect(map.count(of: "t") == 3)
        #expect(map.leader(of: TopicPartition("t", 2)) == 1)
        learn((1, 0), (1, 0), (1, 0), (2, 0))
        #expect(map.leader(of: TopicPartition("t", 3)) == 2)
    }

    @Test mutating func aBrokerThatIsNoLeaderAnyMoreSaysWhoIs() {
        learn((1, 5))
        map.lost(key, from: 1)
        map.moved(key, to: 2, epoch: 6)
        #expect(map.leader(of: key) == 2)
        // What else was under way to the former leader comes back too.
        map.lost(key, from: 1)
        map.moved(key, to: 2, epoch: 6)
        #expect(map.leader(of: key) == 2)
        // Two that each say that it is the other do not play with it.
        map.lost(key, from: 2)
        map.moved(key, to: 1, epoch: 5)
        #expect(map.leader(of: key) == nil)
        map.moved(key, to: -1, epoch: -1)
        #expect(map.leader(of: key) == nil)
    }

    @Test mutating func allThatABrokerLedIsLookedForAgain() {
        learn((1, 0), (2, 0), (1, 0))
        map.lost(broker: 1)
        #expect((0..<3).map { map.leader(of: TopicPartition("t", $0)) } == [nil, 2, nil])
    }

    @Test mutating func aTopicThatIsGoneIsForgottenWhenThatIsSaidTwice() {
        learn((1, 0))
        map.learn(Self.answer([], error: .leaderNotAvailable), nowMillis: 0)
        #expect(map.count(of: "t") == 1, "an error that passes")
        // Whoever says so may not know it yet.
        map.learn(Self.answer([], error: .unknownTopicOrPartition), nowMillis: 100)
        #expect(map.leader(of: key) == 1 && map.refreshAtMillis == 110)
        learn((1, 0))
        map.learn(Self.answer([], error: .unknownTopicOrPartition), nowMillis: 200)
        #expect(map.leader(of: key) == 1)
        map.learn(Self.answer([], error: .unknownTopicOrPartition), nowMillis: 210)
        #expect(map.count(of: "t") == nil && map.leader(of: key) == nil)
        map.learn(Self.answer([], error: .unknownTopicOrPartition), nowMillis: 220)
        #expect(map.count(of: "t") == nil)
    }

    @Test mutating func everythingIsAskedAboutAgainWhenItIsOld() {
        #expect(map.refreshAtMillis == nil && map.takeDue(nowMillis: 5000) == [])
        learn((1, 0), at: 100)
        learn((1, 0), at: 600)
        #expect(map.refreshAtMillis == 1100)
        #expect(map.takeDue(nowMillis: 1099) == [])
        #expect(map.takeDue(nowMillis: 1100) == ["t"])
        #expect(map.takeDue(nowMillis: 1100) == [])
        map.refreshFailed(nowMillis: 1200)
        #expect(map.takeDue(nowMillis: 1210) == ["t"])
        #expect(map.refreshAtMillis == 2210)
    }

    @Test mutating func aTopicWithoutALeaderIsAskedAboutAfterPausesThatDouble() {
        let both: Set = ["t", "u"]
        #expect(map.mayAsk(both, nowMillis: 0) == both)
        var now: Int64 = 0
        for pause: Int64 in [10, 20, 40, 40] {
            learn((-1, 0), (2, 0), at: now)
            map.askedInVain("t", nowMillis: now)
            #expect(map.mayAsk(both, nowMillis: now + pause - 1) == ["u"], "the other one does not wait for it")
            #expect(map.mayAsk(both, nowMillis: now + pause) == both)
            now += pause
        }
        learn((1, 1), (2, 0), at: now)
        map.askedInVain("t", nowMillis: now)
        #expect(map.mayAsk(both, nowMillis: now + 10) == both, "it had a leader meanwhile, so it begins again")
        #expect(map.mayAsk([], nowMillis: now) == [])
    }

    @Test mutating func oddAnswersHarmNothing() {
        var odd = Self.answer([(1, 0), (2, 0)])
        odd.partitions[0].partitionIndex = 7
        odd.partitions[1].partitionIndex = -1
        map.learn(odd, nowMillis: 0)
        #expect(map.count(of: "t") == 2 && map.leader(of: key) == nil)
        #expect(map.leader(of: TopicPartition("t", -1)) == nil && map.leader(of: TopicPartition("t", 7)) == nil)
        map.lost(TopicPartition("t", 7), from: 1)
        map.moved(TopicPartition("u", 0), to: 1, epoch: 1)
        var nameless = odd
        nameless.name = nil
        map.learn(nameless, nowMillis: 0)
        #expect(map.count(of: "u") == nil)
    }

    /// Leaders change, partitions come, the topic is deleted and made again, while each broker knows only what it knew some time ago.
    @Test(arguments: 0..<200) func itNeverGoesBackAndComesToKnowEverything(seed: Int) throws {
        var dice = SeededGenerator(seed: UInt64(seed))
        var history = [(id: UInt64(1), leaders: [(Int32(0), Int32(0)), (0, 0)])]
        var seen = [Int](repeating: 0, count: 3)
        var map = TopicMap(maxAgeMillis: 1000, retryMillis: 10, retryMaxMillis: 40)
        var newest: [Int32: Int32] = [:]
        var topic: UInt64 = 0
        var count = 0
        for _ in 0..<300 {
            var now = history[history.count - 1]
            switch dice.next(below: 12) {
            case 0..<3:
                let index = dice.next(below: now.leaders.count)
                now.leaders[index] = (Int32(dice.next(below: 4)) - 1, now.leaders[index].1 + 1)
                history.append(now)
            case 3 where now.leaders.count < 6:
                now.leaders.append((Int32(dice.next(below: 3)), 0))
                history.append(now)
            case 4 where dice.next(below: 10) == 0:
                // Before it is made again, everybody knows that it is gone.
                for _ in 0..<2 { map.learn(Self.answer([], error: .unknownTopicOrPartition), nowMillis: 0) }
                history.append((now.id + 1, [(Int32(dice.next(below: 3)), 0)]))
                seen = seen.map { _ in history.count - 1 }
                (newest, topic, count) = ([:], 0, 0)
            case 5: map.lost(broker: Int32(dice.next(below: 3)))
            case 6:
                // Who led when the client last asked says who leads now, as far as it knows.
                let index = Int32(dice.next(below: now.leaders.count))
                let key = TopicPartition("t", index)
                guard let asked = map.leader(of: key), topic == now.id else { continue }
                let told = history[seen[Int(asked)]]
                guard told.id == now.id, told.leaders.indices.contains(Int(index)) else { continue }
                let (leader, epoch) = told.leaders[Int(index)]
                if leader == asked { continue }
                map.lost(key, from: asked)
                map.moved(key, to: leader, epoch: epoch)
                if map.leader(of: key) != nil { newest[index] = max(newest[index] ?? 0, epoch) }
            default:
                let broker = dice.next(below: 3)
                seen[broker] = min(history.count - 1, seen[broker] + dice.next(below: 4))
                let told = history[seen[broker]]
                let before = told.leaders.indices.map { map.leader(of: TopicPartition("t", Int32($0))) }
                map.learn(Self.answer(told.leaders, id: told.id), nowMillis: 0)
                if topic != told.id { (newest, topic, count) = ([:], told.id, 0) }
                for (index, (leader, epoch)) in told.leaders.enumerated() {
                    let isNews = epoch >= newest[Int32(index)] ?? 0
                    if isNews { newest[Int32(index)] = epoch }
                    let expected = isNews ? (leader >= 0 ? leader : nil) : before[index]
                    #expect(map.leader(of: TopicPartition("t", Int32(index))) == expected)
                }
                #expect(map.count(of: "t") == max(count, told.leaders.count))
                count = max(count, told.leaders.count)
            }
        }
        let end = history[history.count - 1]
        map.learn(Self.answer(end.leaders, id: end.id), nowMillis: 0)
        for (index, (leader, _)) in end.leaders.enumerated() {
            #expect(map.leader(of: TopicPartition("t", Int32(index))) == (leader >= 0 ? leader : nil))
        }
    }
}
