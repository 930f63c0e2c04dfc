import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import World

@testable import Broker

/// The controller's thread, moved by hand.
struct MetadataRuntimeTests {
    private let disk = MemoryFileSystem()
    private let threads = ManualThreads()
    private let ticks = VirtualTicks(nanoseconds: 1_000_000)
    private let loop = EmbeddedEventLoop()
    private let failures = Failures()

    private final class Failures: Sendable {
        let reasons = Mutex<[String]>([])
    }

    private func runtime(_ quorum: sending any MetadataQuorum) throws -> MetadataRuntime {
        let runtime = MetadataRuntime(
            world: .manual(disk, threads, ticks),
            quorum: quorum,
            settings: ControllerSettings(staticConfig: [:], clusterId: "c", nodeId: 1),
            voterEndpoints: [],
            eventLoop: loop,
            logger: .silent,
            decisions: .silent,
            onFailure: { [failures] reason in failures.reasons.withLock { $0.append(reason) } }
        )
        _ = try runtime.load()
        _ = try runtime.activate()
        return runtime
    }

    private func alone() throws -> RaftQuorum {
        let world = World.manual(disk, threads, ticks)
        return try RaftQuorum(
            directory: "/one",
            fileSystem: disk,
            nodeId: 1,
            directoryId: KafkaUUID(high: 1, low: 2),
            bootstrap: QuorumBootstrap(values: []),
            time: world.time,
            random: world.random
        ) { _ in }
    }

    private func create(_ name: String) -> CreateTopicsRequest {
        var topic = CreateTopicsRequest.CreatableTopic()
        (topic.name, topic.numPartitions, topic.replicationFactor) = (name, 1, 1)
        var request = CreateTopicsRequest()
        request.topics = [topic]
        return request
    }

    private final class Answers: Sendable {
        let codes = Mutex<[String: ErrorCode]>([:])
    }

    private func submit(_ runtime: MetadataRuntime, _ name: String, _ answers: Answers) {
        let context = ControllerRequestContext.own(CreateTopicsRequest.self)
        runtime.submit(
            create(name),
            context,
            MetadataRuntime.Reply { response in
                let code = (response as? CreateTopicsResponse)?.topics.first?.errorCode ?? .unknownServerError
                answers.codes.withLock { $0[name] = code }
            }
        )
    }

    @Test func requestsBehindOneAtWhichTheLogFailsAreRefused() throws {
        let runtime = try runtime(try alone())
        var registration = BrokerRegistrationRequest()
        (registration.brokerId, registration.clusterId) = (1, "c")
        registration.incarnationId = KafkaUUID(high: 5, low: 1)
        registration.logDirs = [KafkaUUID(high: 9, low: 1)]
        var listener = BrokerRegistrationRequest.Listener()
        (listener.name, listener.host, listener.port) = ("L", "h", 9092)
        registration.listeners = [listener]
        var feature = BrokerRegistrationRequest.Feature()
        (feature.name, feature.minSupportedVersion, feature.maxSupportedVersion) = ("metadata.version", 7, 33)
        registration.features = [feature]
        let registered = Mutex<ErrorCode?>(nil)
        runtime.begin()
        runtime.submit(
            registration,
            .own(BrokerRegistrationRequest.self),
            MetadataRuntime.Reply { response in
                let code = (response as? BrokerRegistrationResponse)?.errorCode
                registered.withLock { $0 = code }
            }
        )
        threads.runAll()
        #expect(registered.withLock { $0 } == ErrorCode.none)
        let answers = Answers()
        submit(runtime, "first", answers)
        submit(runtime, "second", answers)
        submit(runtime, "third", answers)
        #expect(answers.codes.withLock { $0.isEmpty }, "they have gathered")
        // The first append fails: those behind it are never proposed.
        disk.setPlan { _, operation, path in
            operation == "write" && path.contains("__cluster_metadata-0") ? .fail(errno: 5) : .proceed
        }
        threads.runAll()
        #expect(
            answers.codes.withLock { $0 } == [
                "first": .notController, "second": .notController, "third": .notController,
            ]
        )
        #expect(failures.reasons.withLock { $0.count } == 1)
        submit(runtime, "later", answers)
        threads.runAll()
        #expect(answers.codes.withLock { $0["later"] } == .notController)
        #expect(failures.reasons.withLock { $0.count } == 1, "the node is told once")
    }

    /// A quorum that only says when it wants to be asked again.
    private final class Clockwork: MetadataQuorum {
        let deadlines: Mutex<(next: MonotonicTime, asked: Int)>

        init(_ first: MonotonicTime) { deadlines = Mutex((first, 0)) }

        var status: QuorumStatus {
            QuorumStatus(leaderId: -1, leaderEpoch: 0, highWatermark: 0, logEndOffset: 0, voters: [])
        }
        var voterIds: [Int32] { [] }
        func replicas(at now: MonotonicTime) -> [ReplicaDescription] { [] }
        var onEvents: (@Sendable () -> Void)?
        var deadline: MonotonicTime { deadlines.withLock { $0.next } }
        func next() throws(LogError) -> QuorumEvent? {
            deadlines.withLock { $0.asked += 1 }
            return nil
        }
        var nextOffset: Int64 { 0 }
        func propose(_ values: [ByteBuffer], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) -> Int64 {
            throw .notLeader
        }
        func proposeVoters(_ endpoints: [VoterEndpoint], epoch: LeaderEpoch, now: WallTime) throws(ProposalError) {}
        func bootstrapValues() throws(LogError) -> [ByteBuffer] { [] }
        func wantsSnapshot(now: WallTime) -> Bool { false }
        func store(_ snapshot: QuorumSnapshot, now: WallTime) throws(LogError) {}
        func close() throws(LogError) {}
    }

    @Test func theQuorumIsAskedAgainWhenItsDeadlineComes() throws {
        let quorum = Clockwork(MonotonicTime(milliseconds: 500))
        let deadlines = quorum
        let runtime = try runtime(quorum)
        runtime.begin()
        threads.runAll()
        let asked = deadlines.deadlines.withLock { $0.asked }
        deadlines.deadlines.withLock { $0.next = MonotonicTime(milliseconds: 900) }
        loop.advanceTime(by: .milliseconds(400))
        threads.runAll()
        #expect(deadlines.deadlines.withLock { $0.asked } == asked, "nothing is due")
        ticks.advance(to: 501_000_000)
        loop.advanceTime(by: .milliseconds(101))
        threads.runAll()
        #expect(deadlines.deadlines.withLock { $0.asked } == asked + 1)
        ticks.advance(to: 901_000_000)
        loop.advanceTime(by: .milliseconds(401))
        threads.runAll()
        #expect(deadlines.deadlines.withLock { $0.asked } == asked + 2, "and the next timer was set")
        runtime.stop {}
        threads.runAll()
    }
}
