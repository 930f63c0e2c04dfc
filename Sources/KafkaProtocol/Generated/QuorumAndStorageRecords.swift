// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct QuorumStateData: WireMessage {
    public static let schema = MessageSchema(name: "QuorumStateData", kind: .data, key: -1, versions: 0...1, firstFlexible: 0)

    public var clusterId: String = ""
    public var leaderId: Int32 = -1
    public var leaderEpoch: Int32 = -1
    public var votedId: Int32 = -1
    public var votedDirectoryId: KafkaUUID = .zero
    public var appliedOffset: Int64 = 0
    public var currentVoters: [Voter]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version <= 0 { self.clusterId = reader.string(true) }
        self.leaderId = reader.integer()
        self.leaderEpoch = reader.integer()
        self.votedId = reader.integer()
        if version >= 1 { self.votedDirectoryId = reader.uuid() }
        if version <= 0 { self.appliedOffset = reader.integer() }
        if version <= 0 { self.currentVoters = reader.nullableStructures(Voter.self, true, version, allowed: true) }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version <= 0 { try writer.string(self.clusterId, true) } else { if self.clusterId != "" { throw .notRepresentable(field: "ClusterId", version: version) } }
        writer.integer(self.leaderId)
        writer.integer(self.leaderEpoch)
        writer.integer(self.votedId)
        if version >= 1 { writer.uuid(self.votedDirectoryId) } else { if self.votedDirectoryId != .zero { throw .notRepresentable(field: "VotedDirectoryId", version: version) } }
        if version <= 0 { writer.integer(self.appliedOffset) } else { if self.appliedOffset != 0 { throw .notRepresentable(field: "AppliedOffset", version: version) } }
        if version <= 0 { try writer.nullableStructures(self.currentVoters, true, version, allowed: true) } else { if self.currentVoters != [] { throw .notRepresentable(field: "CurrentVoters", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Voter: WireStructure {
        public var voterId: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 0 { self.voterId = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 0 { writer.integer(self.voterId) } else { if self.voterId != 0 { throw .notRepresentable(field: "VoterId", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ProducerSnapshot: WireMessage {
    public static let schema = MessageSchema(name: "ProducerSnapshot", kind: .data, key: -1, versions: 1...1, firstFlexible: nil)

    public var crc: UInt32 = 0
    public var producerEntries: [ProducerEntry] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.crc = reader.integer()
        self.producerEntries = reader.structures(ProducerEntry.self, false, version)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.crc)
        try writer.structures(self.producerEntries, false, version)
    }

    public struct ProducerEntry: WireStructure {
        public var producerId: Int64 = 0
        public var epoch: Int16 = 0
        public var lastSequence: Int32 = 0
        public var lastOffset: Int64 = 0
        public var offsetDelta: Int32 = 0
        public var timestamp: Int64 = 0
        public var coordinatorEpoch: Int32 = 0
        public var currentTxnFirstOffset: Int64 = 0

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.producerId = reader.integer()
            self.epoch = reader.integer()
            self.lastSequence = reader.integer()
            self.lastOffset = reader.integer()
            self.offsetDelta = reader.integer()
            self.timestamp = reader.integer()
            self.coordinatorEpoch = reader.integer()
            self.currentTxnFirstOffset = reader.integer()
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.producerId)
            writer.integer(self.epoch)
            writer.integer(self.lastSequence)
            writer.integer(self.lastOffset)
            writer.integer(self.offsetDelta)
            writer.integer(self.timestamp)
            writer.integer(self.coordinatorEpoch)
            writer.integer(self.currentTxnFirstOffset)
        }
    }
}

public struct RemoteLogSegmentMetadataRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoteLogSegmentMetadataRecord", kind: .metadata, key: 0, versions: 0...0, firstFlexible: 0)

    public var remoteLogSegmentId: RemoteLogSegmentIdEntry = RemoteLogSegmentIdEntry()
    public var startOffset: Int64 = 0
    public var endOffset: Int64 = 0
    public var brokerId: Int32 = 0
    public var maxTimestampMs: Int64 = 0
    public var eventTimestampMs: Int64 = 0
    public var segmentLeaderEpochs: [SegmentLeaderEpochEntry] = []
    public var segmentSizeInBytes: Int32 = 0
    public var customMetadata: ByteBuffer? = nil
    public var remoteLogSegmentState: Int8 = 0
    public var txnIndexEmpty: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.remoteLogSegmentId = reader.structure(RemoteLogSegmentIdEntry.self, version)
        self.startOffset = reader.integer()
        self.endOffset = reader.integer()
        self.brokerId = reader.integer()
        self.maxTimestampMs = reader.integer()
        self.eventTimestampMs = reader.integer()
        self.segmentLeaderEpochs = reader.structures(SegmentLeaderEpochEntry.self, true, version)
        self.segmentSizeInBytes = reader.integer()
        self.customMetadata = reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.txnIndexEmpty = reader.bool()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try self.remoteLogSegmentId.encode(into: &writer, version: version)
        writer.integer(self.startOffset)
        writer.integer(self.endOffset)
        writer.integer(self.brokerId)
        writer.integer(self.maxTimestampMs)
        writer.integer(self.eventTimestampMs)
        try writer.structures(self.segmentLeaderEpochs, true, version)
        writer.integer(self.segmentSizeInBytes)
        try writer.nullableBytes(self.customMetadata, true, allowed: true)
        writer.integer(self.remoteLogSegmentState)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.txnIndexEmpty != false {
                var writer = WireWriter(capacity: 0)
                writer.bool(self.txnIndexEmpty)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.id = reader.uuid()
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct RemoteLogSegmentIdEntry: WireStructure {
        public var topicIdPartition: TopicIdPartitionEntry = TopicIdPartitionEntry()
        public var id: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicIdPartition = reader.structure(TopicIdPartitionEntry.self, version)
            self.id = reader.uuid()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.topicIdPartition.encode(into: &writer, version: version)
            writer.uuid(self.id)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct SegmentLeaderEpochEntry: WireStructure {
        public var leaderEpoch: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.leaderEpoch = reader.integer()
            self.offset = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderEpoch)
            writer.integer(self.offset)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RemoteLogSegmentMetadataSnapshotRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoteLogSegmentMetadataSnapshotRecord", kind: .metadata, key: 3, versions: 0...0, firstFlexible: 0)

    public var segmentId: KafkaUUID = .zero
    public var startOffset: Int64 = 0
    public var endOffset: Int64 = 0
    public var brokerId: Int32 = 0
    public var maxTimestampMs: Int64 = 0
    public var eventTimestampMs: Int64 = 0
    public var segmentLeaderEpochs: [SegmentLeaderEpochEntry] = []
    public var segmentSizeInBytes: Int32 = 0
    public var customMetadata: ByteBuffer? = nil
    public var remoteLogSegmentState: Int8 = 0
    public var txnIndexEmpty: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.segmentId = reader.uuid()
        self.startOffset = reader.integer()
        self.endOffset = reader.integer()
        self.brokerId = reader.integer()
        self.maxTimestampMs = reader.integer()
        self.eventTimestampMs = reader.integer()
        self.segmentLeaderEpochs = reader.structures(SegmentLeaderEpochEntry.self, true, version)
        self.segmentSizeInBytes = reader.integer()
        self.customMetadata = reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.txnIndexEmpty = reader.bool()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.segmentId)
        writer.integer(self.startOffset)
        writer.integer(self.endOffset)
        writer.integer(self.brokerId)
        writer.integer(self.maxTimestampMs)
        writer.integer(self.eventTimestampMs)
        try writer.structures(self.segmentLeaderEpochs, true, version)
        writer.integer(self.segmentSizeInBytes)
        try writer.nullableBytes(self.customMetadata, true, allowed: true)
        writer.integer(self.remoteLogSegmentState)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.txnIndexEmpty != false {
                var writer = WireWriter(capacity: 0)
                writer.bool(self.txnIndexEmpty)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct SegmentLeaderEpochEntry: WireStructure {
        public var leaderEpoch: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.leaderEpoch = reader.integer()
            self.offset = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderEpoch)
            writer.integer(self.offset)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RemoteLogSegmentMetadataUpdateRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoteLogSegmentMetadataUpdateRecord", kind: .metadata, key: 1, versions: 0...0, firstFlexible: 0)

    public var remoteLogSegmentId: RemoteLogSegmentIdEntry = RemoteLogSegmentIdEntry()
    public var brokerId: Int32 = 0
    public var eventTimestampMs: Int64 = 0
    public var customMetadata: ByteBuffer? = nil
    public var remoteLogSegmentState: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.remoteLogSegmentId = reader.structure(RemoteLogSegmentIdEntry.self, version)
        self.brokerId = reader.integer()
        self.eventTimestampMs = reader.integer()
        self.customMetadata = reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try self.remoteLogSegmentId.encode(into: &writer, version: version)
        writer.integer(self.brokerId)
        writer.integer(self.eventTimestampMs)
        try writer.nullableBytes(self.customMetadata, true, allowed: true)
        writer.integer(self.remoteLogSegmentState)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.id = reader.uuid()
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct RemoteLogSegmentIdEntry: WireStructure {
        public var topicIdPartition: TopicIdPartitionEntry = TopicIdPartitionEntry()
        public var id: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicIdPartition = reader.structure(TopicIdPartitionEntry.self, version)
            self.id = reader.uuid()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.topicIdPartition.encode(into: &writer, version: version)
            writer.uuid(self.id)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RemotePartitionDeleteMetadataRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemotePartitionDeleteMetadataRecord", kind: .metadata, key: 2, versions: 0...0, firstFlexible: 0)

    public var topicIdPartition: TopicIdPartitionEntry = TopicIdPartitionEntry()
    public var brokerId: Int32 = 0
    public var eventTimestampMs: Int64 = 0
    public var remotePartitionDeleteState: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topicIdPartition = reader.structure(TopicIdPartitionEntry.self, version)
        self.brokerId = reader.integer()
        self.eventTimestampMs = reader.integer()
        self.remotePartitionDeleteState = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try self.topicIdPartition.encode(into: &writer, version: version)
        writer.integer(self.brokerId)
        writer.integer(self.eventTimestampMs)
        writer.integer(self.remotePartitionDeleteState)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.id = reader.uuid()
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
