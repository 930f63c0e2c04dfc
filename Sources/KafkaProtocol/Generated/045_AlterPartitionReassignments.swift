// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterPartitionReassignmentsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterPartitionReassignmentsRequest", kind: .request, key: 45, versions: 0...1, firstFlexible: 0)
    public typealias Response = AlterPartitionReassignmentsResponse

    public var timeoutMs: Int32 = 60000
    public var allowReplicationFactorChange: Bool = true
    public var topics: [ReassignableTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.timeoutMs = reader.integer()
        if version >= 1 { self.allowReplicationFactorChange = reader.bool() }
        self.topics = reader.structures(ReassignableTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.timeoutMs)
        if version >= 1 { writer.bool(self.allowReplicationFactorChange) } else { if self.allowReplicationFactorChange != true { throw .notRepresentable(field: "AllowReplicationFactorChange", version: version) } }
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ReassignablePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var replicas: [Int32]? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.replicas = reader.nullableIntegers(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            try writer.nullableIntegers(self.replicas, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ReassignableTopic: WireStructure {
        public var name: String = ""
        public var partitions: [ReassignablePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(ReassignablePartition.self, true, version)
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

public struct AlterPartitionReassignmentsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterPartitionReassignmentsResponse", kind: .response, key: 45, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var allowReplicationFactorChange: Bool = true
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var responses: [ReassignableTopicResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        if version >= 1 { self.allowReplicationFactorChange = reader.bool() }
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.responses = reader.structures(ReassignableTopicResponse.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        if version >= 1 { writer.bool(self.allowReplicationFactorChange) }
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.structures(self.responses, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ReassignablePartitionResponse: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ReassignableTopicResponse: WireStructure {
        public var name: String = ""
        public var partitions: [ReassignablePartitionResponse] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(ReassignablePartitionResponse.self, true, version)
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
