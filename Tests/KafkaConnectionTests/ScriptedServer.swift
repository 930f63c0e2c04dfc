import KafkaProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import KafkaConnection

/// A server that sends the bytes that a test wants it to, or hangs up.
final class ScriptedServer: Sendable {
    /// A request that has come.
    struct Call: Sendable {
        let api: ApiKey
        let version: Int16
        let header: RequestHeader
        /// The body alone.
        let body: WireReader
        /// Which of the server's connections it came on, counted from 1.
        let connection: Int

        /// The whole frame that answers it.
        func frame(_ response: some ResponseMessage, correlationId: Int32? = nil, version: Int16? = nil) -> ByteBuffer {
            let id = correlationId ?? header.correlationId
            let frame = try? response.frame(api: api, version: version ?? self.version, correlationId: id)
            return frame?.buffer ?? ByteBuffer()
        }

        func read<Request: RequestMessage>(_ type: Request.Type) throws -> Request {
            var reader = body
            return try Request.decode(&reader, version: version)
        }
    }

    enum Reply: Sendable {
        case frame(ByteBuffer)
        /// Each piece is sent by itself.
        case pieces([ByteBuffer])
        case hangUp(after: ByteBuffer)
        case silence
    }

    typealias Script = @Sendable (Call) throws -> Reply

    /// Answers ApiVersions; nil leaves that to the script.
    private let versions: [ApiKey: ClosedRange<Int16>]?
    private let script: Script
    private let channel = Mutex<(any Channel)?>(nil)
    private let accepted = Mutex(0)
    private let calls = Mutex<[Call]>([])
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(
        tls: NIOSSLContext? = nil,
        versions: [ApiKey: ClosedRange<Int16>]? = [.metadata: 0...12],
        _ script: @escaping Script
    ) async throws {
        self.versions = versions
        self.script = script
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel.withLock { $0 = channel }
    }

    var address: BrokerAddress {
        BrokerAddress(host: "127.0.0.1", port: channel.withLock { $0?.localAddress?.port } ?? 0)
    }

    var connections: Int { accepted.withLock { $0 } }

    /// What it was asked, ApiVersions left out.
    var requests: [Call] { calls.withLock { $0.filter { $0.api != .apiVersions } } }
    var negotiations: [Call] { calls.withLock { $0.filter { $0.api == .apiVersions } } }

    func stop() async throws {
        try await channel.withLock { $0 }?.close().get()
        try await group.shutdownGracefully()
    }

    static func versions(_ ranges: [ApiKey: ClosedRange<Int16>]) -> ApiVersionsResponse {
        var response = ApiVersionsResponse()
        response.apiKeys = ranges.sorted { $0.key.rawValue < $1.key.rawValue }.map { api, range in
            var entry = ApiVersionsResponse.ApiVersion()
            (entry.apiKey, entry.minVersion, entry.maxVersion) = (api.rawValue, range.lowerBound, range.upperBound)
            return entry
        }
        return response
    }

    private func reply(to frame: ByteBuffer, on connection: Int) throws -> Reply {
        guard let key = frame.getInteger(at: frame.readerIndex, as: Int16.self), let api = ApiKey(rawValue: key),
            let version = frame.getInteger(at: frame.readerIndex + 2, as: Int16.self)
        else { return .hangUp(after: ByteBuffer()) }
        var reader = WireReader(frame)
        let header = try RequestHeader.decode(&reader, version: api.requestHeaderVersion(version))
        let call = Call(api: api, version: version, header: header, body: reader, connection: connection)
        calls.withLock { $0.append(call) }
        if api == .apiVersions, let versions { return .frame(call.frame(Self.versions(versions))) }
        return try script(call)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: ScriptedServer
        private let connection: Int
        private var received = ByteBuffer()

        init(_ server: ScriptedServer) {
            self.server = server
            connection = server.accepted.withLock { count in
                count += 1
                return count
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            while let size = received.getInteger(at: received.readerIndex, as: Int32.self),
                received.readableBytes >= Int(size) + 4
            {
                received.moveReaderIndex(forwardBy: 4)
                guard let frame = received.readSlice(length: Int(size)),
                    let reply = try? server.reply(to: frame, on: connection)
                else { return context.close(promise: nil) }
                switch reply {
                case .frame(let bytes): context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
                case .pieces(let pieces):
                    for piece in pieces { context.writeAndFlush(wrapOutboundOut(piece), promise: nil) }
                case .hangUp(let bytes):
                    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
                    return context.close(promise: nil)
                case .silence: break
                }
            }
        }

        /// Who fails to agree on TLS is gone; what the client says about it is tested.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
