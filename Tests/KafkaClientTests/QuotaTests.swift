import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient

struct QuotaTests {
    @Test(.timeLimit(.minutes(1)), arguments: [(Int16(1), true), (0, false)])
    func aBrokerThatThrottlesIsLeftAloneUnlessItWaitedItself(version: Int16, pauses: Bool) async throws {
        let broker = try ScriptedBroker()
        broker.on(DeleteGroupsRequest.self, versions: 0...version) { _ in
            var response = DeleteGroupsResponse()
            response.throttleTimeMs = 400
            return response
        }
        try await withAdmin(broker.configuration) { (admin) throws(KafkaError) in
            let connection = try await admin.cluster.connection(to: .any)
            _ = try await connection.send { _ in DeleteGroupsRequest() }
            let clock = ContinuousClock()
            let began = clock.now
            _ = try await admin.describeCluster()
            if pauses { #expect(clock.now - began >= .milliseconds(390)) } else { #expect(connection.isOpen) }
        }
        try await broker.stop()
    }
}
