// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteTopicsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteTopicsRequest", kind: .request, key: 20, versions: 1...6, firstFlexible: 4)
    public typealias Response = DeleteTopicsResponse

    public var topics: [DeleteTopicState] = []
    public var topicNames: [String] = []
    public var timeoutMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 6 { self.topics = reader.structures(DeleteTopicState.self, true, version) }
        if version <= 5 { self.topicNames = reader.strings(version >= 4) }
        self.timeoutMs = reader.integer()
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 6 { try writer.structures(self.topics, true, version) } else { if !self.topics.isEmpty { throw .notRepresentable(field: "Topics", version: version) } }
        if version <= 5 { try writer.strings(self.topicNames, version >= 4) }
        writer.integer(self.timeoutMs)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteTopicState: WireStructure {
        public var name: String? = nil
        public var topicId: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 6 { self.name = reader.nullableString(true, allowed: true) }
            if version >= 6 { self.topicId = reader.uuid() }
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 6 { try writer.nullableString(self.name, true, allowed: true) } else { if self.name != nil { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 6 { writer.uuid(self.topicId) } else { if self.topicId != .zero { throw .notRepresentable(field: "TopicId", version: version) } }
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DeleteTopicsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteTopicsResponse", kind: .response, key: 20, versions: 1...6, firstFlexible: 4)

    public var throttleTimeMs: Int32 = 0
    public var responses: [DeletableTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.responses = reader.structures(DeletableTopicResult.self, version >= 4, version)
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.responses, version >= 4, version)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeletableTopicResult: WireStructure {
        public var name: String? = ""
        public var topicId: KafkaUUID = .zero
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.nullableString(version >= 4, allowed: version >= 6)
            if version >= 6 { self.topicId = reader.uuid() }
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 5 { self.errorMessage = reader.nullableString(true, allowed: true) }
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.nullableString(self.name, version >= 4, allowed: version >= 6)
            if version >= 6 { writer.uuid(self.topicId) }
            writer.integer(self.errorCode.rawValue)
            if version >= 5 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
