import KafkaProtocol
import KafkaRecords
import NIOCore
import NIOSSL
import Synchronization
import World

/// An open connection to one broker, whose API versions are known. Any thread may use it.
package final class BrokerConnection: Sendable {
    package static let softwareName = "ottla-swift"
    package static let softwareVersion = "0.1.0"

    package let address: BrokerAddress
    package let versions: ApiVersionTable
    let link: BrokerLink
    private let requestTimeout: TimeAmount
    private let isRetired = Atomic(false)

    private init(_ link: BrokerLink, _ versions: ApiVersionTable, requestTimeout: TimeAmount) {
        self.link = link
        self.address = link.address
        self.versions = versions
        self.requestTimeout = requestTimeout
    }

    /// Whether it is good for further requests.
    package var isOpen: Bool { link.channel.isActive && !isRetired.load(ordering: .relaxed) }

    /// Where its answers arrive.
    package var eventLoop: any EventLoop { link.channel.eventLoop }

    /// Whether nothing comes of it any more.
    var hasEnded: Bool { !link.channel.isActive }

    /// Connects, negotiates API versions, and authenticates.
    package static func open(
        _ address: BrokerAddress,
        _ settings: ConnectionSettings,
        _ security: ConnectionSecurity.Prepared,
        _ world: World,
        on group: any EventLoopGroup
    ) -> EventLoopFuture<BrokerConnection> {
        connect(address, settings, security, world, on: group).flatMap { link -> EventLoopFuture<BrokerConnection> in
            let timeout = TimeAmount(settings.requestTimeout)
            // A port that accepts connections and never answers is not a broker: found out within the connection timeout.
            let negotiated = negotiate(link, timeout: min(timeout, TimeAmount(settings.connectTimeout))).flatMap {
                versions in
                SASLHandshake(link, versions, timeout, world.threads.shared).authenticate(security).map { lifetime in
                    let connection = BrokerConnection(link, versions, requestTimeout: timeout)
                    if let lifetime { connection.retire(after: lifetime, world) }
                    return connection
                }
            }
            negotiated.whenFailure { _ in link.channel.close(promise: nil) }
            return negotiated
        }
    }

    /// Connects and asks for nothing: for those who know otherwise which versions the broker speaks, as a replica does by
    /// `metadata.version`.
    package static func openUnnegotiated(
        _ address: BrokerAddress,
        _ settings: ConnectionSettings,
        _ world: World,
        on loop: any EventLoop
    ) -> EventLoopFuture<BrokerConnection> {
        connect(address, settings, .plain, world, on: loop).map { link in
            BrokerConnection(
                link,
                ApiVersionTable(ApiVersionsResponse()),
                requestTimeout: TimeAmount(settings.requestTimeout)
            )
        }
    }

    private static func connect(
        _ address: BrokerAddress,
        _ settings: ConnectionSettings,
        _ security: ConnectionSecurity.Prepared,
        _ world: World,
        on group: any EventLoopGroup
    ) -> EventLoopFuture<BrokerLink> {
        let loop = group.next()
        let connecting = world.network.connect(
            host: address.host,
            port: address.port,
            on: loop,
            timeout: TimeAmount(settings.connectTimeout)
        ) { channel in
            channel.eventLoop.makeCompletedFuture { try prepare(channel, address, settings, security) }
        }
        return connecting.flatMapThrowing { channel -> BrokerLink in
            // It is gone when the other end has closed already.
            guard let handler = try? channel.pipeline.syncOperations.handler(type: ResponseHandler.self) else {
                throw security.closedAtOnce(by: address)
            }
            return BrokerLink(
                address: address,
                channel: channel,
                handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                clientId: settings.clientId
            )
        }.flatMapErrorThrowing { error in
            throw error as? KafkaError
                ?? KafkaError(.unreachable, "no broker at \(address): \(reason(of: error))")
        }
    }

    private static func prepare(
        _ channel: any Channel,
        _ address: BrokerAddress,
        _ settings: ConnectionSettings,
        _ security: ConnectionSecurity.Prepared
    ) throws {
        let options = channel.syncOptions
        try options?.setOption(.tcpOption(.tcp_nodelay), value: 1)
        if let limit = settings.unacknowledgedLimit {
            try options?.setOption(.tcpOption(.tcpUserTimeout), value: Int(limit.milliseconds))
            // Who only waits for an answer has sent nothing that could go unacknowledged: the system asks whether the other end is there.
            try options?.setOption(.socketOption(.so_keepalive), value: 1)
            try options?.setOption(.tcpOption(.tcpKeepIdle), value: max(1, Int(limit.components.seconds)))
            try options?.setOption(.tcpOption(.tcpKeepInterval), value: 1)
        }
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16384, maximum: 256 << 10)
        try options?.setOption(.recvAllocator, value: allocator)
        if let tls = security.tls {
            // Addresses are compared with that of the socket.
            let isName = (try? SocketAddress(ipAddress: address.host, port: address.port)) == nil
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: isName ? address.host : nil)
            )
        }
        try channel.pipeline.syncOperations.addHandler(
            ResponseHandler(address: address, maxBytes: settings.responseMaxBytes)
        )
    }

    /// A broker that doesn't know the version asked for answers with version 0 and what it knows.
    private static func negotiate(_ link: BrokerLink, timeout: TimeAmount) -> EventLoopFuture<ApiVersionTable> {
        @Sendable func ask(_ version: Int16) -> EventLoopFuture<ApiVersionsResponse> {
            var request = ApiVersionsRequest()
            if version >= 3 {
                request.clientSoftwareName = softwareName
                request.clientSoftwareVersion = softwareVersion
            }
            return link.send(request, version, timeout: timeout) { frame in
                let answer = try? BrokerConnection.decode(ApiVersionsResponse.self, frame, .apiVersions, version)
                if let answer, answer.errorCode != .unsupportedVersion { return answer }
                return try BrokerConnection.decode(ApiVersionsResponse.self, frame, .apiVersions, 0)
            }
        }
        return ask(3).flatMap { response in
            response.errorCode == .unsupportedVersion ? ask(0) : link.channel.eventLoop.makeSucceededFuture(response)
        }.flatMapThrowing { response in
            try response.errorCode.check()
            return ApiVersionTable(response)
        }
    }

    /// Sends the request that `make` builds for the version both sides speak.
    ///
    /// - Parameters:
    ///   - limit: the highest version that the caller knows to use.
    ///   - timeout: how long the answer may take, if not as long as is configured.
    ///   - make: has to leave fields alone that the version lacks.
    package func send<Request: RequestMessage>(
        limit: Int16 = .max,
        timeout: Duration? = nil,
        _ make: (_ version: Int16) -> Request
    ) async throws(KafkaError) -> Request.Response {
        let version = try versions.version(of: Request.schema, limit: limit)
        return try await answer(start(make(version), version, timeout: timeout))
    }

    /// Sends a request in the newest version that both sides know, at most `newest`.
    package func ask<Request: RequestMessage>(
        _ request: Request,
        newest: Int16 = .max,
        timeout: Duration
    ) -> EventLoopFuture<Request.Response> {
        do throws(KafkaError) {
            return start(request, try versions.version(of: Request.schema, limit: newest), timeout: timeout)
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
    }

    /// Sends a request; requests of one thread go out in the order of these calls.
    ///
    /// - Parameter batches: what `WireRecords.external` stands for, by id.
    package func start<Request: RequestMessage>(
        _ request: Request,
        _ version: Int16,
        _ batches: [SealedBatch] = [],
        timeout: Duration? = nil
    ) -> EventLoopFuture<Request.Response> {
        let timeout = timeout.map { TimeAmount($0) } ?? requestTimeout
        return link.send(request, version, batches, timeout: timeout) { [link] frame in
            guard let api = ApiKey(rawValue: Request.schema.key) else {
                throw KafkaError(.unsupported, "there is no API \(Request.schema.key)")
            }
            let response = try BrokerConnection.decode(Request.Response.self, frame, api, version)
            link.applyThrottle(response, api, version)
            return response
        }
    }

    /// Sends a request that is not answered; done when the socket has it, for which it has the time that answers have.
    package func startUnanswered<Request: RequestMessage>(
        _ request: Request,
        _ version: Int16,
        _ batches: [SealedBatch]
    ) -> EventLoopFuture<Void> {
        link.sendUnanswered(request, version, batches, timeout: requestTimeout)
    }

    /// Waits for an answer.
    package func answer<Response: Sendable>(_ future: EventLoopFuture<Response>) async throws(KafkaError) -> Response {
        do {
            return try await future.get()
        } catch let error as KafkaError {
            throw error
        } catch {
            throw KafkaError(.malformed, "\(address): \(reason(of: error))")
        }
    }

    /// Shortly before the SASL session expires no further request goes out here; pending ones are still answered, so that the order of requests
    /// holds. The next request opens another connection, instead of reauthenticating on this one as KIP-368 allows.
    private func retire(after lifetime: TimeAmount, _ world: World) {
        var random = world.random
        let time = TimeAmount.nanoseconds(
            Int64(Double(lifetime.nanoseconds) * .random(in: 0.85...0.95, using: &random))
        )
        link.channel.eventLoop.scheduleTask(in: time) { [weak self] in
            self?.isRetired.store(true, ordering: .relaxed)
            self?.link.handler.value.closeWhenIdle()
        }
    }

    /// Waits for the end of one that is good for nothing more.
    package func ended() async { try? await link.channel.closeFuture.get() }

    static func decode<Response: ResponseMessage>(
        _ type: Response.Type,
        _ frame: ByteBuffer,
        _ api: ApiKey,
        _ version: Int16
    ) throws(WireError) -> Response {
        var reader = WireReader(frame)
        _ = try ResponseHeader.decode(&reader, version: api.responseHeaderVersion(version))
        return try Response.decode(&reader, version: version)
    }

    package func close() -> EventLoopFuture<Void> {
        let closed = link.channel.closeFuture
        link.channel.eventLoop.execute { [link] in
            link.handler.value.fail(KafkaError(.closed, "the client was closed"))
        }
        return closed
    }
}
