import CoreMetrics
import LogStorage
import Logging
import NIOCore
import World

/// The node's listening sockets.
enum Listeners {
    /// A port that is taken, before anything serves it.
    struct Socket {
        var endpoint: Endpoint
        var listener: any Listener

        /// - Throws: `ConfigurationError` when the address cannot be used.
        init(
            _ endpoint: Endpoint,
            _ network: any Network,
            buffers: SocketBuffers = SocketBuffers()
        ) throws(ConfigurationError) {
            self.endpoint = endpoint
            do throws(ListenError) {
                listener = try network.listen(host: endpoint.host, port: endpoint.port, buffers: buffers)
            } catch {
                throw Listeners.refusal(endpoint, error)
            }
        }
    }

    private static func refusal(_ endpoint: Endpoint, _ error: ListenError) -> ConfigurationError {
        switch error.kind {
        case .unresolved:
            ConfigurationError(
                "cannot listen on \(endpoint): the host has no address (\(error.reason)); use a name or an address of this machine"
            )
        case .refused:
            ConfigurationError("cannot listen on \(endpoint): \(error.reason); choose another address or port")
        }
    }

    /// The sockets of a node that is about to start.
    struct Bound {
        var clients: [Socket]
        var controllers: [Socket] = []
        var metrics: Socket?
    }

    /// Takes all ports, before a node touches its directories.
    ///
    /// - Throws: `ConfigurationError` when an address cannot be used.
    static func bind(_ config: BrokerConfig, _ network: any Network) throws(ConfigurationError) -> Bound {
        var clients: [Socket] = []
        for endpoint in config.listeners {
            clients.append(try Socket(endpoint, network, buffers: config.socketBuffers))
        }
        var controllers: [Socket] = []
        for endpoint in config.controllerListeners { controllers.append(try Socket(endpoint, network)) }
        guard let address = config.metricsListener else { return Bound(clients: clients, controllers: controllers) }
        let endpoint = Endpoint(listener: "metrics", host: address.host, port: address.port)
        return Bound(clients: clients, controllers: controllers, metrics: try Socket(endpoint, network))
    }

    /// What clients are told: `advertised.listeners`, or where the sockets are.
    static func advertised(_ config: BrokerConfig, _ sockets: [Socket], _ network: any Network) -> [Endpoint] {
        sockets.map { socket in
            let advertised = (config.advertised + config.controllerEndpoints).first {
                $0.listener == socket.endpoint.listener
            }
            var endpoint = advertised ?? socket.endpoint
            if advertised == nil || endpoint.port == 0 { endpoint.port = socket.listener.port }
            if endpoint.isEveryInterface { endpoint.host = network.hostName }
            return endpoint
        }
    }

    /// Begins to take connections.
    static func serve(
        _ services: ConnectionServices,
        _ sockets: [Socket],
        eventLoops: any EventLoopGroup
    ) throws(ConfigurationError) -> [any Server] {
        var servers: [any Server] = []
        for socket in sockets {
            let listener = socket.endpoint.listener
            servers.append(try serve(socket, eventLoops) { channel in accept(channel, services, listener) })
        }
        return servers
    }

    static func serveMetrics(
        _ socket: Socket,
        eventLoops: any EventLoopGroup,
        on worker: any Worker,
        _ text: @escaping @Sendable () -> String
    ) throws(ConfigurationError) -> any Server {
        try serve(socket, eventLoops) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(MetricsHandler(on: worker, text: text))
            }
        }
    }

    private static func serve(
        _ socket: Socket,
        _ loops: any EventLoopGroup,
        _ accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws(ConfigurationError) -> any Server {
        do throws(ListenError) { return try socket.listener.serve(on: loops, accept: accept) } catch {
            throw refusal(socket.endpoint, error)
        }
    }

    private static func configure(_ channel: any Channel) throws {
        let options = channel.syncOptions
        try options?.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try options?.setOption(.socketOption(.so_keepalive), value: 1)
        try options?.setOption(.allowRemoteHalfClosure, value: true)
        try options?.setOption(.maxMessagesPerRead, value: 4)
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 64 * 1024)
        try options?.setOption(.recvAllocator, value: allocator)
    }

    private static func accept(_ channel: any Channel, _ services: ConnectionServices, _ listener: String)
        -> EventLoopFuture<Void>
    {
        let host = channel.remoteAddress?.ipAddress ?? "unknown"
        switch services.connections.admit(host: host) {
        case .admitted: break
        case .refused(let reason):
            services.metrics.refusedConnections.increment()
            services.closeLog.note(peer: host, reason: reason)
            return channel.close()
        case .noFiles:
            services.metrics.refusedConnections.increment()
            services.files.connectionWasRefused()
            return channel.close()
        }
        services.metrics.acceptedConnections.increment()
        channel.closeFuture.whenComplete { _ in services.connections.release(host: host) }
        return channel.eventLoop.makeCompletedFuture {
            try configure(channel)
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(services: services, listener: listener, remoteHost: host)
            )
        }
    }
}
