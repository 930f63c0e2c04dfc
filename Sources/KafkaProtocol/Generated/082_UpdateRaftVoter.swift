// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct UpdateRaftVoterRequest: RequestMessage {
    public static let schema = MessageSchema(name: "UpdateRaftVoterRequest", kind: .request, key: 82, versions: 0...0, firstFlexible: 0)
    public typealias Response = UpdateRaftVoterResponse

    public var clusterId: String? = ""
    public var currentLeaderEpoch: Int32 = 0
    public var voterId: Int32 = 0
    public var voterDirectoryId: KafkaUUID = .zero
    public var listeners: [Listener] = []
    public var kRaftVersionFeature: KRaftVersionFeature = KRaftVersionFeature()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clusterId = reader.nullableString(true, allowed: true)
        self.currentLeaderEpoch = reader.integer()
        self.voterId = reader.integer()
        self.voterDirectoryId = reader.uuid()
        self.listeners = reader.structures(Listener.self, true, version)
        self.kRaftVersionFeature = reader.structure(KRaftVersionFeature.self, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, true, allowed: true)
        writer.integer(self.currentLeaderEpoch)
        writer.integer(self.voterId)
        writer.uuid(self.voterDirectoryId)
        try writer.structures(self.listeners, true, version)
        try self.kRaftVersionFeature.encode(into: &writer, version: version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Listener: WireStructure {
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
}

public struct UpdateRaftVoterResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "UpdateRaftVoterResponse", kind: .response, key: 82, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var currentLeader: CurrentLeader = CurrentLeader()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.currentLeader = reader.structure(CurrentLeader.self, version)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.currentLeader != CurrentLeader() {
                var writer = WireWriter(capacity: 0)
                try self.currentLeader.encode(into: &writer, version: version)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct CurrentLeader: WireStructure {
        public var leaderId: Int32 = -1
        public var leaderEpoch: Int32 = -1
        public var host: String = ""
        public var port: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            self.host = reader.string(true)
            self.port = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
