import KafkaProtocol
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import KafkaClient

/// A producer of a cluster in which one broker takes connections and never answers.
struct ProducerReachTests {
    @Test(.timeLimit(.minutes(1))) func aBrokerThatDoesNotAnswerDoesNotHoldUpTheOthers() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let silentPort = Int32(silent.localAddress?.port ?? 0)
        let broker = try ScriptedBroker()
        let configuration = broker.configuration
        let port = Int32(configuration.bootstrapServers[0].port)
        broker.on(MetadataRequest.self) { request in
            var response = MetadataResponse()
            response.brokers = [(Int32(1), port), (2, silentPort)].map { id, port in
                var broker = MetadataResponse.MetadataResponseBroker()
                (broker.nodeId, broker.host, broker.port) = (id, "127.0.0.1", port)
                return broker
            }
            response.controllerId = 1
            response.topics = (request.topics ?? []).map { wanted in
                var topic = MetadataResponse.MetadataResponseTopic()
                topic.name = wanted.name
                topic.partitions = [Int32(0), 1].map { index in
                    var partition = MetadataResponse.MetadataResponsePartition()
                    (partition.partitionIndex, partition.leaderId) = (index, index + 1)
                    return partition
                }
                return topic
            }
            return response
        }
        broker.on(InitProducerIdRequest.self) { _ in
            var response = InitProducerIdResponse()
            (response.producerId, response.producerEpoch) = (7, 0)
            return response
        }
        // Version 13 names topics by id.
        broker.on(ProduceRequest.self, versions: 3...12) { request in
            var response = ProduceResponse()
            response.responses = request.topicData.map { topic in
                var result = ProduceResponse.TopicProduceResponse()
                result.name = topic.name
                result.partitionResponses = topic.partitionData.map { data in
                    var partition = ProduceResponse.PartitionProduceResponse()
                    (partition.index, partition.baseOffset) = (data.index, 41)
                    return partition
                }
                return result
            }
            return response
        }
        let clock = ContinuousClock()
        var sending = ProducerConfiguration(configuration)
        sending.deliveryTimeout = .seconds(3)
        let began = clock.now
        await #expect(throws: KafkaError.self, "the flush tells of the record that nobody took") {
            try await withProducer(sending) { producer in
                try await producer.enqueue(ProducerRecord(topic: "t", partition: 1, value: ByteBuffer(string: "lost")))
                for _ in 0..<20 {
                    let sent = try await producer.send(
                        ProducerRecord(topic: "t", partition: 0, value: ByteBuffer(string: "a"))
                    )
                    #expect(sent.offset == 41)
                }
                #expect(clock.now - began < .seconds(2), "the silent broker was waited for")
            }
        }
        #expect(clock.now - began < .seconds(8))
        try await silent.close().get()
        try await broker.stop()
    }
}
