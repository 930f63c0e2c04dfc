import Glibc
import NIOCore
import Testing
import World

@testable import Broker

/// `socket.send.buffer.bytes` and `socket.receive.buffer.bytes`.
struct SocketBufferTests {
    @Test func sendBuffersAreBoundedAndReceiveBuffersTheSystemsUnlessSaid() throws {
        #expect(try BrokerConfig([:]).socketBuffers == SocketBuffers(send: 102_400, receive: nil))
        let set = ["socket.send.buffer.bytes": "-1", "socket.receive.buffer.bytes": "65536"]
        #expect(try BrokerConfig(set).socketBuffers == SocketBuffers(send: nil, receive: 65_536))
    }

    @Test func connectionsInheritThem() throws {
        func size(_ option: Int32, _ buffers: SocketBuffers) throws -> Int32 {
            let socket = try ListeningSocket(host: "127.0.0.1", port: 0, buffers: buffers)
            let port = socket.port
            let listening = socket.take()
            defer { close(listening) }
            let client = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            #expect(address.withSockAddr { connect(client, $0, socklen_t($1)) } == 0)
            let accepted = accept(listening, nil, nil)
            defer { close(accepted) }
            var bytes: Int32 = 0
            var count = socklen_t(MemoryLayout<Int32>.size)
            #expect(getsockopt(accepted, SOL_SOCKET, option, &bytes, &count) == 0)
            return bytes
        }
        // The kernel doubles what is asked for, to have room for what it keeps beside the bytes.
        #expect(try size(SO_SNDBUF, SocketBuffers(send: 65_536)) == 131_072)
        #expect(try size(SO_RCVBUF, SocketBuffers(receive: 65_536)) == 131_072)
        #expect(try size(SO_SNDBUF, SocketBuffers()) != 131_072)
    }
}
