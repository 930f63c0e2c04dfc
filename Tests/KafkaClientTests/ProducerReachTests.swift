import KafkaProtocol
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// A producer of a cluster in which one broker takes connections and never answers.
struct ProducerReachTests {
    @Test(.timeLimit(.minutes(1))) func aBrokerThatDoesNotAnswerDoesNotHoldUpTheOthers() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let broker = try ScriptedBroker()
        let configuration = broker.configuration
        Self.cluster([broker], others: [silent]) { [(1, 0), (2, 0)] }
        broker.on(InitProducerIdRequest.self) { _ in
            var response = InitProducerIdResponse()
            (response.producerId, response.producerEpoch) = (7, 0)
            return response
        }
        Self.produce(broker) { $0.baseOffset = 41 }
        // By order, not by time: a machine may be slow. Opening the connection would take longer than the test may.
        var sending = ProducerConfiguration(configuration)
        sending.client.connectTimeout = .seconds(600)
        sending.client.requestTimeout = .seconds(600)
        sending.deliveryTimeout = .seconds(30)
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

    /// Has brokers tell of a cluster of them, by ascending id from 1, and of others that only take connections.
    private static func cluster(
        _ brokers: [ScriptedBroker],
        others: [any Channel] = [],
        partitions: @escaping @Sendable () -> [(leader: Int32, epoch: Int32)]
    ) {
        let ports =
            brokers.map { Int32($0.configuration.bootstrapServers[0].port) }
            + others.map { Int32($0.localAddress?.port ?? 0) }
        for broker in brokers {
            broker.on(MetadataRequest.self) { request in
                var response = MetadataResponse()
                response.brokers = ports.enumerated().map { index, port in
                    var broker = MetadataResponse.MetadataResponseBroker()
                    (broker.nodeId, broker.host, broker.port) = (Int32(index) + 1, "127.0.0.1", port)
                    return broker
                }
                response.topics = (request.topics ?? []).map { wanted in
                    var topic = TopicMapTests.answer(partitions())
                    topic.name = wanted.name
                    return topic
                }
                return response
            }
        }
    }

    /// Answers every partition of a request.
    private static func produce(
        _ broker: ScriptedBroker,
        _ answer: @escaping @Sendable (inout ProduceResponse.PartitionProduceResponse) -> Void
    ) {
        broker.on(ProduceRequest.self, versions: 3...12) { request in
            var response = ProduceResponse()
            response.responses = request.topicData.map { topic in
                var result = ProduceResponse.TopicProduceResponse()
                result.name = topic.name
                result.partitionResponses = topic.partitionData.map { data in
                    var partition = ProduceResponse.PartitionProduceResponse()
                    partition.index = data.index
                    answer(&partition)
                    return partition
                }
                return result
            }
            return response
        }
    }

    @Test(.timeLimit(.minutes(1))) func aBrokerThatDoesNotLeadAnyMoreIsBelievedWhoDoes() async throws {
        let brokers = [try ScriptedBroker(), try ScriptedBroker()]
        // The others have not heard of it yet.
        Self.cluster(brokers) { [(1, 3)] }
        Self.produce(brokers[0]) { partition in
            partition.errorCode = .notLeaderOrFollower
            (partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch) = (2, 4)
        }
        Self.produce(brokers[1]) { $0.baseOffset = 99 }
        var sending = ProducerConfiguration(brokers[0].configuration)
        sending.isIdempotent = false
        // Whoever paused, or asked again who leads, would not end.
        sending.client.retryBackoff = .seconds(600)
        let offset = try await withProducer(sending) { producer in
            try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a"))).offset
        }
        #expect(offset == 99)
        for broker in brokers { try await broker.stop() }
    }

    @Test(.timeLimit(.minutes(1))) func aBatchThatBeginsWhileAnotherIsInFlightGoesOutInItsTime() async throws {
        let broker = try ScriptedBroker()
        Self.cluster([broker]) { [(1, 0)] }
        var sending = ProducerConfiguration(broker.configuration)
        sending.isIdempotent = false
        try await withProducer(sending) { producer in
            let isFirst = Mutex(true)
            Self.produce(broker) { partition in
                let waits = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                // The first is answered when the second one is on its way.
                while waits,
                    producer.state.withLock({ $0.engine.pendingRecords < 2 || $0.engine.nextDeadline() != nil })
                {}
                partition.baseOffset = 5
            }
            async let first = producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a")))
            while isFirst.withLock({ $0 }) { await Task.yield() }
            _ = try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "b")))
            _ = try await first
        }
        try await broker.stop()
    }

    @Test(.timeLimit(.minutes(1))) func manyWhoBeginToSendAskOnceForTheTopic() async throws {
        let broker = try ScriptedBroker()
        let port = Int32(broker.configuration.bootstrapServers[0].port)
        let asked = Mutex(0)
        broker.on(MetadataRequest.self) { request in
            var entry = MetadataResponse.MetadataResponseBroker()
            (entry.nodeId, entry.host, entry.port) = (1, "127.0.0.1", port)
            var response = MetadataResponse()
            response.brokers = [entry]
            if request.topics?.isEmpty == false {
                asked.withLock { $0 += 1 }
                response.topics = [TopicMapTests.answer([(1, 0)])]
            }
            return response
        }
        Self.produce(broker) { $0.baseOffset = 5 }
        var sending = ProducerConfiguration(broker.configuration)
        sending.isIdempotent = false
        try await withProducer(sending) { producer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        _ = try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a")))
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(asked.withLock { $0 } == 1)
        try await broker.stop()
    }

    /// KIP-951: the address comes with who leads, so nobody has to be asked where that broker is.
    @Test(.timeLimit(.minutes(1))) func aLeaderThatIsNewInTheClusterIsFoundAtTheAddressGiven() async throws {
        let brokers = [try ScriptedBroker(), try ScriptedBroker()]
        // Nobody has told of the second one.
        Self.cluster([brokers[0]]) { [(1, 3)] }
        let port = Int32(brokers[1].configuration.bootstrapServers[0].port)
        brokers[0].on(ProduceRequest.self, versions: 10...12) { request in
            var endpoint = ProduceResponse.NodeEndpoint()
            (endpoint.nodeId, endpoint.host, endpoint.port) = (2, "127.0.0.1", port)
            var partition = ProduceResponse.PartitionProduceResponse()
            partition.errorCode = .notLeaderOrFollower
            (partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch) = (2, 4)
            var topic = ProduceResponse.TopicProduceResponse()
            topic.name = "t"
            topic.partitionResponses = [partition]
            var response = ProduceResponse()
            (response.responses, response.nodeEndpoints) = ([topic], [endpoint])
            return response
        }
        Self.produce(brokers[1]) { $0.baseOffset = 99 }
        var sending = ProducerConfiguration(brokers[0].configuration)
        sending.isIdempotent = false
        sending.client.retryBackoff = .seconds(600)
        let offset = try await withProducer(sending) { producer in
            try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a"))).offset
        }
        #expect(offset == 99)
        for broker in brokers { try await broker.stop() }
    }

    /// KIP-467: the others of a batch learn that it was not for them.
    @Test(.timeLimit(.minutes(1))) func onlyTheRecordsThatAreToBlameAreRefused() async throws {
        let broker = try ScriptedBroker()
        Self.cluster([broker]) { [(1, 0)] }
        Self.produce(broker) { partition in
            partition.errorCode = .invalidRecord
            partition.errorMessage = "one is wrong"
            partition.recordErrors = [Int32(1), 2].map { index in
                var row = ProduceResponse.BatchIndexAndErrorMessage()
                row.batchIndex = index
                row.batchIndexErrorMessage = index == 1 ? "it has no key" : nil
                return row
            }
        }
        var sending = ProducerConfiguration(broker.configuration)
        sending.isIdempotent = false
        // All are in one batch when the first flush sends it.
        sending.linger = .seconds(600)
        let results = try await withProducer(sending) { producer in
            let records = (0..<4).map { ProducerRecord(topic: "t", value: ByteBuffer(string: "\($0)")) }
            async let results = producer.send(records)
            while producer.state.withLock({ $0.engine.pendingRecords < 4 }) { await Task.yield() }
            try await producer.flush()
            return await results
        }
        let other = KafkaError(.batchRefused, "the batch was rejected because of other records in it: one is wrong")
        #expect(
            results == [
                .failure(other), .failure(.refused(.invalidRecord, "it has no key")),
                .failure(.refused(.invalidRecord, "one is wrong")), .failure(other),
            ]
        )
        #expect(!other.isRetriable)
        try await broker.stop()
    }

    @Test(.timeLimit(.minutes(1))) func newPartitionsAreSeenWhenWhatIsKnownIsOld() async throws {
        let broker = try ScriptedBroker()
        let count = Mutex(1)
        Self.cluster([broker]) { Array(repeating: (1, 0), count: count.withLock { $0 }) }
        Self.produce(broker) { $0.baseOffset = 5 }
        var sending = ProducerConfiguration(broker.configuration)
        sending.isIdempotent = false
        sending.partitioner = RoundRobinPartitioner()
        sending.client.metadataMaxAge = .milliseconds(20)
        try await withProducer(sending) { producer in
            func send() async throws -> Int32 {
                try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a"))).partition
            }
            #expect(try await send() == 0)
            count.withLock { $0 = 3 }
            var seen: Set<Int32> = []
            while seen.count < 3 { seen.insert(try await send()) }
            #expect(seen == [0, 1, 2])
        }
        try await broker.stop()
    }

    @Test(.timeLimit(.minutes(1))) func whoIsCancelledLearnsWhatBecameOfEachRecord() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let broker = try ScriptedBroker()
        Self.cluster([broker], others: [silent]) { [(1, 0), (2, 0)] }
        Self.produce(broker) { $0.baseOffset = 41 }
        var sending = ProducerConfiguration(broker.configuration)
        sending.isIdempotent = false
        let configuration = sending
        try await withThrowingTaskGroup(of: Void.self) { group in
            let producer = try Producer(configuration)
            let (results, promise) = AsyncStream.makeStream(of: [Result<RecordMetadata, KafkaError>].self)
            group.addTask { await producer.run() }
            let sending = Task {
                promise.yield(
                    await producer.send(
                        [Int32(0), 1].map { ProducerRecord(topic: "t", partition: $0, value: ByteBuffer(string: "a")) }
                    )
                )
            }
            while producer.state.withLock({ $0.sends.values.first?.results[0] == nil }) { await Task.yield() }
            sending.cancel()
            var iterator = results.makeAsyncIterator()
            let result = await iterator.next()
            #expect(result?.map { try? $0.get().offset } == [41, nil])
            #expect(result?.last == .failure(.taskCancelled))
            #expect(producer.state.withLock { $0.sends.isEmpty })
            group.cancelAll()
        }
        try await silent.close().get()
        try await broker.stop()
    }
}
