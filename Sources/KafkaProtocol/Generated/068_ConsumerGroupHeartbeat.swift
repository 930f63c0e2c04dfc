// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ConsumerGroupHeartbeatRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupHeartbeatRequest", kind: .request, key: 68, versions: 0...1, firstFlexible: 0)
    public typealias Response = ConsumerGroupHeartbeatResponse

    public var groupId: String = ""
    public var memberId: String = ""
    public var memberEpoch: Int32 = 0
    public var instanceId: String? = nil
    public var rackId: String? = nil
    public var rebalanceTimeoutMs: Int32 = -1
    public var subscribedTopicNames: [String]? = nil
    public var subscribedTopicRegex: String? = nil
    public var serverAssignor: String? = nil
    public var topicPartitions: [TopicPartitions]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.memberId = reader.string(true)
        self.memberEpoch = reader.integer()
        self.instanceId = reader.nullableString(true, allowed: true)
        self.rackId = reader.nullableString(true, allowed: true)
        self.rebalanceTimeoutMs = reader.integer()
        self.subscribedTopicNames = reader.nullableStrings(true, allowed: true)
        if version >= 1 { self.subscribedTopicRegex = reader.nullableString(true, allowed: true) }
        self.serverAssignor = reader.nullableString(true, allowed: true)
        self.topicPartitions = reader.nullableStructures(TopicPartitions.self, true, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.string(self.memberId, true)
        writer.integer(self.memberEpoch)
        try writer.nullableString(self.instanceId, true, allowed: true)
        try writer.nullableString(self.rackId, true, allowed: true)
        writer.integer(self.rebalanceTimeoutMs)
        try writer.nullableStrings(self.subscribedTopicNames, true, allowed: true)
        if version >= 1 { try writer.nullableString(self.subscribedTopicRegex, true, allowed: true) } else { if self.subscribedTopicRegex != nil { throw .notRepresentable(field: "SubscribedTopicRegex", version: version) } }
        try writer.nullableString(self.serverAssignor, true, allowed: true)
        try writer.nullableStructures(self.topicPartitions, true, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ConsumerGroupHeartbeatResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupHeartbeatResponse", kind: .response, key: 68, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var memberId: String? = nil
    public var memberEpoch: Int32 = 0
    public var heartbeatIntervalMs: Int32 = 0
    public var assignment: Assignment? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.memberId = reader.nullableString(true, allowed: true)
        self.memberEpoch = reader.integer()
        self.heartbeatIntervalMs = reader.integer()
        self.assignment = reader.nullableStructure(Assignment.self, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.nullableString(self.memberId, true, allowed: true)
        writer.integer(self.memberEpoch)
        writer.integer(self.heartbeatIntervalMs)
        try writer.nullableStructure(self.assignment, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Assignment: WireStructure {
        public var topicPartitions: [TopicPartitions] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicPartitions = reader.structures(TopicPartitions.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.topicPartitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
