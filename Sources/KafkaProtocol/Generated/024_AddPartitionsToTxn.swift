// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AddPartitionsToTxnRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AddPartitionsToTxnRequest", kind: .request, key: 24, versions: 0...5, firstFlexible: 3)
    public typealias Response = AddPartitionsToTxnResponse

    public var transactions: [AddPartitionsToTxnTransaction] = []
    public var v3AndBelowTransactionalId: String = ""
    public var v3AndBelowProducerId: Int64 = 0
    public var v3AndBelowProducerEpoch: Int16 = 0
    public var v3AndBelowTopics: [AddPartitionsToTxnTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 4 { self.transactions = reader.structures(AddPartitionsToTxnTransaction.self, true, version) }
        if version <= 3 { self.v3AndBelowTransactionalId = reader.string(version >= 3) }
        if version <= 3 { self.v3AndBelowProducerId = reader.integer() }
        if version <= 3 { self.v3AndBelowProducerEpoch = reader.integer() }
        if version <= 3 { self.v3AndBelowTopics = reader.structures(AddPartitionsToTxnTopic.self, version >= 3, version) }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 4 { try writer.structures(self.transactions, true, version) } else { if !self.transactions.isEmpty { throw .notRepresentable(field: "Transactions", version: version) } }
        if version <= 3 { try writer.string(self.v3AndBelowTransactionalId, version >= 3) } else { if self.v3AndBelowTransactionalId != "" { throw .notRepresentable(field: "V3AndBelowTransactionalId", version: version) } }
        if version <= 3 { writer.integer(self.v3AndBelowProducerId) } else { if self.v3AndBelowProducerId != 0 { throw .notRepresentable(field: "V3AndBelowProducerId", version: version) } }
        if version <= 3 { writer.integer(self.v3AndBelowProducerEpoch) } else { if self.v3AndBelowProducerEpoch != 0 { throw .notRepresentable(field: "V3AndBelowProducerEpoch", version: version) } }
        if version <= 3 { try writer.structures(self.v3AndBelowTopics, version >= 3, version) } else { if !self.v3AndBelowTopics.isEmpty { throw .notRepresentable(field: "V3AndBelowTopics", version: version) } }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AddPartitionsToTxnTransaction: WireStructure {
        public var transactionalId: String = ""
        public var producerId: Int64 = 0
        public var producerEpoch: Int16 = 0
        public var verifyOnly: Bool = false
        public var topics: [AddPartitionsToTxnTopic] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 4 { self.transactionalId = reader.string(true) }
            if version >= 4 { self.producerId = reader.integer() }
            if version >= 4 { self.producerEpoch = reader.integer() }
            if version >= 4 { self.verifyOnly = reader.bool() }
            if version >= 4 { self.topics = reader.structures(AddPartitionsToTxnTopic.self, true, version) }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 4 { try writer.string(self.transactionalId, true) } else { if self.transactionalId != "" { throw .notRepresentable(field: "TransactionalId", version: version) } }
            if version >= 4 { writer.integer(self.producerId) } else { if self.producerId != 0 { throw .notRepresentable(field: "ProducerId", version: version) } }
            if version >= 4 { writer.integer(self.producerEpoch) } else { if self.producerEpoch != 0 { throw .notRepresentable(field: "ProducerEpoch", version: version) } }
            if version >= 4 { writer.bool(self.verifyOnly) } else { if self.verifyOnly != false { throw .notRepresentable(field: "VerifyOnly", version: version) } }
            if version >= 4 { try writer.structures(self.topics, true, version) } else { if !self.topics.isEmpty { throw .notRepresentable(field: "Topics", version: version) } }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AddPartitionsToTxnTopic: WireStructure {
        public var name: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 3)
            self.partitions = reader.integers(version >= 3)
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 3)
            try writer.integers(self.partitions, version >= 3)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AddPartitionsToTxnResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AddPartitionsToTxnResponse", kind: .response, key: 24, versions: 0...5, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var resultsByTransaction: [AddPartitionsToTxnResult] = []
    public var resultsByTopicV3AndBelow: [AddPartitionsToTxnTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        if version >= 4 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        if version >= 4 { self.resultsByTransaction = reader.structures(AddPartitionsToTxnResult.self, true, version) }
        if version <= 3 { self.resultsByTopicV3AndBelow = reader.structures(AddPartitionsToTxnTopicResult.self, version >= 3, version) }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        if version >= 4 { writer.integer(self.errorCode.rawValue) }
        if version >= 4 { try writer.structures(self.resultsByTransaction, true, version) } else { if !self.resultsByTransaction.isEmpty { throw .notRepresentable(field: "ResultsByTransaction", version: version) } }
        if version <= 3 { try writer.structures(self.resultsByTopicV3AndBelow, version >= 3, version) } else { if !self.resultsByTopicV3AndBelow.isEmpty { throw .notRepresentable(field: "ResultsByTopicV3AndBelow", version: version) } }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AddPartitionsToTxnResult: WireStructure {
        public var transactionalId: String = ""
        public var topicResults: [AddPartitionsToTxnTopicResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 4 { self.transactionalId = reader.string(true) }
            if version >= 4 { self.topicResults = reader.structures(AddPartitionsToTxnTopicResult.self, true, version) }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 4 { try writer.string(self.transactionalId, true) } else { if self.transactionalId != "" { throw .notRepresentable(field: "TransactionalId", version: version) } }
            if version >= 4 { try writer.structures(self.topicResults, true, version) } else { if !self.topicResults.isEmpty { throw .notRepresentable(field: "TopicResults", version: version) } }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AddPartitionsToTxnTopicResult: WireStructure {
        public var name: String = ""
        public var resultsByPartition: [AddPartitionsToTxnPartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 3)
            self.resultsByPartition = reader.structures(AddPartitionsToTxnPartitionResult.self, version >= 3, version)
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 3)
            try writer.structures(self.resultsByPartition, version >= 3, version)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AddPartitionsToTxnPartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var partitionErrorCode: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.partitionErrorCode = reader.integer()
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.partitionErrorCode)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
