// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct FetchRequest: RequestMessage {
    public static let schema = MessageSchema(name: "FetchRequest", kind: .request, key: 1, versions: 4...18, firstFlexible: 12)
    public typealias Response = FetchResponse

    public var clusterId: String? = nil
    public var replicaId: Int32 = -1
    public var replicaState: ReplicaState = ReplicaState()
    public var maxWaitMs: Int32 = 0
    public var minBytes: Int32 = 0
    public var maxBytes: Int32 = 0x7fffffff
    public var isolationLevel: Int8 = 0
    public var sessionId: Int32 = 0
    public var sessionEpoch: Int32 = -1
    public var topics: [FetchTopic] = []
    public var forgottenTopicsData: [ForgottenTopic] = []
    public var rackId: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version <= 14 { self.replicaId = reader.integer() }
        self.maxWaitMs = reader.integer()
        self.minBytes = reader.integer()
        self.maxBytes = reader.integer()
        self.isolationLevel = reader.integer()
        if version >= 7 { self.sessionId = reader.integer() }
        if version >= 7 { self.sessionEpoch = reader.integer() }
        self.topics = reader.structures(FetchTopic.self, version >= 12, version)
        if version >= 7 { self.forgottenTopicsData = reader.structures(ForgottenTopic.self, version >= 12, version) }
        if version >= 11 { self.rackId = reader.string(version >= 12) }
        if version >= 12 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 12: self.clusterId = reader.nullableString(true, allowed: true)
                case 1 where version >= 15: self.replicaState = reader.structure(ReplicaState.self, version)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version <= 14 { writer.integer(self.replicaId) } else { if self.replicaId != -1 { throw .notRepresentable(field: "ReplicaId", version: version) } }
        writer.integer(self.maxWaitMs)
        writer.integer(self.minBytes)
        writer.integer(self.maxBytes)
        writer.integer(self.isolationLevel)
        if version >= 7 { writer.integer(self.sessionId) }
        if version >= 7 { writer.integer(self.sessionEpoch) }
        try writer.structures(self.topics, version >= 12, version)
        if version >= 7 { try writer.structures(self.forgottenTopicsData, version >= 12, version) } else { if !self.forgottenTopicsData.isEmpty { throw .notRepresentable(field: "ForgottenTopicsData", version: version) } }
        if version >= 11 { try writer.string(self.rackId, version >= 12) }
        if version >= 12 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 12 && self.clusterId != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableString(self.clusterId, true, allowed: true)
                tags.add(0, writer)
            }
            if version >= 15 && self.replicaState != ReplicaState() {
                var writer = WireWriter(capacity: 0)
                try self.replicaState.encode(into: &writer, version: version)
                tags.add(1, writer)
            }
            writer.taggedFields(tags.inOrder)
        } else {
            if self.replicaState != ReplicaState() { throw .notRepresentable(field: "ReplicaState", version: version) }
        }
    }

    public struct ReplicaState: WireStructure {
        public var replicaId: Int32 = -1
        public var replicaEpoch: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 15 { self.replicaId = reader.integer() }
            if version >= 15 { self.replicaEpoch = reader.integer() }
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 15 { writer.integer(self.replicaId) } else { if self.replicaId != -1 { throw .notRepresentable(field: "ReplicaId", version: version) } }
            if version >= 15 { writer.integer(self.replicaEpoch) } else { if self.replicaEpoch != -1 { throw .notRepresentable(field: "ReplicaEpoch", version: version) } }
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct FetchPartition: WireStructure {
        public var partition: Int32 = 0
        public var currentLeaderEpoch: Int32 = -1
        public var fetchOffset: Int64 = 0
        public var lastFetchedEpoch: Int32 = -1
        public var logStartOffset: Int64 = -1
        public var partitionMaxBytes: Int32 = 0
        public var replicaDirectoryId: KafkaUUID = .zero
        public var highWatermark: Int64 = 9223372036854775807
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            if version >= 9 { self.currentLeaderEpoch = reader.integer() }
            self.fetchOffset = reader.integer()
            if version >= 12 { self.lastFetchedEpoch = reader.integer() }
            if version >= 5 { self.logStartOffset = reader.integer() }
            self.partitionMaxBytes = reader.integer()
            if version >= 12 {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 17: self.replicaDirectoryId = reader.uuid()
                    case 1 where version >= 18: self.highWatermark = reader.integer()
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            if version >= 9 { writer.integer(self.currentLeaderEpoch) }
            writer.integer(self.fetchOffset)
            if version >= 12 { writer.integer(self.lastFetchedEpoch) } else { if self.lastFetchedEpoch != -1 { throw .notRepresentable(field: "LastFetchedEpoch", version: version) } }
            if version >= 5 { writer.integer(self.logStartOffset) }
            writer.integer(self.partitionMaxBytes)
            if version >= 12 {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if version >= 17 && self.replicaDirectoryId != .zero {
                    var writer = WireWriter(capacity: 0)
                    writer.uuid(self.replicaDirectoryId)
                    tags.add(0, writer)
                }
                if version >= 18 && self.highWatermark != 9223372036854775807 {
                    var writer = WireWriter(capacity: 0)
                    writer.integer(self.highWatermark)
                    tags.add(1, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }

    public struct FetchTopic: WireStructure {
        public var topic: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [FetchPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 12 { self.topic = reader.string(version >= 12) }
            if version >= 13 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(FetchPartition.self, version >= 12, version)
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 12 { try writer.string(self.topic, version >= 12) }
            if version >= 13 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 12, version)
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ForgottenTopic: WireStructure {
        public var topic: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if (7...12).contains(version) { self.topic = reader.string(version >= 12) }
            if version >= 13 { self.topicId = reader.uuid() }
            if version >= 7 { self.partitions = reader.integers(version >= 12) }
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if (7...12).contains(version) { try writer.string(self.topic, version >= 12) }
            if version >= 13 { writer.uuid(self.topicId) }
            if version >= 7 { try writer.integers(self.partitions, version >= 12) } else { if !self.partitions.isEmpty { throw .notRepresentable(field: "Partitions", version: version) } }
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct FetchResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "FetchResponse", kind: .response, key: 1, versions: 4...18, firstFlexible: 12)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var sessionId: Int32 = 0
    public var responses: [FetchableTopicResponse] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        if version >= 7 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        if version >= 7 { self.sessionId = reader.integer() }
        self.responses = reader.structures(FetchableTopicResponse.self, version >= 12, version)
        if version >= 12 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 16: self.nodeEndpoints = reader.structures(NodeEndpoint.self, true, version)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        if version >= 7 { writer.integer(self.errorCode.rawValue) }
        if version >= 7 { writer.integer(self.sessionId) } else { if self.sessionId != 0 { throw .notRepresentable(field: "SessionId", version: version) } }
        try writer.structures(self.responses, version >= 12, version)
        if version >= 12 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 16 && !self.nodeEndpoints.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.nodeEndpoints, true, version)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        } else {
            if !self.nodeEndpoints.isEmpty { throw .notRepresentable(field: "NodeEndpoints", version: version) }
        }
    }

    public struct EpochEndOffset: WireStructure {
        public var epoch: Int32 = -1
        public var endOffset: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 12 { self.epoch = reader.integer() }
            if version >= 12 { self.endOffset = reader.integer() }
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 12 { writer.integer(self.epoch) } else { if self.epoch != -1 { throw .notRepresentable(field: "Epoch", version: version) } }
            if version >= 12 { writer.integer(self.endOffset) } else { if self.endOffset != -1 { throw .notRepresentable(field: "EndOffset", version: version) } }
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = -1
        public var leaderEpoch: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 12 { self.leaderId = reader.integer() }
            if version >= 12 { self.leaderEpoch = reader.integer() }
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 12 { writer.integer(self.leaderId) } else { if self.leaderId != -1 { throw .notRepresentable(field: "LeaderId", version: version) } }
            if version >= 12 { writer.integer(self.leaderEpoch) } else { if self.leaderEpoch != -1 { throw .notRepresentable(field: "LeaderEpoch", version: version) } }
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct SnapshotId: WireStructure {
        public var endOffset: Int64 = -1
        public var epoch: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.endOffset = reader.integer()
            self.epoch = reader.integer()
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.endOffset)
            writer.integer(self.epoch)
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AbortedTransaction: WireStructure {
        public var producerId: Int64 = 0
        public var firstOffset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.producerId = reader.integer()
            self.firstOffset = reader.integer()
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.producerId)
            writer.integer(self.firstOffset)
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var highWatermark: Int64 = 0
        public var lastStableOffset: Int64 = -1
        public var logStartOffset: Int64 = -1
        public var divergingEpoch: EpochEndOffset = EpochEndOffset()
        public var currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        public var snapshotId: SnapshotId = SnapshotId()
        public var abortedTransactions: [AbortedTransaction]? = []
        public var preferredReadReplica: Int32 = -1
        public var records: WireRecords? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.highWatermark = reader.integer()
            self.lastStableOffset = reader.integer()
            if version >= 5 { self.logStartOffset = reader.integer() }
            self.abortedTransactions = reader.nullableStructures(AbortedTransaction.self, version >= 12, version, allowed: true)
            if version >= 11 { self.preferredReadReplica = reader.integer() }
            self.records = reader.nullableRecords(version >= 12, allowed: true)
            if version >= 12 {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 12: self.divergingEpoch = reader.structure(EpochEndOffset.self, version)
                    case 1 where version >= 12: self.currentLeader = reader.structure(LeaderIdAndEpoch.self, version)
                    case 2 where version >= 12: self.snapshotId = reader.structure(SnapshotId.self, version)
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.highWatermark)
            writer.integer(self.lastStableOffset)
            if version >= 5 { writer.integer(self.logStartOffset) }
            try writer.nullableStructures(self.abortedTransactions, version >= 12, version, allowed: true)
            if version >= 11 { writer.integer(self.preferredReadReplica) } else { if self.preferredReadReplica != -1 { throw .notRepresentable(field: "PreferredReadReplica", version: version) } }
            try writer.nullableRecords(self.records, version >= 12, allowed: true)
            if version >= 12 {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if version >= 12 && self.divergingEpoch != EpochEndOffset() {
                    var writer = WireWriter(capacity: 0)
                    try self.divergingEpoch.encode(into: &writer, version: version)
                    tags.add(0, writer)
                }
                if version >= 12 && self.currentLeader != LeaderIdAndEpoch() {
                    var writer = WireWriter(capacity: 0)
                    try self.currentLeader.encode(into: &writer, version: version)
                    tags.add(1, writer)
                }
                if version >= 12 && self.snapshotId != SnapshotId() {
                    var writer = WireWriter(capacity: 0)
                    try self.snapshotId.encode(into: &writer, version: version)
                    tags.add(2, writer)
                }
                writer.taggedFields(tags.inOrder)
            } else {
                if self.divergingEpoch != EpochEndOffset() { throw .notRepresentable(field: "DivergingEpoch", version: version) }
                if self.currentLeader != LeaderIdAndEpoch() { throw .notRepresentable(field: "CurrentLeader", version: version) }
                if self.snapshotId != SnapshotId() { throw .notRepresentable(field: "SnapshotId", version: version) }
            }
        }
    }

    public struct FetchableTopicResponse: WireStructure {
        public var topic: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 12 { self.topic = reader.string(version >= 12) }
            if version >= 13 { self.topicId = reader.uuid() }
            self.partitions = reader.structures(PartitionData.self, version >= 12, version)
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 12 { try writer.string(self.topic, version >= 12) }
            if version >= 13 { writer.uuid(self.topicId) }
            try writer.structures(self.partitions, version >= 12, version)
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct NodeEndpoint: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var rack: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 16 { self.nodeId = reader.integer() }
            if version >= 16 { self.host = reader.string(true) }
            if version >= 16 { self.port = reader.integer() }
            if version >= 16 { self.rack = reader.nullableString(true, allowed: true) }
            if version >= 12 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 16 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 16 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 16 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            if version >= 16 { try writer.nullableString(self.rack, true, allowed: true) } else { if self.rack != nil { throw .notRepresentable(field: "Rack", version: version) } }
            if version >= 12 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
