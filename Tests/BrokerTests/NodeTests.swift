import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import Broker

/// A whole node over its socket, on a disk that fails on demand.
@Suite(.serialized)
struct NodeTests {
    func create(_ client: TestClient, _ name: String, partitions: Int32 = 1, _ configs: [String: String] = [:]) throws {
        #expect(try client.createTopic(name, partitions: partitions, configs) == ErrorCode.none)
    }

    func produceRequest(
        _ topic: String,
        _ partition: Int32,
        _ value: String,
        acks: Int16 = -1,
        producer: (Int64, Int32)? = nil
    ) throws -> ProduceRequest {
        var builder = RecordBatchBuilder()
        if let (id, sequence) = producer { builder.setProducer(id: id, epoch: 0, baseSequence: sequence) }
        builder.append(timestamp: 1_700_000_000_000, key: nil, value: ByteBuffer(string: value))
        var data = ProduceRequest.PartitionProduceData()
        data.index = partition
        data.records = .bytes(try builder.build())
        var row = ProduceRequest.TopicProduceData()
        row.name = topic
        row.partitionData = [data]
        var request = ProduceRequest()
        request.acks = acks
        request.timeoutMs = 10_000
        request.topicData = [row]
        return request
    }

    func produce(
        _ client: TestClient,
        _ topic: String,
        _ partition: Int32,
        _ value: String,
        producer: (Int64, Int32)? = nil
    ) throws -> ProduceResponse.PartitionProduceResponse {
        let response = try client.call(
            try produceRequest(topic, partition, value, producer: producer),
            ProduceResponse.self,
            version: 9
        )
        return try #require(response.responses.first?.partitionResponses.first)
    }

    func fetchRequest(_ topic: String, _ partition: Int32, offset: Int64 = 0, wait: Int32 = 0) -> FetchRequest {
        var asked = FetchRequest.FetchPartition()
        asked.partition = partition
        asked.fetchOffset = offset
        asked.partitionMaxBytes = 1 << 20
        var row = FetchRequest.FetchTopic()
        row.topic = topic
        row.partitions = [asked]
        var request = FetchRequest()
        request.topics = [row]
        request.maxWaitMs = wait
        request.minBytes = 1
        return request
    }

    func fetch(_ client: TestClient, _ topic: String, _ partition: Int32, offset: Int64 = 0, wait: Int32 = 0) throws
        -> (ErrorCode, [String])
    {
        let request = fetchRequest(topic, partition, offset: offset, wait: wait)
        let response = try client.call(request, FetchResponse.self, version: 12)
        let data = try #require(response.responses.first?.partitions.first)
        var values: [String] = []
        for batch in RecordBatches(data.records?.buffer ?? ByteBuffer()) {
            values += try batch.allRecords().map { $0.value.map { String(buffer: $0) } ?? "" }
        }
        return (data.errorCode, values)
    }

    @Test func aTopicIsServedUnderTheBytesOfItsNameAlone() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let client = try node.client()
        try create(client, "K")
        #expect(try produce(client, "K", 0, "a").errorCode == ErrorCode.none)
        #expect(try produce(client, "\u{212A}", 0, "b").errorCode == .unknownTopicOrPartition)
    }

    @Test func aFailedFsyncIsFinalForItsDirectoryAndTheOtherServesOn() throws {
        let node = try TestNode(directories: ["/one", "/two"], settings: ["ottla.flush.policy": "ack"])
        let client = try node.client()
        try create(client, "t", partitions: 2)
        #expect(try produce(client, "t", 0, "a").errorCode == .none)
        #expect(try produce(client, "t", 1, "a").errorCode == .none)
        let victim: Int32 = node.disk.exists("/two/t-0") ? 0 : 1
        node.disk.setPlan { _, operation, path in
            operation == "sync" && path.hasPrefix("/two/t-") && path.hasSuffix(".log") ? .fail(errno: 5) : .proceed
        }
        #expect(try produce(client, "t", victim, "lost").errorCode == .kafkaStorageError, "never acknowledged")
        node.disk.setPlan { _, _, _ in .proceed }
        #expect(
            try produce(client, "t", victim, "again").errorCode == .kafkaStorageError,
            "not tried again as if it had worked"
        )
        #expect(try fetch(client, "t", victim).0 == .kafkaStorageError)
        #expect(try produce(client, "t", 1 - victim, "b").errorCode == .none)
        #expect(try fetch(client, "t", 1 - victim).1 == ["a", "b"])
        #expect(node.fatalReasons.isEmpty)
        let logDirs = try client.call(DescribeLogDirsRequest(), DescribeLogDirsResponse.self, version: 4)
        #expect(logDirs.results.map(\.errorCode).filter { $0 == .kafkaStorageError }.count == 1)
        node.running.stop()
    }

    @Test func theNodeEndsWhenTheMetadataDirectoryFails() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t")
        node.disk.setPlan { _, operation, path in
            operation == "sync" && path.contains("__cluster_metadata") ? .fail(errno: 5) : .proceed
        }
        var topic = CreateTopicsRequest.CreatableTopic()
        topic.name = "never"
        topic.numPartitions = 1
        topic.replicationFactor = 1
        var request = CreateTopicsRequest()
        request.topics = [topic]
        let response = try client.call(request, CreateTopicsResponse.self, version: 7)
        #expect(response.topics.first?.errorCode == .notController)
        #expect(node.fatalReasons.count == 1)
        node.disk.setPlan { _, _, _ in .proceed }
        node.running.stop()
    }

    @Test func aFullDiskIsAnErrorUntilThereIsSpace() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t")
        #expect(try produce(client, "t", 0, "a").errorCode == .none)
        node.disk.setPlan { _, operation, path in
            operation == "write" && path.hasSuffix(".log") ? .fail(errno: 28) : .proceed
        }
        #expect(try produce(client, "t", 0, "b").errorCode == .kafkaStorageError)
        node.disk.setPlan { _, _, _ in .proceed }
        let after = try produce(client, "t", 0, "c")
        #expect(after.errorCode == .none && after.baseOffset == 1)
        #expect(try fetch(client, "t", 0).1 == ["a", "c"])
        node.running.stop()
    }

    /// Batches that were sent before it was known come behind a gap, and are to be sent again, not given up.
    @Test func whoHasFoundNoSpaceHearsOfThatInsteadOfTheGap() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t", partitions: 2)
        #expect(try produce(client, "t", 0, "a", producer: (1, 0)).errorCode == .none)
        node.disk.setPlan { _, operation, path in
            operation == "write" && path.hasSuffix(".log") ? .fail(errno: 28) : .proceed
        }
        #expect(try produce(client, "t", 0, "b", producer: (1, 1)).errorCode == .kafkaStorageError)
        node.disk.setPlan { _, _, _ in .proceed }
        #expect(try produce(client, "t", 0, "c", producer: (1, 2)).errorCode == .kafkaStorageError)
        for (sequence, value) in [(1, "b"), (2, "c")] as [(Int32, String)] {
            #expect(try produce(client, "t", 0, value, producer: (1, sequence)).errorCode == .none)
        }
        #expect(try fetch(client, "t", 0).1 == ["a", "b", "c"])
        // Where nothing has failed, a gap is one.
        #expect(try produce(client, "t", 1, "a", producer: (1, 0)).errorCode == .none)
        #expect(try produce(client, "t", 1, "c", producer: (1, 2)).errorCode == .outOfOrderSequenceNumber)
        node.running.stop()
    }

    @Test func aFullSegmentIsMadeDurableInTheBackground() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t", ["segment.bytes": "1048576"])
        let synced = Mutex(false)
        node.disk.setPlan { _, operation, path in
            if operation == "sync", path.hasSuffix("/t-0/00000000000000000000.log") { synced.withLock { $0 = true } }
            return .proceed
        }
        let value = String(repeating: "x", count: 60_000)
        for _ in 0..<10 { #expect(try produce(client, "t", 0, value).errorCode == .none) }
        #expect(!synced.withLock { $0 }, "one segment that is not full")
        for _ in 0..<10 { #expect(try produce(client, "t", 0, value).errorCode == .none) }
        let deadline = WorldTime.real.now.milliseconds + 10_000
        while !synced.withLock({ $0 }), WorldTime.real.now.milliseconds < deadline {
            WorldTime.real.pause(milliseconds: 1)
        }
        #expect(synced.withLock { $0 })
        node.running.stop()
    }

    @Test func aStalledDiskGetsAThreadOfItsOwnAndKeepsTheOrder() throws {
        let node = try TestNode()
        let client = try node.client()
        let other = try node.client()
        try create(client, "slow")
        node.disk.setPlan { _, operation, path in
            operation == "write" && path.contains("/slow-0/") && path.hasSuffix(".log") ? .slow(millis: 60) : .proceed
        }
        #expect(try produce(client, "slow", 0, "0").errorCode == .none)
        for index in 1...5 { try client.send(try produceRequest("slow", 0, "\(index)"), version: 9) }
        // The loops are free while the disk is not.
        let began = WorldTime.real.now.milliseconds
        for _ in 0..<20 { _ = try other.call(ApiVersionsRequest(), ApiVersionsResponse.self, version: 0) }
        #expect(WorldTime.real.now.milliseconds - began < 150, "other requests wait for the disk")
        var offsets: [Int64] = []
        for _ in 1...5 {
            let response = try #require(try client.receive(ProduceResponse.self, version: 9))
            offsets.append(response.responses.first?.partitionResponses.first?.baseOffset ?? -1)
        }
        #expect(offsets == [1, 2, 3, 4, 5])
        node.disk.setPlan { _, _, _ in .proceed }
        #expect(try produce(client, "slow", 0, "6").baseOffset == 6)
        #expect(try produce(client, "slow", 0, "7").baseOffset == 7)
        #expect(try fetch(client, "slow", 0).1 == (0...7).map { "\($0)" })
        node.running.stop()
    }

    @Test func whatWasAcknowledgedWithAckSurvivesAPowerCut() throws {
        for seed in 0..<8 as Range<UInt64> {
            let disk = MemoryFileSystem()
            var random = SeededGenerator(seed: seed)
            let first = try TestNode(disk, settings: ["ottla.flush.policy": "ack"])
            let client = try first.client()
            try create(client, "t")
            for index in 0..<10 {
                #expect(try produce(client, "t", 0, "\(index)", producer: (77, Int32(index))).errorCode == .none)
            }
            // The power goes: nothing that the stopped node still does reaches the disk.
            disk.setPlan { _, _, _ in .crash }
            first.running.stop()
            disk.crash(using: &random)
            let second = try TestNode(disk, settings: ["ottla.flush.policy": "ack"])
            let reader = try second.client()
            let found = try fetch(reader, "t", 0)
            #expect(found.1 == (0..<10).map { "\($0)" }, "seed \(seed): \(found)")
            #expect(
                try produce(reader, "t", 0, "9", producer: (77, 9)).baseOffset == 9,
                "seed \(seed): a duplicate is recognised"
            )
            #expect(try produce(reader, "t", 0, "10", producer: (77, 10)).baseOffset == 10)
            second.running.stop()
        }
    }

    @Test func aTopicMadeAgainInheritsNothingFromItsCheckpoints() throws {
        let disk = MemoryFileSystem()
        let first = try TestNode(disk)
        let client = try first.client()
        try create(client, "t")
        for value in ["a", "b", "c"] { #expect(try produce(client, "t", 0, value).errorCode == .none) }
        #expect(try client.deleteRecords("t", before: 2)?.lowWatermark == 2)
        #expect(try client.deleteTopic("t") == ErrorCode.none)
        try create(client, "t")
        for value in ["d", "e", "f"] { #expect(try produce(client, "t", 0, value).errorCode == .none) }
        killed(first, disk)
        let second = try TestNode(disk)
        #expect(try fetch(try second.client(), "t", 0).1 == ["d", "e", "f"])
        second.running.stop()
    }

    /// The process dies: what it would still write at its stop doesn't count.
    private func killed(_ node: TestNode, _ disk: MemoryFileSystem) {
        disk.setPlan { _, _, _ in .crash }
        node.running.stop()
        disk.restartProcess()
    }

    @Test func aDamagedPartitionStaysRefusedHoweverOftenTheNodeStarts() throws {
        let disk = MemoryFileSystem()
        let path = "/one/t-0/00000000000000000000.log"
        let first = try TestNode(disk, settings: ["ottla.flush.policy": "ack"])
        let client = try first.client()
        try create(client, "t")
        for value in ["a", "b", "c"] { #expect(try produce(client, "t", 0, value).errorCode == .none) }
        // Writes the checkpoints, with a recovery point behind all three.
        try create(client, "u")
        #expect(try client.deleteRecords("u", before: 0)?.errorCode == ErrorCode.none)
        killed(first, disk)
        let size = try disk.size(path)
        try disk.open(path, .readWrite).write(ByteBuffer(bytes: [0xff]), at: size - 2)
        for start in 1...3 {
            let node = try TestNode(disk)
            let reader = try node.client()
            #expect(
                try fetch(reader, "t", 0).0 != .none,
                "start \(start): the last batch was cut, and it had reached the disk"
            )
            #expect(try disk.size(path) == size)
            #expect(try reader.deleteRecords("u", before: 0)?.errorCode == ErrorCode.none)
            killed(node, disk)
        }
        let last = try TestNode(disk)
        let again = try last.client()
        #expect(try again.deleteTopic("t") == ErrorCode.none)
        try create(again, "t")
        #expect(try produce(again, "t", 0, "new").baseOffset == 0, "a topic made again has nothing of the damaged one")
        #expect(try fetch(again, "t", 0).1 == ["new"])
        last.running.stop()
    }

    @Test func theLessUsedQuestionsAreAnswered() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t", partitions: 3)
        try create(client, "u", partitions: 2)
        for index in 0..<3 {
            #expect(try produce(client, "t", 0, "\(index)", producer: (5, Int32(index))).errorCode == .none)
        }

        var pages: [[Int32]] = []
        var ask = DescribeTopicPartitionsRequest()
        ask.responsePartitionLimit = 2
        for _ in 0..<10 {
            let page = try client.call(ask, DescribeTopicPartitionsResponse.self, version: 0)
            pages.append(page.topics.flatMap { $0.partitions.map(\.partitionIndex) })
            guard let cursor = page.nextCursor else { break }
            var next = DescribeTopicPartitionsRequest.Cursor()
            next.topicName = cursor.topicName
            next.partitionIndex = cursor.partitionIndex
            ask.cursor = next
        }
        #expect(pages == [[0, 1], [2, 0], [1]])

        var producers = DescribeProducersRequest()
        var topic = DescribeProducersRequest.TopicRequest()
        topic.name = "t"
        topic.partitionIndexes = [0, 9]
        producers.topics = [topic]
        let described = try client.call(producers, DescribeProducersResponse.self, version: 0)
        #expect(described.topics.first?.partitions.map(\.errorCode) == [.none, .unknownTopicOrPartition])
        #expect(described.topics.first?.partitions.first?.activeProducers.map(\.lastSequence) == [2])

        var quorum = DescribeQuorumRequest()
        var metadata = DescribeQuorumRequest.TopicData()
        metadata.topicName = "__cluster_metadata"
        metadata.partitions = [DescribeQuorumRequest.PartitionData()]
        quorum.topics = [metadata]
        let status = try client.call(quorum, DescribeQuorumResponse.self, version: 2)
        #expect(
            status.topics.first?.partitions.first?.leaderId == 1
                && status.topics.first?.partitions.first?.leaderEpoch == 1
        )

        var epochs = OffsetForLeaderEpochRequest()
        var epochTopic = OffsetForLeaderEpochRequest.OffsetForLeaderTopic()
        epochTopic.topic = "t"
        var epochPartition = OffsetForLeaderEpochRequest.OffsetForLeaderPartition()
        epochPartition.leaderEpoch = 0
        var future = epochPartition
        future.currentLeaderEpoch = 5
        epochTopic.partitions = [epochPartition, future]
        epochs.topics = [epochTopic]
        let ends = try client.call(epochs, OffsetForLeaderEpochResponse.self, version: 4).topics.first?.partitions
        #expect(ends?.map(\.endOffset) == [3, -1] && ends?.map(\.errorCode) == [.none, .unknownLeaderEpoch])

        var offsets = ListOffsetsRequest()
        var listTopic = ListOffsetsRequest.ListOffsetsTopic()
        listTopic.name = "t"
        listTopic.partitions = [Int32(0), 1, 2].map { index in
            var row = ListOffsetsRequest.ListOffsetsPartition()
            row.partitionIndex = index
            row.timestamp = [-1, -2, -3][Int(index)]
            return row
        }
        offsets.topics = [listTopic]
        offsets.replicaId = -1
        let listed = try client.call(offsets, ListOffsetsResponse.self, version: 8).topics.first?.partitions
        #expect(listed?.map(\.offset) == [3, 0, -1])
        listTopic.partitions[0].timestamp = -9
        listTopic.partitions[2].partitionIndex = 1
        offsets.topics = [listTopic]
        let refused = try client.call(offsets, ListOffsetsResponse.self, version: 8).topics.first?.partitions
        #expect(refused?.map(\.errorCode) == [.unsupportedVersion, .invalidRequest, .invalidRequest])

        var ids: Set<Int64> = []
        var idempotent = InitProducerIdRequest()
        idempotent.transactionalId = nil
        for _ in 0..<1500 {
            let response = try client.call(idempotent, InitProducerIdResponse.self, version: 4)
            #expect(response.errorCode == .none && ids.insert(response.producerId).inserted, "\(response)")
        }
        var transactional = InitProducerIdRequest()
        transactional.transactionalId = ""
        #expect(try client.call(transactional, InitProducerIdResponse.self, version: 4).errorCode == .invalidRequest)
        node.running.stop()
    }

    @Test func aMisroutedClientIsToldToFindItsClusterAnew() throws {
        let node = try TestNode()
        let client = try node.client()
        var request = ApiVersionsRequest()
        request.clientSoftwareName = "test"
        request.clientSoftwareVersion = "1"
        func code() throws -> ErrorCode { try client.call(request, ApiVersionsResponse.self, version: 5).errorCode }
        #expect(try code() == .none)
        request.clusterId = node.running.ready.clusterId
        request.nodeId = 1
        #expect(try code() == .none)
        request.nodeId = 2
        #expect(try code() == .rebootstrapRequired)
        request.nodeId = -1
        request.clusterId = "another"
        #expect(try code() == .rebootstrapRequired)
        node.running.stop()
    }

    @Test func automaticCreationMakesAllThatAreAskedFor() throws {
        let node = try TestNode()
        let client = try node.client()
        var request = MetadataRequest()
        request.topics = ["__consumer_offsets", "a", "b"].map { name in
            var topic = MetadataRequest.MetadataRequestTopic()
            topic.name = name
            return topic
        }
        let response = try client.call(request, MetadataResponse.self, version: 9)
        #expect(response.topics.map(\.errorCode) == [.none, .none, .none])
        #expect(response.topics.map(\.partitions.count) == [2, 1, 1])
        node.running.stop()
    }

    @Test func aQuotaHoldsAClientBackAndNobodyElse() throws {
        struct Greedy: RequestQuota {
            func holdBack(clientId: String, api: ApiKey, bytes: Int) -> Int64 { api == .metadata ? 300 : 0 }
        }
        let node = try TestNode(quota: Greedy())
        let client = try node.client()
        let other = try node.client()
        var request = MetadataRequest()
        request.topics = []
        let began = WorldTime.real.now.milliseconds
        for _ in 0..<3 { try client.send(request, version: 9) }
        #expect(try client.receive(MetadataResponse.self, version: 9) != nil)
        for _ in 0..<10 { _ = try other.call(ApiVersionsRequest(), ApiVersionsResponse.self, version: 0) }
        #expect(
            WorldTime.real.now.milliseconds - began < 300,
            "the request itself and other clients are served at once"
        )
        for _ in 0..<2 { #expect(try client.receive(MetadataResponse.self, version: 9) != nil) }
        #expect(WorldTime.real.now.milliseconds - began >= 600, "each of the others waited")
        node.running.stop()
    }
}
