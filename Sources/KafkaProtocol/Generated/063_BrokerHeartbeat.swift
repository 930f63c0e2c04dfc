// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct BrokerHeartbeatRequest: RequestMessage {
    public static let schema = MessageSchema(name: "BrokerHeartbeatRequest", kind: .request, key: 63, versions: 0...2, firstFlexible: 0)
    public typealias Response = BrokerHeartbeatResponse

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = -1
    public var currentMetadataOffset: Int64 = 0
    public var wantFence: Bool = false
    public var wantShutDown: Bool = false
    public var offlineLogDirs: [KafkaUUID] = []
    public var cordonedLogDirs: [KafkaUUID]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        self.brokerEpoch = try reader.integer()
        self.currentMetadataOffset = try reader.integer()
        self.wantFence = try reader.bool()
        self.wantShutDown = try reader.bool()
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 1: self.offlineLogDirs = try reader.uuids(true)
                case 1 where version >= 2: self.cordonedLogDirs = try reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        writer.integer(self.currentMetadataOffset)
        writer.bool(self.wantFence)
        writer.bool(self.wantShutDown)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 1 && self.offlineLogDirs != [] { tags.insert(0) }
            if version >= 2 && self.cordonedLogDirs != nil { tags.insert(1) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.uuids(self.offlineLogDirs, true)
                case 1: try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                default: break
                }
            }
        }
    }
}

public struct BrokerHeartbeatResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "BrokerHeartbeatResponse", kind: .response, key: 63, versions: 0...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var isCaughtUp: Bool = false
    public var isFenced: Bool = true
    public var shouldShutDown: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.isCaughtUp = try reader.bool()
        self.isFenced = try reader.bool()
        self.shouldShutDown = try reader.bool()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.bool(self.isCaughtUp)
        writer.bool(self.isFenced)
        writer.bool(self.shouldShutDown)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
