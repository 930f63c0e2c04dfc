import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Administration of a cluster whose controllers are asked themselves (KIP-919).
struct ControllerAdminTests {
    private func configuration(controllers: [ScriptedBroker]) -> ClientConfiguration {
        var configuration = ClientConfiguration(
            bootstrapControllers: controllers.map { BrokerAddress(host: "127.0.0.1", port: $0.port) }
        )
        (configuration.retryBackoff, configuration.reconnectBackoff) = (.milliseconds(1), .milliseconds(1))
        return configuration
    }

    /// Two controllers, the second of which is active, and a client that knows the first.
    private func withControllers(
        _ body: (_ first: ScriptedBroker, _ active: ScriptedBroker, Admin) async throws -> Void
    ) async throws {
        let (first, active) = (try ScriptedBroker(), try ScriptedBroker())
        let members: @Sendable () -> [Int32: ScriptedBroker] = { [1: first, 2: active] }
        first.becomeController(1, of: members, active: 2)
        active.becomeController(2, of: members, active: 2)
        let admin = Admin(configuration(controllers: [first]))
        var failure: (any Error)?
        do { try await body(first, active, admin) } catch { failure = error }
        await admin.close()
        // They hold one another.
        for controller in [first, active] { controller.off(DescribeClusterRequest.self) }
        try await first.stop()
        try await active.stop()
        if let failure { throw failure }
    }

    @Test func theActiveControllerIsFoundAndAsked() async throws {
        try await withControllers { _, active, admin in
            let changed = Mutex<[String]>([])
            active.on(UpdateFeaturesRequest.self) { request in
                changed.withLock { $0 += request.featureUpdates.map(\.feature) }
                var response = UpdateFeaturesResponse()
                response.errorMessage = nil
                return response
            }
            active.on(IncrementalAlterConfigsRequest.self) { request in
                changed.withLock { $0 += request.resources.map(\.resourceName) }
                var response = IncrementalAlterConfigsResponse()
                response.responses = request.resources.map { _ in .init() }
                return response
            }
            active.on(UnregisterControllerRequest.self) { request in
                changed.withLock { $0.append("controller \(request.controllerId)") }
                return UnregisterControllerResponse()
            }
            let cluster = try await admin.describeCluster()
            #expect(cluster.brokers.map(\.id) == [1, 2] && cluster.controllerId == 2 && cluster.clusterId == "c")
            try await admin.updateFeatures(["kraft.version": 1])
            // Whatever broker it is about, the controllers decide.
            try await admin.alterConfig(.broker(7), ["log.retention.ms": .set("1")])
            try await admin.unregisterController(3)
            #expect(changed.withLock { $0 } == ["kraft.version", "7", "controller 3"])
        }
    }

    /// Another one may lead a moment later.
    @Test func theQuorumIsDescribedOnceSomeoneLeads() async throws {
        try await withControllers { _, active, admin in
            let calls = Mutex(0)
            active.on(DescribeQuorumRequest.self) { _ in
                var partition = DescribeQuorumResponse.PartitionData()
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                (partition.errorCode, partition.leaderId) = isFirst ? (.notLeaderOrFollower, -1) : (.none, 2)
                var topic = DescribeQuorumResponse.TopicData()
                topic.partitions = [partition]
                var response = DescribeQuorumResponse()
                response.topics = [topic]
                return response
            }
            let quorum = try await admin.describeQuorum()
            #expect(quorum.leaderId == 2)
            #expect(calls.withLock { $0 } == 2)
        }
    }

    @Test func whatOnlyBrokersAnswerIsNotAsked() async throws {
        try await withControllers { _, _, admin in
            for call in [
                { () async throws -> Void in _ = try await admin.createTopic(NewTopic("t")) },
                { () async throws -> Void in _ = try await admin.listTopics() },
            ] {
                await #expect {
                    try await call()
                } throws: { error in
                    let failure = error as? KafkaError
                    return failure?.code == .unsupported && failure?.message.contains("use bootstrap.servers") == true
                }
            }
        }
    }

    @Test func addressesOfTheOtherKindAreRefused() async throws {
        try await withControllers { first, _, _ in
            let broker = try ScriptedBroker()
            let asking = Admin(configuration(controllers: [broker]))
            let place = "127.0.0.1:\(broker.port)"
            await #expect(
                throws: KafkaError(
                    .invalid,
                    "\(place) is the address of a broker, and bootstrap.controllers names controllers; give it in bootstrap.servers"
                )
            ) { try await asking.describeQuorum() }
            await asking.close()
            let misled = Admin(first.configuration)
            let address = "127.0.0.1:\(first.port)"
            await #expect(
                throws: KafkaError(
                    .invalid,
                    "\(address) is the address of a controller, and bootstrap.servers names brokers; give it in bootstrap.controllers"
                )
            ) { try await misled.listTopics() }
            await misled.close()
            try await broker.stop()
        }
    }

    @Test func eitherBrokersOrControllersAreNamed() {
        func problem(_ values: [String: String]) -> String {
            do throws(KafkaError) { _ = try ClientConfiguration(ClientProperties(values)) } catch {
                return error.message
            }
            return "none"
        }
        #expect(problem(["bootstrap.controllers": "c:9093,d:9093"]) == "none")
        #expect(
            problem(["bootstrap.controllers": "c:9093", "bootstrap.servers": "b:9092"])
                == "bootstrap.servers and bootstrap.controllers exclude one another; give one of them"
        )
        #expect(problem(["bootstrap.controllers": ""]) == "bootstrap.controllers is empty; host:port is expected")
        #expect(problem([:]) == "bootstrap.servers is missing")
        do throws(KafkaError) {
            _ = try ProducerConfiguration(ClientProperties(["bootstrap.controllers": "c:9093"]))
            Issue.record("a producer asks controllers")
        } catch {
            #expect(error.message.contains("bootstrap.controllers is for Admin only"))
        }
    }

    /// One that leads already may not be registered yet: any of them says what is to be said.
    @Test func anActiveControllerThatIsNotListedIsLookedForAtAny() {
        var response = DescribeClusterResponse()
        (response.controllerId, response.endpointType) = (2, 2)
        var directory = ClusterDirectory()
        directory.learn(ClusterDescription(response))
        #expect(directory.step(to: .controller, isFresh: false) == .askForMembers)
        #expect(directory.step(to: .controller, isFresh: true) == .connectToAny)
    }
}
