import CoreMetrics
import Glibc
import LogStorage
import Logging
import NIOCore
import NIOPosix

/// The node's listening sockets.
enum Listeners {
    /// A socket that has its port but takes no connections yet.
    struct Bound {
        var endpoint: Endpoint
        var port: Int
        var descriptor: NIOBSDSocket.Handle
    }

    /// Takes the ports of all listeners.
    ///
    /// - Throws: `ConfigurationError` when an address cannot be used.
    static func bind(_ config: BrokerConfig, eventLoops: any EventLoopGroup) throws -> [Bound] {
        try config.listeners.map { endpoint in
            let host = endpoint.host.isEmpty ? "0.0.0.0" : endpoint.host
            do {
                let address = try SocketAddress.makeAddressResolvingHost(host, port: endpoint.port)
                return try bind(endpoint, address)
            } catch let error as IOError {
                throw ConfigurationError(
                    "cannot listen on \(endpoint): \(String(cString: strerror(error.errnoCode))); choose another address or port"
                )
            } catch let error as SocketAddressError {
                throw ConfigurationError("cannot listen on \(endpoint): \(error)")
            }
        }
    }

    private static func bind(_ endpoint: Endpoint, _ address: SocketAddress) throws -> Bound {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let result = address.withSockAddr { pointer, size in Glibc.bind(descriptor, pointer, socklen_t(size)) }
        guard result == 0, listen(descriptor, 1024) == 0 else {
            let code = errno
            close(descriptor)
            throw IOError(errnoCode: code, reason: "bind")
        }
        return Bound(endpoint: endpoint, port: port(of: descriptor) ?? endpoint.port, descriptor: descriptor)
    }

    private static func port(of descriptor: Int32) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return nil }
        // The port is at the same place, in network order, for both families.
        return withUnsafeBytes(of: &storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    /// What clients are told: `advertised.listeners`, or where the sockets are.
    static func advertised(_ config: BrokerConfig, _ bound: [Bound]) -> [Endpoint] {
        bound.map { entry in
            if var advertised = config.advertised.first(where: { $0.listener == entry.endpoint.listener }) {
                if advertised.port == 0 { advertised.port = entry.port }
                return advertised
            }
            var endpoint = entry.endpoint
            endpoint.port = entry.port
            if endpoint.host.isEmpty || endpoint.host == "0.0.0.0" || endpoint.host == "::" {
                endpoint.host = hostName()
            }
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
        _ bound: [Bound],
        eventLoops: MultiThreadedEventLoopGroup,
        metricsText: @escaping @Sendable () -> String
    ) throws -> [any Channel] {
        var servers: [any Channel] = []
        for entry in bound {
            let listener = entry.endpoint.listener
            let bootstrap = ServerBootstrap(group: eventLoops)
                .serverChannelOption(.backlog, value: 1024)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 4)
                .childChannelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 64 * 1024)
                )
                .childChannelInitializer { channel in accept(channel, node, listener) }
            servers.append(try bootstrap.withBoundSocket(entry.descriptor).wait())
        }
        if let address = node.config.metricsListener {
            let bootstrap = ServerBootstrap(group: eventLoops)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(MetricsHandler(text: metricsText))
                    }
                }
            do {
                servers.append(
                    try bootstrap.bind(host: address.host.isEmpty ? "0.0.0.0" : address.host, port: address.port).wait()
                )
            } catch {
                throw ConfigurationError("cannot listen for metrics on \(address.host):\(address.port): \(error)")
            }
        }
        return servers
    }

    private static func accept(_ channel: any Channel, _ node: Node, _ listener: String) -> EventLoopFuture<Void> {
        let host = channel.remoteAddress?.ipAddress ?? "unknown"
        if let reason = node.connections.admit(host: host) {
            node.metrics.refusedConnections.increment()
            node.closeLog.note(peer: host, reason: reason, logger: node.logger)
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
