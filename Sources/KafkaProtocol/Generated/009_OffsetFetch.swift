// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct OffsetFetchRequest: RequestMessage {
    public static let schema = MessageSchema(name: "OffsetFetchRequest", kind: .request, key: 9, versions: 1...10, firstFlexible: 6)
    public typealias Response = OffsetFetchResponse

    public var groupId: String = ""
    public var topics: [OffsetFetchRequestTopic]? = []
    public var groups: [OffsetFetchRequestGroup] = []
    public var requireStable: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version <= 7 { self.groupId = reader.string(version >= 6) }
        if version <= 7 { self.topics = reader.nullableStructures(OffsetFetchRequestTopic.self, version >= 6, version, allowed: version >= 2) }
        if version >= 8 { self.groups = reader.structures(OffsetFetchRequestGroup.self, true, version) }
        if version >= 7 { self.requireStable = reader.bool() }
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version <= 7 { try writer.string(self.groupId, version >= 6) } else { if self.groupId != "" { throw .notRepresentable(field: "GroupId", version: version) } }
        if version <= 7 { try writer.nullableStructures(self.topics, version >= 6, version, allowed: version >= 2) } else { if self.topics != [] { throw .notRepresentable(field: "Topics", version: version) } }
        if version >= 8 { try writer.structures(self.groups, true, version) } else { if !self.groups.isEmpty { throw .notRepresentable(field: "Groups", version: version) } }
        if version >= 7 { writer.bool(self.requireStable) } else { if self.requireStable != false { throw .notRepresentable(field: "RequireStable", version: version) } }
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OffsetFetchRequestTopic: WireStructure {
        public var name: String = ""
        public var partitionIndexes: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 7 { self.name = reader.string(version >= 6) }
            if version <= 7 { self.partitionIndexes = reader.integers(version >= 6) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 7 { try writer.string(self.name, version >= 6) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version <= 7 { try writer.integers(self.partitionIndexes, version >= 6) } else { if !self.partitionIndexes.isEmpty { throw .notRepresentable(field: "PartitionIndexes", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchRequestTopics: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitionIndexes: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if (8...9).contains(version) { self.name = reader.string(true) }
            if version >= 10 { self.topicId = reader.uuid() }
            if version >= 8 { self.partitionIndexes = reader.integers(true) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if (8...9).contains(version) { try writer.string(self.name, true) }
            if version >= 10 { writer.uuid(self.topicId) }
            if version >= 8 { try writer.integers(self.partitionIndexes, true) } else { if !self.partitionIndexes.isEmpty { throw .notRepresentable(field: "PartitionIndexes", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchRequestGroup: WireStructure {
        public var groupId: String = ""
        public var memberId: String? = nil
        public var memberEpoch: Int32 = -1
        public var topics: [OffsetFetchRequestTopics]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 8 { self.groupId = reader.string(true) }
            if version >= 9 { self.memberId = reader.nullableString(true, allowed: true) }
            if version >= 9 { self.memberEpoch = reader.integer() }
            if version >= 8 { self.topics = reader.nullableStructures(OffsetFetchRequestTopics.self, true, version, allowed: true) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 8 { try writer.string(self.groupId, true) } else { if self.groupId != "" { throw .notRepresentable(field: "GroupId", version: version) } }
            if version >= 9 { try writer.nullableString(self.memberId, true, allowed: true) }
            if version >= 9 { writer.integer(self.memberEpoch) }
            if version >= 8 { try writer.nullableStructures(self.topics, true, version, allowed: true) } else { if self.topics != [] { throw .notRepresentable(field: "Topics", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct OffsetFetchResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "OffsetFetchResponse", kind: .response, key: 9, versions: 1...10, firstFlexible: 6)

    public var throttleTimeMs: Int32 = 0
    public var topics: [OffsetFetchResponseTopic] = []
    public var errorCode: ErrorCode = .none
    public var groups: [OffsetFetchResponseGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.throttleTimeMs = reader.integer() }
        if version <= 7 { self.topics = reader.structures(OffsetFetchResponseTopic.self, version >= 6, version) }
        if (2...7).contains(version) { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        if version >= 8 { self.groups = reader.structures(OffsetFetchResponseGroup.self, true, version) }
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { writer.integer(self.throttleTimeMs) }
        if version <= 7 { try writer.structures(self.topics, version >= 6, version) } else { if !self.topics.isEmpty { throw .notRepresentable(field: "Topics", version: version) } }
        if (2...7).contains(version) { writer.integer(self.errorCode.rawValue) }
        if version >= 8 { try writer.structures(self.groups, true, version) } else { if !self.groups.isEmpty { throw .notRepresentable(field: "Groups", version: version) } }
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OffsetFetchResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var committedOffset: Int64 = 0
        public var committedLeaderEpoch: Int32 = -1
        public var metadata: String? = ""
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 7 { self.partitionIndex = reader.integer() }
            if version <= 7 { self.committedOffset = reader.integer() }
            if (5...7).contains(version) { self.committedLeaderEpoch = reader.integer() }
            if version <= 7 { self.metadata = reader.nullableString(version >= 6, allowed: true) }
            if version <= 7 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 7 { writer.integer(self.partitionIndex) } else { if self.partitionIndex != 0 { throw .notRepresentable(field: "PartitionIndex", version: version) } }
            if version <= 7 { writer.integer(self.committedOffset) } else { if self.committedOffset != 0 { throw .notRepresentable(field: "CommittedOffset", version: version) } }
            if (5...7).contains(version) { writer.integer(self.committedLeaderEpoch) }
            if version <= 7 { try writer.nullableString(self.metadata, version >= 6, allowed: true) } else { if self.metadata != "" { throw .notRepresentable(field: "Metadata", version: version) } }
            if version <= 7 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchResponseTopic: WireStructure {
        public var name: String = ""
        public var partitions: [OffsetFetchResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 7 { self.name = reader.string(version >= 6) }
            if version <= 7 { self.partitions = reader.structures(OffsetFetchResponsePartition.self, version >= 6, version) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 7 { try writer.string(self.name, version >= 6) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version <= 7 { try writer.structures(self.partitions, version >= 6, version) } else { if !self.partitions.isEmpty { throw .notRepresentable(field: "Partitions", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchResponsePartitions: WireStructure {
        public var partitionIndex: Int32 = 0
        public var committedOffset: Int64 = 0
        public var committedLeaderEpoch: Int32 = -1
        public var metadata: String? = ""
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 8 { self.partitionIndex = reader.integer() }
            if version >= 8 { self.committedOffset = reader.integer() }
            if version >= 8 { self.committedLeaderEpoch = reader.integer() }
            if version >= 8 { self.metadata = reader.nullableString(true, allowed: true) }
            if version >= 8 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 8 { writer.integer(self.partitionIndex) } else { if self.partitionIndex != 0 { throw .notRepresentable(field: "PartitionIndex", version: version) } }
            if version >= 8 { writer.integer(self.committedOffset) } else { if self.committedOffset != 0 { throw .notRepresentable(field: "CommittedOffset", version: version) } }
            if version >= 8 { writer.integer(self.committedLeaderEpoch) }
            if version >= 8 { try writer.nullableString(self.metadata, true, allowed: true) } else { if self.metadata != "" { throw .notRepresentable(field: "Metadata", version: version) } }
            if version >= 8 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchResponseTopics: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [OffsetFetchResponsePartitions] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if (8...9).contains(version) { self.name = reader.string(true) }
            if version >= 10 { self.topicId = reader.uuid() }
            if version >= 8 { self.partitions = reader.structures(OffsetFetchResponsePartitions.self, true, version) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if (8...9).contains(version) { try writer.string(self.name, true) }
            if version >= 10 { writer.uuid(self.topicId) }
            if version >= 8 { try writer.structures(self.partitions, true, version) } else { if !self.partitions.isEmpty { throw .notRepresentable(field: "Partitions", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetFetchResponseGroup: WireStructure {
        public var groupId: String = ""
        public var topics: [OffsetFetchResponseTopics] = []
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 8 { self.groupId = reader.string(true) }
            if version >= 8 { self.topics = reader.structures(OffsetFetchResponseTopics.self, true, version) }
            if version >= 8 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 8 { try writer.string(self.groupId, true) } else { if self.groupId != "" { throw .notRepresentable(field: "GroupId", version: version) } }
            if version >= 8 { try writer.structures(self.topics, true, version) } else { if !self.topics.isEmpty { throw .notRepresentable(field: "Topics", version: version) } }
            if version >= 8 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
