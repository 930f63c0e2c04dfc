// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterClientQuotasRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterClientQuotasRequest", kind: .request, key: 49, versions: 0...1, firstFlexible: 1)
    public typealias Response = AlterClientQuotasResponse

    public var entries: [EntryData] = []
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.entries = reader.structures(EntryData.self, version >= 1, version)
        self.validateOnly = reader.bool()
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.entries, version >= 1, version)
        writer.bool(self.validateOnly)
        if version >= 1 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EntityData: WireStructure {
        public var entityType: String = ""
        public var entityName: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entityType = reader.string(version >= 1)
            self.entityName = reader.nullableString(version >= 1, allowed: true)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, version >= 1)
            try writer.nullableString(self.entityName, version >= 1, allowed: true)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct OpData: WireStructure {
        public var key: String = ""
        public var value: Double = 0
        public var remove: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(version >= 1)
            self.value = reader.float64()
            self.remove = reader.bool()
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, version >= 1)
            writer.float64(self.value)
            writer.bool(self.remove)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct EntryData: WireStructure {
        public var entity: [EntityData] = []
        public var ops: [OpData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entity = reader.structures(EntityData.self, version >= 1, version)
            self.ops = reader.structures(OpData.self, version >= 1, version)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.entity, version >= 1, version)
            try writer.structures(self.ops, version >= 1, version)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AlterClientQuotasResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterClientQuotasResponse", kind: .response, key: 49, versions: 0...1, firstFlexible: 1)

    public var throttleTimeMs: Int32 = 0
    public var entries: [EntryData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.entries = reader.structures(EntryData.self, version >= 1, version)
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.entries, version >= 1, version)
        if version >= 1 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EntityData: WireStructure {
        public var entityType: String = ""
        public var entityName: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entityType = reader.string(version >= 1)
            self.entityName = reader.nullableString(version >= 1, allowed: true)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, version >= 1)
            try writer.nullableString(self.entityName, version >= 1, allowed: true)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct EntryData: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var entity: [EntityData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 1, allowed: true)
            self.entity = reader.structures(EntityData.self, version >= 1, version)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 1, allowed: true)
            try writer.structures(self.entity, version >= 1, version)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
