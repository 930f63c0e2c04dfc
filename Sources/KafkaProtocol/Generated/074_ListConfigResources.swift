// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListConfigResourcesRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListConfigResourcesRequest", kind: .request, key: 74, versions: 0...1, firstFlexible: 0)
    public typealias Response = ListConfigResourcesResponse

    public var resourceTypes: [Int8] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        if version >= 1 { self.resourceTypes = try reader.integers(true) }
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { try writer.integers(self.resourceTypes, true) } else { if self.resourceTypes != [] { throw .notRepresentable(field: "ResourceTypes", version: version) } }
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ListConfigResourcesResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListConfigResourcesResponse", kind: .response, key: 74, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var configResources: [ConfigResource] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.configResources = try reader.structures(ConfigResource.self, true, version)
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
        try writer.structures(self.configResources, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ConfigResource: WireStructure {
        public var resourceName: String = ""
        public var resourceType: Int8 = 16
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.resourceName = try reader.string(true)
            if version >= 1 { self.resourceType = try reader.integer() }
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.resourceName, true)
            if version >= 1 { writer.integer(self.resourceType) }
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
