import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import ClusterMetadata

/// An image is the fold of its records, whatever pieces they come in and wherever a snapshot takes their place.
struct ImageFoldTests {
    /// Records in an order that a controller might write.
    private struct Story {
        var random: SeededGenerator
        var records: [MetadataRecord] = []
        private var topics: [(id: UInt64, name: String, partitions: Int32)] = []
        private var brokers: [Int32: Int64] = [:]
        private var lastTopic: UInt64 = 0

        init(seed: UInt64, count: Int) {
            random = SeededGenerator(seed: seed)
            var level = FeatureLevelRecord()
            (level.name, level.featureLevel) = (MetadataVersion.featureName, MetadataVersion.latestStable.level)
            records = [.featureLevel(level)]
            while records.count < count { add() }
        }

        private mutating func add() {
            switch random.next(below: 12) {
            case 0, 1: createTopic()
            case 2, 3: if let place = anyTopic { grow(place) }
            case 4, 5:
                guard let place = anyTopic, topics[place].partitions > 0 else { return }
                let number = Int32(random.next(below: Int(topics[place].partitions)))
                records.append(
                    ImageTests.changeRecord(topics[place].id, number, leader: Int32(random.next(below: 4)) - 1)
                )
            case 6:
                guard let place = anyTopic else { return }
                records.append(ImageTests.removeRecord(topics[place].id))
                topics.remove(at: place)
            case 7, 8: configure()
            case 9: register()
            case 10: fence()
            default:
                var record = ProducerIdsRecord()
                (record.brokerId, record.nextProducerId) = (1, Int64(records.count) * 1000)
                records.append(.producerIds(record))
            }
        }

        private var anyTopic: Int? {
            mutating get { topics.isEmpty ? nil : random.next(below: topics.count) }
        }

        private mutating func createTopic() {
            lastTopic += 1
            // Names come again after their topics have gone, with other ids.
            let name = ["a", "b", "c.d", "e_f", "g"][random.next(below: 5)]
            guard !topics.contains(where: { $0.name == name }) else { return }
            records.append(ImageTests.topicRecord(name, lastTopic))
            topics.append((lastTopic, name, 0))
            for _ in 0...random.next(below: 3) { grow(topics.count - 1) }
        }

        private mutating func grow(_ place: Int) {
            records.append(
                ImageTests.partitionRecord(
                    topics[place].id,
                    topics[place].partitions,
                    leader: Int32(1 + random.next(below: 3))
                )
            )
            topics[place].partitions += 1
        }

        private mutating func configure() {
            var record = ConfigRecord()
            let isOfTopic = random.next(below: 2) == 0
            let place = anyTopic
            (record.resourceType, record.resourceName) =
                isOfTopic && place != nil
                ? (ConfigResource.topicType, topics[place ?? 0].name)
                : (ConfigResource.brokerType, ["", "1", "2"][random.next(below: 3)])
            record.name = ["retention.ms", "min.insync.replicas"][random.next(below: 2)]
            record.value = random.next(below: 3) == 0 ? nil : String(random.next(below: 9))
            records.append(.config(record))
        }

        private mutating func register() {
            var record = RegisterBrokerRecord()
            record.brokerId = Int32(1 + random.next(below: 4))
            record.brokerEpoch = Int64(records.count)
            record.incarnationId = KafkaUUID(high: 4, low: UInt64(records.count))
            record.fenced = true
            brokers[record.brokerId] = record.brokerEpoch
            records.append(.registerBroker(record))
        }

        private mutating func fence() {
            guard let id = brokers.keys.sorted().first else { return }
            var record = BrokerRegistrationChangeRecord()
            (record.brokerId, record.brokerEpoch) = (id, brokers[id] ?? 0)
            record.fenced = random.next(below: 2) == 0 ? 1 : -1
            records.append(.brokerRegistrationChange(record))
        }
    }

    private func encoded(_ records: some Sequence<MetadataRecord>) throws -> [ByteBuffer] {
        try records.map { try $0.encoded(at: .latest) }
    }

    private func position(_ offset: Int) -> MetadataPosition {
        MetadataPosition(endOffset: Int64(offset), epoch: 1, appendTime: WallTime(milliseconds: Int64(offset)))
    }

    @Test func batchesOfAnySizeMakeTheSameImage() throws {
        for seed in 0..<40 as Range<UInt64> {
            let story = Story(seed: seed, count: 200)
            let whole = try ImageTests.image(story.records)
            var random = SeededGenerator(seed: seed &+ 1000)
            var loader = MetadataLoader()
            var next = 0
            while next < story.records.count {
                let end = min(story.records.count, next + 1 + random.next(below: 9))
                try loader.take(encoded(story.records[next..<end]), kraftVersion: nil, to: position(end))
                next = end
            }
            #expect(loader.image == whole, "seed \(seed)")
        }
    }

    @Test func aSnapshotAnywhereChangesNothingThatFollows() throws {
        for seed in 0..<40 as Range<UInt64> {
            let story = Story(seed: seed, count: 160)
            var random = SeededGenerator(seed: seed &+ 2000)
            let whole = try ImageTests.image(story.records)
            var loader = MetadataLoader()
            for (index, record) in story.records.enumerated() {
                try loader.take(encoded([record]), kraftVersion: nil, to: position(index + 1))
                guard random.next(below: 25) == 0, let values = try loader.snapshot() else { continue }
                var restarted = MetadataLoader()
                try restarted.load(snapshot: values, kraftVersion: 0, at: position(index + 1))
                #expect(restarted.image == loader.image, "seed \(seed), record \(index)")
                #expect(try restarted.snapshot() == values, "the same image has the same snapshot")
                loader = restarted
            }
            #expect(loader.image == whole, "seed \(seed)")
        }
    }

    /// What a delta names is what is different, and nothing that is different is left out.
    @Test func deltasNameWhatChanged() throws {
        for seed in 0..<40 as Range<UInt64> {
            let story = Story(seed: seed, count: 160)
            var random = SeededGenerator(seed: seed &+ 3000)
            var image = MetadataImage()
            var next = 0
            while next < story.records.count {
                let end = min(story.records.count, next + 1 + random.next(below: 12))
                let before = image
                var delta = MetadataDelta()
                for record in story.records[next..<end] { try image.apply(record, &delta) }
                check(delta, before, image, "seed \(seed), records \(next)..<\(end)")
                next = end
            }
        }
    }

    private func check(_ delta: MetadataDelta, _ before: MetadataImage, _ after: MetadataImage, _ place: String) {
        let exact = MetadataDelta(from: before, to: after)
        #expect(exact.changedTopics.isSubset(of: delta.changedTopics), "\(place)")
        for (topic, numbers) in exact.changedPartitions {
            #expect(numbers.isSubset(of: delta.changedPartitions[topic] ?? []), "\(place)")
        }
        // That its settings go with a topic needs no saying.
        let gone = Set(delta.removedTopics.values.map { ConfigResource.topic($0) })
        #expect(exact.changedConfigs.subtracting(gone).isSubset(of: delta.changedConfigs), "\(place)")
        #expect(exact.changedBrokers.isSubset(of: delta.changedBrokers), "\(place)")
        #expect(!exact.changedFeatures || delta.changedFeatures, "\(place)")
        // A topic may come and go within a delta: then it is named too.
        #expect(Set(exact.removedTopics.keys).isSubset(of: delta.removedTopics.keys), "\(place)")
        #expect(delta.removedTopics.keys.allSatisfy { after.topics[$0] == nil }, "\(place)")
        #expect(delta.changedTopics.allSatisfy { after.topics[$0] != nil }, "\(place)")
    }

    /// Two deltas, one after the other, are one.
    @Test func deltasAddUp() throws {
        for seed in 0..<40 as Range<UInt64> {
            let story = Story(seed: seed, count: 120)
            var random = SeededGenerator(seed: seed &+ 4000)
            let cut = 1 + random.next(below: story.records.count - 1)
            var image = MetadataImage()
            var (first, second, both) = (MetadataDelta(), MetadataDelta(), MetadataDelta())
            for record in story.records[..<cut] { try image.apply(record, &first) }
            for record in story.records[cut...] { try image.apply(record, &second) }
            var again = MetadataImage()
            for record in story.records { try again.apply(record, &both) }
            first.merge(second)
            #expect(first == both, "seed \(seed), cut at \(cut)")
            #expect(image == again)
        }
    }

    /// The number of partitions and the names are counted as they change, not looked for.
    @Test func whatIsCountedIsWhatIsThere() throws {
        for seed in 0..<40 as Range<UInt64> {
            var image = MetadataImage()
            var delta = MetadataDelta()
            for record in Story(seed: seed, count: 160).records {
                try image.apply(record, &delta)
                #expect(image.partitionCount == image.topics.values.reduce(0) { $0 + $1.partitions.count })
                #expect(image.topicIds.count == image.topics.count)
                for topic in image.topics.values { #expect(image.topic(named: topic.name) == topic) }
            }
            for name in ["c_d", "e.f"] {
                let other = name == "c_d" ? "c.d" : "e_f"
                #expect(image.topicColliding(with: name) == (image.topicIds[other] == nil ? nil : other))
            }
        }
    }
}
