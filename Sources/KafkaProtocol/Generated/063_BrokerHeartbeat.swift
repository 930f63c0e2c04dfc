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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        self.currentMetadataOffset = reader.integer()
        self.wantFence = reader.bool()
        self.wantShutDown = reader.bool()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 1: self.offlineLogDirs = reader.uuids(true)
                case 1 where version >= 2: self.cordonedLogDirs = reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
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
            if version >= 1 && !self.offlineLogDirs.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.uuids(self.offlineLogDirs, true)
                tags.add(0, writer)
            }
            if version >= 2 && self.cordonedLogDirs != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                tags.add(1, writer)
            }
            writer.taggedFields(tags.inOrder)
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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.isCaughtUp = reader.bool()
        self.isFenced = reader.bool()
        self.shouldShutDown = reader.bool()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.bool(self.isCaughtUp)
        writer.bool(self.isFenced)
        writer.bool(self.shouldShutDown)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
