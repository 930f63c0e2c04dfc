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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.replicaId = try reader.integer()
        self.maxBytes = try reader.integer()
        self.topics = try reader.structures(TopicSnapshot.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.clusterId = try reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.replicaId)
        writer.integer(self.maxBytes)
        try writer.structures(self.topics, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.clusterId != nil { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.nullableString(self.clusterId, true, allowed: true)
                default: break
                }
            }
        }
    }

    public struct SnapshotId: WireStructure {
        public var endOffset: Int64 = 0
        public var epoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.endOffset = try reader.integer()
            self.epoch = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.endOffset)
            writer.integer(self.epoch)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partition = try reader.integer()
            self.currentLeaderEpoch = try reader.integer()
            self.snapshotId = try SnapshotId(from: &reader, version: version)
            self.position = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let tag = try reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 1: self.replicaDirectoryId = try reader.uuid()
                    default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                    }
                    try reader.endTag(section)
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
                if version >= 1 && self.replicaDirectoryId != .zero { tags.insert(0) }
                try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                    switch tag {
                    case 0: writer.uuid(self.replicaDirectoryId)
                    default: break
                    }
                }
            }
        }
    }

    public struct TopicSnapshot: WireStructure {
        public var name: String = ""
        public var partitions: [PartitionSnapshot] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.partitions = try reader.structures(PartitionSnapshot.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.topics = try reader.structures(TopicSnapshot.self, true, version)
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
        writer.integer(self.throttleTimeMs)
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

    public struct SnapshotId: WireStructure {
        public var endOffset: Int64 = 0
        public var epoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.endOffset = try reader.integer()
            self.epoch = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.endOffset)
            writer.integer(self.epoch)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.leaderId = try reader.integer()
            self.leaderEpoch = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.index = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.snapshotId = try SnapshotId(from: &reader, version: version)
            self.size = try reader.integer()
            self.position = try reader.integer()
            self.unalignedRecords = try reader.records(true)
            do {
                var section = try reader.beginTaggedFields()
                while let tag = try reader.nextTag(&section) {
                    switch tag {
                    case 0: self.currentLeader = try LeaderIdAndEpoch(from: &reader, version: version)
                    default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                    }
                    try reader.endTag(section)
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
                if self.currentLeader != LeaderIdAndEpoch() { tags.insert(0) }
                try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                    switch tag {
                    case 0: try self.currentLeader.encode(into: &writer, version: version)
                    default: break
                    }
                }
            }
        }
    }

    public struct TopicSnapshot: WireStructure {
        public var name: String = ""
        public var partitions: [PartitionSnapshot] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.partitions = try reader.structures(PartitionSnapshot.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
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
