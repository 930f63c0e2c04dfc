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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groupId = try reader.string(true)
        self.memberId = try reader.string(true)
        self.memberEpoch = try reader.integer()
        self.instanceId = try reader.nullableString(true, allowed: true)
        self.rackId = try reader.nullableString(true, allowed: true)
        self.rebalanceTimeoutMs = try reader.integer()
        self.subscribedTopicNames = try reader.nullableStrings(true, allowed: true)
        if version >= 1 { self.subscribedTopicRegex = try reader.nullableString(true, allowed: true) }
        self.serverAssignor = try reader.nullableString(true, allowed: true)
        self.topicPartitions = try reader.nullableStructures(TopicPartitions.self, true, version, allowed: true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
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
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicId = try reader.uuid()
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
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(true, allowed: true)
        self.memberId = try reader.nullableString(true, allowed: true)
        self.memberEpoch = try reader.integer()
        self.heartbeatIntervalMs = try reader.integer()
        self.assignment = try reader.nullableStructure(Assignment.self, version, allowed: true)
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
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.nullableString(self.memberId, true, allowed: true)
        writer.integer(self.memberEpoch)
        writer.integer(self.heartbeatIntervalMs)
        try writer.nullableStructure(self.assignment, version, allowed: true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Assignment: WireStructure {
        public var topicPartitions: [TopicPartitions] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicPartitions = try reader.structures(TopicPartitions.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.topicPartitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicId = try reader.uuid()
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
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
