// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeTopicPartitionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeTopicPartitionsRequest", kind: .request, key: 75, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeTopicPartitionsResponse

    public var topics: [TopicRequest] = []
    public var responsePartitionLimit: Int32 = 2000
    public var cursor: Cursor? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(TopicRequest.self, true, version)
        self.responsePartitionLimit = reader.integer()
        self.cursor = reader.nullableStructure(Cursor.self, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, true, version)
        writer.integer(self.responsePartitionLimit)
        try writer.nullableStructure(self.cursor, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicRequest: WireStructure {
        public var name: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Cursor: WireStructure {
        public var topicName: String = ""
        public var partitionIndex: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitionIndex = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.integer(self.partitionIndex)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeTopicPartitionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeTopicPartitionsResponse", kind: .response, key: 75, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var topics: [DescribeTopicPartitionsResponseTopic] = []
    public var nextCursor: Cursor? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(DescribeTopicPartitionsResponseTopic.self, true, version)
        self.nextCursor = reader.nullableStructure(Cursor.self, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, true, version)
        try writer.nullableStructure(self.nextCursor, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeTopicPartitionsResponsePartition: WireStructure {
        public var errorCode: ErrorCode = .none
        public var partitionIndex: Int32 = 0
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = -1
        public var replicaNodes: [Int32] = []
        public var isrNodes: [Int32] = []
        public var eligibleLeaderReplicas: [Int32]? = nil
        public var lastKnownElr: [Int32]? = nil
        public var offlineReplicas: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.partitionIndex = reader.integer()
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            self.replicaNodes = reader.integers(true)
            self.isrNodes = reader.integers(true)
            self.eligibleLeaderReplicas = reader.nullableIntegers(true, allowed: true)
            self.lastKnownElr = reader.nullableIntegers(true, allowed: true)
            self.offlineReplicas = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.partitionIndex)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            try writer.integers(self.replicaNodes, true)
            try writer.integers(self.isrNodes, true)
            try writer.nullableIntegers(self.eligibleLeaderReplicas, true, allowed: true)
            try writer.nullableIntegers(self.lastKnownElr, true, allowed: true)
            try writer.integers(self.offlineReplicas, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeTopicPartitionsResponseTopic: WireStructure {
        public var errorCode: ErrorCode = .none
        public var name: String? = ""
        public var topicId: KafkaUUID = .zero
        public var isInternal: Bool = false
        public var partitions: [DescribeTopicPartitionsResponsePartition] = []
        public var topicAuthorizedOperations: Int32 = -2147483648
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.name = reader.nullableString(true, allowed: true)
            self.topicId = reader.uuid()
            self.isInternal = reader.bool()
            self.partitions = reader.structures(DescribeTopicPartitionsResponsePartition.self, true, version)
            self.topicAuthorizedOperations = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.name, true, allowed: true)
            writer.uuid(self.topicId)
            writer.bool(self.isInternal)
            try writer.structures(self.partitions, true, version)
            writer.integer(self.topicAuthorizedOperations)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Cursor: WireStructure {
        public var topicName: String = ""
        public var partitionIndex: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitionIndex = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.integer(self.partitionIndex)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
