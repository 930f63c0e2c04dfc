// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ControlRecordTypeSchema: WireMessage {
    public static let schema = MessageSchema(name: "ControlRecordTypeSchema", kind: .data, key: -1, versions: 0...0, firstFlexible: nil)

    public var type: Int16 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.type = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.type)
    }
}

public struct EndTxnMarker: WireMessage {
    public static let schema = MessageSchema(name: "EndTxnMarker", kind: .data, key: -1, versions: 0...0, firstFlexible: nil)

    public var coordinatorEpoch: Int32 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.coordinatorEpoch = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.coordinatorEpoch)
    }
}

public struct LeaderChangeMessage: WireMessage {
    public static let schema = MessageSchema(name: "LeaderChangeMessage", kind: .data, key: -1, versions: 0...1, firstFlexible: 0)

    public var version: Int16 = 0
    public var leaderId: Int32 = 0
    public var voters: [Voter] = []
    public var grantingVoters: [Voter] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.version = reader.integer()
        self.leaderId = reader.integer()
        self.voters = reader.structures(Voter.self, true, version)
        self.grantingVoters = reader.structures(Voter.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.version)
        writer.integer(self.leaderId)
        try writer.structures(self.voters, true, version)
        try writer.structures(self.grantingVoters, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Voter: WireStructure {
        public var voterId: Int32 = 0
        public var voterDirectoryId: KafkaUUID = .zero
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.voterId = reader.integer()
            if version >= 1 { self.voterDirectoryId = reader.uuid() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.voterId)
            if version >= 1 { writer.uuid(self.voterDirectoryId) } else { if self.voterDirectoryId != .zero { throw .notRepresentable(field: "VoterDirectoryId", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct SnapshotHeaderRecord: WireMessage {
    public static let schema = MessageSchema(name: "SnapshotHeaderRecord", kind: .data, key: -1, versions: 0...0, firstFlexible: 0)

    public var version: Int16 = 0
    public var lastContainedLogTimestamp: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.version = reader.integer()
        self.lastContainedLogTimestamp = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.version)
        writer.integer(self.lastContainedLogTimestamp)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct SnapshotFooterRecord: WireMessage {
    public static let schema = MessageSchema(name: "SnapshotFooterRecord", kind: .data, key: -1, versions: 0...0, firstFlexible: 0)

    public var version: Int16 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.version = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct KRaftVersionRecord: WireMessage {
    public static let schema = MessageSchema(name: "KRaftVersionRecord", kind: .data, key: -1, versions: 0...0, firstFlexible: 0)

    public var version: Int16 = 0
    public var kRaftVersion: Int16 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.version = reader.integer()
        self.kRaftVersion = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.version)
        writer.integer(self.kRaftVersion)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct VotersRecord: WireMessage {
    public static let schema = MessageSchema(name: "VotersRecord", kind: .data, key: -1, versions: 0...0, firstFlexible: 0)

    public var version: Int16 = 0
    public var voters: [Voter] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.version = reader.integer()
        self.voters = reader.structures(Voter.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.version)
        try writer.structures(self.voters, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Endpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.host = reader.string(true)
            self.port = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct KRaftVersionFeature: WireStructure {
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.minSupportedVersion = reader.integer()
            self.maxSupportedVersion = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Voter: WireStructure {
        public var voterId: Int32 = 0
        public var voterDirectoryId: KafkaUUID = .zero
        public var endpoints: [Endpoint] = []
        public var kRaftVersionFeature: KRaftVersionFeature = KRaftVersionFeature()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.voterId = reader.integer()
            self.voterDirectoryId = reader.uuid()
            self.endpoints = reader.structures(Endpoint.self, true, version)
            self.kRaftVersionFeature = reader.structure(KRaftVersionFeature.self, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.voterId)
            writer.uuid(self.voterDirectoryId)
            try writer.structures(self.endpoints, true, version)
            try self.kRaftVersionFeature.encode(into: &writer, version: version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AbortedTxn: WireMessage {
    public static let schema = MessageSchema(name: "AbortedTxn", kind: .data, key: -1, versions: 0...0, firstFlexible: nil)

    public var producerId: Int64 = 0
    public var firstOffset: Int64 = 0
    public var lastOffset: Int64 = 0
    public var lastStableOffset: Int64 = 0

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.producerId = reader.integer()
        self.firstOffset = reader.integer()
        self.lastOffset = reader.integer()
        self.lastStableOffset = reader.integer()
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.producerId)
        writer.integer(self.firstOffset)
        writer.integer(self.lastOffset)
        writer.integer(self.lastStableOffset)
    }
}

public struct ConsumerProtocolAssignment: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerProtocolAssignment", kind: .data, key: -1, versions: 0...3, firstFlexible: nil)

    public var assignedPartitions: [TopicPartition] = []
    public var userData: ByteBuffer? = nil

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.assignedPartitions = reader.structures(TopicPartition.self, false, version)
        self.userData = reader.nullableBytes(false, allowed: true)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.assignedPartitions, false, version)
        try writer.nullableBytes(self.userData, false, allowed: true)
    }

    public struct TopicPartition: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(false)
            self.partitions = reader.integers(false)
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, false)
            try writer.integers(self.partitions, false)
        }
    }
}

public struct ConsumerProtocolSubscription: WireMessage {
    public static let schema = MessageSchema(name: "ConsumerProtocolSubscription", kind: .data, key: -1, versions: 0...3, firstFlexible: nil)

    public var topics: [String] = []
    public var userData: ByteBuffer? = nil
    public var ownedPartitions: [TopicPartition] = []
    public var generationId: Int32 = -1
    public var rackId: String? = nil

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.strings(false)
        self.userData = reader.nullableBytes(false, allowed: true)
        if version >= 1 { self.ownedPartitions = reader.structures(TopicPartition.self, false, version) }
        if version >= 2 { self.generationId = reader.integer() }
        if version >= 3 { self.rackId = reader.nullableString(false, allowed: true) }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.topics, false)
        try writer.nullableBytes(self.userData, false, allowed: true)
        if version >= 1 { try writer.structures(self.ownedPartitions, false, version) }
        if version >= 2 { writer.integer(self.generationId) }
        if version >= 3 { try writer.nullableString(self.rackId, false, allowed: true) }
    }

    public struct TopicPartition: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 1 { self.topic = reader.string(false) }
            if version >= 1 { self.partitions = reader.integers(false) }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try writer.string(self.topic, false) } else { if self.topic != "" { throw .notRepresentable(field: "Topic", version: version) } }
            if version >= 1 { try writer.integers(self.partitions, false) } else { if !self.partitions.isEmpty { throw .notRepresentable(field: "Partitions", version: version) } }
        }
    }
}

public struct DefaultPrincipalData: WireMessage {
    public static let schema = MessageSchema(name: "DefaultPrincipalData", kind: .data, key: -1, versions: 0...0, firstFlexible: 0)

    public var type: String = ""
    public var name: String = ""
    public var tokenAuthenticated: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.type = reader.string(true)
        self.name = reader.string(true)
        self.tokenAuthenticated = reader.bool()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.type, true)
        try writer.string(self.name, true)
        writer.bool(self.tokenAuthenticated)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
