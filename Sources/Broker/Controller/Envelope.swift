import ClusterMetadata
import Glibc
import KafkaProtocol
import NIOCore

/// A client's request on its way to a controller on another node (KIP-590): its bytes, who asks, and from where.
enum Envelope {
    /// nil for a request that its version has no room for.
    static func request(_ request: some RequestMessage, _ context: ControllerRequestContext) -> EnvelopeRequest? {
        guard
            var bytes = try? request.frame(version: context.version, correlationId: 0, clientId: context.clientId)
                .buffer,
            let principal = encode(principal: context.principal)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: 4)
        var envelope = EnvelopeRequest()
        envelope.requestData = bytes
        envelope.requestPrincipal = principal
        envelope.clientHostAddress = address(of: context.host)
        return envelope
    }

    /// What is in the answer; nil when it cannot be read.
    static func response<Request: RequestMessage>(
        _ envelope: EnvelopeResponse,
        _ type: Request.Type,
        _ version: Int16
    ) -> Request.Response? {
        guard let data = envelope.responseData, let api = ApiKey(rawValue: type.schema.key) else { return nil }
        var reader = WireReader(data)
        guard (try? ResponseHeader.decode(&reader, version: api.responseHeaderVersion(version))) != nil else {
            return nil
        }
        return try? Request.Response.decode(&reader, version: version)
    }

    // MARK: Who asks

    /// The type and the name, behind the number of their format.
    private static func encode(principal: String) -> ByteBuffer? {
        let parts = principal.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var data = DefaultPrincipalData()
        (data.type, data.name) = (String(parts[0]), String(parts[1]))
        var writer = WireWriter(capacity: 64)
        writer.integer(Int16(0))
        guard (try? data.encode(into: &writer, version: 0)) != nil else { return nil }
        return writer.buffer
    }

    /// nil when it cannot be read.
    static func principal(_ bytes: ByteBuffer?) -> String? {
        guard let bytes else { return nil }
        var reader = WireReader(bytes)
        let version: Int16 = reader.integer()
        guard version == 0, let data = try? DefaultPrincipalData.decode(&reader, version: 0), !data.type.isEmpty else {
            return nil
        }
        return "\(data.type):\(data.name)"
    }

    /// 4 or 16 bytes; all zero for what is no address.
    private static func address(of host: String) -> ByteBuffer {
        var v4 = in_addr()
        if inet_pton(AF_INET, host, &v4) == 1 { return withUnsafeBytes(of: &v4) { ByteBuffer(bytes: $0) } }
        var v6 = in6_addr()
        if inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &v6) == 1 {
            return withUnsafeBytes(of: &v6) { ByteBuffer(bytes: $0) }
        }
        return ByteBuffer(repeating: 0, count: 4)
    }

    /// The other way round; empty for what is no address.
    static func host(_ bytes: ByteBuffer) -> String {
        (try? SocketAddress(packedIPAddress: bytes, port: 0))?.ipAddress ?? ""
    }
}
