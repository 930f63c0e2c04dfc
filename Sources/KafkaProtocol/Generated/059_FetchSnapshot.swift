// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct FetchSnapshotRequest: RequestMessage {
    public static let schema = MessageSchema(name: "FetchSnapshotRequest", kind: .request, key: 59, versions: 0...1, firstFlexible: 0)
    public typealias Response = FetchSnapshotResponse

    public var clusterId: String? = nil
    public var replicaId: Int32 = -1
    public var maxBytes: Int32 = 0x7fffffff
    public var topics: [TopicSnapshot] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.replicaId = reader.integer()
        self.maxBytes = reader.integer()
        self.topics = reader.structures(TopicSnapshot.self, true, version)
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.clusterId = reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.replicaId)
        writer.integer(self.maxBytes)
        try writer.structures(self.topics, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.clusterId != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableString(self.clusterId, true, allowed: true)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct SnapshotId: WireStructure {
        public var endOffset: Int64 = 0
        public var epoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.endOffset = reader.integer()
            self.epoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.endOffset)
            writer.integer(self.epoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionSnapshot: WireStructure {
        public var partition: Int32 = 0
        public var currentLeaderEpoch: Int32 = 0
        public var snapshotId: SnapshotId = SnapshotId()
        public var position: Int64 = 0
        public var replicaDirectoryId: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            self.currentLeaderEpoch = reader.integer()
            self.snapshotId = reader.structure(SnapshotId.self, version)
            self.position = reader.integer()
            do {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 1: self.replicaDirectoryId = reader.uuid()
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            writer.integer(self.currentLeaderEpoch)
            try self.snapshotId.encode(into: &writer, version: version)
            writer.integer(self.position)
            do {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if version >= 1 && self.replicaDirectoryId != .zero {
                    var writer = WireWriter(capacity: 0)
                    writer.uuid(self.replicaDirectoryId)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }

    public struct TopicSnapshot: WireStructure {
        public var name: String = ""
        public var partitions: [PartitionSnapshot] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(PartitionSnapshot.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct FetchSnapshotResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "FetchSnapshotResponse", kind: .response, key: 59, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var topics: [TopicSnapshot] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.topics = reader.structures(TopicSnapshot.self, true, version)
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
        writer.integer(self.throttleTimeMs)
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

    public struct SnapshotId: WireStructure {
        public var endOffset: Int64 = 0
        public var epoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.endOffset = reader.integer()
            self.epoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.endOffset)
            writer.integer(self.epoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionSnapshot: WireStructure {
        public var index: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var snapshotId: SnapshotId = SnapshotId()
        public var currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        public var size: Int64 = 0
        public var position: Int64 = 0
        public var unalignedRecords: WireRecords = WireRecords()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.index = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.snapshotId = reader.structure(SnapshotId.self, version)
            self.size = reader.integer()
            self.position = reader.integer()
            self.unalignedRecords = reader.records(true)
            do {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0: self.currentLeader = reader.structure(LeaderIdAndEpoch.self, version)
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.index)
            writer.integer(self.errorCode.rawValue)
            try self.snapshotId.encode(into: &writer, version: version)
            writer.integer(self.size)
            writer.integer(self.position)
            writer.records(self.unalignedRecords, true)
            do {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if self.currentLeader != LeaderIdAndEpoch() {
                    var writer = WireWriter(capacity: 0)
                    try self.currentLeader.encode(into: &writer, version: version)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }

    public struct TopicSnapshot: WireStructure {
        public var name: String = ""
        public var partitions: [PartitionSnapshot] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(PartitionSnapshot.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
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
