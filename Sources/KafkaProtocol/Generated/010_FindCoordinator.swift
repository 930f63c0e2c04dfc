// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct FindCoordinatorRequest: RequestMessage {
    public static let schema = MessageSchema(name: "FindCoordinatorRequest", kind: .request, key: 10, versions: 0...6, firstFlexible: 3)
    public typealias Response = FindCoordinatorResponse

    public var key: String = ""
    public var keyType: Int8 = 0
    public var coordinatorKeys: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version <= 3 { self.key = reader.string(version >= 3) }
        if version >= 1 { self.keyType = reader.integer() }
        if version >= 4 { self.coordinatorKeys = reader.strings(true) }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version <= 3 { try writer.string(self.key, version >= 3) } else { if self.key != "" { throw .notRepresentable(field: "Key", version: version) } }
        if version >= 1 { writer.integer(self.keyType) } else { if self.keyType != 0 { throw .notRepresentable(field: "KeyType", version: version) } }
        if version >= 4 { try writer.strings(self.coordinatorKeys, true) } else { if !self.coordinatorKeys.isEmpty { throw .notRepresentable(field: "CoordinatorKeys", version: version) } }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct FindCoordinatorResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "FindCoordinatorResponse", kind: .response, key: 10, versions: 0...6, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var nodeId: Int32 = 0
    public var host: String = ""
    public var port: Int32 = 0
    public var coordinators: [Coordinator] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        if version <= 3 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        if (1...3).contains(version) { self.errorMessage = reader.nullableString(version >= 3, allowed: true) }
        if version <= 3 { self.nodeId = reader.integer() }
        if version <= 3 { self.host = reader.string(version >= 3) }
        if version <= 3 { self.port = reader.integer() }
        if version >= 4 { self.coordinators = reader.structures(Coordinator.self, true, version) }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        if version <= 3 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
        if (1...3).contains(version) { try writer.nullableString(self.errorMessage, version >= 3, allowed: true) }
        if version <= 3 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
        if version <= 3 { try writer.string(self.host, version >= 3) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
        if version <= 3 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
        if version >= 4 { try writer.structures(self.coordinators, true, version) } else { if !self.coordinators.isEmpty { throw .notRepresentable(field: "Coordinators", version: version) } }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Coordinator: WireStructure {
        public var key: String = ""
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 4 { self.key = reader.string(true) }
            if version >= 4 { self.nodeId = reader.integer() }
            if version >= 4 { self.host = reader.string(true) }
            if version >= 4 { self.port = reader.integer() }
            if version >= 4 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
            if version >= 4 { self.errorMessage = reader.nullableString(true, allowed: true) }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 4 { try writer.string(self.key, true) } else { if self.key != "" { throw .notRepresentable(field: "Key", version: version) } }
            if version >= 4 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 4 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 4 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            if version >= 4 { writer.integer(self.errorCode.rawValue) } else { if self.errorCode != .none { throw .notRepresentable(field: "ErrorCode", version: version) } }
            if version >= 4 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
