import KafkaProtocol
import NIOCore
import TestSupport

@testable import ClusterMetadata

/// A controller and a loader over a log that commits when it is told to: what a node does with both, without a node.
struct ControllerRun {
    struct Batch {
        var values: [ByteBuffer]
        var firstOffset: Int64
        var endOffset: Int64
        var epoch: LeaderEpoch
        var kraftVersion: Int16?
    }

    var voters: [Int32] = []
    var settings = ControllerSettings(staticConfig: [:], clusterId: "c")
    var random: SeededGenerator
    var loader = MetadataLoader()
    var controller: ActiveController<Int>?
    var epoch: LeaderEpoch = 0
    /// All batches that were written; the first `committedCount` of them are committed.
    var log: [Batch] = []
    var committedCount = 0
    var requestCount = 0
    var publications: [MetadataLoader.Publication] = []
    var bootstrap: [MetadataRecord] = []
    var now = MonotonicTime(milliseconds: 1_000_000)

    init(seed: UInt64 = 7) { random = SeededGenerator(seed: seed) }

    var nextOffset: Int64 { log.last?.endOffset ?? 0 }

    mutating func write(_ values: [ByteBuffer], kraftVersion: Int16? = nil, count: Int64? = nil) {
        let first = nextOffset
        log.append(
            Batch(
                values: values,
                firstOffset: first,
                endOffset: first + (count ?? Int64(values.count)),
                epoch: epoch,
                kraftVersion: kraftVersion
            )
        )
    }

    // MARK: Leadership

    /// A new epoch, led by this node: what was written before is committed with its first batch.
    mutating func lead() throws -> ActiveController<Int>.Proposal? {
        epoch = LeaderEpoch(epoch.rawValue + 1)
        write([], count: 1)
        _ = try commit(log.count - committedCount)
        var new = ActiveController<Int>(
            epoch: epoch,
            image: loader.image,
            endOffset: loader.position.endOffset,
            settings: settings,
            now: now
        )
        let bootstrap = bootstrap
        let proposal = try new.activate(isInTransaction: loader.isInTransaction, now: now) { bootstrap }
        controller = new
        if let proposal { propose(proposal) }
        return proposal
    }

    /// - Parameter kept: so many batches that are not committed stay in the log; the next leader commits them.
    mutating func lose(kept: Int) -> [ActiveController<Int>.Answer] {
        log.removeSubrange(min(log.count, committedCount + kept)...)
        let answers = controller?.stop("the controller moved") ?? []
        controller = nil
        return answers
    }

    // MARK: Requests

    mutating func send(_ request: some ControllerRequest, version: Int16? = nil) -> (
        token: Int, effects: ActiveController<Int>.Effects
    )? {
        let version = version ?? type(of: request).schema.versions.upperBound
        let context = ControllerRequestContext(version: version, principal: "User:a", listener: "L")
        requestCount += 1
        guard var current = controller else { return nil }
        current.voters = voters
        let effects = current.handle(
            request,
            context,
            token: requestCount,
            nextOffset: nextOffset,
            now: now,
            using: &random
        )
        controller = current
        if let proposal = effects.proposal { propose(proposal) }
        return (requestCount, effects)
    }

    /// Decides on what is due by now.
    mutating func tick() -> ActiveController<Int>.Effects? {
        guard var current = controller else { return nil }
        let effects = current.tick(now: now)
        controller = current
        if let proposal = effects.proposal { propose(proposal) }
        return effects
    }

    /// A broker's address was tried.
    mutating func probed(_ broker: Int32, _ epoch: Int64, isRefused: Bool) -> ActiveController<Int>.Effects? {
        guard var current = controller else { return nil }
        let probe = BrokerProbe(broker: broker, epoch: epoch, host: "h", port: 1)
        let effects = current.probed(probe, isRefused: isRefused, now: now)
        controller = current
        if let proposal = effects.proposal { propose(proposal) }
        return effects
    }

    /// Registers a broker and unfences it.
    mutating func join(_ broker: Int32) {
        _ = send(Self.register(broker))
        _ = send(Self.heartbeat(broker, epoch: epoch(of: broker), offset: .max))
    }

    /// Of a broker's registration, with all that was proposed.
    func epoch(of broker: Int32) -> Int64 { controller?.view.brokers[broker]?.epoch ?? -1 }

    private mutating func propose(_ proposal: ActiveController<Int>.Proposal) {
        if let version = proposal.kraftVersion { write([], kraftVersion: version, count: 2) }
        let first = nextOffset
        for batch in proposal.batches { write(batch) }
        controller?.proposed(at: first)
    }

    // MARK: Commits

    /// Commits so many batches more.
    mutating func commit(_ count: Int = .max) throws -> [ActiveController<Int>.Answer] {
        let end = count > log.count - committedCount ? log.count : committedCount + count
        for batch in log[committedCount..<end] { try take(batch, &loader) }
        committedCount = end
        if let publication = loader.publication() { publications.append(publication) }
        return controller?.committed(to: loader.position.endOffset) ?? []
    }

    func take(_ batch: Batch, _ loader: inout MetadataLoader) throws {
        try loader.take(
            batch.values,
            kraftVersion: batch.kraftVersion,
            to: MetadataPosition(
                endOffset: batch.endOffset,
                epoch: batch.epoch,
                appendTime: WallTime(milliseconds: batch.firstOffset)
            )
        )
    }

    /// A loader that hears all that is committed at once.
    func replayed() throws -> MetadataLoader {
        var result = MetadataLoader()
        for batch in log.prefix(committedCount) { try take(batch, &result) }
        return result
    }
}

// MARK: Requests

extension ControllerRun {
    static func create(_ name: String, partitions: Int32 = 1, factor: Int16 = 1, validateOnly: Bool = false)
        -> CreateTopicsRequest
    {
        var topic = CreateTopicsRequest.CreatableTopic()
        (topic.name, topic.numPartitions, topic.replicationFactor) = (name, partitions, factor)
        var request = CreateTopicsRequest()
        (request.topics, request.validateOnly) = ([topic], validateOnly)
        return request
    }

    static func delete(_ name: String) -> DeleteTopicsRequest {
        var topic = DeleteTopicsRequest.DeleteTopicState()
        topic.name = name
        var request = DeleteTopicsRequest()
        request.topics = [topic]
        return request
    }

    static func grow(_ name: String, to count: Int32) -> CreatePartitionsRequest {
        var topic = CreatePartitionsRequest.CreatePartitionsTopic()
        (topic.name, topic.count, topic.assignments) = (name, count, nil)
        var request = CreatePartitionsRequest()
        request.topics = [topic]
        return request
    }

    static func set(_ topic: String, _ name: String, _ value: String) -> IncrementalAlterConfigsRequest {
        var config = IncrementalAlterConfigsRequest.AlterableConfig()
        (config.name, config.value) = (name, value)
        var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
        (resource.resourceType, resource.resourceName, resource.configs) = (2, topic, [config])
        var request = IncrementalAlterConfigsRequest()
        request.resources = [resource]
        return request
    }

    static func replace(_ topic: String, _ name: String, _ value: String) -> AlterConfigsRequest {
        var config = AlterConfigsRequest.AlterableConfig()
        (config.name, config.value) = (name, value)
        var resource = AlterConfigsRequest.AlterConfigsResource()
        (resource.resourceType, resource.resourceName, resource.configs) = (2, topic, [config])
        var request = AlterConfigsRequest()
        request.resources = [resource]
        return request
    }

    static func elect(_ topic: String, _ number: Int32, type: Int8) -> ElectLeadersRequest {
        var row = ElectLeadersRequest.TopicPartitions()
        (row.topic, row.partitions) = (topic, [number])
        var request = ElectLeadersRequest()
        (request.electionType, request.topicPartitions) = (type, [row])
        return request
    }

    static func ids(_ broker: Int32, epoch: Int64) -> AllocateProducerIdsRequest {
        var request = AllocateProducerIdsRequest()
        (request.brokerId, request.brokerEpoch) = (broker, epoch)
        return request
    }

    static func heartbeat(
        _ broker: Int32,
        epoch: Int64,
        offset: Int64,
        wantsFence: Bool = false,
        wantsShutDown: Bool = false
    ) -> BrokerHeartbeatRequest {
        var request = BrokerHeartbeatRequest()
        (request.brokerId, request.brokerEpoch, request.currentMetadataOffset) = (broker, epoch, offset)
        (request.wantFence, request.wantShutDown) = (wantsFence, wantsShutDown)
        return request
    }

    static func update(_ feature: String, _ level: Int16, type: Int8 = 1) -> UpdateFeaturesRequest {
        var update = UpdateFeaturesRequest.FeatureUpdateKey()
        (update.feature, update.maxVersionLevel, update.upgradeType) = (feature, level, type)
        var request = UpdateFeaturesRequest()
        request.featureUpdates = [update]
        return request
    }

    static func register(_ broker: Int32, incarnation: UInt64 = 1, previousEpoch: Int64 = -1)
        -> BrokerRegistrationRequest
    {
        var request = BrokerRegistrationRequest()
        (request.brokerId, request.clusterId, request.rack) = (broker, "c", nil)
        request.incarnationId = KafkaUUID(high: 5, low: incarnation)
        request.previousBrokerEpoch = previousEpoch
        request.logDirs = [KafkaUUID(high: 9, low: UInt64(bitPattern: Int64(broker)))]
        var listener = BrokerRegistrationRequest.Listener()
        (listener.name, listener.host, listener.port) = ("L", "h\(broker)", 9092)
        request.listeners = [listener]
        var feature = BrokerRegistrationRequest.Feature()
        (feature.name, feature.minSupportedVersion, feature.maxSupportedVersion) = ("metadata.version", 7, 33)
        request.features = [feature]
        return request
    }
}
