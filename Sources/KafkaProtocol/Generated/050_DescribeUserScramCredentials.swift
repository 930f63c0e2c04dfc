// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeUserScramCredentialsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeUserScramCredentialsRequest", kind: .request, key: 50, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeUserScramCredentialsResponse

    public var users: [UserName]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.users = reader.nullableStructures(UserName.self, true, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.users, true, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct UserName: WireStructure {
        public var name: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeUserScramCredentialsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeUserScramCredentialsResponse", kind: .response, key: 50, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var results: [DescribeUserScramCredentialsResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.results = reader.structures(DescribeUserScramCredentialsResult.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.structures(self.results, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CredentialInfo: WireStructure {
        public var mechanism: Int8 = 0
        public var iterations: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.mechanism = reader.integer()
            self.iterations = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.mechanism)
            writer.integer(self.iterations)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeUserScramCredentialsResult: WireStructure {
        public var user: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var credentialInfos: [CredentialInfo] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.user = reader.string(true)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.credentialInfos = reader.structures(CredentialInfo.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.user, true)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            try writer.structures(self.credentialInfos, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
