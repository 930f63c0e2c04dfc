import KafkaProtocol
import Testing

@testable import ClusterMetadata

struct DecisionSizeTests {
    /// What the metadata log cannot take as one batch is the request's fault, and does not reach the log.
    @Test func requestsThatMakeTooMuchMetadataAreRefused() throws {
        var run = ControllerRun()
        _ = try run.lead()
        run.join(1)
        _ = try run.commit()
        var creation = CreateTopicsRequest()
        creation.topics = (0..<300).map { ControllerRun.create("t\($0)").topics[0] }
        _ = run.send(creation)
        #expect(try run.commit().count == 1)
        let value = Array(repeating: "10000:1", count: 4000).joined(separator: ",")
        func change(_ topics: Range<Int>) -> IncrementalAlterConfigsRequest {
            var request = IncrementalAlterConfigsRequest()
            request.resources = topics.map {
                ControllerRun.set("t\($0)", "leader.replication.throttled.replicas", value).resources[0]
            }
            return request
        }
        let tooLarge = run.send(change(0..<300))
        let refused = try #require(tooLarge)
        #expect(refused.effects.proposal == nil)
        let response = try #require(refused.effects.answers.first?.response as? IncrementalAlterConfigsResponse)
        #expect(response.responses.count == 300)
        #expect(response.responses.allSatisfy { $0.errorCode == .policyViolation })
        #expect(response.responses[0].errorMessage?.contains("split it") == true)
        let taken = run.send(change(0..<200))
        #expect(taken?.effects.proposal != nil)
    }
}
