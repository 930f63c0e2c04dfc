// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct CreateTopicsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "CreateTopicsRequest", kind: .request, key: 19, versions: 2...7, firstFlexible: 5)
    public typealias Response = CreateTopicsResponse

    public var topics: [CreatableTopic] = []
    public var timeoutMs: Int32 = 60000
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(CreatableTopic.self, version >= 5, version)
        self.timeoutMs = reader.integer()
        self.validateOnly = reader.bool()
        if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, version >= 5, version)
        writer.integer(self.timeoutMs)
        writer.bool(self.validateOnly)
        if version >= 5 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CreatableReplicaAssignment: WireStructure {
        public var partitionIndex: Int32 = 0
        public var brokerIds: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.brokerIds = reader.integers(version >= 5)
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            try writer.integers(self.brokerIds, version >= 5)
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CreatableTopicConfig: WireStructure {
        public var name: String = ""
        public var value: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 5)
            self.value = reader.nullableString(version >= 5, allowed: true)
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 5)
            try writer.nullableString(self.value, version >= 5, allowed: true)
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CreatableTopic: WireStructure {
        public var name: String = ""
        public var numPartitions: Int32 = 0
        public var replicationFactor: Int16 = 0
        public var assignments: [CreatableReplicaAssignment] = []
        public var configs: [CreatableTopicConfig] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 5)
            self.numPartitions = reader.integer()
            self.replicationFactor = reader.integer()
            self.assignments = reader.structures(CreatableReplicaAssignment.self, version >= 5, version)
            self.configs = reader.structures(CreatableTopicConfig.self, version >= 5, version)
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 5)
            writer.integer(self.numPartitions)
            writer.integer(self.replicationFactor)
            try writer.structures(self.assignments, version >= 5, version)
            try writer.structures(self.configs, version >= 5, version)
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct CreateTopicsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "CreateTopicsResponse", kind: .response, key: 19, versions: 2...7, firstFlexible: 5)

    public var throttleTimeMs: Int32 = 0
    public var topics: [CreatableTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(CreatableTopicResult.self, version >= 5, version)
        if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, version >= 5, version)
        if version >= 5 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CreatableTopicConfigs: WireStructure {
        public var name: String = ""
        public var value: String? = ""
        public var readOnly: Bool = false
        public var configSource: Int8 = -1
        public var isSensitive: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 5 { self.name = reader.string(true) }
            if version >= 5 { self.value = reader.nullableString(true, allowed: true) }
            if version >= 5 { self.readOnly = reader.bool() }
            if version >= 5 { self.configSource = reader.integer() }
            if version >= 5 { self.isSensitive = reader.bool() }
            if version >= 5 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 5 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 5 { try writer.nullableString(self.value, true, allowed: true) } else { if self.value != "" { throw .notRepresentable(field: "Value", version: version) } }
            if version >= 5 { writer.bool(self.readOnly) } else { if self.readOnly != false { throw .notRepresentable(field: "ReadOnly", version: version) } }
            if version >= 5 { writer.integer(self.configSource) }
            if version >= 5 { writer.bool(self.isSensitive) } else { if self.isSensitive != false { throw .notRepresentable(field: "IsSensitive", version: version) } }
            if version >= 5 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CreatableTopicResult: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var topicConfigErrorCode: Int16 = 0
        public var numPartitions: Int32 = -1
        public var replicationFactor: Int16 = -1
        public var configs: [CreatableTopicConfigs]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 5)
            if version >= 7 { self.topicId = reader.uuid() }
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 5, allowed: true)
            if version >= 5 { self.numPartitions = reader.integer() }
            if version >= 5 { self.replicationFactor = reader.integer() }
            if version >= 5 { self.configs = reader.nullableStructures(CreatableTopicConfigs.self, true, version, allowed: true) }
            if version >= 5 {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 5: self.topicConfigErrorCode = reader.integer()
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 5)
            if version >= 7 { writer.uuid(self.topicId) }
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 5, allowed: true)
            if version >= 5 { writer.integer(self.numPartitions) }
            if version >= 5 { writer.integer(self.replicationFactor) }
            if version >= 5 { try writer.nullableStructures(self.configs, true, version, allowed: true) }
            if version >= 5 {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if version >= 5 && self.topicConfigErrorCode != 0 {
                    var writer = WireWriter(capacity: 0)
                    writer.integer(self.topicConfigErrorCode)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }
}
