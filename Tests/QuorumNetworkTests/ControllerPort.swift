import KRaft
import KafkaProtocol
import NIOCore
import Synchronization
import World

/// A controller's listener: what is asked of the quorum goes to its desk, answers go back in the order of the requests.
final class ControllerPort: Sendable {
    static let listener = "CONTROLLER"
    static let types: [any RaftRequestMessage.Type] = [
        VoteRequest.self, BeginQuorumEpochRequest.self, EndQuorumEpochRequest.self, FetchRequest.self,
        FetchSnapshotRequest.self, UpdateRaftVoterRequest.self,
    ]

    let port: Int
    private let socket: any Listener
    private let state = Mutex((connections: UInt64(0), channels: [any Channel](), server: (any Server)?.none))

    init(_ network: any Network) throws {
        socket = try network.listen(host: "127.0.0.1", port: 0, buffers: SocketBuffers())
        port = socket.port
    }

    /// - Parameter newest: of each API, the highest version that is offered.
    func serve(_ desk: RaftRequestDesk, on loops: any EventLoopGroup, newest: @escaping @Sendable (ApiKey) -> Int16?)
        throws
    {
        let server = try socket.serve(on: loops) { channel in
            let number = self.state.withLock { state in
                state.connections += 1
                state.channels.append(channel)
                return state.connections
            }
            channel.closeFuture.whenComplete { _ in desk.connectionClosed(number) }
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Handler(desk, number, newest))
            }
        }
        state.withLock { $0.server = server }
    }

    func close() async throws {
        let (server, channels) = state.withLock { ($0.server, $0.channels) }
        try await server?.close().get()
        for channel in channels { _ = try? await channel.close().get() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let desk: RaftRequestDesk
        private let number: UInt64
        private let newest: @Sendable (ApiKey) -> Int16?
        private var received = ByteBuffer()
        private var answers: [ByteBuffer?] = []
        private var answered = 0

        init(_ desk: RaftRequestDesk, _ number: UInt64, _ newest: @escaping @Sendable (ApiKey) -> Int16?) {
            (self.desk, self.number, self.newest) = (desk, number, newest)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            while let size = received.getInteger(at: received.readerIndex, as: Int32.self),
                received.readableBytes >= Int(size) + 4
            {
                received.moveReaderIndex(forwardBy: 4)
                guard let frame = received.readSlice(length: Int(size)) else { return }
                do { try take(frame, context) } catch { context.close(promise: nil) }
            }
        }

        private func take(_ frame: ByteBuffer, _ context: ChannelHandlerContext) throws {
            let (key, version) = frame.getMultipleIntegers(at: frame.readerIndex, as: (Int16, Int16).self) ?? (-1, -1)
            guard let api = ApiKey(rawValue: key) else { throw ChannelError.inappropriateOperationForState }
            var reader = WireReader(frame)
            let header = try RequestHeader.decode(&reader, version: api.requestHeaderVersion(version))
            let place = answers.count
            answers.append(nil)
            if api == .apiVersions { return try answer(place, versions(), api, version, header.correlationId, context) }
            guard let type = ControllerPort.types.first(where: { $0.schema.key == key }), version <= newest(api) ?? -1
            else { throw ChannelError.inappropriateOperationForState }
            try receive(type, &reader, place, api, version, header.correlationId, context)
        }

        private func receive<Message: RaftRequestMessage>(
            _ type: Message.Type,
            _ reader: inout WireReader,
            _ place: Int,
            _ api: ApiKey,
            _ version: Int16,
            _ correlation: Int32,
            _ context: ChannelHandlerContext
        ) throws {
            let message = try Message.decode(&reader, version: version)
            let this = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            desk.receive(message, version: version, listener: ControllerPort.listener, connection: number) { response in
                this.eventLoop.execute {
                    let (handler, context) = this.value
                    try? handler.answer(place, response, api, version, correlation, context)
                }
            }
        }

        private func versions() -> ApiVersionsResponse {
            var response = ApiVersionsResponse()
            for api in ControllerPort.types.compactMap({ ApiKey(rawValue: $0.schema.key) }) {
                guard let newest = newest(api) else { continue }
                var row = ApiVersionsResponse.ApiVersion()
                (row.apiKey, row.minVersion, row.maxVersion) = (api.rawValue, api.versions.lowerBound, newest)
                response.apiKeys.append(row)
            }
            return response
        }

        private func answer<Response: ResponseMessage>(
            _ place: Int,
            _ response: Response,
            _ api: ApiKey,
            _ version: Int16,
            _ correlation: Int32,
            _ context: ChannelHandlerContext
        ) throws {
            answers[place] = try response.frame(api: api, version: version, correlationId: correlation).buffer
            while answered < answers.count, let next = answers[answered] {
                answers[answered] = ByteBuffer()
                answered += 1
                context.writeAndFlush(wrapOutboundOut(next), promise: nil)
            }
        }
    }
}
