import KafkaProtocol
import NIOCore
import NIOPosix
import Synchronization
import Testing
import World

@testable import KafkaClient
@testable import KafkaConnection

struct NameTests {
    @Test(.timeLimit(.minutes(1))) func canonicalNamesLeadToTheSameBroker() async throws {
        let broker = try ScriptedBroker()
        var configuration = broker.configuration
        configuration.dnsLookup = .canonicalBootstrapServers
        let names = CanonicalNames.of(configuration.bootstrapServers[0], World.real.network)
        #expect(!names.isEmpty && names.allSatisfy { $0.port == configuration.bootstrapServers[0].port })
        try await withAdmin(configuration) { (admin) throws(KafkaError) in
            #expect(try await admin.describeCluster().brokers.count == 1)
        }
        let unknown = BrokerAddress(host: "no.such.name.invalid", port: 1)
        #expect(CanonicalNames.of(unknown, World.real.network) == [unknown])
        try await broker.stop()
    }
}

struct ClosingTests {
    @Test(.timeLimit(.minutes(1))) func whoIsClosedWhileItLooksForABrokerReadsNothingMore() async throws {
        let (accepted, accept) = AsyncStream<Void>.makeStream()
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                accept.yield()
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = BrokerAddress(host: "127.0.0.1", port: silent.localAddress?.port ?? 0)
        let consumer = Consumer(ConsumerConfiguration(ClientConfiguration(bootstrapServers: [address])))
        try consumer.assign([TopicPartition("t", 0): 0])
        async let batch = consumer.next()
        for await _ in accepted { break }
        await consumer.close()
        #expect(try await batch == nil)
        try await silent.close().get()
    }
}

struct CommitAtTheEndTests {
    private final class Heard: ConsumerInterceptor {
        let committed = Mutex<[TopicPartition: CommittedOffset]>([:])
        func didCommit(_ offsets: [TopicPartition: CommittedOffset]) { committed.withLock { $0 = offsets } }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsBeingCommittedIsWaitedForBeforeConnectionsClose() async throws {
        let broker = try ScriptedBroker()
        let key = TopicPartition("t", 0)
        let heard = Heard()
        var configuration = ConsumerConfiguration(broker.configuration)
        (configuration.groupId, configuration.autoCommit, configuration.interceptors) = ("g", false, [heard])
        let consumer = Consumer(configuration)
        let isAsked = Mutex(false), hasClosed = Mutex(false)
        broker.on(OffsetCommitRequest.self) { request in
            isAsked.withLock { $0 = true }
            // The answer goes out when the consumer waits for it, or has closed its connections without.
            while !consumer.commitEnded.isAwaited, !hasClosed.withLock({ $0 }) {}
            var response = OffsetCommitResponse()
            response.topics = request.topics.map { topic in
                var result = OffsetCommitResponse.OffsetCommitResponseTopic()
                result.name = topic.name
                result.partitions = topic.partitions.map { entry in
                    var partition = OffsetCommitResponse.OffsetCommitResponsePartition()
                    partition.partitionIndex = entry.partitionIndex
                    return partition
                }
                return result
            }
            return response
        }
        async let running: Void = consumer.run()
        consumer.enqueueCommit([key: CommittedOffset(3)])
        while !isAsked.withLock({ $0 }) { await Task.yield() }
        await consumer.close()
        hasClosed.withLock { $0 = true }
        await running
        #expect(heard.committed.withLock { $0 } == [key: CommittedOffset(3)])
        try await broker.stop()
    }
}

struct CutTests {
    /// Of every answer that a producer, a transaction and a consumer get, each byte is once the last before the broker hangs up.
    @Test(.timeLimit(.minutes(1))) func aConnectionMayBeCutAtEveryByte() async throws {
        let books = try Books(version: 0)
        books.isForgiving.withLock { $0 = true }
        books.broker.on(ListOffsetsRequest.self) { request in
            var response = ListOffsetsResponse()
            response.topics = request.topics.map { topic in
                var result = ListOffsetsResponse.ListOffsetsTopicResponse()
                result.name = topic.name
                result.partitions = topic.partitions.map { entry in
                    var partition = ListOffsetsResponse.ListOffsetsPartitionResponse()
                    (partition.partitionIndex, partition.offset) = (entry.partitionIndex, 5)
                    return partition
                }
                return result
            }
            return response
        }
        var cut = 0
        var wasCut = true
        while wasCut {
            books.broker.hangsUpAfter.withLock { $0 = cut }
            try await withProducer(books.configuration { $0.linger = .zero }) { producer in
                try await withTransaction(of: producer) {
                    let record = ProducerRecord(topic: "t", partition: 0, value: ByteBuffer(string: "\(cut)"))
                    _ = try await producer.send(record)
                }
            }
            try await withAdmin(books.broker.configuration) { (admin) throws(KafkaError) in
                let key = TopicPartition("t", 0)
                #expect(try await admin.listOffsets([key], .latest) == [key: 5])
            }
            wasCut = books.broker.hangsUpAfter.withLock { $0 == nil }
            cut += 1
        }
        #expect(cut > 200)
        #expect(books.committed == (0..<cut).map { "\($0)" })
        try await books.broker.stop()
    }
}

struct QuotaTests {
    /// Before version 1 the broker has waited itself: who paused for so long again would not come to the end of this test.
    @Test(.timeLimit(.minutes(1)), arguments: [(Int16(1), Int32(400)), (0, 600_000)])
    func aBrokerThatThrottlesIsLeftAloneUnlessItWaitedItself(version: Int16, millis: Int32) async throws {
        let broker = try ScriptedBroker()
        broker.on(DeleteGroupsRequest.self, versions: 0...version) { _ in
            var response = DeleteGroupsResponse()
            response.throttleTimeMs = millis
            return response
        }
        try await withAdmin(broker.configuration) { (admin) throws(KafkaError) in
            let connection = try await admin.cluster.connection(to: .any)
            _ = try await connection.send { _ in DeleteGroupsRequest() }
            let clock = ContinuousClock()
            let began = clock.now
            _ = try await admin.describeCluster()
            let isPaused = clock.now - began >= .milliseconds(390)
            #expect(isPaused || version == 0)
        }
        try await broker.stop()
    }
}
