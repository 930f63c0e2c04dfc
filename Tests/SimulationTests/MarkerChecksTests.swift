import KafkaRecords
import NIOCore
import Testing

@testable import Simulation

@Suite struct MarkerChecksTests {
    private func marker(_ offset: Int64, epoch: Int16, of coordinator: Int32 = 1) throws -> RecordBatch {
        var bytes = try EndTransactionMarker(isCommit: true, coordinatorEpoch: coordinator)
            .batch(producerId: 7, producerEpoch: epoch, timestamp: 0)
        bytes.setInteger(offset, at: bytes.readerIndex)
        return try RecordBatch(bytes)
    }

    private func found(_ batches: [RecordBatch], hasOneForEachEpoch: Bool = true) -> [String] {
        var checks = MarkerChecks(hasOneForEachEpoch: hasOneForEachEpoch)
        return checks.violations(in: batches)
    }

    @Test func oneMarkerForEachEpoch() throws {
        #expect(try found([marker(0, epoch: 1), marker(1, epoch: 2, of: 1), marker(2, epoch: 3, of: 4)]).isEmpty)
    }

    @Test func aSecondMarkerOfAnEpochIsOneTooMany() throws {
        let batches = try [marker(0, epoch: 1), marker(1, epoch: 2), marker(2, epoch: 1)]
        #expect(found(batches) == ["the marker at offset 2 of producer 7 epoch 1 has one before it at 0"])
        #expect(found(batches, hasOneForEachEpoch: false).isEmpty)
    }

    @Test func coordinatorsOfBeforeWriteNothing() throws {
        let batches = try [marker(0, epoch: 1, of: 3), marker(1, epoch: 2, of: 2)]
        #expect(
            found(batches) == [
                "the marker at offset 1 of producer 7 epoch 2 is of coordinator epoch 2, behind one of 3"
            ]
        )
    }
}
