// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeQuorumRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeQuorumRequest", kind: .request, key: 55, versions: 0...2, firstFlexible: 0)
    public typealias Response = DescribeQuorumResponse

    public var topics: [TopicData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
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
        try writer.structures(self.topics, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
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

public struct DescribeQuorumResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeQuorumResponse", kind: .response, key: 55, versions: 0...2, firstFlexible: 0)

    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var topics: [TopicData] = []
    public var nodes: [Node] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        if version >= 2 { self.errorMessage = try reader.nullableString(true, allowed: true) }
        self.topics = try reader.structures(TopicData.self, true, version)
        if version >= 2 { self.nodes = try reader.structures(Node.self, true, version) }
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        if version >= 2 { try writer.nullableString(self.errorMessage, true, allowed: true) }
        try writer.structures(self.topics, true, version)
        if version >= 2 { try writer.structures(self.nodes, true, version) } else { if self.nodes != [] { throw .notRepresentable(field: "Nodes", version: version) } }
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            if version >= 2 { self.errorMessage = try reader.nullableString(true, allowed: true) }
            self.leaderId = try reader.integer()
            self.leaderEpoch = try reader.integer()
            self.highWatermark = try reader.integer()
            self.currentVoters = try reader.structures(ReplicaState.self, true, version)
            self.observers = try reader.structures(ReplicaState.self, true, version)
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
            if version >= 2 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            writer.integer(self.highWatermark)
            try writer.structures(self.currentVoters, true, version)
            try writer.structures(self.observers, true, version)
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

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            if version >= 2 { self.name = try reader.string(true) }
            if version >= 2 { self.host = try reader.string(true) }
            if version >= 2 { self.port = try reader.integer() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 2 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 2 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 2 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Node: WireStructure {
        public var nodeId: Int32 = 0
        public var listeners: [Listener] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            if version >= 2 { self.nodeId = try reader.integer() }
            if version >= 2 { self.listeners = try reader.structures(Listener.self, true, version) }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 2 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 2 { try writer.structures(self.listeners, true, version) } else { if self.listeners != [] { throw .notRepresentable(field: "Listeners", version: version) } }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.replicaId = try reader.integer()
            if version >= 2 { self.replicaDirectoryId = try reader.uuid() }
            self.logEndOffset = try reader.integer()
            if version >= 1 { self.lastFetchTimestamp = try reader.integer() }
            if version >= 1 { self.lastCaughtUpTimestamp = try reader.integer() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.replicaId)
            if version >= 2 { writer.uuid(self.replicaDirectoryId) } else { if self.replicaDirectoryId != .zero { throw .notRepresentable(field: "ReplicaDirectoryId", version: version) } }
            writer.integer(self.logEndOffset)
            if version >= 1 { writer.integer(self.lastFetchTimestamp) }
            if version >= 1 { writer.integer(self.lastCaughtUpTimestamp) }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
