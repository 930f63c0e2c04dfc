import ClusterMetadata
import Coordination
import KafkaProtocol
import KafkaRecords
import LogStorage
import Replication
import Synchronization
import Testing
import World

@testable import Broker

/// What becomes of the batches of a coordinator, and of those who wait for them.
extension GroupRuntimeTests {
    private struct Fixture {
        var store: PartitionStore
        var image: MetadataImage
        var groups: GroupRuntime
        var shell: GroupRuntime.Shell
        var session: BrokerSession
        var partition: Partition { shell.partition }
    }

    private func fixture(_ world: World, _ resolver: ConfigResolver, replicas: [Int32] = [1]) throws -> Fixture {
        let store = try PartitionStore.ofOneDirectory(world, id: topicId)
        let (image, delta) = try image(replicas: replicas)
        store.apply(delta, image: image, resolver: resolver)
        let session = BrokerSession(millis: 9000, time: world.time)
        let groups = GroupRuntime(
            world: world,
            config: try BrokerConfig([:]),
            session: session,
            eventLoops: loop,
            logger: .silent,
            decisions: .silent
        )
        groups.follow(try route(image, store))
        let shell = try #require(groups.all.first)
        return Fixture(store: store, image: image, groups: groups, shell: shell, session: session)
    }

    private func codes(_ answers: Answers) -> [ErrorCode] {
        answers.all.withLock { answers in
            answers.map { answer in
                switch answer {
                case .success(.commit(let codes)): codes.first ?? .unknownServerError
                case .success: .unknownServerError
                case .failure(let code): code
                }
            }
        }
    }

    // MARK: Batches

    @Test func commitsThatComeWhileOneIsOnItsWayShareABatchAndAnFsync() throws {
        let fixture = try fixture(world, resolver)
        let (counted, answers) = (Counted(), Answers())
        disk.setPlan { _, operation, path in
            if operation == "sync", path.contains("__consumer_offsets-"), path.hasSuffix(".log") { counted.add() }
            return .proceed
        }
        for offset in 1...20 as ClosedRange<Int64> { submit(commit(offset), fixture.shell, answers) }
        #expect(answers.count == 0, "nothing is on the disk")
        threads.runAll()
        #expect(codes(answers) == Array(repeating: .none, count: 20))
        #expect(offset(fixture.shell) == .success(20), "in their order")
        let batches = try fixture.partition.readBatches(from: 0, maxBytes: 1 << 20)
        #expect(batches.map(\.header.recordCount) == [1, 19] && counted.value == 2)
    }

    @Test func aBatchThatCannotBeWrittenTakesBackAllOfIt() throws {
        let fixture = try fixture(world, resolver)
        let answers = Answers()
        submit(commit(1), fixture.shell, answers)
        for offset in 2...5 as ClosedRange<Int64> { submit(commit(offset), fixture.shell, answers) }
        disk.setPlan { _, operation, path in
            operation == "write" && path.contains("__consumer_offsets-") && path.hasSuffix(".log")
                ? .fail(errno: 28) : .proceed
        }
        threads.runAll()
        #expect(codes(answers) == [.none] + Array(repeating: .kafkaStorageError, count: 4))
        #expect(offset(fixture.shell) == .success(1))
        disk.setPlan { _, _, _ in .proceed }
        submit(commit(6), fixture.shell, answers)
        threads.runAll()
        #expect(answers.last == ErrorCode.none && offset(fixture.shell) == .success(6))
    }

    private final class Counted: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    // MARK: Outcomes that nobody knows

    /// Another replica has all below an offset.
    private func followerFetches(upTo offset: Int64, of partition: Partition) {
        let now = world.time.now
        let (refusal, after) = partition.state.withLock { state in
            var effects = ReplicaEffects()
            let fetch = FollowerFetch(
                id: 2,
                brokerEpoch: -1,
                leaderEpoch: state.replica.epoch,
                offset: offset,
                now: now
            )
            let refusal = state.replica.followerFetched(fetch, &effects)
            return (refusal, partition.take(effects, &state))
        }
        #expect(refusal == nil)
        partition.finish(after)
    }

    private func setInSync(_ isr: [Int32], _ fixture: inout Fixture, _ resolver: ConfigResolver) throws {
        var delta = MetadataDelta()
        var record = PartitionChangeRecord()
        (record.partitionId, record.topicId, record.isr) = (0, topicId, isr)
        try fixture.image.apply(.partitionChange(record), &delta)
        fixture.store.apply(delta, image: fixture.image, resolver: resolver)
    }

    /// The batch is in the log of all replicas, but when it has reached the disk too few of them are in sync: it may stay or not. This node
    /// leads on, so what counts is what its log says.
    @Test func aShardOfWhoseBatchNobodyKnowsIsLoadedAgain() throws {
        let settings = ["min.insync.replicas": "2"]
        let careful = ConfigResolver(
            staticBroker: settings.merging(["ottla.flush.policy": "ack"]) { $1 },
            ownDefaults: [:]
        )
        let quick = ConfigResolver(staticBroker: settings, ownDefaults: [:])
        var fixture = try fixture(world, careful, replicas: [1, 2])
        let (shell, answers) = (fixture.shell, Answers())
        submit(commit(6), shell, answers)
        submit(commit(7), shell, answers)
        followerFetches(upTo: 1, of: fixture.partition)
        // Now the watermark does not wait for the disk any more, but this answer still does.
        fixture.partition.reconfigure(fixture.store.settings(TopicName.consumerOffsets, fixture.image, quick))
        try setInSync([1], &fixture, quick)
        #expect(answers.count == 0 && shell.refusal == nil)
        threads.runAll()
        #expect(codes(answers) == [.notCoordinator, .notCoordinator], "one may be there, one is not")
        #expect(shell.refusal == nil, "nobody else coordinates")
        #expect(offset(shell) == .success(6), "the log has it")
        submit(commit(8), shell, answers)
        #expect(answers.last == .notEnoughReplicas && offset(shell) == .success(6))
        try setInSync([1, 2], &fixture, quick)
        submit(commit(9), shell, answers)
        followerFetches(upTo: 2, of: fixture.partition)
        #expect(answers.last == ErrorCode.none && offset(shell) == .success(9))
    }

    // MARK: Successors

    private func refusal(_ fixture: Fixture) -> ErrorCode {
        let answer = fixture.groups.shard(0)
        if case .failure(let code) = answer { return code }
        return .none
    }

    /// A follower's session, as the partition knows it.
    private func fetches(_ id: NodeId, _ fixture: Fixture) -> FollowerSession {
        let session = FollowerSession(id)
        fixture.partition.state.withLock {
            $0.followers.append(FetchReader(signal: FetchSignal(places: 1), place: 0, follower: session))
        }
        return session
    }

    private func pass(millis: Int64) { ticks.advance(to: ticks.now + millis * 1_000_000) }

    @Test func aCoordinatorOnWhichNobodyCountsSendsGroupsElsewhere() throws {
        var fixture = try fixture(world, resolver, replicas: [1, 2, 3])
        fixture.session.confirm(world.time.now)
        #expect(refusal(fixture) == .none, "no follower has come yet, and the controller counts on this broker")
        pass(millis: 9001)
        #expect(refusal(fixture) == .notCoordinator, "both of the others may lead")
        let (second, third) = (fetches(2, fixture), fetches(3, fixture))
        _ = second.fetched(at: world.time.now)
        #expect(refusal(fixture) == .notCoordinator, "one of them may")
        _ = third.fetched(at: world.time.now)
        #expect(refusal(fixture) == .none, "there is no controller, and groups go on without one")
        pass(millis: 1001)
        _ = second.fetched(at: world.time.now)
        #expect(refusal(fixture) == .notCoordinator, "the third has not come again")
        try setInSync([1, 2], &fixture, resolver)
        #expect(refusal(fixture) == .none, "who is not in sync is not elected")
        pass(millis: 1001)
        #expect(refusal(fixture) == .notCoordinator)
        fixture.session.confirm(world.time.now)
        #expect(refusal(fixture) == .none)
    }

    @Test func aCoordinatorOfTransactionsIsToldOfLeadersOnly() {
        for code in [ErrorCode.notCoordinator, .coordinatorLoadInProgress, .coordinatorNotAvailable] {
            #expect(MarkerWriter.markerCode(code) == .notLeaderOrFollower)
        }
        for code in [ErrorCode.none, .invalidProducerEpoch, .transactionCoordinatorFenced, .notEnoughReplicas] {
            #expect(MarkerWriter.markerCode(code) == code)
        }
    }

    @Test(arguments: [(0, 1000), (500, 1000), (4000, 8000)] as [(Int64, Int64)])
    func followersThatWaitLongerMayBeSilentLonger(_ wait: Int64, _ silence: Int64) {
        #expect(BrokerSession(millis: 9000, fetchWaitMillis: wait, time: world.time).followerMillis == silence)
    }

    @Test func aCoordinatorThatIsTheOnlyReplicaInSyncHasNoSuccessor() throws {
        let fixture = try fixture(world, resolver)
        fixture.session.confirm(world.time.now)
        pass(millis: 60_000)
        #expect(refusal(fixture) == .none)
    }

    // MARK: Expiry

    @Test func offsetsOutliveAWallClockThatJumpsAhead() throws {
        let day: Int64 = 86_400_000
        let clock = VirtualClock(ticks, wall: WallTime(milliseconds: 1_700_000_000_000), sleep: { _ in })
        let fixture = try fixture(.manual(disk, threads, clock), resolver)
        let answers = Answers()
        submit(commit(5), fixture.shell, answers)
        threads.runAll()
        clock.moveWall(milliseconds: 300 * day)
        func expire() {
            fixture.groups.expire(at: WallTime(milliseconds: fixture.store.retentionTime()))
            threads.runAll()
        }
        expire()
        #expect(offset(fixture.shell) == .success(5))
        // A week is what they are kept for.
        ticks.advance(to: ticks.now + 8 * day * 1_000_000)
        expire()
        #expect(offset(fixture.shell) == .success(nil))
    }
}
