// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeConfigsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeConfigsRequest", kind: .request, key: 32, versions: 1...4, firstFlexible: 4)
    public typealias Response = DescribeConfigsResponse

    public var resources: [DescribeConfigsResource] = []
    public var includeSynonyms: Bool = false
    public var includeDocumentation: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.resources = reader.structures(DescribeConfigsResource.self, version >= 4, version)
        self.includeSynonyms = reader.bool()
        if version >= 3 { self.includeDocumentation = reader.bool() }
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.resources, version >= 4, version)
        writer.bool(self.includeSynonyms)
        if version >= 3 { writer.bool(self.includeDocumentation) } else { if self.includeDocumentation != false { throw .notRepresentable(field: "IncludeDocumentation", version: version) } }
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeConfigsResource: WireStructure {
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var configurationKeys: [String]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 4)
            self.configurationKeys = reader.nullableStrings(version >= 4, allowed: true)
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 4)
            try writer.nullableStrings(self.configurationKeys, version >= 4, allowed: true)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeConfigsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeConfigsResponse", kind: .response, key: 32, versions: 1...4, firstFlexible: 4)

    public var throttleTimeMs: Int32 = 0
    public var results: [DescribeConfigsResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(DescribeConfigsResult.self, version >= 4, version)
        if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 4, version)
        if version >= 4 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeConfigsSynonym: WireStructure {
        public var name: String = ""
        public var value: String? = ""
        public var source: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 4)
            self.value = reader.nullableString(version >= 4, allowed: true)
            self.source = reader.integer()
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 4)
            try writer.nullableString(self.value, version >= 4, allowed: true)
            writer.integer(self.source)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeConfigsResourceResult: WireStructure {
        public var name: String = ""
        public var value: String? = ""
        public var readOnly: Bool = false
        public var configSource: Int8 = -1
        public var isSensitive: Bool = false
        public var synonyms: [DescribeConfigsSynonym] = []
        public var configType: Int8 = 0
        public var documentation: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 4)
            self.value = reader.nullableString(version >= 4, allowed: true)
            self.readOnly = reader.bool()
            self.configSource = reader.integer()
            self.isSensitive = reader.bool()
            self.synonyms = reader.structures(DescribeConfigsSynonym.self, version >= 4, version)
            if version >= 3 { self.configType = reader.integer() }
            if version >= 3 { self.documentation = reader.nullableString(version >= 4, allowed: true) }
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 4)
            try writer.nullableString(self.value, version >= 4, allowed: true)
            writer.bool(self.readOnly)
            writer.integer(self.configSource)
            writer.bool(self.isSensitive)
            try writer.structures(self.synonyms, version >= 4, version)
            if version >= 3 { writer.integer(self.configType) }
            if version >= 3 { try writer.nullableString(self.documentation, version >= 4, allowed: true) }
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeConfigsResult: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var configs: [DescribeConfigsResourceResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 4, allowed: true)
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 4)
            self.configs = reader.structures(DescribeConfigsResourceResult.self, version >= 4, version)
            if version >= 4 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 4, allowed: true)
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 4)
            try writer.structures(self.configs, version >= 4, version)
            if version >= 4 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
