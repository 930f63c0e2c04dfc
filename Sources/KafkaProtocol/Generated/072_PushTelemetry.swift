// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct PushTelemetryRequest: RequestMessage {
    public static let schema = MessageSchema(name: "PushTelemetryRequest", kind: .request, key: 72, versions: 0...0, firstFlexible: 0)
    public typealias Response = PushTelemetryResponse

    public var clientInstanceId: KafkaUUID = .zero
    public var subscriptionId: Int32 = 0
    public var terminating: Bool = false
    public var compressionType: Int8 = 0
    public var metrics: ByteBuffer = ByteBuffer()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clientInstanceId = reader.uuid()
        self.subscriptionId = reader.integer()
        self.terminating = reader.bool()
        self.compressionType = reader.integer()
        self.metrics = reader.bytes(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.clientInstanceId)
        writer.integer(self.subscriptionId)
        writer.bool(self.terminating)
        writer.integer(self.compressionType)
        writer.bytes(self.metrics, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct PushTelemetryResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "PushTelemetryResponse", kind: .response, key: 72, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
