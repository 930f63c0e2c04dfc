// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterUserScramCredentialsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterUserScramCredentialsRequest", kind: .request, key: 51, versions: 0...0, firstFlexible: 0)
    public typealias Response = AlterUserScramCredentialsResponse

    public var deletions: [ScramCredentialDeletion] = []
    public var upsertions: [ScramCredentialUpsertion] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.deletions = try reader.structures(ScramCredentialDeletion.self, true, version)
        self.upsertions = try reader.structures(ScramCredentialUpsertion.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.deletions, true, version)
        try writer.structures(self.upsertions, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ScramCredentialDeletion: WireStructure {
        public var name: String = ""
        public var mechanism: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.mechanism = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.mechanism)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.mechanism = try reader.integer()
            self.iterations = try reader.integer()
            self.salt = try reader.bytes(true)
            self.saltedPassword = try reader.bytes(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.mechanism)
            writer.integer(self.iterations)
            writer.bytes(self.salt, true)
            writer.bytes(self.saltedPassword, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.results = try reader.structures(AlterUserScramCredentialsResult.self, true, version)
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
        try writer.structures(self.results, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AlterUserScramCredentialsResult: WireStructure {
        public var user: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.user = try reader.string(true)
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.errorMessage = try reader.nullableString(true, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.user, true)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
