import KafkaProtocol
import KafkaRecords
import NIOCore
import Testing
import World

@testable import LogStorage

extension PartitionLogTests {
    @Test func openTransactionsHoldTheStableOffsetAndAbortedOnesAreListed() throws {
        let log = try open()
        func transactional(_ id: Int64, _ sequence: Int32) throws {
            _ = try log.append(
                try batch(["t"], producer: (id, 0, sequence), transactional: true),
                leaderEpoch: 0,
                now: 1,
                isFromClient: true
            )
        }
        func end(_ id: Int64, commit: Bool) throws {
            let bytes = try EndTransactionMarker(isCommit: commit, coordinatorEpoch: 1)
                .batch(producerId: id, producerEpoch: 0, timestamp: 5)
            _ = try log.append(
                try ValidatedBatch(own: bytes),
                leaderEpoch: 0,
                now: 1,
                isFromClient: false,
                highWatermark: log.logEndOffset
            )
        }
        try log.add(["plain"])
        try transactional(1, 0)
        try transactional(2, 0)
        #expect(log.producers.firstUnstableOffset == 1)
        try end(1, commit: false)
        #expect(log.producers.firstUnstableOffset == 1, "the marker is not below the high watermark")
        log.highWatermarkMoved(to: log.logEndOffset)
        #expect(log.producers.firstUnstableOffset == 2)
        try end(2, commit: true)
        log.highWatermarkMoved(to: log.logEndOffset)
        #expect(log.producers.firstUnstableOffset == nil)
        let aborted = try log.abortedTransactions(from: 0, upTo: 5)
        #expect(aborted.map { [$0.producerId, $0.firstOffset, $0.lastOffset, $0.lastStableOffset] } == [[1, 1, 3, 2]])
        disk.restartProcess()
        let again = try open()
        #expect(try again.abortedTransactions(from: 0, upTo: 5) == aborted)
        #expect(again.producers.firstUnstableOffset == nil)
    }

    /// The byte that tells the format may lie in a page that never reached the disk.
    @Test func aBatchOfWhichOnlyTheFrontWasWrittenIsNoMessageOfFormat0() throws {
        let log = try open()
        try log.add(["a"])
        let start = log.sizeBytes
        try log.add(["b", "c"])
        let hole = ByteBuffer(repeating: 0, count: Int(log.sizeBytes - start) - LegacyRecords.prefixSize)
        try disk.open("/d/t-0/00000000000000000000.log", .readWrite)
            .write(hole, at: start + Int64(LegacyRecords.prefixSize))
        disk.restartProcess()
        let again = try open()
        #expect(again.logEndOffset == 1)
        #expect(try again.values() == ["a"])
        #expect(try again.add(["d"]).firstOffset == 1)
    }

    @Test func retentionRemovesOldSegmentsAndNothingElse() throws {
        let log = try open(opening(), config { $0.retentionMillis = 1000 })
        for index in 0..<60 { try log.add(["value \(index)"], timestamp: Int64(index * 100)) }
        let bases = log.segmentBaseOffsets
        let retired = try log.retire(now: 4000, highWatermark: 60)
        #expect(!retired.isEmpty)
        #expect(log.logStartOffset == log.segmentBaseOffsets[0])
        #expect(retired.map(\.baseOffset) + log.segmentBaseOffsets == bases)
        #expect(try log.readAll().map(\.timestamp).allSatisfy { $0 > 2900 - 1000 })
        #expect(try log.find(timestamp: 3000)?.timestamp == 3000, "newer than the limit")
        for segment in retired { try segment.remove() }
        #expect(try disk.list("/d/t-0").filter { $0.hasSuffix(".deleted") } == [])
        #expect(throws: LogError.self) { try log.read(from: 0, maxBytes: 1, upTo: .max, isFirstBatchWhole: true) }
        #expect(try log.retire(now: 4000, highWatermark: 60).isEmpty)
        let all = try log.retire(now: 1_000_000, highWatermark: 60)
        #expect(!all.isEmpty && log.logStartOffset == 60 && log.logEndOffset == 60)
        #expect(try log.add(["next"], timestamp: 1_000_000).firstOffset == 60)
    }

    @Test func retentionBySizeKeepsTheNewest() throws {
        let log = try open(
            opening(),
            config {
                $0.retentionBytes = 2000; $0.retentionMillis = -1
            }
        )
        for index in 0..<80 { try log.add(["value \(index)"]) }
        _ = try log.retire(now: 0, highWatermark: 80)
        #expect(log.sizeBytes >= 2000 && log.sizeBytes < 3100)
        #expect(try log.retire(now: 0, highWatermark: 80).isEmpty)
    }

    @Test func prefixesAreDeletedUpToTheHighWatermark() throws {
        let log = try open()
        for index in 0..<30 { try log.add(["value \(index)"]) }
        try log.deletePrefix(before: 17, highWatermark: 30)
        #expect(log.logStartOffset == 17)
        #expect(try log.readAll().first?.offset == 17)
        #expect(throws: LogError.self) { try log.deletePrefix(before: 31, highWatermark: 30) }
        let retired = try log.retire(now: 1000, highWatermark: 30)
        #expect(retired.allSatisfy { $0.reason == .belowLogStart(17) } && !retired.isEmpty)
    }

    @Test func truncationRemovesTheEndAndItsState() throws {
        let log = try open()
        for index in 0..<40 {
            _ = try log.append(
                try batch(["v\(index)"], producer: (9, 0, Int32(index))),
                leaderEpoch: Int32(index / 10),
                now: 1,
                isFromClient: true
            )
        }
        try log.truncate(to: 25)
        #expect(log.logEndOffset == 25)
        #expect(log.epochs.latest == 2)
        #expect(log.producers.producers[9]?.lastSequence == 24)
        #expect(try log.readAll().count == 25)
        _ = try log.append(try batch(["w"], producer: (9, 0, 25)), leaderEpoch: 5, now: 1, isFromClient: true)
        try log.truncate(to: 0)
        #expect(log.logEndOffset == 0 && log.producers == ProducerState())
        #expect(try log.add(["anew"]).firstOffset == 0)
    }

    @Test func missingIndexesAndRottenSnapshotsAreMadeAgain() throws {
        let log = try open()
        for index in 0..<60 {
            _ = try log.append(
                try batch(["v\(index)"], timestamp: Int64(index), producer: (3, 0, Int32(index))),
                leaderEpoch: 0,
                now: 1,
                isFromClient: true
            )
        }
        try log.close()
        let producers = log.producers
        for name in try disk.list("/d/t-0") {
            if name.hasSuffix(".index") || name.hasSuffix(".timeindex") { try disk.remove("/d/t-0/" + name) }
            if name.hasSuffix(".snapshot") {
                try disk.open("/d/t-0/" + name, .readWrite).write(ByteBuffer(string: "rotten"), at: 3)
            }
        }
        try disk.open("/d/t-0/leader-epoch-checkpoint", .readWrite).write(ByteBuffer(string: "x"), at: 0)
        disk.restartProcess()
        var events: [RecoveryEvent] = []
        let again = try open(opening(clean: true)) { events.append($0) }
        #expect(again.logEndOffset == 60)
        #expect(again.producers == producers)
        #expect(try again.find(timestamp: 33)?.offset == 33)
        #expect(events.contains { if case .ignored = $0 { true } else { false } })
    }
}
