// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AddOffsetsToTxnRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AddOffsetsToTxnRequest", kind: .request, key: 25, versions: 0...4, firstFlexible: 3)
    public typealias Response = AddOffsetsToTxnResponse

    public var transactionalId: String = ""
    public var producerId: Int64 = 0
    public var producerEpoch: Int16 = 0
    public var groupId: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.string(version >= 3)
        self.producerId = reader.integer()
        self.producerEpoch = reader.integer()
        self.groupId = reader.string(version >= 3)
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.transactionalId, version >= 3)
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        try writer.string(self.groupId, version >= 3)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct AddOffsetsToTxnResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AddOffsetsToTxnResponse", kind: .response, key: 25, versions: 0...4, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
