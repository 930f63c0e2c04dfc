import KafkaProtocol
import Testing

@testable import ClusterMetadata

/// For how long partitions had no leader, as far as the controller knows.
struct LeaderlessPartitionsTests {
    private let partition = TopicPartition("t", 0)

    private func at(_ millis: Int64) -> MonotonicTime { MonotonicTime(milliseconds: millis) }

    private func sessions(_ heardAt: Int64) -> BrokerSessions {
        var (image, delta) = (MetadataImage(), MetadataDelta())
        var record = RegisterBrokerRecord()
        (record.brokerId, record.fenced) = (1, false)
        try? image.apply(.registerBroker(record), &delta)
        return BrokerSessions(timeoutMillis: 9000, ownBroker: nil, image: image, endOffset: 0, now: at(heardAt))
    }

    private func change(from before: Int32, to after: Int32, _ cause: DecisionCause) -> ControllerDecision {
        let image = PartitionImage(replicas: [1, 2], isr: [1, 2], leader: before, leaderEpoch: 0, partitionEpoch: 0)
        var changed = image
        changed.leader = after
        return .partition(
            PartitionDecision(partition: partition, before: image, after: changed, election: .inSync, cause: cause)
        )
    }

    /// For how long nobody led before each of these, decided at one time.
    private func unavailable(
        _ leaderless: inout LeaderlessPartitions,
        _ decisions: [ControllerDecision],
        at now: Int64,
        heardAt: Int64 = 0
    ) -> [Int64?] {
        leaderless.follow(decisions, sessions(heardAt), now: at(now)).map { decision in
            guard case .partition(let change) = decision else { return nil }
            return change.unavailableMillis
        }
    }

    @Test func aLeaderThatWasSilentWasGoneAllTheTime() {
        var leaderless = LeaderlessPartitions(began: at(0))
        let fenced = change(from: 1, to: 2, .brokerFenced(1, .sessionEnded(silentMillis: 9001)))
        #expect(unavailable(&leaderless, [fenced], at: 20_000) == [9001])
        let refused = change(from: 1, to: 2, .brokerFenced(1, .refused(silentMillis: 305)))
        #expect(unavailable(&leaderless, [refused], at: 20_000) == [305])
        let restarted = change(from: 1, to: 2, .brokerRestarted(1, isClean: false))
        #expect(unavailable(&leaderless, [restarted], at: 20_000, heardAt: 19_400) == [600])
    }

    @Test func aLeaderThatHandsOverLedUntilThen() {
        var leaderless = LeaderlessPartitions(began: at(0))
        let causes: [DecisionCause] = [
            .brokerStops(1), .rebalance, .askedForPreferred, .brokerFenced(1, .stopped), .directoriesOffline(1, []),
            // It was another one that was silent.
            .brokerFenced(3, .sessionEnded(silentMillis: 9001)),
        ]
        for cause in causes {
            #expect(unavailable(&leaderless, [change(from: 1, to: 2, cause)], at: 20_000) == [0], "\(cause)")
        }
    }

    @Test func whereNobodyLedTheTimeBeginsWithTheLastLeader() {
        var leaderless = LeaderlessPartitions(began: at(0))
        let lost = change(from: 1, to: -1, .brokerFenced(1, .refused(silentMillis: 300)))
        #expect(unavailable(&leaderless, [lost], at: 10_000) == [nil])
        let found = change(from: -1, to: 2, .brokerUnfenced(2))
        #expect(unavailable(&leaderless, [found], at: 15_000) == [5300])
        // That is over: nothing of it is left for another time.
        #expect(unavailable(&leaderless, [found], at: 16_000) == [16_000])
    }

    @Test func aNewControllerKnowsSinceItBegan() {
        var leaderless = LeaderlessPartitions(began: at(4000))
        #expect(unavailable(&leaderless, [change(from: -1, to: 2, .brokerUnfenced(2))], at: 5000) == [1000])
        _ = unavailable(&leaderless, [change(from: 1, to: -1, .brokerStops(1))], at: 6000)
        leaderless.forget(topics: ["t"])
        #expect(unavailable(&leaderless, [change(from: -1, to: 2, .brokerUnfenced(2))], at: 7000) == [3000])
    }

    @Test func whatElectsNobodyIsLeftAsItIs() {
        var leaderless = LeaderlessPartitions(began: at(0))
        let others: [ControllerDecision] = [
            change(from: 1, to: 1, .askedByLeader(1)), .fenced(broker: 1, epoch: 4, .asked),
        ]
        #expect(leaderless.follow(others, sessions(0), now: at(100)) == others)
    }
}
