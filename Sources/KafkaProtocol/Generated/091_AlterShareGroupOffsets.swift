// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterShareGroupOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterShareGroupOffsetsRequest", kind: .request, key: 91, versions: 0...0, firstFlexible: 0)
    public typealias Response = AlterShareGroupOffsetsResponse

    public var groupId: String = ""
    public var topics: [AlterShareGroupOffsetsRequestTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.topics = reader.structures(AlterShareGroupOffsetsRequestTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterShareGroupOffsetsRequestPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var startOffset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.startOffset = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.startOffset)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AlterShareGroupOffsetsRequestTopic: WireStructure {
        public var topicName: String = ""
        public var partitions: [AlterShareGroupOffsetsRequestPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitions = reader.structures(AlterShareGroupOffsetsRequestPartition.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AlterShareGroupOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterShareGroupOffsetsResponse", kind: .response, key: 91, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var responses: [AlterShareGroupOffsetsResponseTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.responses = reader.structures(AlterShareGroupOffsetsResponseTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.structures(self.responses, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterShareGroupOffsetsResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
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

    public struct AlterShareGroupOffsetsResponseTopic: WireStructure {
        public var topicName: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [AlterShareGroupOffsetsResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.topicId = reader.uuid()
            self.partitions = reader.structures(AlterShareGroupOffsetsResponsePartition.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
