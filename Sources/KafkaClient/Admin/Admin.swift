import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import NIOPosix
import World

/// Administers a cluster: topics, partitions, configurations, groups, ACLs, quotas, features. Safe to use from any thread; `close` it, or use `withAdmin`.
public final class Admin: Sendable {
    let cluster: ClusterClient

    /// - Parameters:
    ///   - eventLoopGroup: the event loops of its connections.
    ///   - logger: logs retries at `debug`.
    public convenience init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "kafka.admin") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.init(configuration, world: .real, eventLoopGroup: eventLoopGroup, logger: logger)
    }

    package convenience init(
        _ configuration: ClientConfiguration,
        world: World,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        self.init(ClusterClient(configuration, world: world, group: eventLoopGroup, logger: logger))
    }

    init(_ cluster: ClusterClient) { self.cluster = cluster }

    /// Closes all connections.
    public func close() async { await cluster.close() }

    // MARK: The cluster

    /// The cluster's id, brokers and controller; with `bootstrapControllers` the controllers.
    ///
    /// - Throws: `KafkaError`, `.unreachable` when nobody of `bootstrapServers` or `bootstrapControllers` is.
    public func describeCluster() async throws(KafkaError) -> ClusterDescription { try await cluster.describe() }

    /// The state of the metadata quorum (KIP-595, KIP-836).
    public func describeQuorum() async throws(KafkaError) -> QuorumDescription {
        let response: DescribeQuorumResponse = try await cluster.call(.controller) { _ in
            DescribeQuorumRequest.ofMetadata
        } check: { (response) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
            // A broker looks for the leader itself; of controllers another one may lead, or is registered, a moment later.
            guard cluster.asksControllers, let partition = response.topics.first?.partitions.first else { return }
            try partition.errorCode.check(partition.errorMessage)
        }
        guard let partition = response.topics.first?.partitions.first else {
            throw KafkaError(.malformed, "the response has no entry for __cluster_metadata")
        }
        try partition.errorCode.check(partition.errorMessage)
        return QuorumDescription(partition, response.nodes)
    }
}

extension DescribeQuorumRequest {
    static var ofMetadata: DescribeQuorumRequest {
        var topic = DescribeQuorumRequest.TopicData()
        topic.topicName = "__cluster_metadata"
        topic.partitions = [DescribeQuorumRequest.PartitionData()]
        var request = DescribeQuorumRequest()
        request.topics = [topic]
        return request
    }
}

extension Admin {
    /// The supported and finalized features, by name (KIP-584).
    public func describeFeatures() async throws(KafkaError) -> [String: FeatureDescription] {
        let response: ApiVersionsResponse = try await cluster.call(.any) { version in
            var request = ApiVersionsRequest()
            if version >= 3 {
                request.clientSoftwareName = BrokerConnection.softwareName
                request.clientSoftwareVersion = BrokerConnection.softwareVersion
            }
            return request
        } check: { (response) throws(KafkaError) in
            try response.errorCode.check()
        }
        var result: [String: FeatureDescription] = [:]
        for feature in response.supportedFeatures {
            result[feature.name, default: FeatureDescription()].minLevel = feature.minVersion
            result[feature.name, default: FeatureDescription()].maxLevel = feature.maxVersion
        }
        for feature in response.finalizedFeatures {
            result[feature.name, default: FeatureDescription()].finalizedLevel = feature.maxVersionLevel
        }
        return result
    }

    /// Changes the finalized levels of features (KIP-584, KIP-778), all or none.
    public func updateFeatures(
        _ levels: [String: Int16],
        _ change: FeatureChange = .upgrade,
        validateOnly: Bool = false
    ) async throws(KafkaError) {
        let timeout = timeoutMillis
        _ = try await cluster.call(.controller) { version in
            var request = UpdateFeaturesRequest()
            request.timeoutMs = timeout
            if version >= 1 { request.validateOnly = validateOnly }
            request.featureUpdates = levels.sorted { $0.key < $1.key }.map { name, level in
                var update = UpdateFeaturesRequest.FeatureUpdateKey()
                update.feature = name
                update.maxVersionLevel = level
                if version >= 1 {
                    update.upgradeType = change.rawValue
                } else {
                    update.allowDowngrade = change != .upgrade
                }
                return update
            }
            return request
        } check: { (response: UpdateFeaturesResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
            for result in response.results { try result.errorCode.check(result.errorMessage) }
        }
    }

    /// Unregisters a broker that will not come back (KIP-1025).
    public func unregisterBroker(_ id: Int32) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            var request = UnregisterBrokerRequest()
            request.brokerId = id
            return request
        } check: { (response: UnregisterBrokerResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
    }

    /// Unregisters a controller that will not come back (KIP-1312). One that runs registers again.
    ///
    /// - Throws: `.refused` with CONTROLLER_ID_NOT_REGISTERED, with INVALID_REQUEST for a voter of the metadata quorum, with
    ///   UNSUPPORTED_VERSION below `metadata.version` 33 (4.4-IV2).
    public func unregisterController(_ id: Int32) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            var request = UnregisterControllerRequest()
            request.controllerId = id
            return request
        } check: { (response: UnregisterControllerResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
    }
}

/// Runs `body` with an admin client that is closed afterwards.
public func withAdmin<Result>(
    _ configuration: ClientConfiguration,
    _ body: (Admin) async throws(KafkaError) -> Result
) async throws(KafkaError) -> Result {
    let admin = Admin(configuration)
    do throws(KafkaError) {
        let result = try await body(admin)
        await admin.close()
        return result
    } catch {
        await admin.close()
        throw error
    }
}

/// A feature's supported and finalized levels.
public struct FeatureDescription: Equatable, Sendable {
    /// Supported by the broker that answered; nil when it does not know the feature.
    public var minLevel: Int16?
    public var maxLevel: Int16?
    /// Finalized in the cluster; nil counts as level 0.
    public var finalizedLevel: Int16?

    public init(minLevel: Int16? = nil, maxLevel: Int16? = nil, finalizedLevel: Int16? = nil) {
        self.minLevel = minLevel
        self.maxLevel = maxLevel
        self.finalizedLevel = finalizedLevel
    }
}

/// How a feature's level may change.
public enum FeatureChange: Int8, Sendable {
    case upgrade = 1
    /// Downgrade, refused when metadata would be lost.
    case safeDowngrade = 2
    /// Downgrade even when metadata is lost, if the cluster supports that.
    case unsafeDowngrade = 3
}

/// The metadata quorum.
public struct QuorumDescription: Equatable, Sendable {
    /// A replica of the metadata log, as the leader sees it.
    public struct Replica: Equatable, Sendable {
        public var id: Int32
        /// The id of its metadata directory; nil where the cluster does not say, as for voters while `kraft.version` is 0.
        public var directory: KafkaUUID?
        /// Its log end offset.
        public var logEndOffset: Int64
        /// When it was last caught up with the leader; milliseconds since 1970, nil when unknown.
        public var lastCaughtUpMillis: Int64?
        /// When it last asked the leader for more; milliseconds since 1970, nil when unknown.
        public var lastFetchMillis: Int64?
        /// Where its controller is reached, as `LISTENER://host:port`; empty for observers, and where the cluster does not say.
        public var addresses: [String]

        init(_ state: DescribeQuorumResponse.ReplicaState, _ nodes: [DescribeQuorumResponse.Node]) {
            id = state.replicaId
            directory = state.replicaDirectoryId == .zero ? nil : state.replicaDirectoryId
            // Before it has fetched from this leader, nothing is known of it.
            logEndOffset = state.logEndOffset
            lastCaughtUpMillis = state.lastCaughtUpTimestamp >= 0 ? state.lastCaughtUpTimestamp : nil
            lastFetchMillis = state.lastFetchTimestamp >= 0 ? state.lastFetchTimestamp : nil
            let listeners = nodes.first { $0.nodeId == state.replicaId }?.listeners ?? []
            addresses = listeners.map { listener in
                let host = listener.host.contains(":") ? "[\(listener.host)]" : listener.host
                return "\(listener.name)://\(host):\(listener.port)"
            }
        }
    }

    public var leaderId: Int32
    public var leaderEpoch: Int32
    public var highWatermark: Int64
    public var voters: [Replica]
    public var observers: [Replica]

    init(_ partition: DescribeQuorumResponse.PartitionData, _ nodes: [DescribeQuorumResponse.Node] = []) {
        leaderId = partition.leaderId
        leaderEpoch = partition.leaderEpoch
        highWatermark = partition.highWatermark
        voters = partition.currentVoters.map { Replica($0, nodes) }
        observers = partition.observers.map { Replica($0, nodes) }
    }
}
