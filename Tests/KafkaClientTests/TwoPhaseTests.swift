import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Transactions that a database decides on (KIP-939).
@Suite(.timeLimit(.minutes(1)))
struct TwoPhaseTests {
    private func configuration(_ books: Books) -> ProducerConfiguration {
        var configuration = books.configuration()
        configuration.isTwoPhase = true
        return configuration
    }

    private func record(_ text: String) -> ProducerRecord {
        ProducerRecord(topic: "t", partition: 0, value: ByteBuffer(string: text))
    }

    /// Leaves a transaction open as a producer does that crashes.
    private func crash(_ books: Books) async throws -> PreparedTransaction {
        var prepared: PreparedTransaction?
        try await withProducer(configuration(books)) { producer in
            try await producer.beginTransaction()
            try await producer.enqueue(record("a"))
            prepared = try await producer.prepareTransaction()
        }
        return try #require(prepared)
    }

    @Test func whatIsPreparedIsSentAndTakesNothingMore() async throws {
        let books = try Books(version: 2)
        try await withProducer(configuration(books)) { producer in
            try await producer.beginTransaction()
            try await producer.enqueue(record("a"))
            let prepared = try await producer.prepareTransaction()
            #expect(prepared == PreparedTransaction(producerId: 7, epoch: 0))
            #expect(books.heard == ["init -1 two-phase", "produce t-0"])
            #expect(try await producer.prepareTransaction() == prepared)
            await #expect { _ = try await producer.send(record("b")) } throws: { ($0 as? KafkaError)?.code == .invalid }
            await #expect { try await producer.beginTransaction() } throws: { ($0 as? KafkaError)?.code == .invalid }
            #expect(try await producer.completeTransaction(prepared))
            #expect(books.committed == ["a"])
            await #expect { _ = try await producer.completeTransaction(prepared) } throws: {
                ($0 as? KafkaError)?.code == .invalid
            }
            try await withTransaction(of: producer) { _ = try await producer.send(record("b")) }
        }
        #expect(books.committed == ["a", "b"])
        try await books.broker.stop()
    }

    @Test func closingLeavesWhatIsPrepared() async throws {
        let books = try Books(version: 2)
        _ = try await crash(books)
        #expect(books.heard == ["init -1 two-phase", "produce t-0"], "nothing has ended it")
        try await books.broker.stop()
    }

    @Test(arguments: [true, false]) func anotherProducerEndsItAsWasDecided(isCommit: Bool) async throws {
        let books = try Books(version: 2)
        let prepared = try await crash(books)
        books.forget()
        try await withProducer(configuration(books)) { producer in
            #expect(try await producer.recoverTransaction() == prepared)
            let decided = isCommit ? PreparedTransaction("\(prepared)") : PreparedTransaction(producerId: 7, epoch: 9)
            // An end whose outcome is not known is asked for again.
            books.fail(isCommit ? "commit" : "abort", .coordinatorLoadInProgress)
            #expect(try await producer.completeTransaction(decided) == isCommit)
            try await withTransaction(of: producer) { _ = try await producer.send(record("b")) }
        }
        #expect(books.heard.first == "init -1 two-phase keeps")
        #expect(books.committed == (isCommit ? ["a", "b"] : ["b"]))
        try await books.broker.stop()
    }

    @Test func nothingWasDecidedOnSoItIsAborted() async throws {
        let books = try Books(version: 2)
        _ = try await crash(books)
        try await withProducer(configuration(books)) { producer in
            _ = try await producer.recoverTransaction()
            #expect(try await producer.completeTransaction(nil) == false)
        }
        #expect(books.committed == [] && books.heard.last == "abort")
        try await books.broker.stop()
    }

    @Test func whereNothingIsOpenThereIsNothingToRecover() async throws {
        let books = try Books(version: 2)
        try await withProducer(configuration(books)) { producer in
            #expect(try await producer.recoverTransaction() == nil)
            await #expect { _ = try await producer.completeTransaction(nil) } throws: {
                ($0 as? KafkaError)?.code == .invalid
            }
            try await withTransaction(of: producer) { _ = try await producer.send(record("b")) }
            await #expect { _ = try await producer.recoverTransaction() } throws: {
                ($0 as? KafkaError)?.code == .invalid
            }
        }
        #expect(books.committed == ["b"])
        try await books.broker.stop()
    }

    @Test func brokersThatDoNotOfferItAreNamed() async throws {
        let books = try Books(version: 2)
        books.broker.on(InitProducerIdRequest.self, versions: 0...5) { _ in InitProducerIdResponse() }
        try await withProducer(configuration(books)) { producer in
            do throws(KafkaError) {
                try await producer.beginTransaction()
                Issue.record("it began")
            } catch {
                #expect(error.code == .unsupported && error.message.contains("unstable.api.versions.enable"))
            }
        }
        try await books.broker.stop()
    }

    @Test func textsGoThereAndBack() {
        #expect(PreparedTransaction("1000:5") == PreparedTransaction(producerId: 1000, epoch: 5))
        #expect(PreparedTransaction(producerId: .max, epoch: .max).description == "9223372036854775807:32767")
        for text in ["", ":", "1", "1:", ":1", "1:2:3", "-1:0", "1:-1", "1:32768", "a:b", " 1:2"] {
            #expect(PreparedTransaction(text) == nil, "\(text)")
        }
    }
}
