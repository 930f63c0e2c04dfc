// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ControllerRegistrationRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ControllerRegistrationRequest", kind: .request, key: 70, versions: 0...0, firstFlexible: 0)
    public typealias Response = ControllerRegistrationResponse

    public var controllerId: Int32 = 0
    public var incarnationId: KafkaUUID = .zero
    public var zkMigrationReady: Bool = false
    public var listeners: [Listener] = []
    public var features: [Feature] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.controllerId = reader.integer()
        self.incarnationId = reader.uuid()
        self.zkMigrationReady = reader.bool()
        self.listeners = reader.structures(Listener.self, true, version)
        self.features = reader.structures(Feature.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        writer.uuid(self.incarnationId)
        writer.bool(self.zkMigrationReady)
        try writer.structures(self.listeners, true, version)
        try writer.structures(self.features, true, version)
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

public struct ControllerRegistrationResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ControllerRegistrationResponse", kind: .response, key: 70, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
