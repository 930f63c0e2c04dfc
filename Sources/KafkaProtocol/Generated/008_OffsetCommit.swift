// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct OffsetCommitRequest: RequestMessage {
    public static let schema = MessageSchema(name: "OffsetCommitRequest", kind: .request, key: 8, versions: 2...10, firstFlexible: 8)
    public typealias Response = OffsetCommitResponse

    public var groupId: String = ""
    public var generationIdOrMemberEpoch: Int32 = -1
    public var memberId: String = ""
    public var groupInstanceId: String? = nil
    public var retentionTimeMs: Int64 = -1
    public var topics: [OffsetCommitRequestTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(version >= 8)
        self.generationIdOrMemberEpoch = reader.integer()
        self.memberId = reader.string(version >= 8)
        if version >= 7 { self.groupInstanceId = reader.nullableString(version >= 8, allowed: true) }
        if version <= 4 { self.retentionTimeMs = reader.integer() }
        self.topics = reader.structures(OffsetCommitRequestTopic.self, version >= 8, version)
        if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, version >= 8)
        writer.integer(self.generationIdOrMemberEpoch)
        try writer.string(self.memberId, version >= 8)
        if version >= 7 { try writer.nullableString(self.groupInstanceId, version >= 8, allowed: true) } else { if self.groupInstanceId != nil { throw .notRepresentable(field: "GroupInstanceId", version: version) } }
        if version <= 4 { writer.integer(self.retentionTimeMs) }
        try writer.structures(self.topics, version >= 8, version)
        if version >= 8 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OffsetCommitRequestPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var committedOffset: Int64 = 0
        public var committedLeaderEpoch: Int32 = -1
        public var committedMetadata: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.committedOffset = reader.integer()
            if version >= 6 { self.committedLeaderEpoch = reader.integer() }
            self.committedMetadata = reader.nullableString(version >= 8, allowed: true)
            if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.committedOffset)
            if version >= 6 { writer.integer(self.committedLeaderEpoch) }
            try writer.nullableString(self.committedMetadata, version >= 8, allowed: true)
            if version >= 8 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetCommitRequestTopic: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [OffsetCommitRequestPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 9 { self.name = reader.string(version >= 8) }
            if version >= 10 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(OffsetCommitRequestPartition.self, version >= 8, version)
            if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 9 { try writer.string(self.name, version >= 8) }
            if version >= 10 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 8, version)
            if version >= 8 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct OffsetCommitResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "OffsetCommitResponse", kind: .response, key: 8, versions: 2...10, firstFlexible: 8)

    public var throttleTimeMs: Int32 = 0
    public var topics: [OffsetCommitResponseTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.throttleTimeMs = reader.integer() }
        self.topics = reader.structures(OffsetCommitResponseTopic.self, version >= 8, version)
        if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { writer.integer(self.throttleTimeMs) }
        try writer.structures(self.topics, version >= 8, version)
        if version >= 8 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OffsetCommitResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            if version >= 8 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetCommitResponseTopic: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [OffsetCommitResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 9 { self.name = reader.string(version >= 8) }
            if version >= 10 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(OffsetCommitResponsePartition.self, version >= 8, version)
            if version >= 8 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 9 { try writer.string(self.name, version >= 8) }
            if version >= 10 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 8, version)
            if version >= 8 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
