// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterReplicaLogDirsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterReplicaLogDirsRequest", kind: .request, key: 34, versions: 1...2, firstFlexible: 2)
    public typealias Response = AlterReplicaLogDirsResponse

    public var dirs: [AlterReplicaLogDir] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.dirs = reader.structures(AlterReplicaLogDir.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.dirs, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterReplicaLogDirTopic: WireStructure {
        public var name: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.partitions = reader.integers(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            try writer.integers(self.partitions, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AlterReplicaLogDir: WireStructure {
        public var path: String = ""
        public var topics: [AlterReplicaLogDirTopic] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.path = reader.string(version >= 2)
            self.topics = reader.structures(AlterReplicaLogDirTopic.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.path, version >= 2)
            try writer.structures(self.topics, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AlterReplicaLogDirsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterReplicaLogDirsResponse", kind: .response, key: 34, versions: 1...2, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var results: [AlterReplicaLogDirTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(AlterReplicaLogDirTopicResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterReplicaLogDirPartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AlterReplicaLogDirTopicResult: WireStructure {
        public var topicName: String = ""
        public var partitions: [AlterReplicaLogDirPartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(version >= 2)
            self.partitions = reader.structures(AlterReplicaLogDirPartitionResult.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, version >= 2)
            try writer.structures(self.partitions, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
