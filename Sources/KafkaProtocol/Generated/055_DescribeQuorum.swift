// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeQuorumRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeQuorumRequest", kind: .request, key: 55, versions: 0...2, firstFlexible: 0)
    public typealias Response = DescribeQuorumResponse

    public var topics: [TopicData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(TopicData.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
        public var topicName: String = ""
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitions = reader.structures(PartitionData.self, true, version)
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

public struct DescribeQuorumResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeQuorumResponse", kind: .response, key: 55, versions: 0...2, firstFlexible: 0)

    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var topics: [TopicData] = []
    public var nodes: [Node] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        if version >= 2 { self.errorMessage = reader.nullableString(true, allowed: true) }
        self.topics = reader.structures(TopicData.self, true, version)
        if version >= 2 { self.nodes = reader.structures(Node.self, true, version) }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        if version >= 2 { try writer.nullableString(self.errorMessage, true, allowed: true) }
        try writer.structures(self.topics, true, version)
        if version >= 2 { try writer.structures(self.nodes, true, version) } else { if !self.nodes.isEmpty { throw .notRepresentable(field: "Nodes", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var highWatermark: Int64 = 0
        public var currentVoters: [ReplicaState] = []
        public var observers: [ReplicaState] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 2 { self.errorMessage = reader.nullableString(true, allowed: true) }
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            self.highWatermark = reader.integer()
            self.currentVoters = reader.structures(ReplicaState.self, true, version)
            self.observers = reader.structures(ReplicaState.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            if version >= 2 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            writer.integer(self.highWatermark)
            try writer.structures(self.currentVoters, true, version)
            try writer.structures(self.observers, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
        public var topicName: String = ""
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicName = reader.string(true)
            self.partitions = reader.structures(PartitionData.self, true, version)
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

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 2 { self.name = reader.string(true) }
            if version >= 2 { self.host = reader.string(true) }
            if version >= 2 { self.port = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 2 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 2 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 2 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Node: WireStructure {
        public var nodeId: Int32 = 0
        public var listeners: [Listener] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 2 { self.nodeId = reader.integer() }
            if version >= 2 { self.listeners = reader.structures(Listener.self, true, version) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 2 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 2 { try writer.structures(self.listeners, true, version) } else { if !self.listeners.isEmpty { throw .notRepresentable(field: "Listeners", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ReplicaState: WireStructure {
        public var replicaId: Int32 = 0
        public var replicaDirectoryId: KafkaUUID = .zero
        public var logEndOffset: Int64 = 0
        public var lastFetchTimestamp: Int64 = -1
        public var lastCaughtUpTimestamp: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.replicaId = reader.integer()
            if version >= 2 { self.replicaDirectoryId = reader.uuid() }
            self.logEndOffset = reader.integer()
            if version >= 1 { self.lastFetchTimestamp = reader.integer() }
            if version >= 1 { self.lastCaughtUpTimestamp = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.replicaId)
            if version >= 2 { writer.uuid(self.replicaDirectoryId) } else { if self.replicaDirectoryId != .zero { throw .notRepresentable(field: "ReplicaDirectoryId", version: version) } }
            writer.integer(self.logEndOffset)
            if version >= 1 { writer.integer(self.lastFetchTimestamp) }
            if version >= 1 { writer.integer(self.lastCaughtUpTimestamp) }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
