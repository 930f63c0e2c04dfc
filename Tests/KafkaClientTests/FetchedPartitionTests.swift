import DequeModule
import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// What a consumer makes of a partition's bytes in an answer.
struct FetchedPartitionTests {
    private let key = TopicPartition("t", 0)

    private func batch(_ values: [String], at offset: Int64, producer: Int64? = nil) throws -> ByteBuffer {
        var builder = RecordBatchBuilder(baseOffset: offset)
        if let producer { builder.setProducer(id: producer, epoch: 0, baseSequence: 0, isTransactional: true) }
        for value in values { builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: value)) }
        return try builder.build()
    }

    private func marker(_ isCommit: Bool, at offset: Int64, producer: Int64) throws -> ByteBuffer {
        var bytes = try EndTransactionMarker(isCommit: isCommit, coordinatorEpoch: 0)
            .batch(producerId: producer, producerEpoch: 0, timestamp: 1)
        bytes.setInteger(offset, at: bytes.readerIndex)
        return bytes
    }

    /// The values that are shown, and the offset behind each batch.
    private func read(
        _ parts: [ByteBuffer],
        from offset: Int64 = 0,
        aborted: [(producer: Int64, first: Int64)] = [],
        isolation: ConsumerConfiguration.Isolation = .readCommitted
    ) throws -> (values: [String], ends: [Int64]) {
        var data = FetchResponse.PartitionData()
        var bytes = ByteBuffer()
        for part in parts { bytes.writeImmutableBuffer(part) }
        data.records = .bytes(bytes)
        data.abortedTransactions = aborted.map { entry in
            var transaction = FetchResponse.AbortedTransaction()
            (transaction.producerId, transaction.firstOffset) = (entry.producer, entry.first)
            return transaction
        }
        var configuration = ConsumerConfiguration(ClientConfiguration(bootstrapServers: []))
        configuration.isolation = isolation
        let batches = try FetchedPartition.batches(key, data, from: offset, configuration)
        var values: [String] = []
        for batch in batches { try batch.forEach { values.append($0.value.map { String(buffer: $0) } ?? "") } }
        return (values, batches.map(\.nextOffset))
    }

    @Test func recordsBelowTheOffsetAskedForAreNotShown() throws {
        let parts = [try batch(["a", "b"], at: 0), try batch(["c", "d", "e"], at: 2)]
        #expect(try read(parts) == (["a", "b", "c", "d", "e"], [2, 5]))
        #expect(try read(parts, from: 3) == (["d", "e"], [5]))
    }

    @Test func aBatchThatIsCutOffIsAskedForAgain() throws {
        let first = try batch(["a"], at: 0), second = try batch(["b"], at: 1)
        for length in 0..<second.readableBytes {
            let cut = try #require(second.getSlice(at: second.readerIndex, length: length))
            #expect(try read([first, cut]) == (["a"], [1]))
        }
    }

    @Test func anAnswerTooSmallForABatchIsNotWaitedForInVain() throws {
        let only = try batch(["a"], at: 0)
        let cut = try #require(only.getSlice(at: only.readerIndex, length: 40))
        let error = #expect(throws: KafkaError.self) { try read([cut]) }
        #expect(error?.code == .malformed)
    }

    @Test func aChangedBitIsFound() throws {
        var bytes = try batch(["abc"], at: 0)
        let last = bytes.writerIndex - 2
        let byte = try #require(bytes.getInteger(at: last, as: UInt8.self))
        bytes.setInteger(byte ^ 4, at: last)
        let error = #expect(throws: KafkaError.self) { try read([bytes]) }
        #expect(error?.description.contains("t-0 at offset 0: CRC mismatch") == true)
    }

    @Test func recordsOfAbortedTransactionsAreHiddenFromTheirFirstToTheirMarker() throws {
        let parts = [
            try batch(["plain"], at: 0),
            try batch(["lost"], at: 1, producer: 7), try batch(["kept"], at: 2, producer: 8),
            try batch(["lost too"], at: 3, producer: 7),
            try marker(false, at: 4, producer: 7), try marker(true, at: 5, producer: 8),
            try batch(["again"], at: 6, producer: 7), try marker(true, at: 7, producer: 7),
        ]
        let shown = try read(parts, aborted: [(7, 1)])
        #expect(shown.values == ["plain", "kept", "again"])
        #expect(shown.ends == [1, 2, 3, 4, 5, 6, 7, 8], "what is hidden moves the position, too")
        #expect(
            try read(parts, aborted: [(7, 1)], isolation: .readUncommitted).values == [
                "plain", "lost", "kept", "lost too", "again",
            ]
        )
    }
}
