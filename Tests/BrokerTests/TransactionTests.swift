import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import Broker

/// Transactions of version 2 as requests: partitions come in with their first batch, each end gives the next epoch (KIP-890), and markers know theirs
/// (KIP-1228).
@Suite(.serialized)
struct TransactionTests {
    private final class Session {
        let node: TestNode
        let client: TestClient
        let id = "x"
        var producer: (id: Int64, epoch: Int16) = (-1, -1)

        init() throws {
            node = try TestNode(settings: ["transaction.state.log.num.partitions": "2"])
            client = try node.client()
            #expect(try client.createTopic("t", partitions: 2) == ErrorCode.none)
            let find = make(FindCoordinatorRequest()) { ($0.keyType, $0.coordinatorKeys) = (1, [id]) }
            let found = try client.call(find, FindCoordinatorResponse.self, version: 6)
            #expect(found.coordinators.map(\.errorCode) == [.none])
            try initialize()
        }

        func initialize() throws {
            let request = make(InitProducerIdRequest()) {
                ($0.transactionalId, $0.transactionTimeoutMs) = (id, 60_000)
            }
            // The markers of what the producer before left open are written meanwhile.
            var answer = InitProducerIdResponse()
            try eventually("the transaction of before has ended") {
                answer = try client.call(request, InitProducerIdResponse.self, version: 5)
                return answer.errorCode != .concurrentTransactions
            }
            #expect(answer.errorCode == .none)
            producer = (answer.producerId, answer.producerEpoch)
        }

        func produce(
            _ partition: Int32 = 0,
            sequence: Int32 = 0,
            epoch: Int16? = nil,
            isTransactional: Bool = true,
            version: Int16 = 12
        ) throws -> ErrorCode {
            var builder = RecordBatchBuilder()
            builder.setProducer(
                id: producer.id,
                epoch: epoch ?? producer.epoch,
                baseSequence: sequence,
                isTransactional: isTransactional
            )
            builder.append(timestamp: WorldTime.real.wall.milliseconds, key: nil, value: ByteBuffer(string: "v"))
            let records = try builder.build()
            let request = make(ProduceRequest()) { request in
                (request.transactionalId, request.acks, request.timeoutMs) = (id, -1, 10_000)
                request.topicData = [
                    make(ProduceRequest.TopicProduceData()) { topic in
                        topic.name = "t"
                        topic.partitionData = [
                            make(ProduceRequest.PartitionProduceData()) {
                                ($0.index, $0.records) = (partition, .bytes(records))
                            }
                        ]
                    }
                ]
            }
            let answer = try client.call(request, ProduceResponse.self, version: version)
            return try #require(answer.responses.first?.partitionResponses.first).errorCode
        }

        func end(isCommit: Bool, epoch: Int16? = nil) throws -> ErrorCode {
            let request = make(EndTxnRequest()) {
                ($0.transactionalId, $0.producerId) = (id, producer.id)
                ($0.producerEpoch, $0.committed) = (epoch ?? producer.epoch, isCommit)
            }
            let answer = try client.call(request, EndTxnResponse.self, version: 5)
            if answer.errorCode == .none { producer = (answer.producerId, answer.producerEpoch) }
            return answer.errorCode
        }

        func describe() throws -> DescribeTransactionsResponse.TransactionState {
            let request = make(DescribeTransactionsRequest()) { $0.transactionalIds = [id] }
            return try #require(
                try client.call(request, DescribeTransactionsResponse.self, version: 0).transactionStates.first
            )
        }

        func marker(_ epoch: Int16, coordinator: Int32 = 0, isCommit: Bool = true, version: Int8 = 2) throws
            -> ErrorCode
        {
            let request = make(WriteTxnMarkersRequest()) { request in
                request.markers = [
                    make(WriteTxnMarkersRequest.WritableTxnMarker()) { marker in
                        (marker.producerId, marker.producerEpoch) = (producer.id, epoch)
                        (marker.transactionResult, marker.coordinatorEpoch) = (isCommit, coordinator)
                        marker.transactionVersion = version
                        marker.topics = [
                            make(WriteTxnMarkersRequest.WritableTxnMarkerTopic()) {
                                ($0.name, $0.partitionIndexes) = ("t", [0])
                            }
                        ]
                    }
                ]
            }
            let answer = try client.call(request, WriteTxnMarkersResponse.self, version: 2)
            return try #require(answer.markers.first?.topics.first?.partitions.first).errorCode
        }

        /// Where a partition ends, for readers of what is committed or of all.
        func end(of partition: Int32 = 0, isCommitted: Bool) throws -> Int64 {
            let request = make(ListOffsetsRequest()) { request in
                (request.replicaId, request.isolationLevel) = (-1, isCommitted ? 1 : 0)
                request.topics = [
                    make(ListOffsetsRequest.ListOffsetsTopic()) { topic in
                        topic.name = "t"
                        topic.partitions = [
                            make(ListOffsetsRequest.ListOffsetsPartition()) {
                                ($0.partitionIndex, $0.timestamp) = (partition, -1)
                            }
                        ]
                    }
                ]
            }
            let answer = try client.call(request, ListOffsetsResponse.self, version: 7)
            return try #require(answer.topics.first?.partitions.first).offset
        }

        /// The markers are written behind the answer.
        func waitForState(_ name: String) throws {
            try eventually("the state is \(name)") { try describe().transactionState == name }
        }
    }

    @Test func partitionsComeInWithTheirFirstBatch() throws {
        let session = try Session()
        #expect(try session.describe().transactionState == "Empty")
        #expect(try session.produce(0) == ErrorCode.none && session.produce(1) == ErrorCode.none)
        let open = try session.describe()
        #expect(open.transactionState == "Ongoing" && open.topics.map(\.partitions) == [[0, 1]])
        #expect(try session.produce(0, sequence: 1) == ErrorCode.none, "nobody is asked any more")
        let (stable, end) = (try session.end(isCommitted: true), try session.end(isCommitted: false))
        #expect([stable, end] == [0, 2])
        #expect(try session.end(isCommit: true) == ErrorCode.none && session.producer.epoch == 1)
        try session.waitForState("CompleteCommit")
        #expect(try session.end(of: 0, isCommitted: true) == 3, "with the marker")
        // The sequences begin anew with each epoch.
        #expect(try session.produce(0) == ErrorCode.none)
        #expect(try session.end(isCommit: false) == ErrorCode.none && session.producer.epoch == 2)
        try session.waitForState("CompleteAbort")
        #expect(try session.end(of: 0, isCommitted: true) == 5)
        session.node.running.stop()
    }

    @Test func theNextTransactionFollowsAtOnce() throws {
        let session = try Session()
        for epoch in 0..<50 as Range<Int16> {
            #expect(session.producer.epoch == epoch)
            #expect(try session.produce(0) == ErrorCode.none && session.produce(1) == ErrorCode.none)
            #expect(try session.end(isCommit: true) == ErrorCode.none)
        }
        try session.waitForState("CompleteCommit")
        #expect(try session.end(of: 0, isCommitted: true) == 100 && session.end(of: 1, isCommitted: true) == 100)
        session.node.running.stop()
    }

    @Test func zombiesAreFenced() throws {
        let session = try Session()
        #expect(try session.produce(0) == ErrorCode.none)
        let old = session.producer
        try session.initialize()
        #expect(session.producer.id == old.id && session.producer.epoch == old.epoch + 2, "as in Kafka")
        #expect(try session.produce(0, sequence: 1, epoch: old.epoch) == .invalidProducerEpoch)
        #expect(try session.produce(1, epoch: old.epoch) == .invalidProducerEpoch, "also where it has never been")
        #expect(try session.end(isCommit: true, epoch: old.epoch) == .producerFenced)
        #expect(try session.produce(0) == ErrorCode.none)
        session.node.running.stop()
    }

    @Test func whatIsNoPartOfATransactionIsRefused() throws {
        let session = try Session()
        #expect(try session.produce(0, version: 10) == .invalidTxnState, "before there was a better code")
        #expect(try session.produce(0, version: 11) == .transactionAbortable)
        #expect(try session.produce(0) == ErrorCode.none)
        #expect(try session.produce(0, sequence: 1, isTransactional: false) == .invalidTxnState)
        #expect(try session.end(of: 0, isCommitted: false) == 1)
        session.node.running.stop()
    }

    @Test func markersKnowTheirTransaction() throws {
        let session = try Session()
        #expect(try session.produce(0) == ErrorCode.none)
        #expect(try session.end(isCommit: true) == ErrorCode.none)
        try session.waitForState("CompleteCommit")
        let end = try session.end(of: 0, isCommitted: false)
        #expect(try session.marker(1) == ErrorCode.none, "it stands there, and has come again")
        #expect(try session.end(of: 0, isCommitted: false) == end, "which writes nothing")
        #expect(try session.marker(0) == .invalidProducerEpoch)
        #expect(try session.produce(0) == ErrorCode.none)
        #expect(try session.marker(1) == .invalidProducerEpoch, "the next transaction is not ended by it")
        #expect(try session.marker(2, coordinator: -1) == .transactionCoordinatorFenced)
        #expect(try session.end(isCommit: true) == ErrorCode.none)
        try session.waitForState("CompleteCommit")
        session.node.running.stop()
    }

    @Test func listsAreFiltered() throws {
        let session = try Session()
        #expect(try session.produce(0) == ErrorCode.none)
        func answer(_ change: (inout ListTransactionsRequest) -> Void) throws -> ListTransactionsResponse {
            try session.client.call(
                make(ListTransactionsRequest(), change),
                ListTransactionsResponse.self,
                version: 2
            )
        }
        func list(_ change: (inout ListTransactionsRequest) -> Void) throws -> [String] {
            let answer = try answer(change)
            return answer.transactionStates.map { "\($0.transactionalId) \($0.transactionState)" }
                + answer.unknownStateFilters
        }
        #expect(try list { _ in } == ["x Ongoing"] && list { $0.stateFilters = ["Ongoing"] } == ["x Ongoing"])
        #expect(try list { $0.stateFilters = ["Empty"] } == [] && list { $0.stateFilters = ["No"] } == ["No"])
        #expect(try list { $0.producerIdFilters = [session.producer.id] } == ["x Ongoing"])
        #expect(try list { $0.producerIdFilters = [session.producer.id + 1] } == [])
        #expect(try list { $0.durationFilter = 60_000 } == [])
        for (pattern, isMatch) in [
            ("", true), ("x", true), ("[w-y]|z", true), ("xx*", true), ("y", false), ("x.", false),
        ] {
            let found = try list { $0.transactionalIdPattern = pattern }
            #expect(found == (isMatch ? ["x Ongoing"] : []), "\(pattern)")
        }
        let refused = try answer { $0.transactionalIdPattern = "(x" }
        #expect(refused.errorCode == .invalidRegularExpression && refused.transactionStates.isEmpty)
        session.node.running.stop()
    }
}
