// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteShareGroupOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupOffsetsRequest", kind: .request, key: 92, versions: 0...0, firstFlexible: 0)
    public typealias Response = DeleteShareGroupOffsetsResponse

    public var groupId: String = ""
    public var topics: [DeleteShareGroupOffsetsRequestTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.topics = reader.structures(DeleteShareGroupOffsetsRequestTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteShareGroupOffsetsRequestTopic: WireStructure {
        public var topicName: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DeleteShareGroupOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupOffsetsResponse", kind: .response, key: 92, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var responses: [DeleteShareGroupOffsetsResponseTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.responses = reader.structures(DeleteShareGroupOffsetsResponseTopic.self, true, version)
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

    public struct DeleteShareGroupOffsetsResponseTopic: WireStructure {
        public var topicName: String = ""
        public var topicId: KafkaUUID = .zero
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.topicId = reader.uuid()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.uuid(self.topicId)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
