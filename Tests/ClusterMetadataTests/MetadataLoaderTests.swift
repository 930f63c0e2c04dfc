import KafkaProtocol
import NIOCore
import Testing

@testable import ClusterMetadata

struct MetadataLoaderTests {
    private func position(_ endOffset: Int64) -> MetadataPosition {
        MetadataPosition(endOffset: endOffset, epoch: 1, appendTime: WallTime(milliseconds: endOffset))
    }

    private func values(_ records: [MetadataRecord]) throws -> [ByteBuffer] {
        try records.map { try $0.encoded(at: .latest) }
    }

    private func level(_ level: Int16) -> MetadataRecord {
        var record = FeatureLevelRecord()
        (record.name, record.featureLevel) = (MetadataVersion.featureName, level)
        return .featureLevel(record)
    }

    private static func next(_ loader: inout MetadataLoader) -> MetadataLoader.Publication? { loader.publication() }

    private static let begin = MetadataRecord.beginTransaction(BeginTransactionRecord())
    private static let end = MetadataRecord.endTransaction(EndTransactionRecord())

    private func take(_ records: [MetadataRecord], _ loader: inout MetadataLoader) throws {
        try loader.take(values(records), to: position(loader.position.endOffset + Int64(max(1, records.count))))
    }

    @Test func nothingNewIsNotPublished() throws {
        var loader = MetadataLoader()
        #expect(Self.next(&loader) == nil)
        try take([ImageTests.topicRecord("a", 1)], &loader)
        let first = try #require(Self.next(&loader))
        #expect(first.offset == 0 && first.delta.changedTopics.count == 1 && first.image == loader.image)
        #expect(Self.next(&loader) == nil)
        try take([], &loader)
        let second = try #require(Self.next(&loader))
        #expect(second.offset == 1 && second.delta.isEmpty, "the offset moves with batches of the quorum's own too")
    }

    @Test func whatBatchesSayBetweenPublicationsAddsUp() throws {
        var loader = MetadataLoader()
        try take([ImageTests.topicRecord("a", 1), ImageTests.partitionRecord(1, 0)], &loader)
        try take([Self.begin, ImageTests.topicRecord("b", 2)], &loader)
        try take([ImageTests.partitionRecord(2, 0), Self.end], &loader)
        try take([ImageTests.removeRecord(1)], &loader)
        let publication = try #require(Self.next(&loader))
        #expect(publication.delta == MetadataDelta(from: MetadataImage(), to: loader.image).with(removed: 1, "a"))
        #expect(publication.offset == 6)
    }

    @Test func theOffsetOfAnImageIsNotInsideOfATransaction() throws {
        var loader = MetadataLoader()
        try take([ImageTests.topicRecord("a", 1)], &loader)
        _ = loader.publication()
        try take([Self.begin, ImageTests.topicRecord("b", 2)], &loader)
        #expect(Self.next(&loader) == nil && loader.isInTransaction)
        #expect(try loader.snapshot() == nil)
        #expect(loader.image.topic(named: "b") == nil)
        try take([Self.end], &loader)
        #expect(Self.next(&loader)?.offset == 3 && loader.image.topic(named: "b") != nil)
    }

    @Test func theQuorumsVersionIsPartOfTheImage() throws {
        var loader = MetadataLoader()
        try take([Self.begin], &loader)
        try loader.take([], kraftVersion: 1, to: position(3))
        #expect(loader.image.kraftVersion == 1)
        try take([Self.end], &loader)
        let publication = try #require(Self.next(&loader))
        #expect(publication.image.kraftVersion == 1 && publication.delta.changedFeatures)
    }

    @Test func aSnapshotReplacesTheState() throws {
        var source = MetadataLoader()
        try take([level(30), ImageTests.topicRecord("a", 1), ImageTests.partitionRecord(1, 0)], &source)
        try take([ImageTests.topicRecord("c", 3)], &source)
        let snapshot = try #require(try source.snapshot())
        var loader = MetadataLoader()
        try take([ImageTests.topicRecord("a", 1), ImageTests.topicRecord("b", 2), Self.begin], &loader)
        _ = loader.publication()
        try loader.load(snapshot: snapshot, kraftVersion: 1, at: position(40))
        #expect(!loader.isInTransaction && loader.position.endOffset == 40 && !loader.needsSnapshot)
        var expected = source.image
        expected.kraftVersion = 1
        #expect(loader.image == expected)
        let publication = try #require(Self.next(&loader))
        let (a, b, c) = (KafkaUUID(high: 1, low: 1), KafkaUUID(high: 1, low: 2), KafkaUUID(high: 1, low: 3))
        #expect(publication.offset == 39)
        #expect(publication.delta.changedTopics == [a, c] && publication.delta.removedTopics == [b: "b"])
        #expect(publication.delta.changedPartitions == [a: [0]] && publication.delta.changedFeatures)
    }

    /// Wherever a snapshot is taken, it and the log behind it make the same state as the whole log.
    @Test func aSnapshotAndTheLogBehindItAreTheWholeLog() throws {
        var run = ControllerRun()
        _ = try run.lead()
        run.join(1)
        for index in 0..<6 as Range<Int32> {
            _ = run.send(ControllerRun.create("t\(index)", partitions: index + 1))
            _ = run.send(ControllerRun.set("t\(index)", "retention.ms", "5"))
            if index % 2 == 1 { _ = run.send(ControllerRun.delete("t\(index - 1)")) }
        }
        _ = try run.commit()
        var whole = MetadataLoader()
        for index in run.log.indices {
            try run.take(run.log[index], &whole)
            guard let snapshot = try whole.snapshot() else { continue }
            var rest = MetadataLoader()
            try rest.load(snapshot: snapshot, kraftVersion: 0, at: whole.position)
            for batch in run.log[(index + 1)...] { try run.take(batch, &rest) }
            #expect(rest.image == run.loader.image && rest.position == run.loader.position, "after batch \(index)")
        }
    }

    @Test func transactionsThatContradictTheLogAreRefused() throws {
        for records in [
            [Self.begin, Self.begin], [Self.end], [.abortTransaction(AbortTransactionRecord())],
            [Self.begin, ImageTests.removeRecord(9)],
        ] {
            var loader = MetadataLoader()
            #expect(throws: MetadataRecordError.self) { try take(records, &loader) }
        }
        var loader = MetadataLoader()
        #expect(throws: MetadataRecordError.self) {
            try loader.take([ByteBuffer(bytes: [1, 99, 0])], to: position(1))
        }
    }

    /// Whoever reads the log later must not meet records of a level that it cannot know yet.
    @Test func aLowerOrFirstLevelAsksForASnapshot() throws {
        var loader = MetadataLoader()
        try take([level(28)], &loader)
        try take([level(29)], &loader)
        #expect(!loader.needsSnapshot, "a new log, and a higher level")
        try take([level(28)], &loader)
        #expect(loader.needsSnapshot)
        loader.snapshotWasStored()
        #expect(!loader.needsSnapshot)

        var bare = MetadataLoader()
        try take([ImageTests.topicRecord("a", 1)], &bare)
        try take([Self.begin, level(30)], &bare)
        #expect(!bare.needsSnapshot)
        try take([Self.end], &bare)
        #expect(bare.needsSnapshot, "earlier versions wrote records without a level")
    }
}

extension MetadataDelta {
    fileprivate func with(removed id: UInt64, _ name: String) -> MetadataDelta {
        var result = self
        result.remove(KafkaUUID(high: 1, low: id), name)
        return result
    }
}
