// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeShareGroupOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeShareGroupOffsetsRequest", kind: .request, key: 90, versions: 0...1, firstFlexible: 0)
    public typealias Response = DescribeShareGroupOffsetsResponse

    public var groups: [DescribeShareGroupOffsetsRequestGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groups = reader.structures(DescribeShareGroupOffsetsRequestGroup.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.groups, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeShareGroupOffsetsRequestTopic: WireStructure {
        public var topicName: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsRequestGroup: WireStructure {
        public var groupId: String = ""
        public var topics: [DescribeShareGroupOffsetsRequestTopic]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.groupId = reader.string(true)
            self.topics = reader.nullableStructures(DescribeShareGroupOffsetsRequestTopic.self, true, version, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, true)
            try writer.nullableStructures(self.topics, true, version, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeShareGroupOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeShareGroupOffsetsResponse", kind: .response, key: 90, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var groups: [DescribeShareGroupOffsetsResponseGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.groups = reader.structures(DescribeShareGroupOffsetsResponseGroup.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.groups, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeShareGroupOffsetsResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var startOffset: Int64 = 0
        public var leaderEpoch: Int32 = 0
        public var lag: Int64 = -1
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.startOffset = reader.integer()
            self.leaderEpoch = reader.integer()
            if version >= 1 { self.lag = reader.integer() }
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.startOffset)
            writer.integer(self.leaderEpoch)
            if version >= 1 { writer.integer(self.lag) }
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsResponseTopic: WireStructure {
        public var topicName: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [DescribeShareGroupOffsetsResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.topicId = reader.uuid()
            self.partitions = reader.structures(DescribeShareGroupOffsetsResponsePartition.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsResponseGroup: WireStructure {
        public var groupId: String = ""
        public var topics: [DescribeShareGroupOffsetsResponseTopic] = []
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.groupId = reader.string(true)
            self.topics = reader.structures(DescribeShareGroupOffsetsResponseTopic.self, true, version)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, true)
            try writer.structures(self.topics, true, version)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
