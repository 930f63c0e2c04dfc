import Glibc
import NIOCore

/// The kernel's buffers of a connection, in bytes; nil leaves a size to the system.
struct SocketBuffers: Equatable, Sendable {
    /// `socket.send.buffer.bytes`. With a bound, a reader that keeps up is sent what still lies in the processor's cache.
    var send: Int32?
    /// `socket.receive.buffer.bytes`.
    var receive: Int32?

    /// Connections inherit both from the socket that takes them.
    fileprivate func apply(to socket: Int32) {
        for (option, bytes) in [(SO_SNDBUF, send), (SO_RCVBUF, receive)] {
            guard var bytes else { continue }
            setsockopt(socket, SOL_SOCKET, option, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}

/// A socket that has its port and lets clients queue up, before anything takes them. Closed when released, unless it was taken.
final class ListeningSocket {
    /// Connections that may wait to be taken.
    static let backlog: Int32 = 1024

    let endpoint: Endpoint
    private var descriptor: NIOBSDSocket.Handle

    /// - Parameter buffers: of the connections that come in by it.
    /// - Throws: `ConfigurationError` when the address cannot be used.
    init(_ endpoint: Endpoint, buffers: SocketBuffers = SocketBuffers()) throws(ConfigurationError) {
        self.endpoint = endpoint
        descriptor = -1
        let address = try Self.resolve(endpoint)
        defer { freeaddrinfo(address) }
        let family = address.pointee.ai_family
        let socket = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Self.refusal(endpoint, errno) }
        var on: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        buffers.apply(to: socket)
        guard Glibc.bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            listen(socket, Self.backlog) == 0
        else {
            let code = errno
            close(socket)
            throw Self.refusal(endpoint, code)
        }
        descriptor = socket
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Hands the socket over to someone who closes it.
    func take() -> NIOBSDSocket.Handle {
        defer { descriptor = -1 }
        return descriptor
    }

    /// The port, also when the configuration left the choice to the system.
    var port: Int {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return endpoint.port }
        // The port is at the same place, in network order, for both families.
        return withUnsafeBytes(of: &storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    static func refusal(_ endpoint: Endpoint, _ code: Int32) -> ConfigurationError {
        ConfigurationError(
            "cannot listen on \(endpoint): \(String(cString: strerror(code))); choose another address or port"
        )
    }

    /// The first address of the endpoint's host; the caller frees it.
    private static func resolve(_ endpoint: Endpoint) throws(ConfigurationError) -> UnsafeMutablePointer<addrinfo> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let host = endpoint.host.isEmpty ? "0.0.0.0" : endpoint.host
        let status = getaddrinfo(host, "\(endpoint.port)", &hints, &found)
        if status == 0, let found { return found }
        let reason = status == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(status))
        throw ConfigurationError(
            "cannot listen on \(endpoint): the host has no address (\(reason)); use a name or an address of this machine"
        )
    }
}
