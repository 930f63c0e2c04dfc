// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ElectLeadersRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ElectLeadersRequest", kind: .request, key: 43, versions: 0...2, firstFlexible: 2)
    public typealias Response = ElectLeadersResponse

    public var electionType: Int8 = 0
    public var topicPartitions: [TopicPartitions]? = []
    public var timeoutMs: Int32 = 60000
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.electionType = reader.integer() }
        self.topicPartitions = reader.nullableStructures(TopicPartitions.self, version >= 2, version, allowed: true)
        self.timeoutMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.electionType) } else { if self.electionType != 0 { throw .notRepresentable(field: "ElectionType", version: version) } }
        try writer.nullableStructures(self.topicPartitions, version >= 2, version, allowed: true)
        writer.integer(self.timeoutMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 2)
            self.partitions = reader.integers(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 2)
            try writer.integers(self.partitions, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ElectLeadersResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ElectLeadersResponse", kind: .response, key: 43, versions: 0...2, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var replicaElectionResults: [ReplicaElectionResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        if version >= 1 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        self.replicaElectionResults = reader.structures(ReplicaElectionResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        if version >= 1 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
        try writer.structures(self.replicaElectionResults, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionResult: WireStructure {
        public var partitionId: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionId = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionId)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ReplicaElectionResult: WireStructure {
        public var topic: String = ""
        public var partitionResult: [PartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 2)
            self.partitionResult = reader.structures(PartitionResult.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 2)
            try writer.structures(self.partitionResult, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
