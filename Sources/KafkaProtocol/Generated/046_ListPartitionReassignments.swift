// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListPartitionReassignmentsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListPartitionReassignmentsRequest", kind: .request, key: 46, versions: 0...0, firstFlexible: 0)
    public typealias Response = ListPartitionReassignmentsResponse

    public var timeoutMs: Int32 = 60000
    public var topics: [ListPartitionReassignmentsTopics]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.timeoutMs = reader.integer()
        self.topics = reader.nullableStructures(ListPartitionReassignmentsTopics.self, true, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.timeoutMs)
        try writer.nullableStructures(self.topics, true, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListPartitionReassignmentsTopics: WireStructure {
        public var name: String = ""
        public var partitionIndexes: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitionIndexes = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.integers(self.partitionIndexes, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ListPartitionReassignmentsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListPartitionReassignmentsResponse", kind: .response, key: 46, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var topics: [OngoingTopicReassignment] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.topics = reader.structures(OngoingTopicReassignment.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OngoingPartitionReassignment: WireStructure {
        public var partitionIndex: Int32 = 0
        public var replicas: [Int32] = []
        public var addingReplicas: [Int32] = []
        public var removingReplicas: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.replicas = reader.integers(true)
            self.addingReplicas = reader.integers(true)
            self.removingReplicas = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            try writer.integers(self.replicas, true)
            try writer.integers(self.addingReplicas, true)
            try writer.integers(self.removingReplicas, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OngoingTopicReassignment: WireStructure {
        public var name: String = ""
        public var partitions: [OngoingPartitionReassignment] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(OngoingPartitionReassignment.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
