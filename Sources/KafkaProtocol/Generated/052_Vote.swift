// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct VoteRequest: RequestMessage {
    public static let schema = MessageSchema(name: "VoteRequest", kind: .request, key: 52, versions: 0...2, firstFlexible: 0)
    public typealias Response = VoteResponse

    public var clusterId: String? = nil
    public var voterId: Int32 = -1
    public var topics: [TopicData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clusterId = reader.nullableString(true, allowed: true)
        if version >= 1 { self.voterId = reader.integer() }
        self.topics = reader.structures(TopicData.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, true, allowed: true)
        if version >= 1 { writer.integer(self.voterId) }
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var replicaEpoch: Int32 = 0
        public var replicaId: Int32 = 0
        public var replicaDirectoryId: KafkaUUID = .zero
        public var voterDirectoryId: KafkaUUID = .zero
        public var lastOffsetEpoch: Int32 = 0
        public var lastOffset: Int64 = 0
        public var preVote: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.replicaEpoch = reader.integer()
            self.replicaId = reader.integer()
            if version >= 1 { self.replicaDirectoryId = reader.uuid() }
            if version >= 1 { self.voterDirectoryId = reader.uuid() }
            self.lastOffsetEpoch = reader.integer()
            self.lastOffset = reader.integer()
            if version >= 2 { self.preVote = reader.bool() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.replicaEpoch)
            writer.integer(self.replicaId)
            if version >= 1 { writer.uuid(self.replicaDirectoryId) }
            if version >= 1 { writer.uuid(self.voterDirectoryId) }
            writer.integer(self.lastOffsetEpoch)
            writer.integer(self.lastOffset)
            if version >= 2 { writer.bool(self.preVote) } else { if self.preVote != false { throw .notRepresentable(field: "PreVote", version: version) } }
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

public struct VoteResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "VoteResponse", kind: .response, key: 52, versions: 0...2, firstFlexible: 0)

    public var errorCode: ErrorCode = .none
    public var topics: [TopicData] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.topics = reader.structures(TopicData.self, true, version)
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 1: self.nodeEndpoints = reader.structures(NodeEndpoint.self, true, version)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.topics, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 1 && !self.nodeEndpoints.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.nodeEndpoints, true, version)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var voteGranted: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            self.voteGranted = reader.bool()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            writer.bool(self.voteGranted)
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

    public struct NodeEndpoint: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 1 { self.nodeId = reader.integer() }
            if version >= 1 { self.host = reader.string(true) }
            if version >= 1 { self.port = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 1 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 1 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
