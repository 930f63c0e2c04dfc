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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.stateFilters = reader.strings(true)
        self.producerIdFilters = reader.integers(true)
        if version >= 1 { self.durationFilter = reader.integer() }
        if version >= 2 { self.transactionalIdPattern = reader.nullableString(true, allowed: true) }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.stateFilters, true)
        try writer.integers(self.producerIdFilters, true)
        if version >= 1 { writer.integer(self.durationFilter) } else { if self.durationFilter != -1 { throw .notRepresentable(field: "DurationFilter", version: version) } }
        if version >= 2 { try writer.nullableString(self.transactionalIdPattern, true, allowed: true) } else { if self.transactionalIdPattern != nil { throw .notRepresentable(field: "TransactionalIdPattern", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.unknownStateFilters = reader.strings(true)
        self.transactionStates = reader.structures(TransactionState.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.strings(self.unknownStateFilters, true)
        try writer.structures(self.transactionStates, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TransactionState: WireStructure {
        public var transactionalId: String = ""
        public var producerId: Int64 = 0
        public var transactionState: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.transactionalId = reader.string(true)
            self.producerId = reader.integer()
            self.transactionState = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.transactionalId, true)
            writer.integer(self.producerId)
            try writer.string(self.transactionState, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
