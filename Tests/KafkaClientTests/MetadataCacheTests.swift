import KafkaProtocol
import NIOCore
import NIOPosix
import Testing
import World

@testable import KafkaClient
@testable import KafkaConnection

/// What one client knows of its cluster, asked for by several tasks.
@Suite(.timeLimit(.minutes(1)))
struct MetadataCacheTests {
    private let cache = MetadataCache(
        ClientConfiguration(bootstrapServers: []),
        .real,
        on: MultiThreadedEventLoopGroup.singleton.next()
    )

    private static func answer(_ ids: Int32...) -> MetadataResponse {
        var response = MetadataResponse()
        response.brokers = ids.map { id in
            var broker = MetadataResponse.MetadataResponseBroker()
            (broker.nodeId, broker.host, broker.port) = (id, "b\(id)", 9092)
            return broker
        }
        return response
    }

    @Test func topicsOfAListOfAllAreNotKept() {
        var response = Self.answer(1)
        response.topics = [TopicMapTests.answer([(1, 0)])]
        cache.learn(response, areNamed: false)
        #expect(cache.withLock { $0.topics.count(of: "t") } == nil)
        #expect(cache.withLock { $0.address(of: 1) } == BrokerAddress(host: "b1", port: 9092))
        #expect(cache.withLock { $0.address(of: 2) } == nil)
        cache.learn(response, areNamed: true)
        #expect(cache.withLock { $0.topics.leader(of: TopicPartition("t", 0)) } == 1)
    }
}
