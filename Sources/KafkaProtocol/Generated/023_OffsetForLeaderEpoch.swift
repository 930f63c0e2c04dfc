// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct OffsetForLeaderEpochRequest: RequestMessage {
    public static let schema = MessageSchema(name: "OffsetForLeaderEpochRequest", kind: .request, key: 23, versions: 2...4, firstFlexible: 4)
    public typealias Response = OffsetForLeaderEpochResponse

    public var replicaId: Int32 = -2
    public var topics: [OffsetForLeaderTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.replicaId = reader.integer() }
        self.topics = reader.structures(OffsetForLeaderTopic.self, version >= 4, version)
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { writer.integer(self.replicaId) }
        try writer.structures(self.topics, version >= 4, version)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct OffsetForLeaderPartition: WireStructure {
        public var partition: Int32 = 0
        public var currentLeaderEpoch: Int32 = -1
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            self.currentLeaderEpoch = reader.integer()
            self.leaderEpoch = reader.integer()
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            writer.integer(self.currentLeaderEpoch)
            writer.integer(self.leaderEpoch)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetForLeaderTopic: WireStructure {
        public var topic: String = ""
        public var partitions: [OffsetForLeaderPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 4)
            self.partitions = reader.structures(OffsetForLeaderPartition.self, version >= 4, version)
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 4)
            try writer.structures(self.partitions, version >= 4, version)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct OffsetForLeaderEpochResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "OffsetForLeaderEpochResponse", kind: .response, key: 23, versions: 2...4, firstFlexible: 4)

    public var throttleTimeMs: Int32 = 0
    public var topics: [OffsetForLeaderTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(OffsetForLeaderTopicResult.self, version >= 4, version)
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, version >= 4, version)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EpochEndOffset: WireStructure {
        public var errorCode: ErrorCode = .none
        public var partition: Int32 = 0
        public var leaderEpoch: Int32 = -1
        public var endOffset: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.partition = reader.integer()
            self.leaderEpoch = reader.integer()
            self.endOffset = reader.integer()
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.partition)
            writer.integer(self.leaderEpoch)
            writer.integer(self.endOffset)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OffsetForLeaderTopicResult: WireStructure {
        public var topic: String = ""
        public var partitions: [EpochEndOffset] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 4)
            self.partitions = reader.structures(EpochEndOffset.self, version >= 4, version)
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 4)
            try writer.structures(self.partitions, version >= 4, version)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
