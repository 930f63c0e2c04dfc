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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.clusterId = try reader.nullableString(true, allowed: true)
        if version >= 1 { self.voterId = try reader.integer() }
        self.topics = try reader.structures(TopicData.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, true, allowed: true)
        if version >= 1 { writer.integer(self.voterId) }
        try writer.structures(self.topics, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.replicaEpoch = try reader.integer()
            self.replicaId = try reader.integer()
            if version >= 1 { self.replicaDirectoryId = try reader.uuid() }
            if version >= 1 { self.voterDirectoryId = try reader.uuid() }
            self.lastOffsetEpoch = try reader.integer()
            self.lastOffset = try reader.integer()
            if version >= 2 { self.preVote = try reader.bool() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
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
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
        public var topicName: String = ""
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicName = try reader.string(true)
            self.partitions = try reader.structures(PartitionData.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.topics = try reader.structures(TopicData.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 1: self.nodeEndpoints = try reader.structures(NodeEndpoint.self, true, version)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.topics, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 1 && self.nodeEndpoints != [] { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.structures(self.nodeEndpoints, true, version)
                default: break
                }
            }
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.leaderId = try reader.integer()
            self.leaderEpoch = try reader.integer()
            self.voteGranted = try reader.bool()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            writer.bool(self.voteGranted)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
        public var topicName: String = ""
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicName = try reader.string(true)
            self.partitions = try reader.structures(PartitionData.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct NodeEndpoint: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            if version >= 1 { self.nodeId = try reader.integer() }
            if version >= 1 { self.host = try reader.string(true) }
            if version >= 1 { self.port = try reader.integer() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 1 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 1 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
