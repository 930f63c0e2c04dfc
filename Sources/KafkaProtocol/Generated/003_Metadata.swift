// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct MetadataRequest: RequestMessage {
    public static let schema = MessageSchema(name: "MetadataRequest", kind: .request, key: 3, versions: 0...13, firstFlexible: 9)
    public typealias Response = MetadataResponse

    public var topics: [MetadataRequestTopic]? = []
    public var allowAutoTopicCreation: Bool = true
    public var includeClusterAuthorizedOperations: Bool = false
    public var includeTopicAuthorizedOperations: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.nullableStructures(MetadataRequestTopic.self, version >= 9, version, allowed: version >= 1)
        if version >= 4 { self.allowAutoTopicCreation = reader.bool() }
        if (8...10).contains(version) { self.includeClusterAuthorizedOperations = reader.bool() }
        if version >= 8 { self.includeTopicAuthorizedOperations = reader.bool() }
        if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.topics, version >= 9, version, allowed: version >= 1)
        if version >= 4 { writer.bool(self.allowAutoTopicCreation) } else { if self.allowAutoTopicCreation != true { throw .notRepresentable(field: "AllowAutoTopicCreation", version: version) } }
        if (8...10).contains(version) { writer.bool(self.includeClusterAuthorizedOperations) } else { if self.includeClusterAuthorizedOperations != false { throw .notRepresentable(field: "IncludeClusterAuthorizedOperations", version: version) } }
        if version >= 8 { writer.bool(self.includeTopicAuthorizedOperations) } else { if self.includeTopicAuthorizedOperations != false { throw .notRepresentable(field: "IncludeTopicAuthorizedOperations", version: version) } }
        if version >= 9 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct MetadataRequestTopic: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var name: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 10 { self.topicId = reader.uuid() }
            self.name = reader.nullableString(version >= 9, allowed: version >= 10)
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 10 { writer.uuid(self.topicId) }
            try writer.nullableString(self.name, version >= 9, allowed: version >= 10)
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct MetadataResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "MetadataResponse", kind: .response, key: 3, versions: 0...13, firstFlexible: 9)

    public var throttleTimeMs: Int32 = 0
    public var brokers: [MetadataResponseBroker] = []
    public var clusterId: String? = nil
    public var controllerId: Int32 = -1
    public var topics: [MetadataResponseTopic] = []
    public var clusterAuthorizedOperations: Int32 = -2147483648
    public var errorCode: ErrorCode = .none
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.throttleTimeMs = reader.integer() }
        self.brokers = reader.structures(MetadataResponseBroker.self, version >= 9, version)
        if version >= 2 { self.clusterId = reader.nullableString(version >= 9, allowed: true) }
        if version >= 1 { self.controllerId = reader.integer() }
        self.topics = reader.structures(MetadataResponseTopic.self, version >= 9, version)
        if (8...10).contains(version) { self.clusterAuthorizedOperations = reader.integer() }
        if version >= 13 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { writer.integer(self.throttleTimeMs) }
        try writer.structures(self.brokers, version >= 9, version)
        if version >= 2 { try writer.nullableString(self.clusterId, version >= 9, allowed: true) }
        if version >= 1 { writer.integer(self.controllerId) }
        try writer.structures(self.topics, version >= 9, version)
        if (8...10).contains(version) { writer.integer(self.clusterAuthorizedOperations) } else { if self.clusterAuthorizedOperations != -2147483648 { throw .notRepresentable(field: "ClusterAuthorizedOperations", version: version) } }
        if version >= 13 { writer.integer(self.errorCode.rawValue) }
        if version >= 9 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct MetadataResponseBroker: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var rack: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.nodeId = reader.integer()
            self.host = reader.string(version >= 9)
            self.port = reader.integer()
            if version >= 1 { self.rack = reader.nullableString(version >= 9, allowed: true) }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.nodeId)
            try writer.string(self.host, version >= 9)
            writer.integer(self.port)
            if version >= 1 { try writer.nullableString(self.rack, version >= 9, allowed: true) }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct MetadataResponsePartition: WireStructure {
        public var errorCode: ErrorCode = .none
        public var partitionIndex: Int32 = 0
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = -1
        public var replicaNodes: [Int32] = []
        public var isrNodes: [Int32] = []
        public var offlineReplicas: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.partitionIndex = reader.integer()
            self.leaderId = reader.integer()
            if version >= 7 { self.leaderEpoch = reader.integer() }
            self.replicaNodes = reader.integers(version >= 9)
            self.isrNodes = reader.integers(version >= 9)
            if version >= 5 { self.offlineReplicas = reader.integers(version >= 9) }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.partitionIndex)
            writer.integer(self.leaderId)
            if version >= 7 { writer.integer(self.leaderEpoch) }
            try writer.integers(self.replicaNodes, version >= 9)
            try writer.integers(self.isrNodes, version >= 9)
            if version >= 5 { try writer.integers(self.offlineReplicas, version >= 9) }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct MetadataResponseTopic: WireStructure {
        public var errorCode: ErrorCode = .none
        public var name: String? = ""
        public var topicId: KafkaUUID = .zero
        public var isInternal: Bool = false
        public var partitions: [MetadataResponsePartition] = []
        public var topicAuthorizedOperations: Int32 = -2147483648
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.name = reader.nullableString(version >= 9, allowed: version >= 12)
            if version >= 10 { self.topicId = reader.uuid() }
            if version >= 1 { self.isInternal = reader.bool() }
            self.partitions = reader.structures(MetadataResponsePartition.self, version >= 9, version)
            if version >= 8 { self.topicAuthorizedOperations = reader.integer() }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.name, version >= 9, allowed: version >= 12)
            if version >= 10 { writer.uuid(self.topicId) }
            if version >= 1 { writer.bool(self.isInternal) }
            try writer.structures(self.partitions, version >= 9, version)
            if version >= 8 { writer.integer(self.topicAuthorizedOperations) } else { if self.topicAuthorizedOperations != -2147483648 { throw .notRepresentable(field: "TopicAuthorizedOperations", version: version) } }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
