import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A socket that has its port and lets clients queue up, before anything takes them. Closed when released, unless it was taken.
package final class ListeningSocket: Listener {
    /// Connections that may wait to be taken.
    static let backlog: Int32 = 1024

    package let port: Int
    private let descriptor: Atomic<Int32>

    /// - Parameter buffers: of the connections that come in by it.
    package init(host: String, port: Int, buffers: SocketBuffers = SocketBuffers()) throws(ListenError) {
        let address = try Self.resolve(host, port)
        defer { freeaddrinfo(address) }
        let family = address.pointee.ai_family
        let socket = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Self.refusal(errno) }
        var on: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        buffers.apply(to: socket)
        guard Glibc.bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            Glibc.listen(socket, Self.backlog) == 0
        else {
            let code = errno
            close(socket)
            throw Self.refusal(code)
        }
        descriptor = Atomic(socket)
        self.port = Self.port(of: socket) ?? port
    }

    deinit {
        let socket = descriptor.load(ordering: .relaxed)
        if socket >= 0 { close(socket) }
    }

    /// Hands the socket over to someone who closes it.
    package func take() -> NIOBSDSocket.Handle { descriptor.exchange(-1, ordering: .relaxed) }

    package func serve(
        on loops: any EventLoopGroup,
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws(ListenError) -> any Server {
        let socket = take()
        do {
            let channel = try ServerBootstrap(group: loops).childChannelInitializer(accept).withBoundSocket(socket)
                .wait()
            // The bootstrap has set a shorter queue.
            Glibc.listen(socket, Self.backlog)
            return ServerChannel(channel: channel)
        } catch let error as IOError {
            throw Self.refusal(error.errnoCode)
        } catch {
            throw ListenError(.refused, "\(error)")
        }
    }

    private struct ServerChannel: Server {
        let channel: any Channel
        func close() -> EventLoopFuture<Void> { channel.close() }
    }

    private static func port(of socket: Int32) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        guard result == 0 else { return nil }
        // The port is at the same place, in network order, for both families.
        return withUnsafeBytes(of: &storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    private static func refusal(_ code: Int32) -> ListenError { ListenError(.refused, String(cString: strerror(code))) }

    /// The first address of the host; the caller frees it.
    private static func resolve(_ host: String, _ port: Int) throws(ListenError) -> UnsafeMutablePointer<addrinfo> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host.isEmpty ? "0.0.0.0" : host, "\(port)", &hints, &found)
        if status == 0, let found { return found }
        let reason = status == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(status))
        throw ListenError(.unresolved, reason)
    }
}

extension SocketBuffers {
    /// Connections inherit both from the socket that takes them.
    fileprivate func apply(to socket: Int32) {
        for (option, bytes) in [(SO_SNDBUF, send), (SO_RCVBUF, receive)] {
            guard var bytes else { continue }
            setsockopt(socket, SOL_SOCKET, option, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
