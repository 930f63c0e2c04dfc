// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListOffsetsRequest", kind: .request, key: 2, versions: 1...11, firstFlexible: 6)
    public typealias Response = ListOffsetsResponse

    public var replicaId: Int32 = 0
    public var isolationLevel: Int8 = 0
    public var topics: [ListOffsetsTopic] = []
    public var timeoutMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.replicaId = reader.integer()
        if version >= 2 { self.isolationLevel = reader.integer() }
        self.topics = reader.structures(ListOffsetsTopic.self, version >= 6, version)
        if version >= 10 { self.timeoutMs = reader.integer() }
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.replicaId)
        if version >= 2 { writer.integer(self.isolationLevel) } else { if self.isolationLevel != 0 { throw .notRepresentable(field: "IsolationLevel", version: version) } }
        try writer.structures(self.topics, version >= 6, version)
        if version >= 10 { writer.integer(self.timeoutMs) }
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListOffsetsPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var currentLeaderEpoch: Int32 = -1
        public var timestamp: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            if version >= 4 { self.currentLeaderEpoch = reader.integer() }
            self.timestamp = reader.integer()
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            if version >= 4 { writer.integer(self.currentLeaderEpoch) }
            writer.integer(self.timestamp)
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ListOffsetsTopic: WireStructure {
        public var name: String = ""
        public var partitions: [ListOffsetsPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 6)
            self.partitions = reader.structures(ListOffsetsPartition.self, version >= 6, version)
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 6)
            try writer.structures(self.partitions, version >= 6, version)
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ListOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListOffsetsResponse", kind: .response, key: 2, versions: 1...11, firstFlexible: 6)

    public var throttleTimeMs: Int32 = 0
    public var topics: [ListOffsetsTopicResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 2 { self.throttleTimeMs = reader.integer() }
        self.topics = reader.structures(ListOffsetsTopicResponse.self, version >= 6, version)
        if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 2 { writer.integer(self.throttleTimeMs) }
        try writer.structures(self.topics, version >= 6, version)
        if version >= 6 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListOffsetsPartitionResponse: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var timestamp: Int64 = -1
        public var offset: Int64 = -1
        public var leaderEpoch: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.timestamp = reader.integer()
            self.offset = reader.integer()
            if version >= 4 { self.leaderEpoch = reader.integer() }
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.timestamp)
            writer.integer(self.offset)
            if version >= 4 { writer.integer(self.leaderEpoch) } else { if self.leaderEpoch != -1 { throw .notRepresentable(field: "LeaderEpoch", version: version) } }
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ListOffsetsTopicResponse: WireStructure {
        public var name: String = ""
        public var partitions: [ListOffsetsPartitionResponse] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 6)
            self.partitions = reader.structures(ListOffsetsPartitionResponse.self, version >= 6, version)
            if version >= 6 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 6)
            try writer.structures(self.partitions, version >= 6, version)
            if version >= 6 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
