// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct TxnOffsetCommitRequest: RequestMessage {
    public static let schema = MessageSchema(name: "TxnOffsetCommitRequest", kind: .request, key: 28, versions: 0...6, firstFlexible: 3)
    public typealias Response = TxnOffsetCommitResponse

    public var transactionalId: String = ""
    public var groupId: String = ""
    public var producerId: Int64 = 0
    public var producerEpoch: Int16 = 0
    public var generationIdOrMemberEpoch: Int32 = -1
    public var memberId: String = ""
    public var groupInstanceId: String? = nil
    public var topics: [TxnOffsetCommitRequestTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.string(version >= 3)
        self.groupId = reader.string(version >= 3)
        self.producerId = reader.integer()
        self.producerEpoch = reader.integer()
        if version >= 3 { self.generationIdOrMemberEpoch = reader.integer() }
        if version >= 3 { self.memberId = reader.string(true) }
        if version >= 3 { self.groupInstanceId = reader.nullableString(true, allowed: true) }
        self.topics = reader.structures(TxnOffsetCommitRequestTopic.self, version >= 3, version)
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.transactionalId, version >= 3)
        try writer.string(self.groupId, version >= 3)
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        if version >= 3 { writer.integer(self.generationIdOrMemberEpoch) } else { if self.generationIdOrMemberEpoch != -1 { throw .notRepresentable(field: "GenerationIdOrMemberEpoch", version: version) } }
        if version >= 3 { try writer.string(self.memberId, true) } else { if self.memberId != "" { throw .notRepresentable(field: "MemberId", version: version) } }
        if version >= 3 { try writer.nullableString(self.groupInstanceId, true, allowed: true) } else { if self.groupInstanceId != nil { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
        try writer.structures(self.topics, version >= 3, version)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TxnOffsetCommitRequestPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var committedOffset: Int64 = 0
        public var committedLeaderEpoch: Int32 = -1
        public var committedMetadata: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.committedOffset = reader.integer()
            if version >= 2 { self.committedLeaderEpoch = reader.integer() }
            self.committedMetadata = reader.nullableString(version >= 3, allowed: true)
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.committedOffset)
            if version >= 2 { writer.integer(self.committedLeaderEpoch) }
            try writer.nullableString(self.committedMetadata, version >= 3, allowed: true)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TxnOffsetCommitRequestTopic: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [TxnOffsetCommitRequestPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 5 { self.name = reader.string(version >= 3) }
            if version >= 6 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(TxnOffsetCommitRequestPartition.self, version >= 3, version)
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 5 { try writer.string(self.name, version >= 3) }
            if version >= 6 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 3, version)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct TxnOffsetCommitResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "TxnOffsetCommitResponse", kind: .response, key: 28, versions: 0...6, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var topics: [TxnOffsetCommitResponseTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(TxnOffsetCommitResponseTopic.self, version >= 3, version)
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, version >= 3, version)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TxnOffsetCommitResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TxnOffsetCommitResponseTopic: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [TxnOffsetCommitResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 5 { self.name = reader.string(version >= 3) }
            if version >= 6 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(TxnOffsetCommitResponsePartition.self, version >= 3, version)
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 5 { try writer.string(self.name, version >= 3) }
            if version >= 6 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 3, version)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
