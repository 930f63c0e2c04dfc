import KafkaProtocol
import Logging
import NIOCore
import NIOPosix
import World

/// Looks after a cluster: its topics, configurations, groups and members. Any thread may use it; `close` it, or use `withAdmin`.
public final class Admin: Sendable {
    let cluster: ClusterConnections

    /// - Parameters:
    ///   - eventLoopGroup: where its sockets live.
    ///   - logger: hears of retries at `debug`.
    public convenience init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "kafka.admin") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.init(configuration, world: .real, eventLoopGroup: eventLoopGroup, logger: logger)
    }

    package init(
        _ configuration: ClientConfiguration,
        world: World,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        cluster = ClusterConnections(configuration, world: world, group: eventLoopGroup, logger: logger)
    }

    /// Closes all connections.
    public func close() async { await cluster.close() }

    // MARK: The cluster

    /// The members of the cluster as they are now.
    ///
    /// - Throws: `KafkaError`, `.unreachable` when no broker of `bootstrapServers` is.
    public func describeCluster() async throws(KafkaError) -> ClusterDescription { try await cluster.describe() }

    /// The state of the metadata quorum (KIP-595, KIP-836).
    public func describeQuorum() async throws(KafkaError) -> QuorumDescription {
        let response: DescribeQuorumResponse = try await cluster.call(.controller) { _ in
            var topic = DescribeQuorumRequest.TopicData()
            topic.topicName = "__cluster_metadata"
            topic.partitions = [DescribeQuorumRequest.PartitionData()]
            var request = DescribeQuorumRequest()
            request.topics = [topic]
            return request
        } check: { (response) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        guard let partition = response.topics.first?.partitions.first else {
            throw KafkaError(.malformed, "the description of the quorum is empty")
        }
        try partition.errorCode.check(partition.errorMessage)
        return QuorumDescription(partition)
    }
}

extension Admin {
    /// The features that the cluster knows or has agreed on, by name (KIP-584).
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

    /// Agrees on other levels of features (KIP-584, KIP-778), all of them or none.
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

    /// Makes a controller a voter of the metadata quorum (KIP-853).
    ///
    /// - Parameters:
    ///   - directory: the id of its metadata directory.
    ///   - listeners: where it is reached, by the listener's name.
    public func addQuorumVoter(
        _ id: Int32,
        directory: KafkaUUID,
        listeners: [String: BrokerAddress]
    ) async throws(KafkaError) {
        let timeout = timeoutMillis
        _ = try await cluster.call(.controller) { _ in
            var request = AddRaftVoterRequest()
            (request.voterId, request.voterDirectoryId, request.timeoutMs) = (id, directory, timeout)
            request.listeners = listeners.sorted { $0.key < $1.key }.map { name, address in
                var listener = AddRaftVoterRequest.Listener()
                (listener.name, listener.host, listener.port) = (name, address.host, UInt16(clamping: address.port))
                return listener
            }
            return request
        } check: { (response: AddRaftVoterResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
    }

    /// Takes a controller's vote in the metadata quorum away (KIP-853).
    public func removeQuorumVoter(_ id: Int32, directory: KafkaUUID) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            var request = RemoveRaftVoterRequest()
            (request.voterId, request.voterDirectoryId) = (id, directory)
            return request
        } check: { (response: RemoveRaftVoterResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
    }

    /// Forgets a broker that will not come back (KIP-1025).
    public func unregisterBroker(_ id: Int32) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            var request = UnregisterBrokerRequest()
            request.brokerId = id
            return request
        } check: { (response: UnregisterBrokerResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
    }

    /// Forgets a controller that will not come back.
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

/// Which levels of a feature there are.
public struct FeatureDescription: Equatable, Sendable {
    /// Those that the broker that answered understands; nil when it doesn't know the feature.
    public var minLevel: Int16?
    public var maxLevel: Int16?
    /// What the cluster has agreed on; nil for nothing, which counts as level 0.
    public var finalizedLevel: Int16?

    public init(minLevel: Int16? = nil, maxLevel: Int16? = nil, finalizedLevel: Int16? = nil) {
        self.minLevel = minLevel
        self.maxLevel = maxLevel
        self.finalizedLevel = finalizedLevel
    }
}

/// In which direction a feature's level may change.
public enum FeatureChange: Int8, Sendable {
    case upgrade = 1
    /// Down, unless metadata would be lost.
    case safeDowngrade = 2
    /// Down in any case, if the cluster can do that.
    case unsafeDowngrade = 3
}

/// The nodes that keep the cluster's metadata.
public struct QuorumDescription: Equatable, Sendable {
    /// One of them, as the leader sees it.
    public struct Replica: Equatable, Sendable {
        public var id: Int32
        /// The end of its log.
        public var logEndOffset: Int64
        /// When it last had everything the leader had; milliseconds since 1970, nil when not known.
        public var lastCaughtUpMillis: Int64?

        init(_ state: DescribeQuorumResponse.ReplicaState) {
            id = state.replicaId
            logEndOffset = state.logEndOffset
            lastCaughtUpMillis = state.lastCaughtUpTimestamp >= 0 ? state.lastCaughtUpTimestamp : nil
        }
    }

    public var leaderId: Int32
    public var leaderEpoch: Int32
    public var highWatermark: Int64
    public var voters: [Replica]
    public var observers: [Replica]

    init(_ partition: DescribeQuorumResponse.PartitionData) {
        leaderId = partition.leaderId
        leaderEpoch = partition.leaderEpoch
        highWatermark = partition.highWatermark
        voters = partition.currentVoters.map(Replica.init)
        observers = partition.observers.map(Replica.init)
    }
}
