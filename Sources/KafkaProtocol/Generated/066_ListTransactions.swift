// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListTransactionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListTransactionsRequest", kind: .request, key: 66, versions: 0...2, firstFlexible: 0)
    public typealias Response = ListTransactionsResponse

    public var stateFilters: [String] = []
    public var producerIdFilters: [Int64] = []
    public var durationFilter: Int64 = -1
    public var transactionalIdPattern: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.stateFilters = try reader.strings(true)
        self.producerIdFilters = try reader.integers(true)
        if version >= 1 { self.durationFilter = try reader.integer() }
        if version >= 2 { self.transactionalIdPattern = try reader.nullableString(true, allowed: true) }
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.stateFilters, true)
        try writer.integers(self.producerIdFilters, true)
        if version >= 1 { writer.integer(self.durationFilter) } else { if self.durationFilter != -1 { throw .notRepresentable(field: "DurationFilter", version: version) } }
        if version >= 2 { try writer.nullableString(self.transactionalIdPattern, true, allowed: true) } else { if self.transactionalIdPattern != nil { throw .notRepresentable(field: "TransactionalIdPattern", version: version) } }
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ListTransactionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListTransactionsResponse", kind: .response, key: 66, versions: 0...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var unknownStateFilters: [String] = []
    public var transactionStates: [TransactionState] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.unknownStateFilters = try reader.strings(true)
        self.transactionStates = try reader.structures(TransactionState.self, true, version)
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
        try writer.strings(self.unknownStateFilters, true)
        try writer.structures(self.transactionStates, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TransactionState: WireStructure {
        public var transactionalId: String = ""
        public var producerId: Int64 = 0
        public var transactionState: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.transactionalId = try reader.string(true)
            self.producerId = try reader.integer()
            self.transactionState = try reader.string(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.transactionalId, true)
            writer.integer(self.producerId)
            try writer.string(self.transactionState, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
