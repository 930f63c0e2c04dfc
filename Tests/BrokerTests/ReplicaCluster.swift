import ClusterMetadata
import Dispatch
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import Testing
import World

@testable import Broker

/// Nodes that replicate to each other over loopback. Each has a quorum of its own, of which nobody takes notice: what the cluster looks like,
/// the test says, which is their controller, too.
final class ReplicaCluster: Sendable {
    static let topicId = KafkaUUID(high: 71, low: 93)

    let nodes: [TestNode]
    private let publishers: [MetadataPublisher]
    private let image: Mutex<MetadataImage>
    private let queue = DispatchQueue(label: "controller")
    private let eventLoops = World.real().network.makeEventLoops(2)
    /// Nodes that look for all others where nobody listens.
    private let isolated = Mutex<Set<Int32>>([])
    private let asked = Mutex<[AlterPartitionRequest]>([])
    /// What the controller says to requests for other in-sync sets instead of carrying them out.
    private let refusal = Mutex<ErrorCode?>(nil)

    /// Of node 1, 2 and so on; nobody else is in one.
    private let racks: [String]

    init(_ count: Int = 2, settings: [String: String] = [:], racks: [String] = []) throws {
        self.racks = racks
        nodes = try (1...count).map { number in
            var settings = settings
            settings["node.id"] = "\(number)"
            if number <= racks.count { settings["broker.rack"] = racks[number - 1] }
            return try TestNode(settings: settings)
        }
        publishers = nodes.map { test in
            let node = test.running.node
            return MetadataPublisher(
                config: node.config,
                nodeId: node.nodeId,
                logger: .silent,
                metrics: node.metrics,
                files: node.files,
                store: node.store,
                groups: node.groups,
                cluster: node.cluster,
                shown: { node.transactions.follow($0) }
            )
        }
        image = Mutex(nodes[0].running.node.view.image)
        for node in nodes { begin(node.running) }
        try publish { image, delta in
            for number in 1...Int32(count) { try Self.register(self, number, &image, &delta) }
        }
    }

    private func begin(_ running: RunningNode) {
        let node = running.node
        let epoch = BrokerEpoch()
        epoch.set(self.epoch(of: node.nodeId))
        node.store.beginReplication(
            cluster: node.cluster,
            brokerEpoch: epoch,
            metrics: node.metrics,
            on: eventLoops,
            { [weak self] request, done in self?.alter(request, done) },
            assign: { _, done in done(AssignReplicasToDirsResponse()) }
        )
    }

    func node(_ id: Int32) -> Node { nodes[Int(id) - 1].running.node }
    func client(_ id: Int32) throws -> TestClient { try nodes[Int(id) - 1].client() }
    func partition(_ node: Int32, _ number: Int32 = 0, topic: String = "t") throws -> Partition {
        try #require(self.node(node).store[TopicPartition(topic, number)])
    }

    func stop() {
        for node in nodes { node.running.stop() }
        eventLoops.shutdownGracefully { _ in }
    }

    /// As each has it from its own quorum.
    private func epoch(of node: Int32) -> Int64 { self.node(node).view.image.brokers[node]?.epoch ?? -1 }

    private func incarnation(of node: Int32) -> KafkaUUID {
        self.node(node).store.incarnationId.withLock { $0 } ?? .zero
    }

    // MARK: The controller

    /// Applies records and has all nodes take over what comes of it.
    func publish(
        _ change: @escaping @Sendable (inout MetadataImage, inout MetadataDelta) throws -> Void = { _, _ in }
    ) throws {
        try queue.sync { try apply(change) }
    }

    private func apply(_ change: (inout MetadataImage, inout MetadataDelta) throws -> Void) throws {
        var delta = MetadataDelta()
        var next = image.withLock { $0 }
        try change(&next, &delta)
        for (number, publisher) in publishers.enumerated() {
            let cluster = nodes[number].running.node.cluster
            let id = Int32(number) + 1
            var own = next
            if isolated.withLock({ $0.contains(id) }) {
                for other in 1...Int32(nodes.count) where other != id {
                    try Self.register(self, other, &own, &delta, port: 1)
                }
            }
            // Who was told something else before has to hear all that is different.
            publisher.publish(
                own,
                MetadataDelta(from: cluster.view.image, to: own),
                offset: cluster.view.offset + 1
            )
        }
        let published = next
        image.withLock { $0 = published }
    }

    private static func register(
        _ cluster: ReplicaCluster,
        _ id: Int32,
        _ image: inout MetadataImage,
        _ delta: inout MetadataDelta,
        port: Int? = nil,
        isFenced: Bool = false,
        incarnation: KafkaUUID? = nil
    ) throws {
        var record = RegisterBrokerRecord()
        record.brokerId = id
        record.incarnationId = incarnation ?? cluster.incarnation(of: id)
        record.brokerEpoch = cluster.epoch(of: id)
        record.fenced = isFenced
        record.rack = Int(id) <= cluster.racks.count ? cluster.racks[Int(id) - 1] : nil
        var endpoint = RegisterBrokerRecord.BrokerEndpoint()
        (endpoint.name, endpoint.host) = ("PLAINTEXT", "127.0.0.1")
        endpoint.port = UInt16(port ?? cluster.nodes[Int(id) - 1].running.ready.port)
        record.endPoints = [endpoint]
        try image.apply(.registerBroker(record), &delta)
    }

    /// Node `id` believes that the others are where nobody listens; nobody else hears of it.
    ///
    /// - Parameter leader: whose connection from there has to end.
    func isolate(_ id: Int32, from leader: Int32? = nil) throws {
        if let leader { try eventually("\(id) has come to fetch") { node(leader).connections.count > 0 } }
        let open = leader.map { node($0).connections.count } ?? 0
        isolated.withLock { _ = $0.insert(id) }
        try publish()
        guard let leader else { return }
        try eventually("the fetches of \(id) end") { node(leader).connections.count < open }
    }

    /// All nodes know the same again.
    func heal() throws {
        isolated.withLock { $0 = [] }
        try publish()
    }

    /// Another process registers as node `id`, and leads what that one led.
    func replace(_ id: Int32) throws {
        try publish { image, delta in
            try Self.register(self, id, &image, &delta, incarnation: KafkaUUID(high: 5, low: 5))
            var record = PartitionChangeRecord()
            (record.partitionId, record.topicId, record.leader) = (0, Self.topicId, id)
            try image.apply(.partitionChange(record), &delta)
        }
    }

    /// Node `id` has registered again.
    func restore(_ id: Int32) throws {
        try publish { image, delta in try Self.register(self, id, &image, &delta) }
    }

    func setFenced(_ id: Int32, _ isFenced: Bool) throws {
        try publish { image, delta in try Self.register(self, id, &image, &delta, isFenced: isFenced) }
    }

    func create(
        _ name: String = "t",
        id: KafkaUUID = topicId,
        partitions: Int32 = 1,
        replicas: [Int32] = [1, 2],
        configs: [String: String] = [:]
    ) throws {
        try publish { image, delta in
            var topic = TopicRecord()
            (topic.name, topic.topicId) = (name, id)
            try image.apply(.topic(topic), &delta)
            for number in 0..<partitions {
                var record = PartitionRecord()
                (record.partitionId, record.topicId, record.leader) = (number, id, replicas[0])
                (record.replicas, record.isr) = (replicas, replicas)
                (record.leaderEpoch, record.partitionEpoch) = (0, 0)
                try image.apply(.partition(record), &delta)
            }
            for (key, value) in configs {
                var record = ConfigRecord()
                (record.resourceType, record.resourceName) = (ConfigResource.topicType, name)
                (record.name, record.value) = (key, value)
                try image.apply(.config(record), &delta)
            }
        }
    }

    /// - Parameter isr: nil leaves it.
    func elect(_ leader: Int32, isr: [Int32]? = nil, _ number: Int32 = 0, topic: KafkaUUID = topicId) throws {
        try publish { image, delta in
            var record = PartitionChangeRecord()
            (record.partitionId, record.topicId, record.leader, record.isr) = (number, topic, leader, isr)
            try image.apply(.partitionChange(record), &delta)
        }
    }

    func refuseIsrs(_ code: ErrorCode?) { refusal.withLock { $0 = code } }

    /// The in-sync sets that were asked for.
    var askedIsrs: [[Int32]] {
        asked.withLock { asked in
            asked.flatMap { request in
                request.topics.flatMap { $0.partitions.map { $0.newIsrWithEpochs.map(\.brokerId) } }
            }
        }
    }

    var askedEpochs: [Int64] { asked.withLock { $0.map(\.brokerEpoch) } }

    func isr(_ number: Int32 = 0) -> [Int32] {
        image.withLock { $0.topics[Self.topicId]?.partitions[number]?.isr ?? [] }
    }

    private func alter(
        _ request: AlterPartitionRequest,
        _ done: @escaping @Sendable (AlterPartitionResponse) -> Void
    ) {
        asked.withLock { $0.append(request) }
        queue.async { [self] in
            var response = AlterPartitionResponse()
            response.topics = request.topics.map { topic in
                var row = AlterPartitionResponse.TopicData()
                row.topicId = topic.topicId
                row.partitions = topic.partitions.map { alter($0, topic.topicId) }
                return row
            }
            done(response)
        }
    }

    private func alter(
        _ asked: AlterPartitionRequest.PartitionData,
        _ topicId: KafkaUUID
    ) -> AlterPartitionResponse.PartitionData {
        var row = AlterPartitionResponse.PartitionData()
        row.partitionIndex = asked.partitionIndex
        let known = image.withLock { $0.topics[topicId]?.partitions[asked.partitionIndex] }
        guard let known, known.leaderEpoch == asked.leaderEpoch, known.partitionEpoch == asked.partitionEpoch else {
            row.errorCode = .invalidUpdateVersion
            return row
        }
        if let code = refusal.withLock({ $0 }) {
            row.errorCode = code
            return row
        }
        var record = PartitionChangeRecord()
        (record.partitionId, record.topicId) = (asked.partitionIndex, topicId)
        record.isr = asked.newIsrWithEpochs.map(\.brokerId)
        do { try apply { image, delta in try image.apply(.partitionChange(record), &delta) } } catch {
            row.errorCode = .unknownServerError
            return row
        }
        row.leaderId = known.leader
        row.leaderEpoch = known.leaderEpoch
        row.isr = asked.newIsrWithEpochs.map(\.brokerId)
        row.partitionEpoch = known.partitionEpoch + 1
        return row
    }

    // MARK: What is in the logs

    /// All batches of a replica, as they lie on its disk.
    func bytes(_ node: Int32, _ number: Int32 = 0, topic: String = "t") throws -> [UInt8] {
        let partition = try partition(node, number, topic: topic)
        var all: [UInt8] = []
        var offset = partition.facts.logStartOffset
        while true {
            let batches = try partition.readBatches(from: offset, maxBytes: 1 << 20)
            guard let last = batches.last else { return all }
            for batch in batches { all += Array(batch.bytes.readableBytesView) }
            offset = last.header.nextOffset
        }
    }
}

/// Waits until something is true; a test that waits in vain fails.
func eventually(
    _ what: String,
    within millis: Int64 = 20_000,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ isTrue: () throws -> Bool
) throws {
    let end = WorldTime.real.now.milliseconds + millis
    while try !isTrue() {
        if WorldTime.real.now.milliseconds > end {
            Issue.record("in vain: \(what)", sourceLocation: sourceLocation)
            return
        }
        WorldTime.real.pause(milliseconds: 2)
    }
}

extension TestClient {
    /// Produces one record.
    func produce(
        _ topic: String = "t",
        _ number: Int32 = 0,
        _ value: String,
        acks: Int16 = -1,
        version: Int16 = 12
    ) throws -> ProduceResponse {
        try call(produceRequest(topic, number, value, acks: acks), ProduceResponse.self, version: version)
    }

    func produceRequest(_ topic: String, _ number: Int32, _ value: String, acks: Int16) -> ProduceRequest {
        make(ProduceRequest()) { request in
            (request.acks, request.timeoutMs) = (acks, 20_000)
            request.topicData = [
                make(ProduceRequest.TopicProduceData()) { row in
                    row.name = topic
                    row.partitionData = [
                        make(ProduceRequest.PartitionProduceData()) {
                            ($0.index, $0.records) = (number, .bytes(batch(value)))
                        }
                    ]
                }
            ]
        }
    }
}

extension ProduceResponse {
    var only: PartitionProduceResponse { responses.first?.partitionResponses.first ?? PartitionProduceResponse() }
}
