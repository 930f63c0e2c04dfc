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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.clusterId = try reader.nullableString(true, allowed: true)
        self.currentLeaderEpoch = try reader.integer()
        self.voterId = try reader.integer()
        self.voterDirectoryId = try reader.uuid()
        self.listeners = try reader.structures(Listener.self, true, version)
        self.kRaftVersionFeature = try KRaftVersionFeature(from: &reader, version: version)
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
        writer.integer(self.currentLeaderEpoch)
        writer.integer(self.voterId)
        writer.uuid(self.voterDirectoryId)
        try writer.structures(self.listeners, true, version)
        try self.kRaftVersionFeature.encode(into: &writer, version: version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.host = try reader.string(true)
            self.port = try reader.integer()
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
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct KRaftVersionFeature: WireStructure {
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.minSupportedVersion = try reader.integer()
            self.maxSupportedVersion = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.currentLeader = try CurrentLeader(from: &reader, version: version)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.currentLeader != CurrentLeader() { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try self.currentLeader.encode(into: &writer, version: version)
                default: break
                }
            }
        }
    }

    public struct CurrentLeader: WireStructure {
        public var leaderId: Int32 = -1
        public var leaderEpoch: Int32 = -1
        public var host: String = ""
        public var port: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.leaderId = try reader.integer()
            self.leaderEpoch = try reader.integer()
            self.host = try reader.string(true)
            self.port = try reader.integer()
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
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
