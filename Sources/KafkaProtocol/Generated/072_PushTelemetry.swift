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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.clientInstanceId = try reader.uuid()
        self.subscriptionId = try reader.integer()
        self.terminating = try reader.bool()
        self.compressionType = try reader.integer()
        self.metrics = try reader.bytes(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.clientInstanceId)
        writer.integer(self.subscriptionId)
        writer.bool(self.terminating)
        writer.integer(self.compressionType)
        writer.bytes(self.metrics, true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct PushTelemetryResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "PushTelemetryResponse", kind: .response, key: 72, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
