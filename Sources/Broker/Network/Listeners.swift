import CoreMetrics
import Glibc
import LogStorage
import Logging
import NIOCore
import NIOPosix

/// The node's listening sockets.
enum Listeners {
    /// The sockets of a node that is about to start.
    struct Bound {
        var clients: [ListeningSocket]
        var metrics: ListeningSocket?
    }

    /// Takes all ports, before a node touches its directories.
    ///
    /// - Throws: `ConfigurationError` when an address cannot be used.
    static func bind(_ config: BrokerConfig) throws(ConfigurationError) -> Bound {
        var clients: [ListeningSocket] = []
        for endpoint in config.listeners {
            clients.append(try ListeningSocket(endpoint, buffers: config.socketBuffers))
        }
        guard let address = config.metricsListener else { return Bound(clients: clients) }
        let endpoint = Endpoint(listener: "metrics", host: address.host, port: address.port)
        return Bound(clients: clients, metrics: try ListeningSocket(endpoint))
    }

    /// What clients are told: `advertised.listeners`, or where the sockets are.
    static func advertised(_ config: BrokerConfig, _ bound: Bound) -> [Endpoint] {
        bound.clients.map { socket in
            let advertised = config.advertised.first { $0.listener == socket.endpoint.listener }
            var endpoint = advertised ?? socket.endpoint
            if advertised == nil || endpoint.port == 0 { endpoint.port = socket.port }
            if endpoint.isEveryInterface { endpoint.host = hostName() }
            return endpoint
        }
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Begins to take connections.
    static func serve(
        _ node: Node,
        _ bound: Bound,
        eventLoops: MultiThreadedEventLoopGroup,
        metricsText: @escaping @Sendable () -> String
    ) throws(ConfigurationError) -> [any Channel] {
        var servers: [any Channel] = []
        for socket in bound.clients {
            let listener = socket.endpoint.listener
            let bootstrap = ServerBootstrap(group: eventLoops)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 64 * 1024)
                )
                .childChannelInitializer { channel in accept(channel, node, listener) }
            servers.append(try serve(socket, bootstrap))
        }
        if let socket = bound.metrics {
            let bootstrap = ServerBootstrap(group: eventLoops)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(MetricsHandler(text: metricsText))
                    }
                }
            servers.append(try serve(socket, bootstrap))
        }
        return servers
    }

    private static func serve(_ socket: ListeningSocket, _ bootstrap: ServerBootstrap) throws(ConfigurationError)
        -> any Channel
    {
        let descriptor = socket.take()
        do {
            let server = try bootstrap.withBoundSocket(descriptor).wait()
            // The bootstrap has set a shorter queue.
            listen(descriptor, ListeningSocket.backlog)
            return server
        } catch let error as IOError {
            throw ListeningSocket.refusal(socket.endpoint, error.errnoCode)
        } catch {
            throw ConfigurationError("cannot listen on \(socket.endpoint); choose another address or port")
        }
    }

    private static func accept(_ channel: any Channel, _ node: Node, _ listener: String) -> EventLoopFuture<Void> {
        let host = channel.remoteAddress?.ipAddress ?? "unknown"
        switch node.connections.admit(host: host) {
        case .admitted: break
        case .refused(let reason):
            node.metrics.refusedConnections.increment()
            node.closeLog.note(peer: host, reason: reason, logger: node.logger)
            return channel.close()
        case .noFiles:
            node.metrics.refusedConnections.increment()
            node.files.connectionWasRefused()
            return channel.close()
        }
        node.metrics.acceptedConnections.increment()
        channel.closeFuture.whenComplete { _ in node.connections.release(host: host) }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(node: node, listener: listener, remoteHost: host)
            )
        }
    }
}
