// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ConsumerGroupCurrentMemberAssignmentKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupCurrentMemberAssignmentKey", kind: .coordinatorKey, key: 8, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ConsumerGroupCurrentMemberAssignmentValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupCurrentMemberAssignmentValue", kind: .coordinatorValue, key: 8, versions: 0...0, firstFlexible: 0)

    public var memberEpoch: Int32 = 0
    public var previousMemberEpoch: Int32 = 0
    public var state: Int8 = 0
    public var assignedPartitions: [TopicPartitions] = []
    public var partitionsPendingRevocation: [TopicPartitions] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.memberEpoch = reader.integer()
        self.previousMemberEpoch = reader.integer()
        self.state = reader.integer()
        self.assignedPartitions = reader.structures(TopicPartitions.self, true, version)
        self.partitionsPendingRevocation = reader.structures(TopicPartitions.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.memberEpoch)
        writer.integer(self.previousMemberEpoch)
        writer.integer(self.state)
        try writer.structures(self.assignedPartitions, true, version)
        try writer.structures(self.partitionsPendingRevocation, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var assignmentEpochs: [Int32]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0: self.assignmentEpochs = reader.nullableIntegers(true, allowed: true)
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if self.assignmentEpochs != [] {
                    var writer = WireWriter(capacity: 0)
                    try writer.nullableIntegers(self.assignmentEpochs, true, allowed: true)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }
}

public struct ConsumerGroupMemberMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupMemberMetadataKey", kind: .coordinatorKey, key: 5, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ConsumerGroupMemberMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupMemberMetadataValue", kind: .coordinatorValue, key: 5, versions: 0...0, firstFlexible: 0)

    public var instanceId: String? = ""
    public var rackId: String? = ""
    public var clientId: String = ""
    public var clientHost: String = ""
    public var subscribedTopicNames: [String] = []
    public var subscribedTopicRegex: String? = ""
    public var rebalanceTimeoutMs: Int32 = -1
    public var serverAssignor: String? = ""
    public var classicMemberMetadata: ClassicMemberMetadata? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.instanceId = reader.nullableString(true, allowed: true)
        self.rackId = reader.nullableString(true, allowed: true)
        self.clientId = reader.string(true)
        self.clientHost = reader.string(true)
        self.subscribedTopicNames = reader.strings(true)
        self.subscribedTopicRegex = reader.nullableString(true, allowed: true)
        self.rebalanceTimeoutMs = reader.integer()
        self.serverAssignor = reader.nullableString(true, allowed: true)
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.classicMemberMetadata = reader.nullableStructure(ClassicMemberMetadata.self, version, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.instanceId, true, allowed: true)
        try writer.nullableString(self.rackId, true, allowed: true)
        try writer.string(self.clientId, true)
        try writer.string(self.clientHost, true)
        try writer.strings(self.subscribedTopicNames, true)
        try writer.nullableString(self.subscribedTopicRegex, true, allowed: true)
        writer.integer(self.rebalanceTimeoutMs)
        try writer.nullableString(self.serverAssignor, true, allowed: true)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.classicMemberMetadata != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableStructure(self.classicMemberMetadata, version, allowed: true)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct ClassicProtocol: WireStructure {
        public var name: String = ""
        public var metadata: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.metadata = reader.bytes(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.bytes(self.metadata, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ClassicMemberMetadata: WireStructure {
        public var sessionTimeoutMs: Int32 = 0
        public var supportedProtocols: [ClassicProtocol] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.sessionTimeoutMs = reader.integer()
            self.supportedProtocols = reader.structures(ClassicProtocol.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.sessionTimeoutMs)
            try writer.structures(self.supportedProtocols, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ConsumerGroupMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupMetadataKey", kind: .coordinatorKey, key: 3, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ConsumerGroupMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupMetadataValue", kind: .coordinatorValue, key: 3, versions: 0...0, firstFlexible: 0)

    public var epoch: Int32 = 0
    public var metadataHash: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.epoch = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.metadataHash = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.epoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.metadataHash != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.metadataHash)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct ConsumerGroupPartitionMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupPartitionMetadataKey", kind: .coordinatorKey, key: 4, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ConsumerGroupPartitionMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupPartitionMetadataValue", kind: .coordinatorValue, key: 4, versions: 0...0, firstFlexible: 0)

    public var topics: [TopicMetadata] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(TopicMetadata.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionMetadata: WireStructure {
        public var partition: Int32 = 0
        public var racks: [String] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            self.racks = reader.strings(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            try writer.strings(self.racks, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicMetadata: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var topicName: String = ""
        public var numPartitions: Int32 = 0
        public var partitionMetadata: [PartitionMetadata] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.topicName = reader.string(true)
            self.numPartitions = reader.integer()
            self.partitionMetadata = reader.structures(PartitionMetadata.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.string(self.topicName, true)
            writer.integer(self.numPartitions)
            try writer.structures(self.partitionMetadata, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ConsumerGroupRegularExpressionKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupRegularExpressionKey", kind: .coordinatorKey, key: 16, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var regularExpression: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.regularExpression = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.regularExpression, false)
    }
}

public struct ConsumerGroupRegularExpressionValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupRegularExpressionValue", kind: .coordinatorValue, key: 16, versions: 0...0, firstFlexible: 0)

    public var topics: [String] = []
    public var version: Int64 = 0
    public var timestamp: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.strings(true)
        self.version = reader.integer()
        self.timestamp = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.topics, true)
        writer.integer(self.version)
        writer.integer(self.timestamp)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ConsumerGroupTargetAssignmentMemberKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupTargetAssignmentMemberKey", kind: .coordinatorKey, key: 7, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ConsumerGroupTargetAssignmentMemberValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupTargetAssignmentMemberValue", kind: .coordinatorValue, key: 7, versions: 0...0, firstFlexible: 0)

    public var topicPartitions: [TopicPartition] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topicPartitions = reader.structures(TopicPartition.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topicPartitions, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartition: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ConsumerGroupTargetAssignmentMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupTargetAssignmentMetadataKey", kind: .coordinatorKey, key: 6, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ConsumerGroupTargetAssignmentMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerGroupTargetAssignmentMetadataValue", kind: .coordinatorValue, key: 6, versions: 0...0, firstFlexible: 0)

    public var assignmentEpoch: Int32 = 0
    public var assignmentTimestamp: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.assignmentEpoch = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.assignmentTimestamp = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.assignmentEpoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.assignmentTimestamp != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.assignmentTimestamp)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct GroupMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "GroupMetadataKey", kind: .coordinatorKey, key: 2, versions: 0...0, firstFlexible: nil)

    public var group: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.group = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.group, false)
    }
}

public struct GroupMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "GroupMetadataValue", kind: .coordinatorValue, key: 2, versions: 0...4, firstFlexible: 4)

    public var protocolType: String = ""
    public var generation: Int32 = 0
    public var `protocol`: String? = ""
    public var leader: String? = ""
    public var currentStateTimestamp: Int64 = -1
    public var members: [MemberMetadata] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.protocolType = reader.string(version >= 4)
        self.generation = reader.integer()
        self.protocol = reader.nullableString(version >= 4, allowed: true)
        self.leader = reader.nullableString(version >= 4, allowed: true)
        if version >= 2 { self.currentStateTimestamp = reader.integer() }
        self.members = reader.structures(MemberMetadata.self, version >= 4, version)
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.protocolType, version >= 4)
        writer.integer(self.generation)
        try writer.nullableString(self.protocol, version >= 4, allowed: true)
        try writer.nullableString(self.leader, version >= 4, allowed: true)
        if version >= 2 { writer.integer(self.currentStateTimestamp) }
        try writer.structures(self.members, version >= 4, version)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct MemberMetadata: WireStructure {
        public var memberId: String = ""
        public var groupInstanceId: String? = nil
        public var clientId: String = ""
        public var clientHost: String = ""
        public var rebalanceTimeout: Int32 = -1
        public var sessionTimeout: Int32 = 0
        public var subscription: ByteBuffer = ByteBuffer()
        public var assignment: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.memberId = reader.string(version >= 4)
            if version >= 3 { self.groupInstanceId = reader.nullableString(version >= 4, allowed: true) }
            self.clientId = reader.string(version >= 4)
            self.clientHost = reader.string(version >= 4)
            if version >= 1 { self.rebalanceTimeout = reader.integer() }
            self.sessionTimeout = reader.integer()
            self.subscription = reader.bytes(version >= 4)
            self.assignment = reader.bytes(version >= 4)
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.memberId, version >= 4)
            if version >= 3 { try writer.nullableString(self.groupInstanceId, version >= 4, allowed: true) }
            try writer.string(self.clientId, version >= 4)
            try writer.string(self.clientHost, version >= 4)
            if version >= 1 { writer.integer(self.rebalanceTimeout) }
            writer.integer(self.sessionTimeout)
            writer.bytes(self.subscription, version >= 4)
            writer.bytes(self.assignment, version >= 4)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct LegacyOffsetCommitKey: WireMessage {
    public static let schema = MessageSchema(name: "LegacyOffsetCommitKey", kind: .coordinatorKey, key: 0, versions: 0...0, firstFlexible: nil)

    public var group: String = ""
    public var topic: String = ""
    public var partition: Int32 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.group = reader.string(false)
        self.topic = reader.string(false)
        self.partition = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.group, false)
        try writer.string(self.topic, false)
        writer.integer(self.partition)
    }
}

public struct LegacyOffsetCommitValue: WireMessage {
    public static let schema = MessageSchema(name: "LegacyOffsetCommitValue", kind: .coordinatorValue, key: 0, versions: 0...0, firstFlexible: nil)

    public var offset: Int64 = 0
    public var metadata: String = ""
    public var commitTimestamp: Int64 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.offset = reader.integer()
        self.metadata = reader.string(false)
        self.commitTimestamp = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.offset)
        try writer.string(self.metadata, false)
        writer.integer(self.commitTimestamp)
    }
}

public struct OffsetCommitKey: WireMessage {
    public static let schema = MessageSchema(name: "OffsetCommitKey", kind: .coordinatorKey, key: 1, versions: 0...0, firstFlexible: nil)

    public var group: String = ""
    public var topic: String = ""
    public var partition: Int32 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.group = reader.string(false)
        self.topic = reader.string(false)
        self.partition = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.group, false)
        try writer.string(self.topic, false)
        writer.integer(self.partition)
    }
}

public struct OffsetCommitValue: WireMessage {
    public static let schema = MessageSchema(name: "OffsetCommitValue", kind: .coordinatorValue, key: 1, versions: 0...4, firstFlexible: 4)

    public var offset: Int64 = 0
    public var leaderEpoch: Int32 = -1
    public var metadata: String = ""
    public var commitTimestamp: Int64 = 0
    public var expireTimestamp: Int64 = -1
    public var topicId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.offset = reader.integer()
        if version >= 3 { self.leaderEpoch = reader.integer() }
        self.metadata = reader.string(version >= 4)
        self.commitTimestamp = reader.integer()
        if version == 1 { self.expireTimestamp = reader.integer() }
        if version >= 4 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 4: self.topicId = reader.uuid()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.offset)
        if version >= 3 { writer.integer(self.leaderEpoch) }
        try writer.string(self.metadata, version >= 4)
        writer.integer(self.commitTimestamp)
        if version == 1 { writer.integer(self.expireTimestamp) }
        if version >= 4 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 4 && self.topicId != .zero {
                var writer = WireWriter(capacity: 0)
                writer.uuid(self.topicId)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct ShareGroupCurrentMemberAssignmentKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupCurrentMemberAssignmentKey", kind: .coordinatorKey, key: 14, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ShareGroupCurrentMemberAssignmentValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupCurrentMemberAssignmentValue", kind: .coordinatorValue, key: 14, versions: 0...0, firstFlexible: 0)

    public var memberEpoch: Int32 = 0
    public var previousMemberEpoch: Int32 = 0
    public var state: Int8 = 0
    public var assignedPartitions: [TopicPartitions] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.memberEpoch = reader.integer()
        self.previousMemberEpoch = reader.integer()
        self.state = reader.integer()
        self.assignedPartitions = reader.structures(TopicPartitions.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.memberEpoch)
        writer.integer(self.previousMemberEpoch)
        writer.integer(self.state)
        try writer.structures(self.assignedPartitions, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitions: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareGroupMemberMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupMemberMetadataKey", kind: .coordinatorKey, key: 10, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ShareGroupMemberMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupMemberMetadataValue", kind: .coordinatorValue, key: 10, versions: 0...0, firstFlexible: 0)

    public var rackId: String? = ""
    public var clientId: String = ""
    public var clientHost: String = ""
    public var subscribedTopicNames: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.rackId = reader.nullableString(true, allowed: true)
        self.clientId = reader.string(true)
        self.clientHost = reader.string(true)
        self.subscribedTopicNames = reader.strings(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.rackId, true, allowed: true)
        try writer.string(self.clientId, true)
        try writer.string(self.clientHost, true)
        try writer.strings(self.subscribedTopicNames, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ShareGroupMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupMetadataKey", kind: .coordinatorKey, key: 11, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ShareGroupMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupMetadataValue", kind: .coordinatorValue, key: 11, versions: 0...0, firstFlexible: 0)

    public var epoch: Int32 = 0
    public var metadataHash: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.epoch = reader.integer()
        self.metadataHash = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.epoch)
        writer.integer(self.metadataHash)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ShareGroupStatePartitionMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupStatePartitionMetadataKey", kind: .coordinatorKey, key: 15, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ShareGroupStatePartitionMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupStatePartitionMetadataValue", kind: .coordinatorValue, key: 15, versions: 0...0, firstFlexible: 0)

    public var initializingTopics: [TopicPartitionsInfo] = []
    public var initializedTopics: [TopicPartitionsInfo] = []
    public var deletingTopics: [TopicInfo] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.initializingTopics = reader.structures(TopicPartitionsInfo.self, true, version)
        self.initializedTopics = reader.structures(TopicPartitionsInfo.self, true, version)
        self.deletingTopics = reader.structures(TopicInfo.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.initializingTopics, true, version)
        try writer.structures(self.initializedTopics, true, version)
        try writer.structures(self.deletingTopics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartitionsInfo: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var topicName: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.topicName = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.string(self.topicName, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicInfo: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var topicName: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.topicName = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.string(self.topicName, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareGroupTargetAssignmentMemberKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupTargetAssignmentMemberKey", kind: .coordinatorKey, key: 13, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct ShareGroupTargetAssignmentMemberValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupTargetAssignmentMemberValue", kind: .coordinatorValue, key: 13, versions: 0...0, firstFlexible: 0)

    public var topicPartitions: [TopicPartition] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topicPartitions = reader.structures(TopicPartition.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topicPartitions, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicPartition: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareGroupTargetAssignmentMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupTargetAssignmentMetadataKey", kind: .coordinatorKey, key: 12, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct ShareGroupTargetAssignmentMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareGroupTargetAssignmentMetadataValue", kind: .coordinatorValue, key: 12, versions: 0...0, firstFlexible: 0)

    public var assignmentEpoch: Int32 = 0
    public var assignmentTimestamp: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.assignmentEpoch = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.assignmentTimestamp = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.assignmentEpoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.assignmentTimestamp != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.assignmentTimestamp)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct StreamsGroupCurrentMemberAssignmentKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupCurrentMemberAssignmentKey", kind: .coordinatorKey, key: 22, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct StreamsGroupCurrentMemberAssignmentValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupCurrentMemberAssignmentValue", kind: .coordinatorValue, key: 22, versions: 0...0, firstFlexible: 0)

    public var memberEpoch: Int32 = 0
    public var previousMemberEpoch: Int32 = 0
    public var state: Int8 = 0
    public var activeTasks: [TaskIds] = []
    public var standbyTasks: [TaskIds] = []
    public var warmupTasks: [TaskIds] = []
    public var activeTasksPendingRevocation: [TaskIds] = []
    public var standbyTasksPendingRevocation: [TaskIds] = []
    public var warmupTasksPendingRevocation: [TaskIds] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.memberEpoch = reader.integer()
        self.previousMemberEpoch = reader.integer()
        self.state = reader.integer()
        self.activeTasks = reader.structures(TaskIds.self, true, version)
        self.standbyTasks = reader.structures(TaskIds.self, true, version)
        self.warmupTasks = reader.structures(TaskIds.self, true, version)
        self.activeTasksPendingRevocation = reader.structures(TaskIds.self, true, version)
        self.standbyTasksPendingRevocation = reader.structures(TaskIds.self, true, version)
        self.warmupTasksPendingRevocation = reader.structures(TaskIds.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.memberEpoch)
        writer.integer(self.previousMemberEpoch)
        writer.integer(self.state)
        try writer.structures(self.activeTasks, true, version)
        try writer.structures(self.standbyTasks, true, version)
        try writer.structures(self.warmupTasks, true, version)
        try writer.structures(self.activeTasksPendingRevocation, true, version)
        try writer.structures(self.standbyTasksPendingRevocation, true, version)
        try writer.structures(self.warmupTasksPendingRevocation, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TaskIds: WireStructure {
        public var subtopologyId: String = ""
        public var partitions: [Int32] = []
        public var assignmentEpochs: [Int32]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.partitions = reader.integers(true)
            do {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0: self.assignmentEpochs = reader.nullableIntegers(true, allowed: true)
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.integers(self.partitions, true)
            do {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if self.assignmentEpochs != [] {
                    var writer = WireWriter(capacity: 0)
                    try writer.nullableIntegers(self.assignmentEpochs, true, allowed: true)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            }
        }
    }
}

public struct StreamsGroupMemberMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupMemberMetadataKey", kind: .coordinatorKey, key: 19, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct StreamsGroupMemberMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupMemberMetadataValue", kind: .coordinatorValue, key: 19, versions: 0...0, firstFlexible: 0)

    public var instanceId: String? = ""
    public var rackId: String? = ""
    public var clientId: String = ""
    public var clientHost: String = ""
    public var rebalanceTimeoutMs: Int32 = -1
    public var topologyEpoch: Int32 = 0
    public var processId: String = ""
    public var userEndpoint: Endpoint? = nil
    public var clientTags: [KeyValue] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.instanceId = reader.nullableString(true, allowed: true)
        self.rackId = reader.nullableString(true, allowed: true)
        self.clientId = reader.string(true)
        self.clientHost = reader.string(true)
        self.rebalanceTimeoutMs = reader.integer()
        self.topologyEpoch = reader.integer()
        self.processId = reader.string(true)
        self.userEndpoint = reader.nullableStructure(Endpoint.self, version, allowed: true)
        self.clientTags = reader.structures(KeyValue.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.instanceId, true, allowed: true)
        try writer.nullableString(self.rackId, true, allowed: true)
        try writer.string(self.clientId, true)
        try writer.string(self.clientHost, true)
        writer.integer(self.rebalanceTimeoutMs)
        writer.integer(self.topologyEpoch)
        try writer.string(self.processId, true)
        try writer.nullableStructure(self.userEndpoint, version, allowed: true)
        try writer.structures(self.clientTags, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Endpoint: WireStructure {
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.host = reader.string(true)
            self.port = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct KeyValue: WireStructure {
        public var key: String = ""
        public var value: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(true)
            self.value = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, true)
            try writer.string(self.value, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct StreamsGroupMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupMetadataKey", kind: .coordinatorKey, key: 17, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct StreamsGroupMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupMetadataValue", kind: .coordinatorValue, key: 17, versions: 0...0, firstFlexible: 0)

    public var epoch: Int32 = 0
    public var metadataHash: Int64 = 0
    public var validatedTopologyEpoch: Int32 = -1
    public var lastAssignmentConfigs: [LastAssignmentConfig]? = []
    public var storedDescriptionTopologyEpoch: Int32 = -1
    public var failedDescriptionTopologyEpoch: Int32 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.epoch = reader.integer()
        self.metadataHash = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.validatedTopologyEpoch = reader.integer()
                case 1: self.lastAssignmentConfigs = reader.nullableStructures(LastAssignmentConfig.self, true, version, allowed: true)
                case 2: self.storedDescriptionTopologyEpoch = reader.integer()
                case 3: self.failedDescriptionTopologyEpoch = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.epoch)
        writer.integer(self.metadataHash)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.validatedTopologyEpoch != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.validatedTopologyEpoch)
                tags.add(0, writer)
            }
            if self.lastAssignmentConfigs != [] {
                var writer = WireWriter(capacity: 0)
                try writer.nullableStructures(self.lastAssignmentConfigs, true, version, allowed: true)
                tags.add(1, writer)
            }
            if self.storedDescriptionTopologyEpoch != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.storedDescriptionTopologyEpoch)
                tags.add(2, writer)
            }
            if self.failedDescriptionTopologyEpoch != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.failedDescriptionTopologyEpoch)
                tags.add(3, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct LastAssignmentConfig: WireStructure {
        public var key: String = ""
        public var value: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(true)
            self.value = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, true)
            try writer.string(self.value, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct StreamsGroupTargetAssignmentMemberKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTargetAssignmentMemberKey", kind: .coordinatorKey, key: 21, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var memberId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.memberId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.string(self.memberId, false)
    }
}

public struct StreamsGroupTargetAssignmentMemberValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTargetAssignmentMemberValue", kind: .coordinatorValue, key: 21, versions: 0...0, firstFlexible: 0)

    public var activeTasks: [TaskIds] = []
    public var standbyTasks: [TaskIds] = []
    public var warmupTasks: [TaskIds] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.activeTasks = reader.structures(TaskIds.self, true, version)
        self.standbyTasks = reader.structures(TaskIds.self, true, version)
        self.warmupTasks = reader.structures(TaskIds.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.activeTasks, true, version)
        try writer.structures(self.standbyTasks, true, version)
        try writer.structures(self.warmupTasks, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TaskIds: WireStructure {
        public var subtopologyId: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct StreamsGroupTargetAssignmentMetadataKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTargetAssignmentMetadataKey", kind: .coordinatorKey, key: 20, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct StreamsGroupTargetAssignmentMetadataValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTargetAssignmentMetadataValue", kind: .coordinatorValue, key: 20, versions: 0...0, firstFlexible: 0)

    public var assignmentEpoch: Int32 = 0
    public var assignmentTimestamp: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.assignmentEpoch = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.assignmentTimestamp = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.assignmentEpoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.assignmentTimestamp != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.assignmentTimestamp)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct StreamsGroupTopologyKey: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTopologyKey", kind: .coordinatorKey, key: 23, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
    }
}

public struct StreamsGroupTopologyValue: WireMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTopologyValue", kind: .coordinatorValue, key: 23, versions: 0...0, firstFlexible: 0)

    public var epoch: Int32 = 0
    public var subtopologies: [Subtopology] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.epoch = reader.integer()
        self.subtopologies = reader.structures(Subtopology.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.epoch)
        try writer.structures(self.subtopologies, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CopartitionGroup: WireStructure {
        public var sourceTopics: [Int16] = []
        public var sourceTopicRegex: [Int16] = []
        public var repartitionSourceTopics: [Int16] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.sourceTopics = reader.integers(true)
            self.sourceTopicRegex = reader.integers(true)
            self.repartitionSourceTopics = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.integers(self.sourceTopics, true)
            try writer.integers(self.sourceTopicRegex, true)
            try writer.integers(self.repartitionSourceTopics, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Subtopology: WireStructure {
        public var subtopologyId: String = ""
        public var sourceTopics: [String] = []
        public var sourceTopicRegex: [String] = []
        public var stateChangelogTopics: [TopicInfo] = []
        public var repartitionSinkTopics: [String] = []
        public var repartitionSourceTopics: [TopicInfo] = []
        public var copartitionGroups: [CopartitionGroup] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.sourceTopics = reader.strings(true)
            self.sourceTopicRegex = reader.strings(true)
            self.stateChangelogTopics = reader.structures(TopicInfo.self, true, version)
            self.repartitionSinkTopics = reader.strings(true)
            self.repartitionSourceTopics = reader.structures(TopicInfo.self, true, version)
            self.copartitionGroups = reader.structures(CopartitionGroup.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.strings(self.sourceTopics, true)
            try writer.strings(self.sourceTopicRegex, true)
            try writer.structures(self.stateChangelogTopics, true, version)
            try writer.strings(self.repartitionSinkTopics, true)
            try writer.structures(self.repartitionSourceTopics, true, version)
            try writer.structures(self.copartitionGroups, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicConfig: WireStructure {
        public var key: String = ""
        public var value: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(true)
            self.value = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, true)
            try writer.string(self.value, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicInfo: WireStructure {
        public var name: String = ""
        public var partitions: Int32 = 0
        public var replicationFactor: Int16 = 0
        public var topicConfigs: [TopicConfig] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.integer()
            self.replicationFactor = reader.integer()
            self.topicConfigs = reader.structures(TopicConfig.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.partitions)
            writer.integer(self.replicationFactor)
            try writer.structures(self.topicConfigs, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct TransactionLogKey: WireMessage {
    public static let schema = MessageSchema(name: "TransactionLogKey", kind: .coordinatorKey, key: 0, versions: 0...0, firstFlexible: nil)

    public var transactionalId: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.transactionalId, false)
    }
}

public struct TransactionLogValue: WireMessage {
    public static let schema = MessageSchema(name: "TransactionLogValue", kind: .coordinatorValue, key: 0, versions: 0...1, firstFlexible: 1)

    public var producerId: Int64 = 0
    public var previousProducerId: Int64 = -1
    public var nextProducerId: Int64 = -1
    public var producerEpoch: Int16 = 0
    public var nextProducerEpoch: Int16 = -1
    public var transactionTimeoutMs: Int32 = 0
    public var transactionStatus: Int8 = 0
    public var transactionPartitions: [PartitionsSchema]? = []
    public var transactionLastUpdateTimestampMs: Int64 = 0
    public var transactionStartTimestampMs: Int64 = 0
    public var clientTransactionVersion: Int16 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.producerId = reader.integer()
        self.producerEpoch = reader.integer()
        self.transactionTimeoutMs = reader.integer()
        self.transactionStatus = reader.integer()
        self.transactionPartitions = reader.nullableStructures(PartitionsSchema.self, version >= 1, version, allowed: true)
        self.transactionLastUpdateTimestampMs = reader.integer()
        self.transactionStartTimestampMs = reader.integer()
        if version >= 1 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.previousProducerId = reader.integer()
                case 1: self.nextProducerId = reader.integer()
                case 2: self.clientTransactionVersion = reader.integer()
                case 3: self.nextProducerEpoch = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.producerId)
        writer.integer(self.producerEpoch)
        writer.integer(self.transactionTimeoutMs)
        writer.integer(self.transactionStatus)
        try writer.nullableStructures(self.transactionPartitions, version >= 1, version, allowed: true)
        writer.integer(self.transactionLastUpdateTimestampMs)
        writer.integer(self.transactionStartTimestampMs)
        if version >= 1 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.previousProducerId != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.previousProducerId)
                tags.add(0, writer)
            }
            if self.nextProducerId != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.nextProducerId)
                tags.add(1, writer)
            }
            if self.clientTransactionVersion != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.clientTransactionVersion)
                tags.add(2, writer)
            }
            if self.nextProducerEpoch != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.nextProducerEpoch)
                tags.add(3, writer)
            }
            writer.taggedFields(tags.inOrder)
        } else {
            if self.previousProducerId != -1 { throw .notRepresentable(field: "PreviousProducerId", version: version) }
            if self.nextProducerId != -1 { throw .notRepresentable(field: "NextProducerId", version: version) }
            if self.clientTransactionVersion != 0 { throw .notRepresentable(field: "ClientTransactionVersion", version: version) }
            if self.nextProducerEpoch != -1 { throw .notRepresentable(field: "NextProducerEpoch", version: version) }
        }
    }

    public struct PartitionsSchema: WireStructure {
        public var topic: String = ""
        public var partitionIds: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 1)
            self.partitionIds = reader.integers(version >= 1)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 1)
            try writer.integers(self.partitionIds, version >= 1)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareSnapshotKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareSnapshotKey", kind: .coordinatorKey, key: 0, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var topicId: KafkaUUID = .zero
    public var partition: Int32 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.topicId = reader.uuid()
        self.partition = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        writer.uuid(self.topicId)
        writer.integer(self.partition)
    }
}

public struct ShareSnapshotValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareSnapshotValue", kind: .coordinatorValue, key: 0, versions: 0...0, firstFlexible: 0)

    public var snapshotEpoch: Int32 = 0
    public var stateEpoch: Int32 = 0
    public var leaderEpoch: Int32 = 0
    public var startOffset: Int64 = 0
    public var deliveryCompleteCount: Int32 = -1
    public var createTimestamp: Int64 = 0
    public var writeTimestamp: Int64 = 0
    public var stateBatches: [StateBatch] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.snapshotEpoch = reader.integer()
        self.stateEpoch = reader.integer()
        self.leaderEpoch = reader.integer()
        self.startOffset = reader.integer()
        self.createTimestamp = reader.integer()
        self.writeTimestamp = reader.integer()
        self.stateBatches = reader.structures(StateBatch.self, true, version)
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.deliveryCompleteCount = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.snapshotEpoch)
        writer.integer(self.stateEpoch)
        writer.integer(self.leaderEpoch)
        writer.integer(self.startOffset)
        writer.integer(self.createTimestamp)
        writer.integer(self.writeTimestamp)
        try writer.structures(self.stateBatches, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.deliveryCompleteCount != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.deliveryCompleteCount)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct StateBatch: WireStructure {
        public var firstOffset: Int64 = 0
        public var lastOffset: Int64 = 0
        public var deliveryState: Int8 = 0
        public var deliveryCount: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.firstOffset = reader.integer()
            self.lastOffset = reader.integer()
            self.deliveryState = reader.integer()
            self.deliveryCount = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.firstOffset)
            writer.integer(self.lastOffset)
            writer.integer(self.deliveryState)
            writer.integer(self.deliveryCount)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareUpdateKey: WireMessage {
    public static let schema = MessageSchema(name: "ShareUpdateKey", kind: .coordinatorKey, key: 1, versions: 0...0, firstFlexible: nil)

    public var groupId: String = ""
    public var topicId: KafkaUUID = .zero
    public var partition: Int32 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.topicId = reader.uuid()
        self.partition = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        writer.uuid(self.topicId)
        writer.integer(self.partition)
    }
}

public struct ShareUpdateValue: WireMessage {
    public static let schema = MessageSchema(name: "ShareUpdateValue", kind: .coordinatorValue, key: 1, versions: 0...0, firstFlexible: 0)

    public var snapshotEpoch: Int32 = 0
    public var leaderEpoch: Int32 = 0
    public var startOffset: Int64 = 0
    public var deliveryCompleteCount: Int32 = -1
    public var stateBatches: [StateBatch] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.snapshotEpoch = reader.integer()
        self.leaderEpoch = reader.integer()
        self.startOffset = reader.integer()
        self.stateBatches = reader.structures(StateBatch.self, true, version)
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.deliveryCompleteCount = reader.integer()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.snapshotEpoch)
        writer.integer(self.leaderEpoch)
        writer.integer(self.startOffset)
        try writer.structures(self.stateBatches, true, version)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.deliveryCompleteCount != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.deliveryCompleteCount)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct StateBatch: WireStructure {
        public var firstOffset: Int64 = 0
        public var lastOffset: Int64 = 0
        public var deliveryState: Int8 = 0
        public var deliveryCount: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.firstOffset = reader.integer()
            self.lastOffset = reader.integer()
            self.deliveryState = reader.integer()
            self.deliveryCount = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.firstOffset)
            writer.integer(self.lastOffset)
            writer.integer(self.deliveryState)
            writer.integer(self.deliveryCount)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
