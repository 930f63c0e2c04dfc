import ClusterMetadata
import Coordination
import KafkaProtocol
import LogStorage
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import World

@testable import Broker

/// Coordinators whose leaderships, disks and clock a test moves.
struct GroupRuntimeTests {
    let disk = MemoryFileSystem()
    let threads = ManualThreads()
    let ticks = VirtualTicks(nanoseconds: 1_000_000)
    let loop = EmbeddedEventLoop()
    let topicId = KafkaUUID(high: 7, low: 9)
    let resolver = ConfigResolver(staticBroker: ["ottla.flush.policy": "ack"], ownDefaults: [:])

    var world: World { .manual(disk, threads, ticks) }

    func store() throws -> PartitionStore { try .ofOneDirectory(world, id: topicId) }

    /// The offsets' topic of one partition, which this node leads.
    func image(replicas: [Int32] = [1]) throws -> (MetadataImage, MetadataDelta) {
        var (image, delta) = (MetadataImage(), MetadataDelta())
        var topic = TopicRecord()
        (topic.name, topic.topicId) = (TopicName.consumerOffsets, topicId)
        try image.apply(.topic(topic), &delta)
        var record = PartitionRecord()
        (record.partitionId, record.topicId, record.leader) = (0, topicId, 1)
        (record.replicas, record.isr, record.leaderEpoch, record.partitionEpoch) = (replicas, replicas, 0, 0)
        try image.apply(.partition(record), &delta)
        return (image, delta)
    }

    func change(_ image: inout MetadataImage, leader: Int32) throws -> MetadataDelta {
        var delta = MetadataDelta()
        var record = PartitionChangeRecord()
        (record.partitionId, record.topicId, record.leader) = (0, topicId, leader)
        try image.apply(.partitionChange(record), &delta)
        return delta
    }

    func route(_ image: MetadataImage, _ store: PartitionStore) throws -> TopicRoute {
        let name = TopicName.consumerOffsets
        let metadata = try #require(image.topics[topicId]?.partitions[0])
        var places = PartitionPlaces()
        places.set(0, TopicRoute.place(metadata, store[TopicPartition(name, 0)], nodeId: 1))
        return TopicRoute(name: name, id: topicId, rules: resolver.batchRules([:]), places: places)
    }

    func commit(_ offset: Int64) -> GroupRequest {
        var commit = GroupCommit(group: "g", version: 8)
        commit.offsets = [GroupCommit.Offset(TopicPartition("t", 0), offset: offset, metadata: "")]
        return .commit(commit)
    }

    final class Answers: Sendable {
        let all = Mutex<[Result<GroupResponse, ErrorCode>]>([])
        var count: Int { all.withLock { $0.count } }
        var last: ErrorCode? {
            all.withLock { answers in
                guard let last = answers.last else { return nil }
                if case .failure(let code) = last { return code }
                return ErrorCode.none
            }
        }
    }

    func submit(_ request: GroupRequest, _ shell: GroupRuntime.Shell, _ answers: Answers) {
        shell.submit(request) { result in answers.all.withLock { $0.append(result) } }
    }

    func offset(_ shell: GroupRuntime.Shell) -> Result<Int64?, ErrorCode> {
        shell.read { $0.committedOffset(group: "g", TopicPartition("t", 0))?.offset }
    }

    @Test func aShellOutlivesItsLeadershipSoThatNothingOnItsWayIsForgotten() throws {
        let store = try store()
        var (image, delta) = try image()
        store.apply(delta, image: image, resolver: resolver)
        let groups = GroupRuntime(
            world: world,
            config: try BrokerConfig([:]),
            session: BrokerSession(millis: 9000, time: world.time),
            eventLoops: loop,
            logger: .silent,
            decisions: .silent
        )
        groups.follow(try route(image, store))
        let shell = try #require(groups.all.first)
        #expect(shell.refusal == nil, "an empty partition is served at once")
        let answers = Answers()
        submit(commit(5), shell, answers)
        threads.runAll()
        #expect(answers.last == ErrorCode.none && offset(shell) == .success(5))
        submit(commit(6), shell, answers)
        #expect(answers.count == 1, "it waits for the disk")
        delta = try change(&image, leader: -1)
        store.apply(delta, image: image, resolver: resolver)
        groups.follow(try route(image, store))
        #expect(answers.last == .notCoordinator && groups.all.isEmpty)
        delta = try change(&image, leader: 1)
        store.apply(delta, image: image, resolver: resolver)
        groups.follow(try route(image, store))
        #expect(groups.all.first === shell)
        threads.runAll()
        #expect(shell.refusal == nil && offset(shell) == .success(6), "what the partition holds counts")
        submit(commit(7), shell, answers)
        threads.runAll()
        #expect(answers.last == ErrorCode.none && offset(shell) == .success(7))
        groups.follow(nil)
        #expect(groups.all.isEmpty && shell.refusal == .notCoordinator)
    }

    @Test func aLeaseIsOfOneLeadership() throws {
        let store = try store()
        var (image, delta) = try image()
        store.apply(delta, image: image, resolver: resolver)
        let groups = GroupRuntime(
            world: world,
            config: try BrokerConfig([:]),
            session: BrokerSession(millis: 9000, time: world.time),
            eventLoops: loop,
            logger: .silent,
            decisions: .silent
        )
        groups.follow(try route(image, store))
        let shell = try #require(groups.all.first)
        let first = try #require(shell.lease)
        delta = try change(&image, leader: -1)
        store.apply(delta, image: image, resolver: resolver)
        #expect(
            shell.lease == first,
            "until it is given up it says the epoch in which it was taken, not that of its successor"
        )
        groups.follow(try route(image, store))
        #expect(shell.lease == nil)
        delta = try change(&image, leader: 1)
        store.apply(delta, image: image, resolver: resolver)
        groups.follow(try route(image, store))
        threads.runAll()
        let second = try #require(shell.lease)
        #expect(second.term > first.term && second.leaderEpoch == first.leaderEpoch + 2)
    }

    @Test func followingTwiceChangesNothing() throws {
        let store = try store()
        let (image, delta) = try image()
        store.apply(delta, image: image, resolver: resolver)
        let groups = GroupRuntime(
            world: world,
            config: try BrokerConfig([:]),
            session: BrokerSession(millis: 9000, time: world.time),
            eventLoops: loop,
            logger: .silent,
            decisions: .silent
        )
        groups.follow(try route(image, store))
        let shell = try #require(groups.all.first)
        let answers = Answers()
        submit(commit(5), shell, answers)
        groups.follow(try route(image, store))
        threads.runAll()
        #expect(answers.last == ErrorCode.none && groups.all.first === shell && offset(shell) == .success(5))
    }

    // MARK: Timers

    /// Counts how often it is told that time has passed.
    private struct TimerShard: CoordinatorShard {
        final class Ticks: Sendable {
            let count = Mutex(0)
        }
        enum Request: Sendable {
            case write
            case alarm(MonotonicTime)
        }
        typealias Reader = Int

        let ticks: Ticks
        var nextDeadline = MonotonicTime.never

        init(_ config: Ticks) { ticks = config }

        mutating func handle(
            _ request: Request,
            from token: CoordinatorToken?,
            at moment: Moment,
            using random: inout some RandomNumberGenerator
        ) -> CoordinatorDecision<TimerShard> {
            var decision = CoordinatorDecision<TimerShard>()
            switch request {
            case .write:
                decision.records = [CoordinatorRecord(key: ByteBuffer(string: "k"), value: nil)]
                decision.answer(token, 1)
            case .alarm(let time):
                nextDeadline = time
                decision.answer(token, 2)
            }
            return decision
        }

        mutating func tick(at moment: Moment) -> CoordinatorDecision<TimerShard> {
            ticks.count.withLock { $0 += 1 }
            if nextDeadline <= moment.now { nextDeadline = .never }
            return CoordinatorDecision()
        }

        mutating func replay(_ record: CoordinatorRecord, position: Int64, producerId: Int64?) -> Int? { nil }
        mutating func replay(_ marker: TransactionMarker, position: Int64) -> Int? { nil }
        mutating func commit(_ change: Int) {}
        mutating func undo(_ change: Int) {}
        mutating func activate(at moment: Moment) {}
        mutating func fellBack(_ code: ErrorCode, at moment: Moment) -> CoordinatorDecision<TimerShard> {
            CoordinatorDecision()
        }
        var reader: Int { 0 }
        static func size(of record: CoordinatorRecord) -> Int { 32 }

        typealias Config = Ticks
        typealias Response = Int
        typealias Record = CoordinatorRecord
        typealias Reason = String
        typealias Change = Int
    }

    /// An alarm overtakes the timer of a commit, again and again: those that were overtaken set no others when they fire.
    @Test func overtakenTimersEnd() throws {
        let store = try store()
        let (image, delta) = try image()
        // Without the disk: that it is written to is not looked at here.
        store.apply(delta, image: image, resolver: ConfigResolver(staticBroker: [:], ownDefaults: [:]))
        let counter = TimerShard.Ticks()
        let shell = CoordinatorShell<TimerShard>(
            partition: try #require(store[TopicPartition(TopicName.consumerOffsets, 0)]),
            runtime: CoordinatorRuntime(
                config: counter,
                limits: .init(sharedBytes: 1000, batchBytes: 1000, commitTimeoutMillis: 5000)
            ),
            world: world,
            eventLoop: loop,
            loader: threads.shared,
            logger: .silent
        ) { _ in }
        shell.take()
        func pass(seconds: Int) -> Int {
            let before = counter.count.withLock { $0 }
            for step in 0..<(seconds * 20) {
                ticks.advance(to: ticks.now + 50_000_000)
                loop.advanceTime(by: .milliseconds(50))
                shell.submit(.write) { _ in }
                if step % 8 == 0 {
                    let alarm = MonotonicTime(nanoseconds: ticks.now).adding(milliseconds: 300)
                    shell.submit(.alarm(alarm)) { _ in }
                }
                threads.runAll()
            }
            return counter.count.withLock { $0 } - before
        }
        let first = pass(seconds: 15)
        _ = pass(seconds: 30)
        let later = pass(seconds: 15)
        #expect(first > 30, "alarms are heard")
        #expect(later <= first + first / 4, "\(first) ticks in 15 seconds, later \(later)")
    }
}
