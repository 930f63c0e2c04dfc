// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeTransactionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeTransactionsRequest", kind: .request, key: 65, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeTransactionsResponse

    public var transactionalIds: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalIds = reader.strings(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.transactionalIds, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DescribeTransactionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeTransactionsResponse", kind: .response, key: 65, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var transactionStates: [TransactionState] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.transactionStates = reader.structures(TransactionState.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.transactionStates, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicData: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TransactionState: WireStructure {
        public var errorCode: ErrorCode = .none
        public var transactionalId: String = ""
        public var transactionState: String = ""
        public var transactionTimeoutMs: Int32 = 0
        public var transactionStartTimeMs: Int64 = 0
        public var producerId: Int64 = 0
        public var producerEpoch: Int16 = 0
        public var topics: [TopicData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.transactionalId = reader.string(true)
            self.transactionState = reader.string(true)
            self.transactionTimeoutMs = reader.integer()
            self.transactionStartTimeMs = reader.integer()
            self.producerId = reader.integer()
            self.producerEpoch = reader.integer()
            self.topics = reader.structures(TopicData.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.string(self.transactionalId, true)
            try writer.string(self.transactionState, true)
            writer.integer(self.transactionTimeoutMs)
            writer.integer(self.transactionStartTimeMs)
            writer.integer(self.producerId)
            writer.integer(self.producerEpoch)
            try writer.structures(self.topics, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
