import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// Connections to the brokers of a cluster, opened when they are first needed, and what is known of its members. Any thread may use it.
final class ClusterConnections: Sendable {
    private struct State {
        var connections: [BrokerAddress: EventLoopFuture<BrokerConnection>] = [:]
        /// Those of them that are being opened.
        var opening: [BrokerAddress: EventLoopPromise<BrokerConnection>] = [:]
        /// Those of them that are there; some may have closed meanwhile.
        var opened: [BrokerAddress: BrokerConnection] = [:]
        var directory = ClusterDirectory()
        var isClosed = false
    }

    let configuration: ClientConfiguration
    let world: World
    let logger: Logger
    private let group: any EventLoopGroup
    private let settings: ConnectionSettings
    private let security: ConnectionSecurity
    private let problems: ConfigurationProblems
    private let state = Mutex(State())

    init(_ configuration: ClientConfiguration, world: World, group: any EventLoopGroup, logger: Logger) {
        self.world = world
        self.configuration = configuration
        self.group = group
        self.logger = logger
        settings = configuration.connection
        security = ConnectionSecurity(settings, world)
        var problems = ConfigurationProblems()
        configuration.validate(&problems)
        self.problems = problems
    }

    /// Closes all connections; what is under way fails with `.closed`.
    func close() async {
        let (opening, opened) = state.withLock { state in
            state.isClosed = true
            defer { (state.connections, state.opening, state.opened) = ([:], [:], [:]) }
            // The answers of those that wait go out in an order.
            let opening = state.opening.sorted { "\($0.key)" < "\($1.key)" }.map(\.value)
            return (opening, state.opened.sorted { "\($0.key)" < "\($1.key)" }.map(\.value))
        }
        for promise in opening { promise.fail(Self.closedError) }
        for connection in opened { _ = try? await connection.close().get() }
    }

    private static let closedError = KafkaError(.closed, "the client was closed")

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
        try await retrying(timeout: timeout) { () async throws(KafkaError) in
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
        let began = world.time.now
        var random = world.random
        var schedule = RetrySchedule(
            first: configuration.retryBackoff,
            longest: configuration.retryBackoffMax,
            timeout: timeout ?? configuration.apiTimeout
        )
        while true {
            let failure: KafkaError
            do {
                return try await body()
            } catch {
                failure = error
            }
            let canRecover = failure.code != .unreachable || state.withLock { $0.directory.members != nil }
            guard failure.isRetriable, canRecover,
                let pause = schedule.next(
                    elapsed: .milliseconds(world.time.now.milliseconds(since: began)),
                    using: &random
                )
            else {
                throw failure
            }
            logger.debug("retrying a call", metadata: ["reason": "\(failure)", "pause": "\(pause)"])
            state.withLock { $0.directory.invalidate() }
            try await sleep(pause)
        }
    }

    private func sleep(_ duration: Duration) async throws(KafkaError) {
        do { try await world.time.sleep(for: duration) } catch { throw .taskCancelled }
    }

    // MARK: Members

    /// The members as they are now, asked for until an answer comes.
    func describe() async throws(KafkaError) -> ClusterDescription {
        try await retrying { () async throws(KafkaError) in try await self.refresh() }
    }

    private func refresh() async throws(KafkaError) -> ClusterDescription {
        // Version 0 knows no way to ask for no topic.
        learn(try await metadata([], mayCreate: false))
    }

    private func metadata(_ names: [String]?, mayCreate: Bool) async throws(KafkaError) -> MetadataResponse {
        let connection = try await self.connection(to: .any)
        return try await connection.send { Self.metadataRequest(names, mayCreate: mayCreate, $0) }
    }

    /// Each answer about topics names the members, too.
    @discardableResult
    private func learn(_ response: MetadataResponse) -> ClusterDescription {
        let members = ClusterDescription(response)
        state.withLock { $0.directory.learn(members) }
        return members
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
            Self.metadataRequest(names, mayCreate: mayCreate, version)
        } check: { (response: MetadataResponse) throws(KafkaError) in
            for topic in response.topics where names != nil && topic.errorCode.isRetriable {
                if mayCreate || topic.errorCode != .unknownTopicOrPartition { throw Self.refusal(topic) }
            }
        }
        learn(response)
        for topic in response.topics where names != nil && topic.errorCode != .none { throw Self.refusal(topic) }
        return response.topics
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
        let response = try await metadata(names, mayCreate: mayCreate)
        learn(response)
        return response.topics
    }

    private static func refusal(_ topic: MetadataResponse.MetadataResponseTopic) -> KafkaError {
        let isUnknown = topic.errorCode == .unknownTopicOrPartition
        return .refused(topic.errorCode, isUnknown ? "topic '\(topic.name ?? "")' does not exist" : nil)
    }

    private static func metadataRequest(_ names: [String]?, mayCreate: Bool, _ version: Int16) -> MetadataRequest {
        var request = MetadataRequest()
        request.topics = names?.map { name in
            var topic = MetadataRequest.MetadataRequestTopic()
            topic.name = name
            return topic
        }
        // Version 0 asks for all with an empty list, later ones with none.
        if version == 0, names == nil { request.topics = [] }
        if version >= 4 { request.allowAutoTopicCreation = mayCreate }
        return request
    }

    func coordinator(of group: String) async throws(KafkaError) -> Int32 {
        let wanted = Coordinated(kind: .group, name: group)
        if let known = state.withLock({ $0.directory.coordinator(of: wanted) }) { return known }
        return try await findCoordinator(of: wanted)
    }

    @discardableResult
    private func findCoordinator(of wanted: Coordinated) async throws(KafkaError) -> Int32 {
        let connection = try await anyConnection()
        if wanted.kind != .group, try connection.versions.version(of: FindCoordinatorRequest.schema) < 1 {
            throw KafkaError(.unsupported, "the broker does not support transactions")
        }
        let response: FindCoordinatorResponse = try await connection.send { version in
            var request = FindCoordinatorRequest()
            if version >= 1 { request.keyType = wanted.kind.rawValue }
            if version >= 4 { request.coordinatorKeys = [wanted.name] } else { request.key = wanted.name }
            return request
        }
        var node = response.nodeId
        if let entry = response.coordinators.first {
            try entry.errorCode.check(entry.errorMessage)
            node = entry.nodeId
        } else {
            try response.errorCode.check(response.errorMessage)
        }
        state.withLock { $0.directory.learn(node, coordinates: wanted) }
        return node
    }

    /// Somebody else may coordinate the group now.
    func forgetCoordinator(of group: String) {
        state.withLock { $0.directory.forgetCoordinator(of: Coordinated(kind: .group, name: group)) }
    }

    // MARK: Connections

    func connection(to target: RequestTarget) async throws(KafkaError) -> BrokerConnection {
        try problems.check()
        var isFresh = false
        while true {
            switch state.withLock({ $0.directory.step(to: target, isFresh: isFresh) }) {
            case .connect(let address): return try await open(address)
            case .connectToAny: return try await anyConnection()
            case .askForMembers:
                _ = try await refresh()
                isFresh = true
            case .askForCoordinator(let wanted): try await findCoordinator(of: wanted)
            case .refuse(let error): throw error
            }
        }
    }

    /// The connection to a broker, if there is one now.
    func openConnection(to broker: Int32) -> BrokerConnection? {
        state.withLock { state in
            guard let address = state.directory.members?.broker(broker)?.address,
                let connection = state.opened[address],
                connection.isOpen
            else { return nil }
            return connection
        }
    }

    /// A connection that is open, or else the first that opens: members before the bootstrap addresses.
    private func anyConnection() async throws(KafkaError) -> BrokerConnection {
        let bootstrap = configuration.bootstrapServers
        let (known, opened) = state.withLock { state in
            (state.directory.addresses(bootstrap: bootstrap), state.opened)
        }
        let first = known.lazy.compactMap { opened[$0] }.first(where: \.isOpen)
        if let first { return first }
        let others = opened.filter { $0.value.isOpen }
        if let other = others.min(by: { "\($0.key)" < "\($1.key)" }) { return other.value }
        let resolved = await bootstrapServers()
        let addresses = state.withLock { $0.directory.addresses(bootstrap: resolved) }
        var problems: [String] = []
        for address in addresses {
            do {
                return try await openWithRetry(address)
            } catch {
                // Another address would not help.
                if [.closed, .cancelled, .invalid, .unauthenticated].contains(error.code) { throw error }
                problems.append(error.message)
            }
        }
        throw KafkaError(.unreachable, problems.joined(separator: "; "))
    }

    /// A broker that closes a new connection is tried once more: it may be restarting.
    private func openWithRetry(_ address: BrokerAddress) async throws(KafkaError) -> BrokerConnection {
        do throws(KafkaError) { return try await open(address) } catch {
            if error.code != .connectionLost { throw error }
            try await sleep(configuration.retryBackoff)
            return try await open(address)
        }
    }

    private func bootstrapServers() async -> [BrokerAddress] {
        let named = configuration.bootstrapServers
        guard configuration.dnsLookup == .canonicalBootstrapServers else { return named }
        let network = world.network
        let canonical = try? await world.threads.shared.run {
            named.flatMap { CanonicalNames.of($0, network) }
        }
        return canonical ?? named
    }

    /// The connection to an address: there is one, and whoever needs it while it is being opened waits for the same.
    private func open(_ address: BrokerAddress) async throws(KafkaError) -> BrokerConnection {
        if let known = state.withLock({ $0.connections[address] }) { return try await usable(address, known) }
        let prepared = try await security.prepare()
        let loop = group.next()
        let (future, isNew) = try state.withLock { state throws(KafkaError) in
            if state.isClosed { throw Self.closedError }
            if let known = state.connections[address] { return (known, false) }
            let promise = loop.makePromise(of: BrokerConnection.self)
            state.connections[address] = promise.futureResult
            state.opening[address] = promise
            return (promise.futureResult, true)
        }
        if isNew {
            BrokerConnection.open(address, settings, prepared, world, on: group).whenComplete {
                self.opened(address, $0)
            }
        }
        return try await usable(address, future)
    }

    private func usable(
        _ address: BrokerAddress,
        _ future: EventLoopFuture<BrokerConnection>
    ) async throws(KafkaError) -> BrokerConnection {
        do {
            let connection = try await future.get()
            if connection.isOpen { return connection }
            await connection.ended()
            forget(address, future)
            return try await open(address)
        } catch let error as KafkaError {
            forget(address, future)
            throw error
        } catch {
            forget(address, future)
            throw KafkaError(.unreachable, "no broker at \(address): \(reason(of: error))")
        }
    }

    /// The end of an attempt. One that comes after `close` is not wanted any more.
    private func opened(_ address: BrokerAddress, _ result: Result<BrokerConnection, any Error>) {
        let promise = state.withLock { state in
            let promise = state.opening.removeValue(forKey: address)
            if promise != nil, case .success(let connection) = result { state.opened[address] = connection }
            return promise
        }
        if let promise {
            promise.completeWith(result)
        } else if case .success(let connection) = result {
            _ = connection.close()
        }
    }

    private func forget(_ address: BrokerAddress, _ future: EventLoopFuture<BrokerConnection>) {
        state.withLock { state in
            guard state.connections[address] === future else { return }
            (state.connections[address], state.opened[address]) = (nil, nil)
        }
    }
}
