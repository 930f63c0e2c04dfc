// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct IncrementalAlterConfigsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "IncrementalAlterConfigsRequest", kind: .request, key: 44, versions: 0...1, firstFlexible: 1)
    public typealias Response = IncrementalAlterConfigsResponse

    public var resources: [AlterConfigsResource] = []
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.resources = try reader.structures(AlterConfigsResource.self, version >= 1, version)
        self.validateOnly = try reader.bool()
        if version >= 1 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.resources, version >= 1, version)
        writer.bool(self.validateOnly)
        if version >= 1 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterableConfig: WireStructure {
        public var name: String = ""
        public var configOperation: Int8 = 0
        public var value: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(version >= 1)
            self.configOperation = try reader.integer()
            self.value = try reader.nullableString(version >= 1, allowed: true)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 1)
            writer.integer(self.configOperation)
            try writer.nullableString(self.value, version >= 1, allowed: true)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AlterConfigsResource: WireStructure {
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var configs: [AlterableConfig] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.resourceType = try reader.integer()
            self.resourceName = try reader.string(version >= 1)
            self.configs = try reader.structures(AlterableConfig.self, version >= 1, version)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 1)
            try writer.structures(self.configs, version >= 1, version)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct IncrementalAlterConfigsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "IncrementalAlterConfigsResponse", kind: .response, key: 44, versions: 0...1, firstFlexible: 1)

    public var throttleTimeMs: Int32 = 0
    public var responses: [AlterConfigsResourceResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.responses = try reader.structures(AlterConfigsResourceResponse.self, version >= 1, version)
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
        try writer.structures(self.responses, version >= 1, version)
        if version >= 1 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterConfigsResourceResponse: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var resourceType: Int8 = 0
        public var resourceName: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.errorMessage = try reader.nullableString(version >= 1, allowed: true)
            self.resourceType = try reader.integer()
            self.resourceName = try reader.string(version >= 1)
            if version >= 1 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, version >= 1, allowed: true)
            writer.integer(self.resourceType)
            try writer.string(self.resourceName, version >= 1)
            if version >= 1 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
