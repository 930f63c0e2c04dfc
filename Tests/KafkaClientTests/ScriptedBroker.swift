import KafkaProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// A broker that says what a test tells it to say. Alone in its cluster, it leads both partitions of every topic and coordinates everything.
final class ScriptedBroker: Sendable {
    typealias Handler =
        @Sendable (_ version: Int16, _ body: inout WireReader) throws -> (
            @Sendable (inout WireWriter) throws -> Void
        )

    private let handlers = Mutex<[Int16: (versions: ClosedRange<Int16>, handler: Handler)]>([:])
    private let channel = Mutex<(any Channel)?>(nil)
    /// Levels of features that the whole cluster uses.
    let features = Mutex<[String: Int16]>([:])
    /// Of all partitions.
    let leaderEpoch = Mutex<Int32>(-1)
    /// After so many bytes of its answers it hangs up, once; nil is never.
    let hangsUpAfter = Mutex<Int?>(nil)
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// - Parameter tls: how TLS is spoken; nil is without.
    init(tls: NIOSSLContext? = nil) throws {
        let channel = try ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Connection(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        self.channel.withLock { $0 = channel }
        let port = Int32(channel.localAddress?.port ?? 0)
        on(ApiVersionsRequest.self) { [unowned self] _ in
            var response = ApiVersionsResponse()
            response.apiKeys = handlers.withLock { $0 }.sorted { $0.key < $1.key }.map { key, entry in
                var version = ApiVersionsResponse.ApiVersion()
                version.apiKey = key
                version.minVersion = entry.versions.lowerBound
                version.maxVersion = entry.versions.upperBound
                return version
            }
            response.finalizedFeatures = features.withLock { $0 }.map { name, level in
                var feature = ApiVersionsResponse.FinalizedFeatureKey()
                (feature.name, feature.maxVersionLevel, feature.minVersionLevel) = (name, level, level)
                return feature
            }
            return response
        }
        on(MetadataRequest.self) { [unowned self] request in
            let epoch = leaderEpoch.withLock { $0 }
            var broker = MetadataResponse.MetadataResponseBroker()
            (broker.nodeId, broker.host, broker.port) = (1, "127.0.0.1", port)
            var response = MetadataResponse()
            response.brokers = [broker]
            response.controllerId = 1
            response.topics = (request.topics ?? []).map { wanted in
                var topic = MetadataResponse.MetadataResponseTopic()
                topic.name = wanted.name
                topic.partitions = [0, 1].map { index in
                    var partition = MetadataResponse.MetadataResponsePartition()
                    (partition.partitionIndex, partition.leaderId, partition.leaderEpoch) = (Int32(index), 1, epoch)
                    return partition
                }
                return topic
            }
            return response
        }
        on(FindCoordinatorRequest.self) { request in
            var response = FindCoordinatorResponse()
            response.coordinators = request.coordinatorKeys.map { key in
                var entry = FindCoordinatorResponse.Coordinator()
                (entry.key, entry.nodeId) = (key, 1)
                return entry
            }
            // Only one of the two exists in a version.
            if request.coordinatorKeys.isEmpty { response.nodeId = 1 }
            return response
        }
    }

    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration(bootstrapServers: [BrokerAddress(host: "127.0.0.1", port: port)])
        (configuration.retryBackoff, configuration.reconnectBackoff) = (.milliseconds(1), .milliseconds(1))
        return configuration
    }

    /// Runs a test with a broker and an admin client of it.
    static func withAdmin(_ body: (ScriptedBroker, Admin) async throws -> Void) async throws {
        let broker = try ScriptedBroker()
        let admin = Admin(broker.configuration)
        do { try await body(broker, admin) } catch {
            await admin.close()
            try await broker.stop()
            throw error
        }
        await admin.close()
        try await broker.stop()
    }

    /// Answers requests of a kind from now on; a nil `versions` is all that exist.
    func on<Request: RequestMessage>(
        _ type: Request.Type,
        versions: ClosedRange<Int16>? = nil,
        _ answer: @escaping @Sendable (Request) -> Request.Response
    ) {
        handlers.withLock {
            $0[Request.schema.key] = (
                versions ?? Request.schema.versions,
                { version, body in
                    let response = answer(try Request.decode(&body, version: version))
                    return { writer in try response.encode(into: &writer, version: version) }
                }
            )
        }
    }

    /// Answers requests of a kind no longer, and says so.
    func off(_ type: (some RequestMessage).Type) { handlers.withLock { $0[type.schema.key] = nil } }

    /// Answers as a controller's listener does, where these controllers belong to the cluster.
    func becomeController(_ id: Int32, of members: @escaping @Sendable () -> [Int32: ScriptedBroker], active: Int32) {
        off(MetadataRequest.self)
        on(VoteRequest.self) { _ in VoteResponse() }
        on(DescribeClusterRequest.self) { request in
            var response = DescribeClusterResponse()
            guard request.endpointType == 2 else {
                response.errorCode = .mismatchedEndpointType
                return response
            }
            (response.clusterId, response.controllerId, response.endpointType) = ("c", active, 2)
            response.brokers = members().sorted { $0.key < $1.key }.map { id, member in
                var row = DescribeClusterResponse.DescribeClusterBroker()
                (row.brokerId, row.host, row.port) = (id, "127.0.0.1", Int32(member.port))
                return row
            }
            return response
        }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    /// What is sent of an answer before the broker hangs up; nil when it does not.
    private func shortened(_ whole: ByteBuffer) -> ByteBuffer? {
        hangsUpAfter.withLock { rest in
            guard let left = rest else { return nil }
            if left >= whole.readableBytes {
                rest = left - whole.readableBytes
                return nil
            }
            rest = nil
            return whole.getSlice(at: whole.readerIndex, length: left)
        }
    }

    func stop() async throws {
        try await channel.withLock { $0 }?.close().get()
        try await group.shutdownGracefully()
    }

    /// Requests in, answers out.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let broker: ScriptedBroker
        private var received = ByteBuffer()

        init(_ broker: ScriptedBroker) { self.broker = broker }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            received.writeBuffer(&bytes)
            while let size = received.getInteger(at: received.readerIndex, as: Int32.self),
                received.readableBytes >= Int(size) + 4
            {
                received.moveReaderIndex(forwardBy: 4)
                guard let frame = received.readSlice(length: Int(size)) else { return }
                do {
                    let whole = try answer(frame)
                    guard let part = broker.shortened(whole) else {
                        context.writeAndFlush(wrapOutboundOut(whole), promise: nil)
                        continue
                    }
                    context.writeAndFlush(wrapOutboundOut(part), promise: nil)
                    return context.close(promise: nil)
                } catch {
                    Issue.record("the scripted broker can't answer: \(error)")
                    context.close(promise: nil)
                }
            }
        }

        private func answer(_ frame: ByteBuffer) throws -> ByteBuffer {
            let key = frame.getInteger(at: frame.readerIndex, as: Int16.self) ?? -1
            let version = frame.getInteger(at: frame.readerIndex + 2, as: Int16.self) ?? -1
            let api = try #require(ApiKey(rawValue: key))
            let handler = try #require(broker.handlers.withLock { $0[key] }, "\(api) was not offered")
            var reader = WireReader(frame)
            let header = try RequestHeader.decode(&reader, version: api.requestHeaderVersion(version))
            let body = try handler.handler(version, &reader)
            var writer = WireWriter(capacity: 256)
            var responseHeader = ResponseHeader()
            responseHeader.correlationId = header.correlationId
            try responseHeader.encode(into: &writer, version: api.responseHeaderVersion(version))
            try body(&writer)
            var result = ByteBuffer()
            result.writeInteger(Int32(writer.buffer.readableBytes))
            result.writeImmutableBuffer(writer.buffer)
            return result
        }

        /// Who fails to agree on TLS is gone; what the client says about it is tested.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
