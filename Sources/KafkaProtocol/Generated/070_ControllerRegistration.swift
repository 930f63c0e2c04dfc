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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.controllerId = try reader.integer()
        self.incarnationId = try reader.uuid()
        self.zkMigrationReady = try reader.bool()
        self.listeners = try reader.structures(Listener.self, true, version)
        self.features = try reader.structures(Feature.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        writer.uuid(self.incarnationId)
        writer.bool(self.zkMigrationReady)
        try writer.structures(self.listeners, true, version)
        try writer.structures(self.features, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.host = try reader.string(true)
            self.port = try reader.integer()
            self.securityProtocol = try reader.integer()
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
            writer.integer(self.securityProtocol)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Feature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
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
            try writer.string(self.name, true)
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(true, allowed: true)
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
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
