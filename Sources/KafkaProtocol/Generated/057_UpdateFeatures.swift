// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct UpdateFeaturesRequest: RequestMessage {
    public static let schema = MessageSchema(name: "UpdateFeaturesRequest", kind: .request, key: 57, versions: 0...2, firstFlexible: 0)
    public typealias Response = UpdateFeaturesResponse

    public var timeoutMs: Int32 = 60000
    public var featureUpdates: [FeatureUpdateKey] = []
    public var validateOnly: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.timeoutMs = reader.integer()
        self.featureUpdates = reader.structures(FeatureUpdateKey.self, true, version)
        if version >= 1 { self.validateOnly = reader.bool() }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.timeoutMs)
        try writer.structures(self.featureUpdates, true, version)
        if version >= 1 { writer.bool(self.validateOnly) } else { if self.validateOnly != false { throw .notRepresentable(field: "ValidateOnly", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct FeatureUpdateKey: WireStructure {
        public var feature: String = ""
        public var maxVersionLevel: Int16 = 0
        public var allowDowngrade: Bool = false
        public var upgradeType: Int8 = 1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.feature = reader.string(true)
            self.maxVersionLevel = reader.integer()
            if version <= 0 { self.allowDowngrade = reader.bool() }
            if version >= 1 { self.upgradeType = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.feature, true)
            writer.integer(self.maxVersionLevel)
            if version <= 0 { writer.bool(self.allowDowngrade) } else { if self.allowDowngrade != false { throw .notRepresentable(field: "AllowDowngrade", version: version) } }
            if version >= 1 { writer.integer(self.upgradeType) } else { if self.upgradeType != 1 { throw .notRepresentable(field: "UpgradeType", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct UpdateFeaturesResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "UpdateFeaturesResponse", kind: .response, key: 57, versions: 0...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var results: [UpdatableFeatureResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        if version <= 1 { self.results = reader.structures(UpdatableFeatureResult.self, true, version) }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        if version <= 1 { try writer.structures(self.results, true, version) }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct UpdatableFeatureResult: WireStructure {
        public var feature: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.feature = reader.string(true)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.feature, true)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
