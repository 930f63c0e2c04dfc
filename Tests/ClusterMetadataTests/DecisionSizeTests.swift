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

    /// What the cluster decides for itself cannot be split by whoever asks: it is a transaction of the log, all or nothing.
    @Test func aBrokerWithMorePartitionsThanABatchHoldsIsFenced() throws {
        var run = ControllerRun()
        run.settings.maxBatchBytes = 15_000
        _ = try run.lead()
        for broker: Int32 in 1...2 { run.join(broker) }
        for number in 0..<9 { _ = run.send(ControllerRun.create("t\(number)", partitions: 100, factor: 2)) }
        _ = try run.commit()
        #expect(Self.led(by: 1, run) == 450)
        // Broker 1 is gone; the controller is lost when half of what it decided is in the log, and the next one decides anew.
        let before = run.log.count
        try fence(&run)
        let batches = run.log.count - before
        #expect(batches >= 2)
        _ = try run.commit(batches - 1)
        #expect(run.loader.isInTransaction && Self.led(by: 1, run) == 450)
        _ = run.lose(kept: 0)
        let aborted = try run.lead()
        #expect(aborted?.records.count == 1)
        #expect(run.controller?.view.brokers[1]?.isFenced == false)
        try fence(&run)
        _ = try run.commit()
        #expect(!run.loader.isInTransaction)
        #expect(run.loader.image.brokers[1]?.isFenced == true)
        #expect(Self.led(by: 1, run) == 0 && Self.led(by: 2, run) == 900)
        #expect(try run.replayed().image == run.loader.image)
        // It comes back, having lost what it had, as far as anybody knows.
        _ = run.send(ControllerRun.register(1, incarnation: 2))
        _ = try run.commit()
        #expect(run.loader.image.brokers[1]?.epoch == run.epoch(of: 1))
    }

    private func fence(_ run: inout ControllerRun) throws {
        run.now = run.now.adding(milliseconds: 500)
        _ = run.send(ControllerRun.heartbeat(2, epoch: run.epoch(of: 2), offset: .max))
        guard var controller = run.controller else { throw ControllerFailure(.notController, "nobody leads") }
        _ = controller.suspect(1)
        run.controller = controller
        let decided = run.probed(1, run.epoch(of: 1), isRefused: true)
        let effects = try #require(decided)
        #expect(effects.proposal != nil && effects.reason == nil)
    }

    private static func led(by broker: Int32, _ run: ControllerRun) -> Int {
        run.loader.image.topics.values.reduce(0) { $0 + $1.partitions.values.count { $0.leader == broker } }
    }
}
