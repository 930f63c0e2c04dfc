import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import World

/// A cluster as its clients see it: knows who has to answer a request, asks them, and asks again while a failure passes. Any thread may use it.
final class ClusterClient: Sendable {
    let configuration: ClientConfiguration
    let world: World
    let logger: Logger
    let metadata: MetadataCache
    let pool: ConnectionPool
    private let retries: Retries
    private let problems: ConfigurationProblems

    /// - Parameter metadata: that of another client of the same cluster, which has connections of its own; nil is a new one.
    init(
        _ configuration: ClientConfiguration,
        world: World,
        group: any EventLoopGroup,
        logger: Logger,
        metadata: MetadataCache? = nil
    ) {
        self.world = world
        self.configuration = configuration
        self.logger = logger
        self.metadata = metadata ?? MetadataCache(configuration, world, on: group.next())
        pool = ConnectionPool(configuration.connection, world, on: group)
        retries = Retries(configuration, world, logger)
        var problems = ConfigurationProblems()
        configuration.validate(&problems)
        self.problems = problems
    }

    /// Whether controllers are asked instead of brokers (KIP-919).
    var asksControllers: Bool { !configuration.bootstrapControllers.isEmpty }

    /// Closes all connections; what is under way fails with `.closed`.
    func close() async { await pool.close() }

    // MARK: Requests

    /// Sends a request to the target and answers with what came back. Repeats it while the failure is one that passes, until the time for
    /// a call is over.
    ///
    /// - Parameters:
    ///   - limit: the highest version that the caller knows to use.
    ///   - make: builds the request; has to leave fields alone that the version lacks.
    ///   - timeout: how long to try, if not as long as is configured.
    ///   - check: throws when the answer as a whole is an error.
    func call<Request: RequestMessage>(
        _ target: RequestTarget,
        limit: Int16 = .max,
        timeout: Duration? = nil,
        _ make: (_ version: Int16) -> Request,
        check: (Request.Response) throws(KafkaError) -> Void = { _ in }
    ) async throws(KafkaError) -> Request.Response {
        if asksControllers { try ControllerRequests.check(Request.schema) }
        return try await retrying(timeout: timeout) { () async throws(KafkaError) in
            let connection = try await self.connection(to: target)
            let response = try await connection.send(limit: limit, make)
            try check(response)
            return response
        }
    }

    /// Runs a call again while it fails with what passes. A cluster of which no broker was ever reached is not waited for.
    func retrying<Result>(
        timeout: Duration? = nil,
        _ body: () async throws(KafkaError) -> Result
    ) async throws(KafkaError) -> Result {
        try await retries.run(
            timeout: timeout,
            mayPass: { failure in
                metadata.withLock { metadata in
                    metadata.directory.invalidate()
                    return failure.code != .unreachable || metadata.directory.members != nil
                }
            },
            body
        )
    }

    // MARK: Metadata

    /// The members as they are now, asked for until an answer comes.
    func describe() async throws(KafkaError) -> ClusterDescription {
        try await retrying { () async throws(KafkaError) in try await self.askForMembers() }
    }

    private func askForMembers() async throws(KafkaError) -> ClusterDescription {
        if asksControllers { return try await askForControllers() }
        // Version 0 knows no way to ask for no topic.
        return metadata.learn(try await ask([], mayCreate: false), areNamed: false)
    }

    private func askForControllers() async throws(KafkaError) -> ClusterDescription {
        let response = try await connection(to: .any).send { ControllerRequests.describeCluster(version: $0) }
        let members = try ControllerRequests.members(response)
        metadata.withLock { $0.directory.learn(members) }
        return members
    }

    private func ask(_ names: [String]?, mayCreate: Bool) async throws(KafkaError) -> MetadataResponse {
        let connection = try await connection(to: .any)
        return try await connection.send { MetadataRequest.topics(names, mayCreate: mayCreate, version: $0) }
    }

    /// What the cluster knows of topics.
    ///
    /// - Parameters:
    ///   - names: nil is all.
    ///   - mayCreate: whether brokers may make those that don't exist; then they are waited for.
    /// - Throws: `.refused` for the first of the names that cannot be described.
    func topics(
        _ names: [String]?,
        mayCreate: Bool = false
    ) async throws(KafkaError) -> [MetadataResponse.MetadataResponseTopic] {
        let response = try await call(.any) { version in
            MetadataRequest.topics(names, mayCreate: mayCreate, version: version)
        } check: { (response: MetadataResponse) throws(KafkaError) in
            for topic in response.topics where names != nil && topic.errorCode.isRetriable {
                if mayCreate || topic.errorCode != .unknownTopicOrPartition { throw topic.refusal }
            }
        }
        metadata.learn(response, areNamed: names != nil)
        for topic in response.topics where names != nil && topic.errorCode != .none { throw topic.refusal }
        return response.topics
    }

    /// Learns the partitions of a topic. Many tasks that begin to send to it ask once.
    ///
    /// - Parameter mayCreate: whether brokers may make it.
    /// - Throws: as `topics` does.
    func locate(_ topic: String, mayCreate: Bool) async throws(KafkaError) {
        try await metadata.questions.answer(to: .topic(topic)) { () async throws(KafkaError) in
            // Somebody may have asked meanwhile.
            if self.metadata.withLock({ $0.topics.count(of: topic) }) != nil { return }
            _ = try await self.topics([topic], mayCreate: mayCreate)
        }
    }

    /// What the cluster knows of topics now, each with its error; asked once.
    ///
    /// - Parameters:
    ///   - names: nil is all.
    ///   - mayCreate: whether brokers may make those that don't exist.
    func describeOnce(
        _ names: [String]?,
        mayCreate: Bool = false
    ) async throws(KafkaError) -> [MetadataResponse.MetadataResponseTopic] {
        let response = try await ask(names, mayCreate: mayCreate)
        metadata.learn(response, areNamed: names != nil)
        return response.topics
    }

    /// Takes the addresses that a broker gave with who leads a partition now (KIP-951).
    func learn(_ brokers: [Broker]) { metadata.withLock { $0.directory.learn(brokers) } }

    // MARK: Coordinators

    /// The broker that coordinates a group.
    func coordinator(of group: String) async throws(KafkaError) -> Int32 {
        let wanted = Coordinated(kind: .group, name: group)
        if let known = metadata.withLock({ $0.directory.coordinator(of: wanted) }) { return known }
        return try await findCoordinator(of: wanted)
    }

    @discardableResult
    private func findCoordinator(of wanted: Coordinated) async throws(KafkaError) -> Int32 {
        let connection = try await connection(to: .any)
        try CoordinatorLookup.check(wanted, connection.versions)
        let response = try await connection.send { CoordinatorLookup.request(wanted, $0) }
        let broker = try CoordinatorLookup.coordinator(in: response)
        metadata.withLock { $0.directory.learn(broker, coordinates: wanted) }
        return broker
    }

    /// Somebody else may coordinate the group now.
    func forgetCoordinator(of group: String) {
        metadata.withLock { $0.directory.forgetCoordinator(of: Coordinated(kind: .group, name: group)) }
    }

    // MARK: Connections

    /// An open connection to who has to answer, once that is known.
    func connection(to target: RequestTarget) async throws(KafkaError) -> BrokerConnection {
        try problems.check()
        var isFresh = false
        while true {
            switch metadata.withLock({ $0.directory.step(to: target, isFresh: isFresh) }) {
            case .connect(let address): return try await pool.connection(to: address)
            case .connectToAny: return try await anyConnection()
            case .askForMembers:
                try await metadata.questions.answer(to: .members) { () async throws(KafkaError) in
                    _ = try await self.askForMembers()
                }
                isFresh = true
            case .askForCoordinator(let wanted): try await findCoordinator(of: wanted)
            case .refuse(let error): throw error
            }
        }
    }

    /// The connection to a broker, if there is one now.
    func openConnection(to broker: Int32) -> BrokerConnection? {
        metadata.withLock { $0.address(of: broker) }.flatMap { pool.openConnection(to: $0) }
    }

    /// A connection that is open, or else the first that opens: members before the bootstrap addresses.
    private func anyConnection() async throws(KafkaError) -> BrokerConnection {
        let known = addresses(bootstrap: namedAddresses)
        if let open = pool.anyOpenConnection(preferring: known) { return open }
        let all = addresses(bootstrap: await bootstrapServers())
        var problems: [String] = []
        for address in pool.readyFirst(all) {
            do {
                let connection = try await openTwice(address)
                try ControllerRequests.check(connection.versions, of: address, isController: asksControllers)
                return connection
            } catch {
                // Another address would not help.
                if [.closed, .cancelled, .invalid, .unauthenticated].contains(error.code) { throw error }
                problems.append(error.message)
            }
        }
        throw KafkaError(.unreachable, problems.joined(separator: "; "))
    }

    private var namedAddresses: [BrokerAddress] {
        asksControllers ? configuration.bootstrapControllers : configuration.bootstrapServers
    }

    private func addresses(bootstrap: [BrokerAddress]) -> [BrokerAddress] {
        metadata.withLock { $0.directory.addresses(bootstrap: bootstrap) }
    }

    /// A broker that closes a new connection is tried once more: it may be restarting.
    private func openTwice(_ address: BrokerAddress) async throws(KafkaError) -> BrokerConnection {
        do throws(KafkaError) { return try await pool.connection(to: address) } catch {
            if error.code != .connectionLost { throw error }
            return try await pool.connection(to: address)
        }
    }

    private func bootstrapServers() async -> [BrokerAddress] {
        let named = namedAddresses
        guard configuration.dnsLookup == .canonicalBootstrapServers else { return named }
        let network = world.network
        let canonical = try? await world.threads.shared.run {
            named.flatMap { CanonicalNames.of($0, network) }
        }
        return canonical ?? named
    }
}
