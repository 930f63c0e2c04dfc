// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterUserScramCredentialsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterUserScramCredentialsRequest", kind: .request, key: 51, versions: 0...0, firstFlexible: 0)
    public typealias Response = AlterUserScramCredentialsResponse

    public var deletions: [ScramCredentialDeletion] = []
    public var upsertions: [ScramCredentialUpsertion] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.deletions = reader.structures(ScramCredentialDeletion.self, true, version)
        self.upsertions = reader.structures(ScramCredentialUpsertion.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.deletions, true, version)
        try writer.structures(self.upsertions, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ScramCredentialDeletion: WireStructure {
        public var name: String = ""
        public var mechanism: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.mechanism = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.mechanism)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ScramCredentialUpsertion: WireStructure {
        public var name: String = ""
        public var mechanism: Int8 = 0
        public var iterations: Int32 = 0
        public var salt: ByteBuffer = ByteBuffer()
        public var saltedPassword: ByteBuffer = ByteBuffer()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.mechanism = reader.integer()
            self.iterations = reader.integer()
            self.salt = reader.bytes(true)
            self.saltedPassword = reader.bytes(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.mechanism)
            writer.integer(self.iterations)
            writer.bytes(self.salt, true)
            writer.bytes(self.saltedPassword, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AlterUserScramCredentialsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterUserScramCredentialsResponse", kind: .response, key: 51, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var results: [AlterUserScramCredentialsResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(AlterUserScramCredentialsResult.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterUserScramCredentialsResult: WireStructure {
        public var user: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.user = reader.string(true)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.user, true)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
