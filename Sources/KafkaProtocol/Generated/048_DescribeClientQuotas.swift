// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeClientQuotasRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeClientQuotasRequest", kind: .request, key: 48, versions: 0...1, firstFlexible: 1)
    public typealias Response = DescribeClientQuotasResponse

    public var components: [ComponentData] = []
    public var strict: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.components = reader.structures(ComponentData.self, version >= 1, version)
        self.strict = reader.bool()
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.components, version >= 1, version)
        writer.bool(self.strict)
        if version >= 1 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ComponentData: WireStructure {
        public var entityType: String = ""
        public var matchType: Int8 = 0
        public var match: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entityType = reader.string(version >= 1)
            self.matchType = reader.integer()
            self.match = reader.nullableString(version >= 1, allowed: true)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, version >= 1)
            writer.integer(self.matchType)
            try writer.nullableString(self.match, version >= 1, allowed: true)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeClientQuotasResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeClientQuotasResponse", kind: .response, key: 48, versions: 0...1, firstFlexible: 1)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var entries: [EntryData]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(version >= 1, allowed: true)
        self.entries = reader.nullableStructures(EntryData.self, version >= 1, version, allowed: true)
        if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, version >= 1, allowed: true)
        try writer.nullableStructures(self.entries, version >= 1, version, allowed: true)
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

    public struct ValueData: WireStructure {
        public var key: String = ""
        public var value: Double = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(version >= 1)
            self.value = reader.float64()
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, version >= 1)
            writer.float64(self.value)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct EntryData: WireStructure {
        public var entity: [EntityData] = []
        public var values: [ValueData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entity = reader.structures(EntityData.self, version >= 1, version)
            self.values = reader.structures(ValueData.self, version >= 1, version)
            if version >= 1 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.entity, version >= 1, version)
            try writer.structures(self.values, version >= 1, version)
            if version >= 1 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
