// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct BrokerRegistrationRequest: RequestMessage {
    public static let schema = MessageSchema(name: "BrokerRegistrationRequest", kind: .request, key: 62, versions: 0...4, firstFlexible: 0)
    public typealias Response = BrokerRegistrationResponse

    public var brokerId: Int32 = 0
    public var clusterId: String = ""
    public var incarnationId: KafkaUUID = .zero
    public var listeners: [Listener] = []
    public var features: [Feature] = []
    public var rack: String? = ""
    public var isMigratingZkBroker: Bool = false
    public var logDirs: [KafkaUUID] = []
    public var previousBrokerEpoch: Int64 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.clusterId = reader.string(true)
        self.incarnationId = reader.uuid()
        self.listeners = reader.structures(Listener.self, true, version)
        self.features = reader.structures(Feature.self, true, version)
        self.rack = reader.nullableString(true, allowed: true)
        if version >= 1 { self.isMigratingZkBroker = reader.bool() }
        if version >= 2 { self.logDirs = reader.uuids(true) }
        if version >= 3 { self.previousBrokerEpoch = reader.integer() }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        try writer.string(self.clusterId, true)
        writer.uuid(self.incarnationId)
        try writer.structures(self.listeners, true, version)
        try writer.structures(self.features, true, version)
        try writer.nullableString(self.rack, true, allowed: true)
        if version >= 1 { writer.bool(self.isMigratingZkBroker) } else { if self.isMigratingZkBroker != false { throw .notRepresentable(field: "IsMigratingZkBroker", version: version) } }
        if version >= 2 { try writer.uuids(self.logDirs, true) }
        if version >= 3 { writer.integer(self.previousBrokerEpoch) }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.host = reader.string(true)
            self.port = reader.integer()
            self.securityProtocol = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.host, true)
            writer.integer(self.port)
            writer.integer(self.securityProtocol)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Feature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.minSupportedVersion = reader.integer()
            self.maxSupportedVersion = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct BrokerRegistrationResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "BrokerRegistrationResponse", kind: .response, key: 62, versions: 0...4, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var brokerEpoch: Int64 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.brokerEpoch = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.brokerEpoch)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
