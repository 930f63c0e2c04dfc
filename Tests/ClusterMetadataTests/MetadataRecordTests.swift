import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import ClusterMetadata

/// Records at each level of the cluster.
struct MetadataRecordTests {
    static let levels = (0...100).compactMap { MetadataVersion(level: Int16($0)) }

    private func partition() -> PartitionRecord {
        var record = PartitionRecord()
        (record.partitionId, record.topicId, record.leader) = (3, KafkaUUID(high: 1, low: 2), 1)
        (record.replicas, record.isr, record.directories) = ([1, 2], [1], [KafkaUUID(high: 8, low: 1), .zero])
        (record.eligibleLeaderReplicas, record.lastKnownElr) = ([2], [])
        return record
    }

    private func registration() -> RegisterBrokerRecord {
        var record = RegisterBrokerRecord()
        (record.brokerId, record.brokerEpoch, record.fenced) = (4, 9, true)
        (record.rack, record.logDirs) = ("r", [KafkaUUID(high: 8, low: 1)])
        record.cordonedLogDirs = [KafkaUUID(high: 8, low: 1)]
        return record
    }

    /// What is read is what the level carries; nothing else is lost or made up.
    @Test func whatALevelCarriesIsRead() throws {
        var change = PartitionChangeRecord()
        (change.partitionId, change.topicId, change.leader) = (3, KafkaUUID(high: 1, low: 2), 2)
        (change.directories, change.eligibleLeaderReplicas) = ([KafkaUUID(high: 8, low: 1)], [1])
        var brokerChange = BrokerRegistrationChangeRecord()
        (brokerChange.brokerId, brokerChange.brokerEpoch, brokerChange.inControlledShutdown) = (4, 9, 1)
        brokerChange.logDirs = [KafkaUUID(high: 8, low: 1)]
        let records: [MetadataRecord] = [
            .partition(partition()), .partitionChange(change), .registerBroker(registration()),
            .brokerRegistrationChange(brokerChange), ImageTests.topicRecord("t", 5), .noOp(NoOpRecord()),
        ]
        for level in Self.levels {
            for record in records {
                let carried = record.carried(at: level)
                #expect(carried.carried(at: level) == carried, "\(level)")
                #expect(try MetadataRecord(decoding: try record.encoded(at: level)) == carried, "\(level): \(record)")
            }
        }
    }

    /// A later level carries all that an earlier one does.
    @Test func levelsOnlyAdd() {
        let records: [MetadataRecord] = [.partition(partition()), .registerBroker(registration())]
        for (lower, upper) in zip(Self.levels, Self.levels.dropFirst()) {
            for record in records {
                #expect(record.carried(at: upper).carried(at: lower) == record.carried(at: lower), "\(lower), \(upper)")
                #expect(record.schemaVersion(at: lower) <= record.schemaVersion(at: upper), "\(lower), \(upper)")
            }
        }
        for record in records { #expect(record.carried(at: .latest) == record) }
    }

    @Test func whatCannotBeReadIsRefused() throws {
        let good = try MetadataRecord.partition(partition()).encoded(at: .latest)
        for length in 0..<good.readableBytes {
            let part = try #require(good.getSlice(at: good.readerIndex, length: length))
            #expect(throws: MetadataRecordError.self, "\(length) bytes") { try MetadataRecord(decoding: part) }
        }
        // Frame version 2; types that there are not; versions that there are not.
        for bytes in [[2, 2, 0], [1, 6, 0], [1, 13, 0], [1, 16, 0], [1, 99, 0], [1, 2, 77], [1, 3, 9]] as [[UInt8]] {
            #expect(throws: MetadataRecordError.self, "\(bytes)") {
                try MetadataRecord(decoding: ByteBuffer(bytes: bytes + Array(repeating: 0, count: 60)))
            }
        }
    }

    @Test func anyBytesAreReadOrRefused() {
        var read = 0
        for seed in 0..<3000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let type = UInt8(random.next(below: 31))
            let rest = (0..<random.next(below: 60)).map { _ in UInt8(truncatingIfNeeded: random.next() % 9) }
            if (try? MetadataRecord(decoding: ByteBuffer(bytes: [1, type, UInt8(random.next(below: 4))] + rest))) != nil
            {
                read += 1
            }
        }
        #expect(read > 20, "\(read) were readable")
    }

    // MARK: Levels

    @Test func levelsAreKnownByNumberAndName() throws {
        #expect(Self.levels.first == .minimum && Self.levels.last == .latest && Self.levels.count == 27)
        for level in Self.levels {
            #expect(MetadataVersion(name: level.name) == level)
            #expect(MetadataVersion(level: level.level) == level)
        }
        #expect(
            MetadataVersion(level: 6) == nil && MetadataVersion(level: 34) == nil && MetadataVersion(level: -1) == nil
        )
        let releases = [("3.3", 7), ("3.9.1", 21), ("4.0", 25), ("4.1.2", 27), ("4.3", 30)] as [(String, Int16)]
        for (name, level) in releases { #expect(MetadataVersion(name: name)?.level == level, "\(name)") }
        for name in ["", "4", "4.", ".1", "9.9", "4.1-IV9", "4.1-", "3.2", "x.y"] {
            #expect(MetadataVersion(name: name) == nil, "\(name)")
        }
    }

    /// Whether a downgrade loses something is whether any level in between brought something.
    @Test func changesAddUp() {
        for lower in Self.levels {
            #expect(!lower.changesRecords(since: lower))
            for upper in Self.levels where lower < upper {
                let steps = zip(Self.levels, Self.levels.dropFirst()).filter { lower <= $0.0 && $0.1 <= upper }
                #expect(upper.changesRecords(since: lower) == steps.contains { $0.1.changesRecords(since: $0.0) })
                #expect(!lower.changesRecords(since: upper), "an earlier level brings nothing")
            }
        }
    }
}
