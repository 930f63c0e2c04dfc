import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct CoordinatorMoveTests {
    /// What a broker was asked, in order.
    private final class Heard: Sendable {
        private let all = Mutex<[String]>([])

        func note(_ what: String) -> Int {
            all.withLock { all in
                all.append(what)
                return all.count { $0 == what }
            }
        }
        func count(_ what: String) -> Int { all.withLock { all in all.count { $0 == what } } }
    }

    @Test(.timeLimit(.minutes(1))) func whoCoordinatesIsLookedUpAgainWhenABrokerSaysThatItDoesNot() async throws {
        let broker = try ScriptedBroker()
        let heard = Heard()
        broker.on(FindCoordinatorRequest.self, versions: 4...4) { request in
            _ = heard.note("find")
            var entry = FindCoordinatorResponse.Coordinator()
            (entry.key, entry.nodeId) = (request.coordinatorKeys[0], 1)
            var response = FindCoordinatorResponse()
            response.coordinators = [entry]
            return response
        }
        broker.on(JoinGroupRequest.self) { request in
            let number = heard.note("join")
            var response = JoinGroupResponse()
            response.errorCode = number == 1 ? .notCoordinator : .groupMaxSizeReached
            return response
        }
        var configuration = ConsumerConfiguration(broker.configuration)
        configuration.groupId = "g"
        await #expect(throws: KafkaError.refused(.groupMaxSizeReached)) {
            try await withConsumer(configuration) { consumer in
                try consumer.subscribe(to: ["t"])
                _ = try await consumer.next()
            }
        }
        #expect(heard.count("join") == 2 && heard.count("find") == 2)
        try await broker.stop()
    }
}
