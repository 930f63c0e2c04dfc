import ClusterMetadata
import Glibc
import KafkaProtocol
import NIOCore

/// The metadata of a cluster of 100,000 partitions with three replicas each, on the machines that a node runs and the simulator drives: the active
/// controller, which decides, and the loader, which makes the image that every node has. Each figure is of one run of one step.
struct LargeCluster {
    private static let topics = 10
    private static let partitions: Int32 = 10_000
    private static let brokers: ClosedRange<Int32> = 1...3

    private var loader = MetadataLoader()
    private var controller: ActiveController<Int>
    private var epoch: LeaderEpoch = 1
    private var endOffset: Int64 = 0
    private var now = MonotonicTime(milliseconds: 1_000_000)
    private var random = SystemRandomNumberGenerator()
    /// Of the last decision.
    private var proposal: ActiveController<Int>.Proposal?

    init() {
        controller = ActiveController(
            epoch: epoch,
            image: loader.image,
            endOffset: 0,
            settings: ControllerSettings(staticConfig: [:]),
            now: now
        )
    }

    static func measure() throws {
        var cluster = LargeCluster()
        try cluster.begin()
        let memory = residentBytes()
        try cluster.create()
        report("memory of the image of 100,000 partitions", bytes: residentBytes() - memory)
        try cluster.changeController()
        try cluster.loseBroker()
    }

    // MARK: Steps

    private mutating func begin() throws {
        var level = FeatureLevelRecord()
        (level.name, level.featureLevel) = (MetadataVersion.featureName, MetadataVersion.latestStable.level)
        proposal = try controller.activate(isInTransaction: false, now: now) { [.featureLevel(level)] }
        try commit()
        for broker in Self.brokers {
            try decide(registration(broker))
            try decide(heartbeat(broker))
        }
    }

    private mutating func create() throws {
        for number in 0..<Self.topics {
            var topic = CreateTopicsRequest.CreatableTopic()
            (topic.name, topic.numPartitions, topic.replicationFactor) = ("topic-\(number)", Self.partitions, 3)
            var request = CreateTopicsRequest()
            request.topics = [topic]
            let isLast = number == Self.topics - 1
            try time(isLast ? "10,000 partitions more in 90,000: placed and decided" : nil) { try $0.propose(request) }
            try time(isLast ? "10,000 partitions more in 90,000: read and published" : nil) { try $0.commit() }
        }
        precondition(loader.image.partitionCount == Self.topics * Int(Self.partitions), "all partitions are there")
    }

    /// The next active controller begins, on the node whose image this is, and one that has to read a snapshot first.
    private mutating func changeController() throws {
        var snapshot: [ByteBuffer] = []
        try time("a snapshot of 100,000 partitions is made") { snapshot = try $0.loader.snapshot() ?? [] }
        Self.report("snapshot of 100,000 partitions", bytes: snapshot.reduce(0) { $0 + $1.readableBytes })
        try time("a snapshot of 100,000 partitions is read") { cluster in
            var other = MetadataLoader()
            try other.load(snapshot: snapshot, kraftVersion: 0, at: cluster.loader.position)
            precondition(other.image.partitionCount == cluster.loader.image.partitionCount, "nothing is missing")
        }
        try time("the next controller of 100,000 partitions is active") { cluster in
            cluster.epoch = LeaderEpoch(cluster.epoch.rawValue + 1)
            cluster.controller = ActiveController(
                epoch: cluster.epoch,
                image: cluster.loader.image,
                endOffset: cluster.endOffset,
                settings: ControllerSettings(staticConfig: [:]),
                now: cluster.now
            )
            cluster.proposal = try cluster.controller.activate(isInTransaction: false, now: cluster.now) { [] }
            precondition(cluster.proposal == nil && cluster.controller.suspectAll().count == Self.brokers.count)
        }
    }

    /// A broker is gone, which leads a third of all partitions and is in sync in all.
    private mutating func loseBroker() throws {
        now = now.adding(milliseconds: 500)
        guard let probe = suspected() else { preconditionFailure("nobody to lose") }
        for broker in Self.brokers where broker != probe.broker { try decide(heartbeat(broker)) }
        time("a broker with 100,000 replicas is lost: decided") { cluster in
            let effects = cluster.controller.probed(probe, isRefused: true, now: cluster.now)
            guard let proposal = effects.proposal else { preconditionFailure(effects.reason ?? "it was not fenced") }
            cluster.proposal = proposal
        }
        let batches = proposal?.batches ?? []
        Self.report("records of that decision", bytes: batches.joined().reduce(0) { $0 + $1.readableBytes })
        try time("a broker with 100,000 replicas is lost: read and published") { try $0.commit() }
        let led = loader.image.topics.values.reduce(0) { $0 + $1.partitions.values.count { $0.leader == probe.broker } }
        precondition(led == 0 && loader.image.brokers[probe.broker]?.isFenced == true, "it leads nothing")
    }

    /// One of those that the new controller suspects.
    private func suspected() -> BrokerProbe? {
        guard let broker = loader.image.brokers[Self.brokers.lowerBound] else { return nil }
        return BrokerProbe(broker: broker.id, epoch: broker.epoch, host: "h", port: 1)
    }

    // MARK: A log that commits at once

    private mutating func decide(_ request: some ControllerRequest) throws {
        try propose(request)
        try commit()
    }

    private mutating func propose(_ request: some ControllerRequest) throws {
        let version = type(of: request).schema.versions.upperBound
        let context = ControllerRequestContext(version: version, principal: "User:a", listener: "L")
        let effects = controller.handle(request, context, token: 0, nextOffset: endOffset, now: now, using: &random)
        if let reason = effects.reason { preconditionFailure(reason) }
        proposal = effects.proposal
    }

    private mutating func commit() throws {
        guard let proposal else { return }
        self.proposal = nil
        controller.proposed(at: endOffset)
        for batch in proposal.batches {
            endOffset += Int64(batch.count)
            let position = MetadataPosition(endOffset: endOffset, epoch: epoch, appendTime: WallTime(milliseconds: 0))
            try loader.take(batch, to: position)
        }
        _ = loader.publication()
        _ = controller.committed(to: endOffset)
    }

    // MARK: Requests

    private func registration(_ broker: Int32) -> BrokerRegistrationRequest {
        var request = BrokerRegistrationRequest()
        (request.brokerId, request.clusterId, request.rack) = (broker, "c", nil)
        request.incarnationId = KafkaUUID(high: 5, low: 1)
        request.previousBrokerEpoch = -1
        request.logDirs = [KafkaUUID(high: 9, low: UInt64(bitPattern: Int64(broker)))]
        var listener = BrokerRegistrationRequest.Listener()
        (listener.name, listener.host, listener.port) = ("L", "h", 1)
        request.listeners = [listener]
        var feature = BrokerRegistrationRequest.Feature()
        let level = MetadataVersion.latestStable.level
        (feature.name, feature.minSupportedVersion, feature.maxSupportedVersion) = (
            MetadataVersion.featureName, level, level
        )
        request.features = [feature]
        return request
    }

    private func heartbeat(_ broker: Int32) -> BrokerHeartbeatRequest {
        var request = BrokerHeartbeatRequest()
        request.brokerId = broker
        request.brokerEpoch = controller.view.brokers[broker]?.epoch ?? -1
        request.currentMetadataOffset = .max
        return request
    }

    // MARK: Figures

    private mutating func time(_ name: String?, _ body: (inout Self) throws -> Void) rethrows {
        let start = Micro.cpuNanos()
        try body(&self)
        let took = Micro.cpuNanos() - start
        if let name { print("{\"name\": \"\(name)\", \"nanoseconds\": \(took)}") }
    }

    private static func report(_ name: String, bytes: Int) { print("{\"name\": \"\(name)\", \"bytes\": \(bytes)}") }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = fread(&text, 1, text.count, file)
        let fields = String(decoding: text.prefix(count), as: UTF8.self).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
