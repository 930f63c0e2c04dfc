// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterConfigsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterConfigsRequest", kind: .request, key: 33, versions: 0...2, firstFlexible: 2)
    public typealias Response = AlterConfigsResponse

    public var resources: [AlterConfigsResource] = []
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.resources = reader.structures(AlterConfigsResource.self, version >= 2, version)
        self.validateOnly = reader.bool()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.resources, version >= 2, version)
        writer.bool(self.validateOnly)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterableConfig: WireStructure {
        public var name: String = ""
        public var value: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.value = reader.nullableString(version >= 2, allowed: true)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            try writer.nullableString(self.value, version >= 2, allowed: true)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AlterConfigsResource: WireStructure {
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var configs: [AlterableConfig] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 2)
            self.configs = reader.structures(AlterableConfig.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 2)
            try writer.structures(self.configs, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AlterConfigsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterConfigsResponse", kind: .response, key: 33, versions: 0...2, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var responses: [AlterConfigsResourceResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.responses = reader.structures(AlterConfigsResourceResponse.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.responses, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterConfigsResourceResponse: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(version >= 2, allowed: true)
            self.resourceType = reader.integer()
            self.resourceName = reader.string(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 2, allowed: true)
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
