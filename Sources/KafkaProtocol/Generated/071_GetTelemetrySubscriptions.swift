// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct GetTelemetrySubscriptionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "GetTelemetrySubscriptionsRequest", kind: .request, key: 71, versions: 0...0, firstFlexible: 0)
    public typealias Response = GetTelemetrySubscriptionsResponse

    public var clientInstanceId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clientInstanceId = reader.uuid()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.clientInstanceId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct GetTelemetrySubscriptionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "GetTelemetrySubscriptionsResponse", kind: .response, key: 71, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var clientInstanceId: KafkaUUID = .zero
    public var subscriptionId: Int32 = 0
    public var acceptedCompressionTypes: [Int8] = []
    public var pushIntervalMs: Int32 = 0
    public var telemetryMaxBytes: Int32 = 0
    public var deltaTemporality: Bool = false
    public var requestedMetrics: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.clientInstanceId = reader.uuid()
        self.subscriptionId = reader.integer()
        self.acceptedCompressionTypes = reader.integers(true)
        self.pushIntervalMs = reader.integer()
        self.telemetryMaxBytes = reader.integer()
        self.deltaTemporality = reader.bool()
        self.requestedMetrics = reader.strings(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.uuid(self.clientInstanceId)
        writer.integer(self.subscriptionId)
        try writer.integers(self.acceptedCompressionTypes, true)
        writer.integer(self.pushIntervalMs)
        writer.integer(self.telemetryMaxBytes)
        writer.bool(self.deltaTemporality)
        try writer.strings(self.requestedMetrics, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
