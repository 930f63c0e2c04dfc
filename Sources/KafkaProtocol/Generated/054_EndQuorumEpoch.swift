// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct EndQuorumEpochRequest: RequestMessage {
    public static let schema = MessageSchema(name: "EndQuorumEpochRequest", kind: .request, key: 54, versions: 0...1, firstFlexible: 1)
    public typealias Response = EndQuorumEpochResponse

    public var clusterId: String? = nil
    public var topics: [TopicData] = []
    public var leaderEndpoints: [LeaderEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clusterId = reader.nullableString(version >= 1, allowed: true)
        self.topics = reader.structures(TopicData.self, version >= 1, version)
        if version >= 1 { self.leaderEndpoints = reader.structures(LeaderEndpoint.self, true, version) }
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, version >= 1, allowed: true)
        try writer.structures(self.topics, version >= 1, version)
        if version >= 1 { try writer.structures(self.leaderEndpoints, true, version) }
        if version >= 1 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ReplicaInfo: WireStructure {
        public var candidateId: Int32 = 0
        public var candidateDirectoryId: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 1 { self.candidateId = reader.integer() }
            if version >= 1 { self.candidateDirectoryId = reader.uuid() }
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { writer.integer(self.candidateId) } else { if self.candidateId != 0 { throw .notRepresentable(field: "CandidateId", version: version) } }
            if version >= 1 { writer.uuid(self.candidateDirectoryId) } else { if self.candidateDirectoryId != .zero { throw .notRepresentable(field: "CandidateDirectoryId", version: version) } }
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var preferredSuccessors: [Int32] = []
        public var preferredCandidates: [ReplicaInfo] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            if version <= 0 { self.preferredSuccessors = reader.integers(false) }
            if version >= 1 { self.preferredCandidates = reader.structures(ReplicaInfo.self, true, version) }
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            if version <= 0 { try writer.integers(self.preferredSuccessors, false) }
            if version >= 1 { try writer.structures(self.preferredCandidates, true, version) }
            if version >= 1 {
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
            self.topicName = reader.string(version >= 1)
            self.partitions = reader.structures(PartitionData.self, version >= 1, version)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, version >= 1)
            try writer.structures(self.partitions, version >= 1, version)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct LeaderEndpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 1 { self.name = reader.string(true) }
            if version >= 1 { self.host = reader.string(true) }
            if version >= 1 { self.port = reader.integer() }
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 1 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 1 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct EndQuorumEpochResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "EndQuorumEpochResponse", kind: .response, key: 54, versions: 0...1, firstFlexible: 1)

    public var errorCode: ErrorCode = .none
    public var topics: [TopicData] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.topics = reader.structures(TopicData.self, version >= 1, version)
        if version >= 1 {
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
        try writer.structures(self.topics, version >= 1, version)
        if version >= 1 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 1 && !self.nodeEndpoints.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.nodeEndpoints, true, version)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        } else {
            if !self.nodeEndpoints.isEmpty { throw .notRepresentable(field: "NodeEndpoints", version: version) }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            if version >= 1 {
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
            self.topicName = reader.string(version >= 1)
            self.partitions = reader.structures(PartitionData.self, version >= 1, version)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, version >= 1)
            try writer.structures(self.partitions, version >= 1, version)
            if version >= 1 {
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
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 1 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 1 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
