import Broker
import CoreMetrics
import Glibc
import Logging
import MetricsTestKit
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// The client against a node in the same process.
@Suite(.timeLimit(.minutes(2)))
struct LiveTests {
    func withNode(_ body: (ClientConfiguration) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let started = AsyncStream.makeStream(of: Result<RunningNode.Ready, any Error>.self)
        let node = try RunningNode.start(
            BrokerConfig([
                "log.dirs": directory.path, "listeners": "PLAINTEXT://127.0.0.1:0",
                "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "100",
                "offsets.topic.num.partitions": "1",
            ]),
            logger: Logger(label: "node") { _ in SwiftLogNoOpLogHandler() },
            metricsText: { "" },
            onFatal: { Issue.record("the node failed: \($0)") },
            onReady: { started.continuation.yield($0) }
        )
        for await outcome in started.stream {
            _ = try outcome.get()
            break
        }
        let address = BrokerAddress(host: node.ready.host, port: node.ready.port)
        let result: Result<Void, any Error>
        do {
            try await body(ClientConfiguration(bootstrapServers: [address]))
            result = .success(())
        } catch { result = .failure(error) }
        await withCheckedContinuation { stopped in node.stop { stopped.resume() } }
        try result.get()
    }

    func fill(_ client: ClientConfiguration, _ topic: String, _ values: Range<Int>, partitions: Int32 = 2)
        async throws
    {
        try await withAdmin(client) { (admin) throws(KafkaError) in
            if try await admin.listTopics().contains(where: { $0.name == topic }) { return }
            try await admin.createTopic(NewTopic(topic, partitions: partitions))
        }
        try await withProducer(ProducerConfiguration(client)) { producer in
            for value in values {
                try await producer.enqueue(
                    ProducerRecord(
                        topic: topic,
                        partition: Int32(value) % partitions,
                        value: ByteBuffer(string: "\(value)"),
                        timestamp: Int64(1000 + value)
                    )
                )
            }
        }
    }

    func member(_ client: ClientConfiguration, _ change: (inout ConsumerConfiguration) -> Void = { _ in })
        -> ConsumerConfiguration
    {
        var configuration = ConsumerConfiguration(client)
        configuration.groupId = "g"
        configuration.reset = .earliest
        configuration.assignors = [.cooperativeSticky]
        configuration.heartbeatInterval = .milliseconds(50)
        configuration.sessionTimeout = .seconds(5)
        change(&configuration)
        return configuration
    }

    private func text(_ record: ConsumedRecord) -> String { record.value.map { String(buffer: $0) } ?? "" }

    @Test func recordsOneByOneAreThoseOfTheBatches() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<3000)
            var one: [String] = [], all: [String] = []
            let consumer = Consumer(ConsumerConfiguration(client))
            let positions = [TopicPartition("t", 0): Int64(0), TopicPartition("t", 1): 700]
            try consumer.assign(positions)
            for try await record in consumer.records {
                one.append("\(record.partition) \(record.offset) \(text(record))")
                if one.count == 2300 { break }
            }
            try consumer.assign(positions)
            for try await batch in consumer.batches {
                try batch.forEach { record in
                    all.append("\(batch.partition) \(record.offset) \(record.value.map { String(buffer: $0) } ?? "")")
                }
                if all.count == 2300 { break }
            }
            #expect(one.count == 2300 && one.sorted() == all.sorted())
            #expect(Set(one).count == 2300)
            await consumer.close()
        }
    }

    @Test func placesAreFoundPausedAndLeft() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<1000)
            let zero = TopicPartition("t", 0), one = TopicPartition("t", 1)
            let consumer = Consumer(ConsumerConfiguration(client))
            try consumer.assign([zero: 0, one: 0])
            consumer.pause([one])
            var seen: Set<TopicPartition> = []
            while consumer.position(zero) != 500 { seen.insert(try #require(try await consumer.next()).partition) }
            #expect(seen == [zero] && consumer.paused == [one])
            #expect(consumer.lag(zero) == 0 && consumer.position(one) == 0)
            try consumer.seek(zero, to: 490)
            consumer.resume([one])
            var offsets: [TopicPartition: [Int64]] = [:]
            for try await record in consumer.records {
                offsets[record.partition, default: []].append(record.offset)
                if offsets[zero]?.last == 499, offsets[one]?.last == 499 { break }
            }
            #expect(offsets[zero] == Array(490...499) && offsets[one] == Array(0...499))
            // Partition 0 has the even numbers: the first of 1800 or later is number 800, at offset 400.
            try await consumer.seek([zero, one], to: .time(1800))
            #expect(consumer.position(zero) == 400 && consumer.position(one) == 400)
            try await consumer.seek([zero], to: .time(99_999))
            #expect(consumer.position(zero) == 500)
            #expect(throws: KafkaError(.invalid, "t-7 is not assigned")) {
                try consumer.seek(TopicPartition("t", 7), to: 0)
            }
            try consumer.assign([zero: 0, TopicPartition("t", 7): 0])
            await #expect(throws: KafkaError.refused(.unknownTopicOrPartition, "partition t-7 does not exist")) {
                try await consumer.next()
            }
            await consumer.close()
            #expect(try await consumer.next() == nil, "who is closed has nothing more")
        }
    }

    /// Notes what it hears, and for whom.
    private final class Ear: RebalanceListener {
        let heard = Mutex<[String]>([])

        private func note(_ what: String, _ partitions: [TopicPartition]) {
            heard.withLock { $0.append("\(what) \(partitions.map { "\($0.partition)" }.joined())") }
        }
        func assigned(_ partitions: [TopicPartition], to consumer: Consumer) async { note("assigned", partitions) }
        func revoked(_ partitions: [TopicPartition], from consumer: Consumer) async { note("revoked", partitions) }
        func lost(_ partitions: [TopicPartition], by consumer: Consumer) async { note("lost", partitions) }
    }

    @Test func aListenerHearsOfWhatComesAndGoesAndOnlyWhatGoesToOthersIsTaken() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10)
            try await fill(client, "tx", 0..<10)
            let first = Ear(), second = Ear()
            try await withConsumer(member(client) { $0.listener = first }) { one in
                try one.subscribe(to: ["t"])
                _ = try await one.next()
                #expect(first.heard.withLock { $0 } == ["assigned 01"])
                #expect(throws: KafkaError.self, "the group decides") { try one.assign([TopicPartition("t", 0): 0]) }
                #expect(throws: KafkaError.self) { try one.unassign(TopicPartition("t", 0)) }
                try await withConsumer(member(client) { $0.listener = second }) { other in
                    try other.subscribe(matching: "t|u")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        // Partitions go only while records are asked for.
                        for consumer in [one, other] { group.addTask { while try await consumer.next() != nil {} } }
                        while other.assignment.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                        #expect(first.heard.withLock { $0 } == ["assigned 01", "revoked 1"])
                        #expect(one.assignment.map(\.partition) == [0] && other.assignment.map(\.partition) == [1])
                        group.cancelAll()
                    }
                }
                #expect(second.heard.withLock { $0 } == ["assigned 1", "revoked 1"], "closing gives up, too")
            }
        }
    }

    @Test func whoUnsubscribesLeavesAndMayReadOtherwise() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10, partitions: 1)
            try await fill(client, "u", 100..<110, partitions: 1)
            let ear = Ear()
            try await withConsumer(member(client) { $0.listener = ear }) { consumer in
                await consumer.unsubscribe()
                try consumer.subscribe(to: ["t"])
                let first = try #require(try await consumer.next())
                try await consumer.commit([first.partition: CommittedOffset(4)])
                await consumer.unsubscribe()
                #expect(ear.heard.withLock { $0 } == ["assigned 0", "revoked 0"])
                #expect(consumer.assignment == [])
                #expect(try await consumer.next() == nil, "nothing is assigned")
                try await withAdmin(client) { (admin) throws(KafkaError) in
                    let group = try await admin.describeGroup("g")
                    #expect(group.members.isEmpty)
                }
                // By hand, from what was committed.
                try await consumer.assign([TopicPartition("t", 0)])
                #expect(consumer.position(TopicPartition("t", 0)) == 4)
                #expect(try await consumer.next()?.nextOffset == 10)
                // And as a member again.
                try consumer.subscribe(to: ["u"])
                #expect(try await consumer.next()?.partition == TopicPartition("u", 0))
            }
        }
    }

    @Test func manyRecordsAreSentAndEachHasItsResult() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<0)
            try await withProducer(ProducerConfiguration(client)) { producer in
                #expect(await producer.send([]).isEmpty)
                var records = (0..<100).map { index in
                    ProducerRecord(topic: "t", partition: Int32(index % 2), value: ByteBuffer(string: "\(index)"))
                }
                records[7].partition = 9
                records[8].value = ByteBuffer(repeating: 0, count: 2 << 20)
                let results = await producer.send(records)
                let offsets = results.map { try? $0.get().offset }
                let expected: [Int64?] = (0..<100).map { index in
                    if index == 7 || index == 8 { return nil }
                    return Int64(index / 2 - (index > 8 ? 1 : 0))
                }
                #expect(offsets == expected)
                #expect(throws: KafkaError(.invalid, "topic 't' has 2 partitions; partition 9 does not exist")) {
                    try results[7].get()
                }
            }
            let closed = try Producer(ProducerConfiguration(client))
            try await closed.close()
            let results = await closed.send([ProducerRecord(topic: "t", value: nil)])
            #expect(throws: Producer.closedError) { try results[0].get() }
        }
    }

    @Test func whoWorksTooLongLosesItsPartitionsAndJoinsAgain() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10, partitions: 1)
            let ear = Ear()
            let configuration = member(client) {
                $0.listener = ear
                $0.maxPollInterval = .milliseconds(300)
            }
            try await withConsumer(configuration) { consumer in
                try consumer.subscribe(to: ["t"])
                let batch = try #require(try await consumer.next())
                try await withAdmin(client) { (admin) throws(KafkaError) in
                    while try await !admin.describeGroup("g").members.isEmpty {
                        do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .taskCancelled }
                    }
                }
                await #expect(throws: KafkaError.self) { try await consumer.commit() }
                let again = try #require(try await consumer.next())
                #expect(again.nextOffset == batch.nextOffset, "what was not committed comes again")
                #expect(ear.heard.withLock { $0 } == ["assigned 0", "lost 0", "assigned 0"])
            }
        }
    }

    @Test func whatAListenerWantsForLostPartitionsIsNotCommitted() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10, partitions: 1)
            let settings = member(client) {
                ($0.autoCommit, $0.listener, $0.maxPollInterval) = (false, LastWord(offset: 7), .milliseconds(300))
            }
            try await withConsumer(settings) { consumer in
                try consumer.subscribe(to: ["t"])
                let batch = try #require(try await consumer.next())
                try await withAdmin(client) { (admin) throws(KafkaError) in
                    while try await !admin.describeGroup("g").members.isEmpty {
                        do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .taskCancelled }
                    }
                }
                #expect(try await consumer.next()?.nextOffset == batch.nextOffset, "it is a member again")
                #expect(consumer.state.withLock { $0.commits.isEmpty })
                #expect(try await consumer.committed([batch.partition]).isEmpty)
            }
        }
    }

    @Test func offsetsAreCommittedByHandAndWithoutWaiting() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<100, partitions: 1)
            let key = TopicPartition("t", 0)
            try await withConsumer(member(client) { $0.autoCommit = false }) { consumer in
                try consumer.subscribe(to: ["t"])
                for try await record in consumer.records where record.offset == 41 {
                    try await consumer.commit(record)
                    break
                }
                #expect(try await consumer.committed([key])[key] == CommittedOffset(42, leaderEpoch: 0))
                consumer.enqueueCommit([key: CommittedOffset(50, metadata: "half")])
                while try await consumer.committed([key])[key] != CommittedOffset(50, leaderEpoch: 0, metadata: "half")
                {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            // The next member goes on there.
            try await withConsumer(member(client)) { consumer in
                try consumer.subscribe(to: ["t"])
                for try await record in consumer.records {
                    #expect(record.offset == 50)
                    break
                }
            }
            // Without a reset, what was never committed is an error; a consumer without a group cannot commit.
            let other = Consumer(member(client) { ($0.groupId, $0.reset) = ("other", .none) })
            try await other.assign([key])
            await #expect(throws: KafkaError.self) { try await other.next() }
            await other.close()
            let none = Consumer(ConsumerConfiguration(client))
            await #expect(throws: KafkaError(.invalid, "committing offsets requires group.id")) {
                try await none.commit([key: CommittedOffset(1)])
            }
            await none.close()
        }
    }

    /// Commits what it was told to when its partitions go, without waiting.
    private struct LastWord: RebalanceListener {
        let offset: Int64
        func revoked(_ partitions: [TopicPartition], from consumer: Consumer) async {
            for key in partitions { consumer.enqueueCommit([key: CommittedOffset(offset)]) }
        }
    }

    @Test func whatNobodyWaitsForIsCommittedBeforeTheEnd() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10, partitions: 1)
            let key = TopicPartition("t", 0)
            try await withConsumer(member(client) { $0.autoCommit = false }) { consumer in
                try consumer.subscribe(to: ["t"])
                _ = try #require(try await consumer.next())
                consumer.enqueueCommit([key: CommittedOffset(3)])
                await consumer.unsubscribe()
                #expect(try await consumer.committed([key])[key] == CommittedOffset(3, leaderEpoch: 0))
                try await consumer.assign([key])
                consumer.enqueueCommit([key: CommittedOffset(5, metadata: "five")])
            }
            let settings = member(client) { ($0.autoCommit, $0.listener) = (false, LastWord(offset: 7)) }
            try await withConsumer(settings) { consumer in
                #expect(try await consumer.committed([key])[key] == CommittedOffset(5, metadata: "five"))
                try consumer.subscribe(to: ["t"])
                #expect(try await consumer.next()?.nextOffset == 10)
            }
            let after = Consumer(member(client))
            #expect(try await after.committed([key])[key] == CommittedOffset(7, leaderEpoch: 0))
            await after.close()
        }
    }

    @Test func whatWaitsCanBeCancelled() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<1)
            let consumer = Consumer(ConsumerConfiguration(client))
            try consumer.assign([TopicPartition("t", 1): 0])
            let reading = Task { try await consumer.next() }
            while !consumer.arrived.isAwaited { await Task.yield() }
            reading.cancel()
            #expect(try await reading.value == nil)
            // Who asks again waits as before.
            let again = Task { try await consumer.next() }
            while !consumer.arrived.isAwaited { await Task.yield() }
            again.cancel()
            #expect(try await again.value == nil)
            await consumer.close()
            // Nobody runs this producer, so nothing is ever acknowledged.
            var configuration = ProducerConfiguration(client)
            (configuration.bufferBytes, configuration.requestMaxBytes) = (1000, 1000)
            let producer = try Producer(configuration)
            producer.state.withLock { $0.isRunning = true }
            let record = ProducerRecord(topic: "t", value: ByteBuffer(repeating: 1, count: 800))
            let sending = Task { () async -> KafkaError? in
                do throws(KafkaError) { _ = try await producer.send(record) } catch { return error }
                return nil
            }
            let flushing = Task { () async -> KafkaError? in
                while producer.state.withLock({ $0.engine.pendingRecords }) == 0 { await Task.yield() }
                do throws(KafkaError) { try await producer.flush() } catch { return error }
                return nil
            }
            let crowded = Task { () async -> KafkaError? in
                while producer.state.withLock({ $0.engine.pendingRecords }) == 0 { await Task.yield() }
                do throws(KafkaError) { try await producer.enqueue(record) } catch { return error }
                return nil
            }
            while producer.state.withLock({ $0.bufferWaiters.isEmpty || $0.flushWaiters.isEmpty }) {
                await Task.yield()
            }
            for task in [crowded, flushing, sending] {
                task.cancel()
                #expect(await task.value?.code == .cancelled)
            }
            #expect(producer.state.withLock { $0.sends.isEmpty && $0.bufferWaiters.isEmpty && $0.flushWaiters.isEmpty })
        }
    }

    @Test func servicesFlushAndLeaveWhenTheProgramShutsDown() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10)
            var slow = ProducerConfiguration(client)
            slow.linger = .seconds(60)
            let producer = try Producer(slow)
            let consumer = Consumer(member(client))
            try consumer.subscribe(to: ["t"])
            let group = ServiceGroup(
                services: [producer, consumer],
                logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
            )
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                _ = try await consumer.next()
                try await producer.enqueue(ProducerRecord(topic: "t", partition: 0, value: ByteBuffer(string: "last")))
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
            try await withAdmin(client) { (admin) throws(KafkaError) in
                #expect(try await admin.listOffsets([TopicPartition("t", 0)], .latest) == [TopicPartition("t", 0): 6])
                #expect(try await admin.describeGroup("g").state == "Empty")
            }
        }
    }

    @Test func whatANodeKnowsIsShown() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<10)
            let zero = TopicPartition("t", 0)
            let admin = Admin(client)
            let directories = try await admin.describeLogDirs(of: 1)
            #expect(directories.count == 1 && directories[0].error == nil)
            #expect(try #require(directories[0].replicas[zero]).bytes > 50)
            let producers = try await admin.describeProducers(of: zero)
            #expect(
                producers.count == 1 && producers[0].lastSequence == 4 && producers[0].transactionStartOffset == nil
            )
            try await admin.commitOffsets(
                of: "g",
                [zero: CommittedOffset(3), TopicPartition("t", 1): CommittedOffset(4)]
            )
            let kept = try await admin.deleteOffsets(of: "g", [zero])
            #expect(kept.isEmpty)
            let committed = try await admin.committedOffsets(of: "g")
            #expect(committed == [TopicPartition("t", 1): CommittedOffset(4)])
            #expect(try await admin.describeFeatures()["metadata.version"]?.finalizedLevel ?? 0 > 0)
            try await withConsumer(member(client)) { consumer in
                try consumer.subscribe(to: ["t"])
                _ = try await consumer.next()
                let member = try #require(try await admin.describeGroup("g").members.first)
                try await admin.removeMember(member, of: "g")
                #expect(try await admin.describeGroup("g").members.isEmpty)
            }
            await admin.close()
        }
    }

    /// Notes what passes.
    private final class Spy: ProducerInterceptor, ConsumerInterceptor {
        let seen = Mutex<[String]>([])

        func willSend(_ record: inout ProducerRecord) {
            record.headers.append(RecordHeader(key: "seen", value: ByteBuffer(string: "yes")))
        }
        func didSend(_ records: Int, to partition: TopicPartition, _ result: Result<Int64, KafkaError>) {
            let offset = try? result.get()
            seen.withLock { $0.append("sent \(records) to \(partition) at \(offset ?? -1)") }
        }
        func willHandOut(_ batch: ConsumedBatch) { seen.withLock { $0.append("read \(batch.count)") } }
        func didCommit(_ offsets: [TopicPartition: CommittedOffset]) {
            seen.withLock { $0.append("committed \(offsets.values.map(\.offset))") }
        }
    }

    @Test func interceptorsSeeAndChangeWhatPasses() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<0, partitions: 1)
            let spy = Spy()
            var sending = ProducerConfiguration(client)
            sending.interceptors = [spy]
            try await withProducer(sending) { producer in
                _ = try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a")))
            }
            try await withConsumer(member(client) { ($0.interceptors, $0.autoCommit) = ([spy], false) }) { consumer in
                try consumer.subscribe(to: ["t"])
                for try await record in consumer.records {
                    #expect(record.headers == [RecordHeader(key: "seen", value: ByteBuffer(string: "yes"))])
                    try await consumer.commit(record)
                    break
                }
            }
            #expect(spy.seen.withLock { $0 } == ["sent 1 to t-0 at 0", "read 1", "committed [1]"])
        }
    }

    @Test func whatIsSentAndReadIsCounted() async throws {
        let metrics = TestMetrics()
        // Once for the whole process; the label tells these clients from those of other tests.
        MetricsSystem.bootstrap(metrics)
        try await withNode { client in
            var client = client
            client.clientId = "counted"
            try await fill(client, "t", 0..<500, partitions: 1)
            let key = TopicPartition("t", 0)
            let consumer = Consumer(ConsumerConfiguration(client))
            try consumer.assign([key: 0])
            while consumer.position(key) != 500 { _ = try await consumer.next() }
            let label = [("client_id", "counted")]
            for (name, expected) in [
                ("producer_records", 500), ("producer_failed_records", 0), ("producer_batch_retries", 0),
                ("consumer_records", 500),
            ] {
                let counter = try metrics.expectCounter("kafka_\(name)_total", label)
                #expect(counter.totalValue == Int64(expected), "\(name)")
            }
            #expect(try metrics.expectCounter("kafka_producer_bytes_total", label).totalValue >= 500 * 3)
            // The last answer came when everything was read, or before: what was open then is at most all.
            let gauge = try metrics.expectGauge(
                "kafka_consumer_lag_records",
                label + [("topic", "t"), ("partition", "0")]
            )
            #expect((0...500).contains(try #require(gauge.lastValue)))
            await consumer.close()
        }
    }

    @Test func aProducerThatNobodyRunsIsAnErrorNotSilence() async throws {
        try await withNode { client in
            try await fill(client, "t", 0..<1)
            let producer = try Producer(ProducerConfiguration(client))
            try await producer.enqueue(ProducerRecord(topic: "t", value: nil))
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(ProducerRecord(topic: "t", value: nil))
            }
            #expect(error?.code == .invalid && error?.message.hasPrefix("run() is not running") == true)
            let unseen = await #expect(throws: KafkaError.self) { try await producer.close() }
            #expect(unseen == error, "what was enqueued is told of by the flush")
        }
    }

    @Test func aMemberThatNobodyRunsIsAnErrorNotSilence() async throws {
        try await withNode { client in
            let consumer = Consumer(member(client))
            try consumer.subscribe(to: ["t"])
            await #expect { try await consumer.next() } throws: { "\($0)".contains("run()") }
            await consumer.close()
            let without = Consumer(ConsumerConfiguration(client))
            #expect(throws: KafkaError(.invalid, "subscribe requires group.id")) {
                try without.subscribe(to: ["t"])
            }
            #expect(throws: KafkaError(.invalid, "invalid regular expression '('")) {
                try Consumer(member(client)).subscribe(matching: "(")
            }
            await without.close()
        }
    }
}
