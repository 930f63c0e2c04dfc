import Glibc
import NIOCore

/// Connections of a world, and the event loops on which they live. Timers are those of the loops.
package protocol Network: Sendable {
    /// Made for one node, which ends them.
    func makeEventLoops(_ count: Int) -> any EventLoopGroup
    /// What this machine is called.
    var hostName: String { get }
    /// Takes a port; 0 lets the system choose.
    ///
    /// - Throws: `ListenError` when the address cannot be used.
    func listen(host: String, port: Int, buffers: SocketBuffers) throws(ListenError) -> any Listener
    /// Connects to the first address of a host that answers.
    ///
    /// - Parameter initialize: prepares the channel, on its event loop, before it connects.
    func connect(
        host: String,
        port: Int,
        on loop: any EventLoop,
        timeout: TimeAmount,
        initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel>
    /// The names that the machines behind a name have themselves; an address where one has none, nothing when the name is not known.
    /// Blocks the thread.
    func canonicalNames(of host: String) -> [String]
}

extension NIOBSDSocket.Option {
    /// How long what was sent may go without an acknowledgement of the machine at the other end until the connection is given up, in
    /// milliseconds (RFC 5482).
    package static let tcpUserTimeout = NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
    /// After so many seconds without a byte the machine at the other end is asked whether it is there.
    package static let tcpKeepIdle = NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)
    /// The seconds between such questions.
    package static let tcpKeepInterval = NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)
}

/// A port that is taken. Clients queue up until somebody serves them. Given back when released, unless it was served.
package protocol Listener: Sendable {
    /// Also when the system chose it.
    var port: Int { get }
    /// Begins to take connections; once.
    ///
    /// - Parameter accept: prepares the channel of each, on its event loop.
    /// - Throws: `ListenError`.
    func serve(
        on loops: any EventLoopGroup,
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws(ListenError) -> any Server
}

/// A port that is served.
package protocol Server: Sendable {
    /// Takes no further connections; those that there are go on.
    func close() -> EventLoopFuture<Void>
}

/// Why nobody can listen at an address.
package struct ListenError: Error, Equatable, Sendable {
    package enum Kind: Sendable {
        /// The host has no address.
        case unresolved
        case refused
    }

    package var kind: Kind
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

/// The kernel's buffers of a connection, in bytes; nil leaves a size to the system.
package struct SocketBuffers: Equatable, Sendable {
    /// `socket.send.buffer.bytes`. With a bound, a reader that keeps up is sent what still lies in the processor's cache.
    package var send: Int32?
    /// `socket.receive.buffer.bytes`.
    package var receive: Int32?

    package init(send: Int32? = nil, receive: Int32? = nil) {
        self.send = send
        self.receive = receive
    }
}
