// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ApiVersionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ApiVersionsRequest", kind: .request, key: 18, versions: 0...5, firstFlexible: 3)
    public typealias Response = ApiVersionsResponse

    public var clientSoftwareName: String = ""
    public var clientSoftwareVersion: String = ""
    public var clusterId: String? = nil
    public var nodeId: Int32 = -1
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 3 { self.clientSoftwareName = reader.string(true) }
        if version >= 3 { self.clientSoftwareVersion = reader.string(true) }
        if version >= 5 { self.clusterId = reader.nullableString(true, allowed: true) }
        if version >= 5 { self.nodeId = reader.integer() }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 3 { try writer.string(self.clientSoftwareName, true) }
        if version >= 3 { try writer.string(self.clientSoftwareVersion, true) }
        if version >= 5 { try writer.nullableString(self.clusterId, true, allowed: true) }
        if version >= 5 { writer.integer(self.nodeId) }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ApiVersionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ApiVersionsResponse", kind: .response, key: 18, versions: 0...5, firstFlexible: 3)

    public var errorCode: ErrorCode = .none
    public var apiKeys: [ApiVersion] = []
    public var throttleTimeMs: Int32 = 0
    public var supportedFeatures: [SupportedFeatureKey] = []
    public var finalizedFeaturesEpoch: Int64 = -1
    public var finalizedFeatures: [FinalizedFeatureKey] = []
    public var zkMigrationReady: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.apiKeys = reader.structures(ApiVersion.self, version >= 3, version)
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        if version >= 3 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 3: self.supportedFeatures = reader.structures(SupportedFeatureKey.self, true, version)
                case 1 where version >= 3: self.finalizedFeaturesEpoch = reader.integer()
                case 2 where version >= 3: self.finalizedFeatures = reader.structures(FinalizedFeatureKey.self, true, version)
                case 3 where version >= 3: self.zkMigrationReady = reader.bool()
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.apiKeys, version >= 3, version)
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        if version >= 3 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 3 && !self.supportedFeatures.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.supportedFeatures, true, version)
                tags.add(0, writer)
            }
            if version >= 3 && self.finalizedFeaturesEpoch != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.finalizedFeaturesEpoch)
                tags.add(1, writer)
            }
            if version >= 3 && !self.finalizedFeatures.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.finalizedFeatures, true, version)
                tags.add(2, writer)
            }
            if version >= 3 && self.zkMigrationReady != false {
                var writer = WireWriter(capacity: 0)
                writer.bool(self.zkMigrationReady)
                tags.add(3, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct ApiVersion: WireStructure {
        public var apiKey: Int16 = 0
        public var minVersion: Int16 = 0
        public var maxVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.apiKey = reader.integer()
            self.minVersion = reader.integer()
            self.maxVersion = reader.integer()
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.apiKey)
            writer.integer(self.minVersion)
            writer.integer(self.maxVersion)
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct SupportedFeatureKey: WireStructure {
        public var name: String = ""
        public var minVersion: Int16 = 0
        public var maxVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 3 { self.name = reader.string(true) }
            if version >= 3 { self.minVersion = reader.integer() }
            if version >= 3 { self.maxVersion = reader.integer() }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 3 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 3 { writer.integer(self.minVersion) } else { if self.minVersion != 0 { throw .notRepresentable(field: "MinVersion", version: version) } }
            if version >= 3 { writer.integer(self.maxVersion) } else { if self.maxVersion != 0 { throw .notRepresentable(field: "MaxVersion", version: version) } }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct FinalizedFeatureKey: WireStructure {
        public var name: String = ""
        public var maxVersionLevel: Int16 = 0
        public var minVersionLevel: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 3 { self.name = reader.string(true) }
            if version >= 3 { self.maxVersionLevel = reader.integer() }
            if version >= 3 { self.minVersionLevel = reader.integer() }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 3 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 3 { writer.integer(self.maxVersionLevel) } else { if self.maxVersionLevel != 0 { throw .notRepresentable(field: "MaxVersionLevel", version: version) } }
            if version >= 3 { writer.integer(self.minVersionLevel) } else { if self.minVersionLevel != 0 { throw .notRepresentable(field: "MinVersionLevel", version: version) } }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
