// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeClientQuotasRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeClientQuotasRequest", kind: .request, key: 48, versions: 0...1, firstFlexible: 1)
    public typealias Response = DescribeClientQuotasResponse

    public var components: [ComponentData] = []
    public var strict: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.components = try reader.structures(ComponentData.self, version >= 1, version)
        self.strict = try reader.bool()
        if version >= 1 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.components, version >= 1, version)
        writer.bool(self.strict)
        if version >= 1 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ComponentData: WireStructure {
        public var entityType: String = ""
        public var matchType: Int8 = 0
        public var match: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.entityType = try reader.string(version >= 1)
            self.matchType = try reader.integer()
            self.match = try reader.nullableString(version >= 1, allowed: true)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, version >= 1)
            writer.integer(self.matchType)
            try writer.nullableString(self.match, version >= 1, allowed: true)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(version >= 1, allowed: true)
        self.entries = try reader.nullableStructures(EntryData.self, version >= 1, version, allowed: true)
        if version >= 1 {
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
        try writer.nullableString(self.errorMessage, version >= 1, allowed: true)
        try writer.nullableStructures(self.entries, version >= 1, version, allowed: true)
        if version >= 1 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EntityData: WireStructure {
        public var entityType: String = ""
        public var entityName: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.entityType = try reader.string(version >= 1)
            self.entityName = try reader.nullableString(version >= 1, allowed: true)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, version >= 1)
            try writer.nullableString(self.entityName, version >= 1, allowed: true)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ValueData: WireStructure {
        public var key: String = ""
        public var value: Double = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.key = try reader.string(version >= 1)
            self.value = try reader.float64()
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, version >= 1)
            writer.float64(self.value)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct EntryData: WireStructure {
        public var entity: [EntityData] = []
        public var values: [ValueData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.entity = try reader.structures(EntityData.self, version >= 1, version)
            self.values = try reader.structures(ValueData.self, version >= 1, version)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.entity, version >= 1, version)
            try writer.structures(self.values, version >= 1, version)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
