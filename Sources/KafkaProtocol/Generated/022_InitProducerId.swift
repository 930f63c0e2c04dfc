// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct InitProducerIdRequest: RequestMessage {
    public static let schema = MessageSchema(name: "InitProducerIdRequest", kind: .request, key: 22, versions: 0...6, firstFlexible: 2)
    public typealias Response = InitProducerIdResponse

    public var transactionalId: String? = ""
    public var transactionTimeoutMs: Int32 = 0
    public var producerId: Int64 = -1
    public var producerEpoch: Int16 = -1
    public var enable2Pc: Bool = false
    public var keepPreparedTxn: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.nullableString(version >= 2, allowed: true)
        self.transactionTimeoutMs = reader.integer()
        if version >= 3 { self.producerId = reader.integer() }
        if version >= 3 { self.producerEpoch = reader.integer() }
        if version >= 6 { self.enable2Pc = reader.bool() }
        if version >= 6 { self.keepPreparedTxn = reader.bool() }
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.transactionalId, version >= 2, allowed: true)
        writer.integer(self.transactionTimeoutMs)
        if version >= 3 { writer.integer(self.producerId) } else { if self.producerId != -1 { throw .notRepresentable(field: "ProducerId", version: version) } }
        if version >= 3 { writer.integer(self.producerEpoch) } else { if self.producerEpoch != -1 { throw .notRepresentable(field: "ProducerEpoch", version: version) } }
        if version >= 6 { writer.bool(self.enable2Pc) } else { if self.enable2Pc != false { throw .notRepresentable(field: "Enable2Pc", version: version) } }
        if version >= 6 { writer.bool(self.keepPreparedTxn) } else { if self.keepPreparedTxn != false { throw .notRepresentable(field: "KeepPreparedTxn", version: version) } }
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct InitProducerIdResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "InitProducerIdResponse", kind: .response, key: 22, versions: 0...6, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var producerId: Int64 = -1
    public var producerEpoch: Int16 = 0
    public var ongoingTxnProducerId: Int64 = -1
    public var ongoingTxnProducerEpoch: Int16 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.producerId = reader.integer()
        self.producerEpoch = reader.integer()
        if version >= 6 { self.ongoingTxnProducerId = reader.integer() }
        if version >= 6 { self.ongoingTxnProducerEpoch = reader.integer() }
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        if version >= 6 { writer.integer(self.ongoingTxnProducerId) } else { if self.ongoingTxnProducerId != -1 { throw .notRepresentable(field: "OngoingTxnProducerId", version: version) } }
        if version >= 6 { writer.integer(self.ongoingTxnProducerEpoch) } else { if self.ongoingTxnProducerEpoch != -1 { throw .notRepresentable(field: "OngoingTxnProducerEpoch", version: version) } }
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
