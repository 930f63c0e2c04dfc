import Glibc
import KafkaProtocol
import KafkaRecords
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Transactions against a broker that keeps their books, and fails when it is told to.
@Suite(.timeLimit(.minutes(1)))
struct TransactionTests {
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

    @Test func whoCoordinatesIsLookedUpAgainWhenThatHasMoved() async throws {
        let books = try Books(version: 0)
        let lookups = Mutex(0)
        books.broker.on(FindCoordinatorRequest.self, versions: 4...4) { request in
            lookups.withLock { $0 += 1 }
            var entry = FindCoordinatorResponse.Coordinator()
            (entry.key, entry.nodeId) = (request.coordinatorKeys[0], 1)
            var response = FindCoordinatorResponse()
            response.coordinators = [entry]
            return response
        }
        try await withProducer(books.configuration()) { producer in
            try await producer.beginTransaction()
            #expect(lookups.withLock { $0 } == 1)
            // Partitions are added by a call that is not repeated by itself.
            books.fail("add", .notCoordinator)
            _ = try await producer.send(record("a"))
            #expect(lookups.withLock { $0 } == 2)
            try await producer.commitTransaction()
        }
        #expect(books.committed == ["a"])
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

    @Test func anAbortOfWhatNeverBeganIsNone() async throws {
        let books = try Books(version: 0)
        try await withProducer(books.configuration()) { producer in
            try await withTransaction(of: producer) { _ = try await producer.send(record("a")) }
            books.fail("addOffsets", .unknownServerError)
            await #expect(throws: KafkaError.self) {
                try await withTransaction(of: producer) { try await producer.sendOffsets(offsets, of: member) }
            }
            #expect(books.heard.last == "abort", "the coordinator may have been told before it failed")
            try await withTransaction(of: producer) { _ = try await producer.send(record("b")) }
        }
        #expect(books.committed == ["a", "b"])
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
                #expect(refused?.message.hasSuffix("commit outcome unknown; commit again") ?? false)
            }
            books.fail("commit")
            try await producer.commitTransaction()
        }
        #expect(books.committed == ["a"])
        try await books.broker.stop()
    }

    @Test func nothingEndsBeforeTheCoordinatorHasAnsweredAboutPartitions() async throws {
        let books = try Books(version: 0)
        let producer = try Producer(books.configuration())
        let isWaitedFor = Atomic(false)
        books.onAdd.withLock { onAdd in
            onAdd = {
                // The abort has given up the record, and waits.
                while producer.state.withLock({ $0.engine.pendingRecords > 0 || $0.flushWaiters.isEmpty }) {
                    sched_yield()
                }
                isWaitedFor.store(true, ordering: .relaxed)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            try await producer.beginTransaction()
            try await producer.enqueue(record("a"))
            while !books.heard.contains("add t-0") { await Task.yield() }
            try await producer.abortTransaction()
            let hasWaited = isWaitedFor.load(ordering: .relaxed)
            #expect(hasWaited)
            #expect(Array(books.heard.suffix(2)) == ["add t-0", "abort"])
            books.onAdd.withLock { $0 = nil }
            try await producer.beginTransaction()
            _ = try await producer.send(record("b"))
            try await producer.commitTransaction()
            #expect(books.committed == ["b"])
            try await producer.close()
        }
        try await books.broker.stop()
    }

    @Test func nothingIsSentOutsideOfATransaction() async throws {
        let books = try Books(version: 0)
        try await withProducer(books.configuration()) { producer in
            await #expect(throws: KafkaError(.invalid, "no transaction is open; call beginTransaction before sending"))
            {
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

    /// Cancelled a little later each time, until it is through: whatever it waited for then, it ends, and what it began counts whole or not at all.
    @Test func cancellingMayHappenAnywhere() async throws {
        let books = try Books(version: 0)
        let configuration = books.configuration { $0.linger = .zero }
        var (whole, pauses, throughs) = (0, 0, 0)
        while throughs < 20 {
            try await withProducer(configuration) { producer in
                let texts = ["\(pauses)a", "\(pauses)b"]
                let before = books.committed
                let running = Task {
                    try await withTransaction(of: producer) {
                        for text in texts { _ = try await producer.send(record(text)) }
                        try await producer.sendOffsets(offsets, of: member)
                    }
                }
                try await Task.sleep(for: .microseconds(pauses * pauses))
                running.cancel()
                switch await running.result {
                case .success: throughs += 1
                case .failure(let error): #expect((error as? KafkaError)?.code == .cancelled, "\(error)")
                }
                // What was asked of the coordinator may have happened although nobody waited for it.
                let more = Array(books.committed.dropFirst(before.count))
                #expect(more == [] || more == texts)
                if more == texts { whole += 1 }
            }
            pauses += 1
        }
        #expect(whole >= throughs)
        try await books.broker.stop()
    }
}
