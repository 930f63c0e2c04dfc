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
        var partition: Partition { shell.partition }
    }

    private func fixture(_ world: World, _ resolver: ConfigResolver, replicas: [Int32] = [1]) throws -> Fixture {
        let store = try PartitionStore.ofOneDirectory(world, id: topicId)
        let (image, delta) = try image(replicas: replicas)
        store.apply(delta, image: image, resolver: resolver)
        let groups = GroupRuntime(
            world: world,
            config: try BrokerConfig([:]),
            eventLoops: loop,
            logger: .silent,
            decisions: .silent
        )
        groups.follow(try route(image, store))
        return Fixture(store: store, image: image, groups: groups, shell: try #require(groups.all.first))
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
