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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        if version <= 0 { self.clusterId = try reader.string(true) }
        self.leaderId = try reader.integer()
        self.leaderEpoch = try reader.integer()
        self.votedId = try reader.integer()
        if version >= 1 { self.votedDirectoryId = try reader.uuid() }
        if version <= 0 { self.appliedOffset = try reader.integer() }
        if version <= 0 { self.currentVoters = try reader.nullableStructures(Voter.self, true, version, allowed: true) }
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
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
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Voter: WireStructure {
        public var voterId: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            if version <= 0 { self.voterId = try reader.integer() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 0 { writer.integer(self.voterId) } else { if self.voterId != 0 { throw .notRepresentable(field: "VoterId", version: version) } }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ProducerSnapshot: WireMessage {
    public static let schema = MessageSchema(name: "ProducerSnapshot", kind: .data, key: -1, versions: 1...1, firstFlexible: nil)

    public var crc: UInt32 = 0
    public var producerEntries: [ProducerEntry] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.crc = try reader.integer()
        self.producerEntries = try reader.structures(ProducerEntry.self, false, version)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.producerId = try reader.integer()
            self.epoch = try reader.integer()
            self.lastSequence = try reader.integer()
            self.lastOffset = try reader.integer()
            self.offsetDelta = try reader.integer()
            self.timestamp = try reader.integer()
            self.coordinatorEpoch = try reader.integer()
            self.currentTxnFirstOffset = try reader.integer()
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.remoteLogSegmentId = try RemoteLogSegmentIdEntry(from: &reader, version: version)
        self.startOffset = try reader.integer()
        self.endOffset = try reader.integer()
        self.brokerId = try reader.integer()
        self.maxTimestampMs = try reader.integer()
        self.eventTimestampMs = try reader.integer()
        self.segmentLeaderEpochs = try reader.structures(SegmentLeaderEpochEntry.self, true, version)
        self.segmentSizeInBytes = try reader.integer()
        self.customMetadata = try reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.txnIndexEmpty = try reader.bool()
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
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
            if self.txnIndexEmpty != false { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: writer.bool(self.txnIndexEmpty)
                default: break
                }
            }
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.id = try reader.uuid()
            self.partition = try reader.integer()
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
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct RemoteLogSegmentIdEntry: WireStructure {
        public var topicIdPartition: TopicIdPartitionEntry = TopicIdPartitionEntry()
        public var id: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicIdPartition = try TopicIdPartitionEntry(from: &reader, version: version)
            self.id = try reader.uuid()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.topicIdPartition.encode(into: &writer, version: version)
            writer.uuid(self.id)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct SegmentLeaderEpochEntry: WireStructure {
        public var leaderEpoch: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.leaderEpoch = try reader.integer()
            self.offset = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderEpoch)
            writer.integer(self.offset)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.segmentId = try reader.uuid()
        self.startOffset = try reader.integer()
        self.endOffset = try reader.integer()
        self.brokerId = try reader.integer()
        self.maxTimestampMs = try reader.integer()
        self.eventTimestampMs = try reader.integer()
        self.segmentLeaderEpochs = try reader.structures(SegmentLeaderEpochEntry.self, true, version)
        self.segmentSizeInBytes = try reader.integer()
        self.customMetadata = try reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.txnIndexEmpty = try reader.bool()
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
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
            if self.txnIndexEmpty != false { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: writer.bool(self.txnIndexEmpty)
                default: break
                }
            }
        }
    }

    public struct SegmentLeaderEpochEntry: WireStructure {
        public var leaderEpoch: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.leaderEpoch = try reader.integer()
            self.offset = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderEpoch)
            writer.integer(self.offset)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.remoteLogSegmentId = try RemoteLogSegmentIdEntry(from: &reader, version: version)
        self.brokerId = try reader.integer()
        self.eventTimestampMs = try reader.integer()
        self.customMetadata = try reader.nullableBytes(true, allowed: true)
        self.remoteLogSegmentState = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try self.remoteLogSegmentId.encode(into: &writer, version: version)
        writer.integer(self.brokerId)
        writer.integer(self.eventTimestampMs)
        try writer.nullableBytes(self.customMetadata, true, allowed: true)
        writer.integer(self.remoteLogSegmentState)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.id = try reader.uuid()
            self.partition = try reader.integer()
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
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct RemoteLogSegmentIdEntry: WireStructure {
        public var topicIdPartition: TopicIdPartitionEntry = TopicIdPartitionEntry()
        public var id: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicIdPartition = try TopicIdPartitionEntry(from: &reader, version: version)
            self.id = try reader.uuid()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.topicIdPartition.encode(into: &writer, version: version)
            writer.uuid(self.id)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.topicIdPartition = try TopicIdPartitionEntry(from: &reader, version: version)
        self.brokerId = try reader.integer()
        self.eventTimestampMs = try reader.integer()
        self.remotePartitionDeleteState = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try self.topicIdPartition.encode(into: &writer, version: version)
        writer.integer(self.brokerId)
        writer.integer(self.eventTimestampMs)
        writer.integer(self.remotePartitionDeleteState)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicIdPartitionEntry: WireStructure {
        public var name: String = ""
        public var id: KafkaUUID = .zero
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.id = try reader.uuid()
            self.partition = try reader.integer()
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
            writer.uuid(self.id)
            writer.integer(self.partition)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
