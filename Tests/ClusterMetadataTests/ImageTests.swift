import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// The image as a value: what a change costs nobody else, and what it says of itself.
struct ImageTests {
    static func topicRecord(_ name: String, _ id: UInt64) -> MetadataRecord {
        var record = TopicRecord()
        record.name = name
        record.topicId = KafkaUUID(high: 1, low: id)
        return .topic(record)
    }

    static func partitionRecord(_ topic: UInt64, _ number: Int32, leader: Int32 = 1) -> MetadataRecord {
        var record = PartitionRecord()
        record.topicId = KafkaUUID(high: 1, low: topic)
        record.partitionId = number
        record.replicas = [1, 2, 3]
        record.isr = [1, 2, 3]
        record.leader = leader
        return .partition(record)
    }

    static func changeRecord(_ topic: UInt64, _ number: Int32, leader: Int32) -> MetadataRecord {
        var record = PartitionChangeRecord()
        record.topicId = KafkaUUID(high: 1, low: topic)
        record.partitionId = number
        record.leader = leader
        return .partitionChange(record)
    }

    static func removeRecord(_ topic: UInt64) -> MetadataRecord {
        var record = RemoveTopicRecord()
        record.topicId = KafkaUUID(high: 1, low: topic)
        return .removeTopic(record)
    }

    static func image(_ records: [MetadataRecord]) throws -> MetadataImage {
        var image = MetadataImage()
        var delta = MetadataDelta()
        for record in records { try image.apply(record, &delta) }
        return image
    }

    private func partition(_ leader: Int32) -> PartitionImage {
        PartitionImage(replicas: [leader], isr: [leader], leader: leader, leaderEpoch: 0, partitionEpoch: 0)
    }

    @Test func aTableIsADictionaryInOrder() {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var table = PartitionTable()
            var model: [Int32: PartitionImage] = [:]
            var old: [(PartitionTable, [Int32: PartitionImage])] = []
            let range = [8, 90, 2000, Int32.max][Int(seed % 4)]
            for step in 0..<400 {
                // Numbers in order, as creations have them, between others.
                let number = seed % 3 == 0 ? Int32(step) : Int32.random(in: -2...range, using: &random)
                let value = partition(Int32.random(in: 0...9, using: &random))
                if step % 50 == 0 { old.append((table, model)) }
                table.set(number, value)
                model[number] = value
                #expect(table.count == model.count && table[number] == value, "seed \(seed)")
            }
            old.append((table, model))
            for (table, model) in old {
                let sorted = model.sorted { $0.key < $1.key }
                #expect(Array(table.keys) == sorted.map(\.key), "seed \(seed)")
                #expect(Array(table.values) == sorted.map(\.value), "seed \(seed)")
                #expect(table.last == sorted.last?.key && table.isEmpty == model.isEmpty)
                let probe = Int32.random(in: -2...range, using: &random)
                #expect(table[probe] == model[probe], "seed \(seed)")
            }
        }
    }

    @Test func tablesAreEqualWhateverTheOrderOfTheirMaking() {
        var (up, down) = (PartitionTable(), PartitionTable())
        for number in 0..<100 as Range<Int32> {
            up.set(number, partition(number))
            down.set(99 - number, partition(99 - number))
        }
        #expect(up == down)
        down.set(50, partition(1))
        #expect(up != down)
        up.set(50, partition(1))
        #expect(up == down)
        up.set(100, partition(1))
        #expect(up != down)
    }

    @Test func anOldImageStaysWhatItWas() throws {
        var records = [Self.topicRecord("a", 1), Self.topicRecord("b", 2)]
        records += (0..<200).map { Self.partitionRecord(1, $0) } + (0..<3).map { Self.partitionRecord(2, $0) }
        var image = try Self.image(records)
        let old = image
        let copy = try Self.image(records)
        var delta = MetadataDelta()
        try image.apply(Self.changeRecord(1, 150, leader: 3), &delta)
        try image.apply(Self.removeRecord(2), &delta)
        try image.apply(Self.topicRecord("c", 3), &delta)
        #expect(old == copy && old != image)
        #expect(old.topic(named: "a")?.partitions[150]?.leader == 1)
        #expect(image.topic(named: "a")?.partitions[150]?.leader == 3)
        #expect(old.topic(named: "b")?.partitions.count == 3 && image.topic(named: "b") == nil)
        #expect(old.partitionCount == 203 && image.partitionCount == 200)
    }

    @Test func aDeltaNamesWhatChangedAndNothingElse() throws {
        var image = try Self.image([
            Self.topicRecord("a", 1), Self.partitionRecord(1, 0), Self.partitionRecord(1, 1),
            Self.topicRecord("b", 2), Self.partitionRecord(2, 0),
        ])
        let old = image
        var delta = MetadataDelta()
        try image.apply(Self.changeRecord(1, 1, leader: 2), &delta)
        try image.apply(Self.changeRecord(2, 0, leader: 2), &delta)
        try image.apply(Self.removeRecord(2), &delta)
        try image.apply(Self.topicRecord("b", 3), &delta)
        try image.apply(Self.partitionRecord(3, 0), &delta)
        let (a, gone, new) = (KafkaUUID(high: 1, low: 1), KafkaUUID(high: 1, low: 2), KafkaUUID(high: 1, low: 3))
        #expect(delta.changedTopics == [a, new] && delta.removedTopics == [gone: "b"])
        #expect(delta.changedPartitions == [a: [1], new: [0]])
        #expect(delta == MetadataDelta(from: old, to: image))
        #expect(MetadataDelta(from: image, to: image).isEmpty)
    }

    @Test func deltasAddUp() throws {
        let steps = [
            [Self.topicRecord("a", 1), Self.partitionRecord(1, 0)],
            [Self.changeRecord(1, 0, leader: 2), Self.topicRecord("b", 2)],
            [Self.removeRecord(1), Self.partitionRecord(2, 0)],
            [Self.topicRecord("a", 3), Self.partitionRecord(3, 0)],
        ]
        var image = MetadataImage()
        var whole = MetadataDelta()
        var sum = MetadataDelta()
        for step in steps {
            var delta = MetadataDelta()
            var copy = image
            for record in step {
                try image.apply(record, &whole)
                try copy.apply(record, &delta)
            }
            #expect(copy == image)
            sum.merge(delta)
            #expect(sum == whole)
        }
    }

    /// Which name collides with which is kept beside the topics, so that nobody has to look at all of them.
    @Test func collidingNamesAreKnown() throws {
        var image = try Self.image([Self.topicRecord("a.b", 1), Self.topicRecord("a_b", 2), Self.topicRecord("ab", 3)])
        var delta = MetadataDelta()
        #expect(image.topicColliding(with: "a.b") == "a_b" && image.topicColliding(with: "a_b") == "a.b")
        #expect(image.topicColliding(with: "ab") == nil && image.topicColliding(with: "a-b") == nil)
        try image.apply(Self.removeRecord(1), &delta)
        #expect(image.topicColliding(with: "a_b") == nil && image.topicColliding(with: "a.b") == "a_b")
        try image.apply(Self.removeRecord(2), &delta)
        #expect(image.collisions.isEmpty)
    }
}
