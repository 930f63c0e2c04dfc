import NIOCore

extension ApiKey {
    public func isFlexible(_ version: Int16) -> Bool {
        guard let firstFlexible else { return false }
        return version >= firstFlexible
    }

    /// The request header's version: 2 with tagged fields, else 1.
    public func requestHeaderVersion(_ version: Int16) -> Int16 { isFlexible(version) ? 2 : 1 }

    /// The response header's version. ApiVersions answers in header version 0 always, so that any client can read them.
    public func responseHeaderVersion(_ version: Int16) -> Int16 {
        self != .apiVersions && isFlexible(version) ? 1 : 0
    }
}

/// A framed message: four bytes of length, the header, the body; `regions` are filled in by the transport.
public struct Frame: Sendable {
    public var buffer: ByteBuffer
    public var regions: [WireWriter.Region]

    public init(buffer: ByteBuffer, regions: [WireWriter.Region] = []) {
        self.buffer = buffer
        self.regions = regions
    }
}

extension ResponseMessage {
    /// Header and body behind the length, in one reservation of the exact size.
    public func frame(api: ApiKey, version: Int16, correlationId: Int32) throws(WireError) -> Frame {
        let headerVersion = api.responseHeaderVersion(version)
        var header = ResponseHeader()
        header.correlationId = correlationId
        var counter = WireWriter.counting()
        try header.encode(into: &counter, version: headerVersion)
        try encode(into: &counter, version: version)
        var writer = WireWriter(capacity: counter.count + 4)
        writer.integer(Int32(counter.count))
        try header.encode(into: &writer, version: headerVersion)
        try encode(into: &writer, version: version)
        return Frame(buffer: writer.buffer, regions: writer.regions)
    }
}

extension RequestMessage {
    /// Header and body behind the length, as a client sends them.
    public func frame(version: Int16, correlationId: Int32, clientId: String?) throws(WireError) -> Frame {
        guard let api = ApiKey(rawValue: Self.schema.key) else {
            throw .unsupportedVersion(message: Self.schema.name, version: version)
        }
        var header = RequestHeader()
        header.requestApiKey = api.rawValue
        header.requestApiVersion = version
        header.correlationId = correlationId
        header.clientId = clientId
        let headerVersion = api.requestHeaderVersion(version)
        var counter = WireWriter.counting()
        try header.encode(into: &counter, version: headerVersion)
        try encode(into: &counter, version: version)
        var writer = WireWriter(capacity: counter.count + 4)
        writer.integer(Int32(counter.count))
        try header.encode(into: &writer, version: headerVersion)
        try encode(into: &writer, version: version)
        return Frame(buffer: writer.buffer, regions: writer.regions)
    }
}
