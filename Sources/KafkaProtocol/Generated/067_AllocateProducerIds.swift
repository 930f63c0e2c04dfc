// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AllocateProducerIdsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AllocateProducerIdsRequest", kind: .request, key: 67, versions: 0...0, firstFlexible: 0)
    public typealias Response = AllocateProducerIdsResponse

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        self.brokerEpoch = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.producerIdStart = try reader.integer()
        self.producerIdLen = try reader.integer()
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
        writer.integer(self.producerIdStart)
        writer.integer(self.producerIdLen)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
