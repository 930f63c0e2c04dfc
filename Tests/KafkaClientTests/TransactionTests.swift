import KafkaProtocol
import KafkaRecords
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import KafkaClient

/// Transactions against a broker that keeps their books, and fails when it is told to.
@Suite(.timeLimit(.minutes(1)))
struct TransactionTests {
    /// Coordinates one transactional id, leads the partitions and coordinates the groups.
    private final class Books: Sendable {
        private struct State {
            var heard: [String] = []
            var failures: [String: [ErrorCode]] = [:]
            var epoch: Int16 = -1
            var partitions: Set<TopicPartition> = []
            var isOpen = false
            var nextSequence: [TopicPartition: Int32] = [:]
            var open: [String] = []
            var committed: [String] = []
            /// Decides which requests fail although what they ask for was done, or without.
            var chaos: SeededGenerator?
        }

        private let state = Mutex(State())
        let broker: ScriptedBroker

        /// - Parameter version: the cluster's `transaction.version`.
        init(version: Int16) throws {
            broker = try ScriptedBroker()
            if version > 0 { broker.features.withLock { $0["transaction.version"] = version } }
            coordinate(version)
            broker.on(ProduceRequest.self, versions: 3...12) { [self] in produce($0, isImplicit: version == 2) }
        }

        /// What was asked, in order.
        var heard: [String] { state.withLock { $0.heard } }
        var committed: [String] { state.withLock { $0.committed } }
        func forget() { state.withLock { $0.heard = [] } }
        /// The next requests of a kind are answered with these.
        func fail(_ what: String, _ errors: ErrorCode...) { fail(what, errors) }
        func fail(_ what: String, _ errors: [ErrorCode]) { state.withLock { $0.failures[what] = errors } }

        func makeTrouble(_ seed: UInt64) { state.withLock { $0.chaos = SeededGenerator(seed: seed) } }

        /// Whether what was done is denied.
        private func isDenied() -> Bool {
            state.withLock { state in
                guard var chaos = state.chaos else { return false }
                defer { state.chaos = chaos }
                return Int.random(in: 0..<6, using: &chaos) == 0
            }
        }

        private func note(_ what: String, _ details: String = "") -> ErrorCode {
            state.withLock { state in
                state.heard.append(details.isEmpty ? what : "\(what) \(details)")
                if var chaos = state.chaos {
                    defer { state.chaos = chaos }
                    if Int.random(in: 0..<6, using: &chaos) == 0 { return .coordinatorNotAvailable }
                }
                guard let first = state.failures[what]?.first else { return .none }
                state.failures[what]?.removeFirst()
                return first
            }
        }

        private func coordinate(_ version: Int16) {
            broker.on(InitProducerIdRequest.self) { [self] request in
                var response = InitProducerIdResponse()
                response.errorCode = note("init", "\(request.producerEpoch)")
                if response.errorCode != .none { return response }
                state.withLock { state in
                    state.epoch += 1
                    (state.isOpen, state.partitions, state.open, state.nextSequence) = (false, [], [], [:])
                    (response.producerId, response.producerEpoch) = (7, state.epoch)
                }
                return response
            }
            broker.on(AddPartitionsToTxnRequest.self) { [self] request in
                let keys = request.v3AndBelowTopics.flatMap { topic in
                    topic.partitions.map { TopicPartition(topic.name, $0) }
                }
                let code = note("add", keys.map { "\($0)" }.joined(separator: ","))
                if code == .none { state.withLock { $0.partitions.formUnion(keys) } }
                var response = AddPartitionsToTxnResponse()
                response.resultsByTopicV3AndBelow = request.v3AndBelowTopics.map { topic in
                    var result = AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult()
                    result.name = topic.name
                    result.resultsByPartition = topic.partitions.map { index in
                        var partition = AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult()
                        (partition.partitionIndex, partition.partitionErrorCode) = (index, code.rawValue)
                        return partition
                    }
                    return result
                }
                return response
            }
            broker.on(AddOffsetsToTxnRequest.self) { [self] request in
                var response = AddOffsetsToTxnResponse()
                response.errorCode = note("addOffsets", request.groupId)
                return response
            }
            broker.on(TxnOffsetCommitRequest.self) { [self] request in
                let code = note("offsets", "\(request.memberId)/\(request.generationIdOrMemberEpoch)")
                var response = TxnOffsetCommitResponse()
                response.topics = request.topics.map { topic in
                    var result = TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
                    result.name = topic.name
                    result.partitions = topic.partitions.map { entry in
                        var partition = TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                        (partition.partitionIndex, partition.errorCode) = (entry.partitionIndex, code)
                        return partition
                    }
                    return result
                }
                return response
            }
            broker.on(EndTxnRequest.self) { [self] request in
                var response = EndTxnResponse()
                response.errorCode = note(request.committed ? "commit" : "abort")
                if response.errorCode != .none { return response }
                state.withLock { state in
                    if request.producerEpoch != state.epoch { response.errorCode = .producerFenced }
                    if request.committed { state.committed += state.open }
                    (state.open, state.partitions) = ([], [])
                    if version == 2 {
                        state.epoch += 1
                        state.nextSequence = [:]
                        (response.producerId, response.producerEpoch) = (7, state.epoch)
                    }
                }
                if version < 2, isDenied() { response.errorCode = .requestTimedOut }
                return response
            }
        }

        private func produce(_ request: ProduceRequest, isImplicit: Bool) -> ProduceResponse {
            var response = ProduceResponse()
            #expect(request.transactionalId == "id")
            response.responses = request.topicData.map { topic in
                var result = ProduceResponse.TopicProduceResponse()
                result.name = topic.name
                result.partitionResponses = topic.partitionData.map { data in
                    let key = TopicPartition(topic.name, data.index)
                    var entry = ProduceResponse.PartitionProduceResponse()
                    entry.index = data.index
                    entry.errorCode = note("produce", "\(key)")
                    if entry.errorCode == .none {
                        take(key, data.records?.buffer, isImplicit: isImplicit)
                        if isDenied() { entry.errorCode = .requestTimedOut }
                    }
                    return entry
                }
                return result
            }
            return response
        }

        private func take(_ key: TopicPartition, _ bytes: ByteBuffer?, isImplicit: Bool) {
            state.withLock { state in
                #expect(isImplicit || state.partitions.contains(key), "\(key) was not added")
                for batch in RecordBatches(bytes ?? ByteBuffer()) {
                    let header = batch.header
                    #expect(header.isTransactional && header.producerId == 7 && header.producerEpoch == state.epoch)
                    // Repeated, because the first answer denied it.
                    if state.chaos != nil, header.baseSequence < state.nextSequence[key] ?? 0 { continue }
                    #expect(header.baseSequence == state.nextSequence[key] ?? 0)
                    state.nextSequence[key] = header.baseSequence + header.recordCount
                    for record in (try? batch.allRecords()) ?? [] {
                        state.open.append(record.value.map { String(buffer: $0) } ?? "")
                    }
                }
            }
        }

        func configuration(_ change: (inout ProducerConfiguration) -> Void = { _ in }) -> ProducerConfiguration {
            var configuration = ProducerConfiguration(broker.configuration)
            configuration.transactionalId = "id"
            change(&configuration)
            return configuration
        }
    }

    private func record(_ text: String, _ partition: Int32 = 0) -> ProducerRecord {
        ProducerRecord(topic: "t", partition: partition, value: ByteBuffer(string: text))
    }

    private let offsets = [TopicPartition("in", 0): CommittedOffset(5)]
    private let member = ConsumerGroupMetadata(groupId: "g", memberId: "m", generation: 3)

    @Test func whatIsCommittedCountsAsAWhole() async throws {
        let books = try Books(version: 0)
        try await withProducer(books.configuration()) { producer in
            try await producer.beginTransaction()
            try await producer.enqueue(record("a"))
            try await producer.sendOffsets(offsets, of: member)
            try await producer.commitTransaction()
            #expect(books.heard.first == "init -1")
            #expect(
                Set(books.heard.dropFirst().dropLast()) == ["add t-0", "produce t-0", "addOffsets g", "offsets m/3"]
            )
            #expect(books.heard.last == "commit")
            #expect(books.committed == ["a"])
            books.forget()
            try await withTransaction(of: producer) {
                _ = try await producer.send(record("b"))
                _ = try await producer.send(record("c", 1))
            }
            #expect(books.heard == ["add t-0", "produce t-0", "add t-1", "produce t-1", "commit"])
            #expect(books.committed == ["a", "b", "c"])
            books.forget()
            try await withTransaction(of: producer) {}
            #expect(books.heard == [], "nothing was sent, so there is nothing to end")
        }
        try await books.broker.stop()
    }

    @Test func whereBrokersAddPartitionsThemselvesEachEndGivesANewEpoch() async throws {
        let books = try Books(version: 2)
        try await withProducer(books.configuration()) { producer in
            for text in ["a", "b"] {
                try await withTransaction(of: producer) { _ = try await producer.send(record(text)) }
            }
            try await withTransaction(of: producer) { try await producer.sendOffsets(offsets, of: member) }
        }
        #expect(
            books.heard
                == ["init -1", "produce t-0", "commit", "produce t-0", "commit", "offsets m/3", "commit"]
        )
        #expect(books.committed == ["a", "b"])
        try await books.broker.stop()
    }

    @Test(arguments: [Int16(0), 2]) func whatIsAbortedDoesNotCount(version: Int16) async throws {
        struct Mine: Error {}
        let books = try Books(version: version)
        try await withProducer(books.configuration()) { producer in
            await #expect(throws: Mine.self) {
                try await withTransaction(of: producer) {
                    _ = try await producer.send(record("lost"))
                    try await producer.enqueue(record("lost too"))
                    throw Mine()
                }
            }
            #expect(books.heard.last == "abort")
            try await withTransaction(of: producer) { _ = try await producer.send(record("kept")) }
        }
        #expect(books.committed == ["kept"])
        try await books.broker.stop()
    }

    @Test func whatPassesIsTriedAgain() async throws {
        let books = try Books(version: 0)
        books.fail("init", .coordinatorLoadInProgress, .concurrentTransactions)
        books.fail("add", .concurrentTransactions, .coordinatorNotAvailable)
        books.fail("produce", .notEnoughReplicas)
        books.fail("addOffsets", .concurrentTransactions)
        books.fail("offsets", .coordinatorLoadInProgress)
        books.fail("commit", .notCoordinator, .concurrentTransactions)
        try await withProducer(books.configuration()) { producer in
            try await withTransaction(of: producer) {
                _ = try await producer.send(record("a"))
                try await producer.sendOffsets(offsets, of: member)
            }
        }
        #expect(books.committed == ["a"])
        let counts = Dictionary(grouping: books.heard) { $0.split(separator: " ")[0] }.mapValues(\.count)
        #expect(counts == ["init": 3, "add": 3, "produce": 2, "addOffsets": 2, "offsets": 2, "commit": 3])
        try await books.broker.stop()
    }

    @Test(arguments: [Int16(0), 2]) func oneRecordThatFailsFailsTheWhole(version: Int16) async throws {
        let books = try Books(version: version)
        try await withProducer(books.configuration()) { producer in
            try await producer.beginTransaction()
            _ = try await producer.send(record("a"))
            books.fail("produce", .messageTooLarge)
            try await producer.enqueue(record("too large"))
            let failed = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            #expect(failed?.code == .aborted && failed?.serverCode == .messageTooLarge)
            for _ in 0..<2 {
                let refused = await #expect(throws: KafkaError.self) { try await producer.enqueue(record("b")) }
                #expect(refused?.code == .aborted)
            }
            await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
            try await producer.abortTransaction()
            books.forget()
            // What was given up had a sequence number; a new epoch begins them anew.
            try await withTransaction(of: producer) { _ = try await producer.send(record("c")) }
            let expected = ["produce t-0", "commit"]
            #expect(books.heard == (version == 0 ? ["init 0", "add t-0"] + expected : expected))
        }
        #expect(books.committed == ["c"])
        try await books.broker.stop()
    }

    @Test func aMemberThatLostItsPartitionsCommitsNothing() async throws {
        let books = try Books(version: 0)
        books.fail("offsets", .illegalGeneration)
        try await withProducer(books.configuration()) { producer in
            let failed = await #expect(throws: KafkaError.self) {
                try await withTransaction(of: producer) {
                    try await producer.enqueue(record("a"))
                    try await producer.sendOffsets(offsets, of: member)
                }
            }
            #expect(failed?.serverCode == .illegalGeneration)
            #expect(books.heard.last == "abort")
        }
        #expect(books.committed == [])
        try await books.broker.stop()
    }

    @Test(arguments: ["init", "add", "commit"]) func whoWasReplacedIsDone(what: String) async throws {
        let books = try Books(version: 0)
        books.fail(what, what == "commit" ? .invalidProducerEpoch : .producerFenced)
        try await withProducer(books.configuration()) { producer in
            let first = await #expect(throws: KafkaError.self) {
                try await withTransaction(of: producer) { try await producer.enqueue(record("a")) }
            }
            #expect(first?.code == .fenced)
            #expect(!books.heard.contains("abort"))
            books.forget()
            let failed = await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
            #expect(failed?.code == .fenced)
        }
        #expect(books.heard == [] && books.committed == [])
        try await books.broker.stop()
    }

    @Test func anEndWhoseAnswerWasLostCanOnlyBeTriedAgain() async throws {
        let books = try Books(version: 0)
        let configuration = books.configuration { $0.client.apiTimeout = .milliseconds(30) }
        try await withProducer(configuration) { producer in
            try await producer.beginTransaction()
            _ = try await producer.send(record("a"))
            books.fail("commit", Array(repeating: .coordinatorNotAvailable, count: 1000))
            let failed = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
            #expect(failed?.serverCode == .coordinatorNotAvailable)
            for other in [producer.abortTransaction, producer.beginTransaction] {
                let refused = await #expect(throws: KafkaError.self) { try await other() }
                #expect(refused?.message.hasSuffix("commit again to learn it") ?? false)
            }
            books.fail("commit")
            try await producer.commitTransaction()
        }
        #expect(books.committed == ["a"])
        try await books.broker.stop()
    }

    @Test func nothingIsSentOutsideOfATransaction() async throws {
        let books = try Books(version: 0)
        try await withProducer(books.configuration()) { producer in
            await #expect(throws: KafkaError(.invalid, "no transaction is open; begin one before sending")) {
                try await producer.enqueue(record("a"))
            }
            await #expect(throws: KafkaError(.invalid, "no transaction is open")) {
                try await producer.commitTransaction()
            }
            await #expect(throws: KafkaError.self) { try await producer.abortTransaction() }
            try await producer.beginTransaction()
            await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
            _ = try await producer.send(record("b"))
        }
        #expect(books.heard.last == "abort", "what is open at the end is aborted")
        #expect(books.committed == [])
        let plain = try Producer(ProducerConfiguration(books.broker.configuration))
        await #expect(throws: KafkaError.self) { try await plain.beginTransaction() }
        var wrong = books.configuration { $0.isIdempotent = false }
        #expect(throws: KafkaError.self) { try Producer(wrong) }
        wrong = books.configuration { $0.transactionalId = "" }
        #expect(throws: KafkaError.self) { try Producer(wrong) }
        try await books.broker.stop()
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func eachTransactionCountsOnceWhateverFails(seed: UInt64) async throws {
        let books = try Books(version: 0)
        var dice = SeededGenerator(seed: seed)
        var expected: [String] = []
        books.makeTrouble(seed)
        try await withProducer(books.configuration { $0.batchBytes = 200 }) { producer in
            for number in 0..<12 {
                let texts = (0..<Int.random(in: 0..<6, using: &dice)).map { "\(number).\($0)" }
                let isCommit = Bool.random(using: &dice)
                try await producer.beginTransaction()
                for text in texts { try await producer.enqueue(record(text, Int32.random(in: 0..<2, using: &dice))) }
                if isCommit {
                    try await producer.commitTransaction()
                    expected += texts
                } else {
                    try await producer.abortTransaction()
                }
            }
        }
        #expect(books.committed.sorted() == expected.sorted(), "seed \(seed)")
        try await books.broker.stop()
    }
}
