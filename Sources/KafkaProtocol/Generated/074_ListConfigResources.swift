// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListConfigResourcesRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListConfigResourcesRequest", kind: .request, key: 74, versions: 0...1, firstFlexible: 0)
    public typealias Response = ListConfigResourcesResponse

    public var resourceTypes: [Int8] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.resourceTypes = reader.integers(true) }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { try writer.integers(self.resourceTypes, true) } else { if !self.resourceTypes.isEmpty { throw .notRepresentable(field: "ResourceTypes", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
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

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.configResources = reader.structures(ConfigResource.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.configResources, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ConfigResource: WireStructure {
        public var resourceName: String = ""
        public var resourceType: Int8 = 16
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.resourceName = reader.string(true)
            if version >= 1 { self.resourceType = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.resourceName, true)
            if version >= 1 { writer.integer(self.resourceType) }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
