// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AllocateProducerIdsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AllocateProducerIdsRequest", kind: .request, key: 67, versions: 0...0, firstFlexible: 0)
    public typealias Response = AllocateProducerIdsResponse

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct AllocateProducerIdsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AllocateProducerIdsResponse", kind: .response, key: 67, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var producerIdStart: Int64 = 0
    public var producerIdLen: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.producerIdStart = reader.integer()
        self.producerIdLen = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.producerIdStart)
        writer.integer(self.producerIdLen)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
