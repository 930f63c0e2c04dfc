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
        // By order, not by time: a machine may be slow. Opening the connection would take longer than the test may.
        var sending = ProducerConfiguration(configuration)
        sending.client.connectTimeout = .seconds(600)
        sending.client.requestTimeout = .seconds(600)
        sending.deliveryTimeout = .seconds(10)
        try await withProducer(sending) { producer in
            @Sendable func send(_ partition: Int32) async throws -> RecordMetadata {
                try await producer.send(
                    ProducerRecord(topic: "t", partition: partition, value: ByteBuffer(string: "a"))
                )
            }
            await withTaskGroup(of: Result<[Int64], any Error>.self) { group in
                group.addTask {
                    do { return .success([try await send(1).offset]) } catch { return .failure(error) }
                }
                group.addTask {
                    var offsets: [Int64] = []
                    do {
                        for _ in 0..<20 { offsets.append(try await send(0).offset) }
                        return .success(offsets)
                    } catch { return .failure(error) }
                }
                let first = await group.next()
                #expect((try? first?.get()) == Array(repeating: 41, count: 20), "the silent broker was waited for")
                let second = await group.next()
                #expect(throws: KafkaError.self, "the record that nobody took is given up") { try second?.get() }
            }
        }
        try await silent.close().get()
        try await broker.stop()
    }
}
