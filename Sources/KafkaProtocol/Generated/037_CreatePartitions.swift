// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct CreatePartitionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "CreatePartitionsRequest", kind: .request, key: 37, versions: 0...3, firstFlexible: 2)
    public typealias Response = CreatePartitionsResponse

    public var topics: [CreatePartitionsTopic] = []
    public var timeoutMs: Int32 = 0
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(CreatePartitionsTopic.self, version >= 2, version)
        self.timeoutMs = reader.integer()
        self.validateOnly = reader.bool()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, version >= 2, version)
        writer.integer(self.timeoutMs)
        writer.bool(self.validateOnly)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CreatePartitionsAssignment: WireStructure {
        public var brokerIds: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.brokerIds = reader.integers(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.integers(self.brokerIds, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CreatePartitionsTopic: WireStructure {
        public var name: String = ""
        public var count: Int32 = 0
        public var assignments: [CreatePartitionsAssignment]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.count = reader.integer()
            self.assignments = reader.nullableStructures(CreatePartitionsAssignment.self, version >= 2, version, allowed: true)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            writer.integer(self.count)
            try writer.nullableStructures(self.assignments, version >= 2, version, allowed: true)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct CreatePartitionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "CreatePartitionsResponse", kind: .response, key: 37, versions: 0...3, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var results: [CreatePartitionsTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(CreatePartitionsTopicResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CreatePartitionsTopicResult: WireStructure {
        public var name: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
