// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeTransactionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeTransactionsRequest", kind: .request, key: 65, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeTransactionsResponse

    public var transactionalIds: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.transactionalIds = try reader.strings(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.transactionalIds, true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DescribeTransactionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeTransactionsResponse", kind: .response, key: 65, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var transactionStates: [TransactionState] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
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
        try writer.structures(self.transactionStates, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicData: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topic = try reader.string(true)
            self.partitions = try reader.integers(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, true)
            try writer.integers(self.partitions, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.transactionalId = try reader.string(true)
            self.transactionState = try reader.string(true)
            self.transactionTimeoutMs = try reader.integer()
            self.transactionStartTimeMs = try reader.integer()
            self.producerId = try reader.integer()
            self.producerEpoch = try reader.integer()
            self.topics = try reader.structures(TopicData.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
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
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
