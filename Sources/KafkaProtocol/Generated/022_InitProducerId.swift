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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.transactionalId = try reader.nullableString(version >= 2, allowed: true)
        self.transactionTimeoutMs = try reader.integer()
        if version >= 3 { self.producerId = try reader.integer() }
        if version >= 3 { self.producerEpoch = try reader.integer() }
        if version >= 6 { self.enable2Pc = try reader.bool() }
        if version >= 6 { self.keepPreparedTxn = try reader.bool() }
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.transactionalId, version >= 2, allowed: true)
        writer.integer(self.transactionTimeoutMs)
        if version >= 3 { writer.integer(self.producerId) } else { if self.producerId != -1 { throw .notRepresentable(field: "ProducerId", version: version) } }
        if version >= 3 { writer.integer(self.producerEpoch) } else { if self.producerEpoch != -1 { throw .notRepresentable(field: "ProducerEpoch", version: version) } }
        if version >= 6 { writer.bool(self.enable2Pc) } else { if self.enable2Pc != false { throw .notRepresentable(field: "Enable2Pc", version: version) } }
        if version >= 6 { writer.bool(self.keepPreparedTxn) } else { if self.keepPreparedTxn != false { throw .notRepresentable(field: "KeepPreparedTxn", version: version) } }
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.producerId = try reader.integer()
        self.producerEpoch = try reader.integer()
        if version >= 6 { self.ongoingTxnProducerId = try reader.integer() }
        if version >= 6 { self.ongoingTxnProducerEpoch = try reader.integer() }
        if version >= 2 {
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
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        if version >= 6 { writer.integer(self.ongoingTxnProducerId) } else { if self.ongoingTxnProducerId != -1 { throw .notRepresentable(field: "OngoingTxnProducerId", version: version) } }
        if version >= 6 { writer.integer(self.ongoingTxnProducerEpoch) } else { if self.ongoingTxnProducerEpoch != -1 { throw .notRepresentable(field: "OngoingTxnProducerEpoch", version: version) } }
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
