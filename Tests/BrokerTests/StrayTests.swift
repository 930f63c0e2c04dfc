import ClusterMetadata
import Dispatch
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Testing
import World

@testable import Broker

/// Directories of partitions that the metadata does not know, and those that only look like it.
struct StrayTests {
    private let disk = MemoryFileSystem()
    private let topicId = KafkaUUID(high: 0x1234_5678_9abc_def0, low: 0x0fed_cba9_8765_4321)
    private let partition = TopicPartition("t", 0)

    /// Writes a log of one record that says that its topic has an id, and opens it where the metadata says another.
    private func open(stating stated: KafkaUUID) throws -> PartitionStore {
        try disk.createDirectory("/one")
        var opening = LogOpening()
        opening.topicId = stated
        let log = try PartitionLog.open(disk, directory: "/one/t-0", config: LogConfig(), opening: opening)
        var builder = RecordBatchBuilder()
        builder.append(timestamp: 1, key: nil, value: ByteBuffer(string: "v"))
        _ = try log.append(try ValidatedBatch(own: try builder.build()), leaderEpoch: 0, now: 1, isFromClient: true)
        try log.close()
        let store = try PartitionStore.ofOneDirectory(.real(files: disk), id: KafkaUUID(high: 7, low: 9))
        var image = MetadataImage()
        var delta = MetadataDelta()
        var topic = TopicRecord()
        (topic.name, topic.topicId) = ("t", topicId)
        try image.apply(.topic(topic), &delta)
        var record = PartitionRecord()
        (record.partitionId, record.topicId, record.leader) = (0, topicId, 1)
        (record.replicas, record.isr, record.leaderEpoch, record.partitionEpoch) = ([1], [1], 0, 0)
        try image.apply(.partition(record), &delta)
        let remembered = PartitionStore.Remembered(isClean: true, present: [partition])
        store.open(image, remembered: [remembered], resolver: ConfigResolver(staticBroker: [:], ownDefaults: [:]))
        return store
    }

    private func stop(_ store: PartitionStore) {
        let stopped = DispatchSemaphore(value: 0)
        store.stop { stopped.signal() }
        stopped.wait()
    }

    private var strays: [String] { get throws { try disk.list("/one").filter { $0.hasSuffix("-stray") } } }

    @Test func theDirectoryOfAnotherTopicOfTheSameNameIsSetAside() throws {
        let store = try open(stating: KafkaUUID(high: 0x1111_2222_3333_4444, low: 0x5555_6666_7777_8888))
        defer { stop(store) }
        #expect(store[partition]?.facts.logEndOffset == 0)
        #expect(try strays.count == 1)
    }

    /// A bit of the file's text, so up to six of the id.
    @Test(arguments: [1, 0x80, 0x3f] as [UInt64]) func aDamagedTopicIdIsNoOtherTopic(_ mask: UInt64) throws {
        let store = try open(stating: KafkaUUID(high: topicId.high, low: topicId.low ^ mask))
        defer { stop(store) }
        #expect(store[partition]?.facts.logEndOffset == 1)
        #expect(try strays == [])
        let text = String(buffer: try disk.contents("/one/t-0/partition.metadata"))
        #expect(text.contains(topicId.description))
    }
}
