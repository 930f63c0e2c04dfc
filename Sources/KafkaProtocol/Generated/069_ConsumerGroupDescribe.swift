// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ConsumerGroupDescribeRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupDescribeRequest", kind: .request, key: 69, versions: 0...1, firstFlexible: 0)
    public typealias Response = ConsumerGroupDescribeResponse

    public var groupIds: [String] = []
    public var includeAuthorizedOperations: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupIds = reader.strings(true)
        self.includeAuthorizedOperations = reader.bool()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.groupIds, true)
        writer.bool(self.includeAuthorizedOperations)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ConsumerGroupDescribeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupDescribeResponse", kind: .response, key: 69, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var groups: [DescribedGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.groups = reader.structures(DescribedGroup.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.groups, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Member: WireStructure {
        public var memberId: String = ""
        public var instanceId: String? = nil
        public var rackId: String? = nil
        public var memberEpoch: Int32 = 0
        public var clientId: String = ""
        public var clientHost: String = ""
        public var subscribedTopicNames: [String] = []
        public var subscribedTopicRegex: String? = nil
        public var assignment: Assignment = Assignment()
        public var targetAssignment: Assignment = Assignment()
        public var memberType: Int8 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.memberId = reader.string(true)
            self.instanceId = reader.nullableString(true, allowed: true)
            self.rackId = reader.nullableString(true, allowed: true)
            self.memberEpoch = reader.integer()
            self.clientId = reader.string(true)
            self.clientHost = reader.string(true)
            self.subscribedTopicNames = reader.strings(true)
            self.subscribedTopicRegex = reader.nullableString(true, allowed: true)
            self.assignment = reader.structure(Assignment.self, version)
            self.targetAssignment = reader.structure(Assignment.self, version)
            if version >= 1 { self.memberType = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.memberId, true)
            try writer.nullableString(self.instanceId, true, allowed: true)
            try writer.nullableString(self.rackId, true, allowed: true)
            writer.integer(self.memberEpoch)
            try writer.string(self.clientId, true)
            try writer.string(self.clientHost, true)
            try writer.strings(self.subscribedTopicNames, true)
            try writer.nullableString(self.subscribedTopicRegex, true, allowed: true)
            try self.assignment.encode(into: &writer, version: version)
            try self.targetAssignment.encode(into: &writer, version: version)
            if version >= 1 { writer.integer(self.memberType) }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribedGroup: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var groupId: String = ""
        public var groupState: String = ""
        public var groupEpoch: Int32 = 0
        public var assignmentEpoch: Int32 = 0
        public var assignorName: String = ""
        public var members: [Member] = []
        public var authorizedOperations: Int32 = -2147483648
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.groupId = reader.string(true)
            self.groupState = reader.string(true)
            self.groupEpoch = reader.integer()
            self.assignmentEpoch = reader.integer()
            self.assignorName = reader.string(true)
            self.members = reader.structures(Member.self, true, version)
            self.authorizedOperations = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            try writer.string(self.groupId, true)
            try writer.string(self.groupState, true)
            writer.integer(self.groupEpoch)
            writer.integer(self.assignmentEpoch)
            try writer.string(self.assignorName, true)
            try writer.structures(self.members, true, version)
            writer.integer(self.authorizedOperations)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var topicName: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.topicName = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.string(self.topicName, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
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
}
