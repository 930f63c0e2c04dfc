// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct EndTxnRequest: RequestMessage {
    public static let schema = MessageSchema(name: "EndTxnRequest", kind: .request, key: 26, versions: 0...5, firstFlexible: 3)
    public typealias Response = EndTxnResponse

    public var transactionalId: String = ""
    public var producerId: Int64 = 0
    public var producerEpoch: Int16 = 0
    public var committed: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.string(version >= 3)
        self.producerId = reader.integer()
        self.producerEpoch = reader.integer()
        self.committed = reader.bool()
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.transactionalId, version >= 3)
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        writer.bool(self.committed)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct EndTxnResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "EndTxnResponse", kind: .response, key: 26, versions: 0...5, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var producerId: Int64 = -1
    public var producerEpoch: Int16 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        if version >= 5 { self.producerId = reader.integer() }
        if version >= 5 { self.producerEpoch = reader.integer() }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        if version >= 5 { writer.integer(self.producerId) }
        if version >= 5 { writer.integer(self.producerEpoch) }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
