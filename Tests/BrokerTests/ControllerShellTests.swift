import ClusterMetadata
import KRaft
import KafkaProtocol
import Synchronization
import Testing
import World

@testable import Broker

/// The controller between its clients and its log.
struct ControllerShellTests {
    private func isOfMetadata(_ path: String) -> Bool { path.hasPrefix("/one/__cluster_metadata-0") }

    private func request(_ name: String) -> CreateTopicsRequest {
        var topic = CreateTopicsRequest.CreatableTopic()
        (topic.name, topic.numPartitions, topic.replicationFactor) = (name, 1, 1)
        var request = CreateTopicsRequest()
        request.topics = [topic]
        return request
    }

    /// While the disk is busy with one request, others gather: all of them share the next sync, and each sees those before it.
    @Test func requestsThatGatherShareASync() throws {
        let node = try TestNode()
        let client = try node.client()
        let syncs = Mutex(0)
        node.disk.setPlan { _, operation, path in
            guard operation == "sync", isOfMetadata(path) else { return .proceed }
            syncs.withLock { $0 += 1 }
            // Long enough for a client that has little of the processor.
            return .slow(millis: 1000)
        }
        let names = (0..<10).map { "t\($0)" } + ["t3", "t.4", "t_4"]
        for name in names { try client.send(request(name), version: 7) }
        let codes = try names.map { _ in
            try #require(try client.receive(CreateTopicsResponse.self, version: 7)?.topics.first?.errorCode)
        }
        #expect(codes.prefix(10).allSatisfy { $0 == .none })
        #expect(codes.suffix(3) == [.topicAlreadyExists, .none, .invalidTopicException])
        // Five of a connection are under way at a time, and of each five the first may be alone.
        #expect(syncs.withLock { $0 } <= 2 * 3, "\(names.count) requests")
        #expect(node.running.node.view.topicsById.count == 11, "what was answered can be seen")
        node.disk.setPlan { _, _, _ in .proceed }
        node.running.stop()
    }

    @Test func whatTheLogCannotTakeIsAnsweredAndEndsTheNode() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("before") == ErrorCode.none)
        node.disk.setPlan { _, operation, path in
            operation == "sync" && isOfMetadata(path) ? .fail(errno: 5) : .proceed
        }
        #expect(try client.createTopic("never") == .notController)
        #expect(node.fatalReasons.count == 1 && node.fatalReasons[0].contains("metadata log"))
        node.disk.setPlan { _, _, _ in .proceed }
        // A sync that failed is not tried again as if it had worked.
        #expect(try client.createTopic("again") == .notController)
        #expect(node.fatalReasons.count == 1)
        #expect(node.running.node.view.image.topicIds.keys.sorted() == ["before"])
        var request = InitProducerIdRequest()
        request.transactionalId = nil
        let ids = try client.call(request, InitProducerIdResponse.self, version: 4)
        #expect(ids.errorCode == .coordinatorNotAvailable)
        node.running.stop()
    }

    /// The broker is known by the offset of its registration, and gets producer ids by that.
    @Test func theBrokerRegistersByAMessage() throws {
        let node = try TestNode()
        let view = node.running.node.view
        let broker = try #require(view.image.brokers[1])
        #expect(!broker.isFenced && broker.epoch == node.running.node.metadata.brokerEpoch(of: 1))
        #expect(broker.registration.endPoints.count == 1 && broker.registration.logDirs.count == 1)
        #expect(view.offset >= broker.epoch && node.running.node.metadata.status.highWatermark == view.offset + 1)
        let client = try node.client()
        var request = InitProducerIdRequest()
        request.transactionalId = nil
        let first = try client.call(request, InitProducerIdResponse.self, version: 4)
        #expect(first.errorCode == .none && node.running.node.view.image.producerIds.nextProducerId == 1000)
        #expect(node.running.node.view.image.producerIds.brokerEpoch == broker.epoch)
        node.running.stop()
        node.disk.restartProcess()
        let again = try TestNode(node.disk)
        let second = try #require(again.running.node.view.image.brokers[1])
        #expect(second.epoch > broker.epoch)
        #expect(second.registration.incarnationId != broker.registration.incarnationId)
        again.running.stop()
    }
}
