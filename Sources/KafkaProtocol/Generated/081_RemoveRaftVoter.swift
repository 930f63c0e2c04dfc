// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct RemoveRaftVoterRequest: RequestMessage {
    public static let schema = MessageSchema(name: "RemoveRaftVoterRequest", kind: .request, key: 81, versions: 0...0, firstFlexible: 0)
    public typealias Response = RemoveRaftVoterResponse

    public var clusterId: String? = ""
    public var voterId: Int32 = 0
    public var voterDirectoryId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clusterId = reader.nullableString(true, allowed: true)
        self.voterId = reader.integer()
        self.voterDirectoryId = reader.uuid()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, true, allowed: true)
        writer.integer(self.voterId)
        writer.uuid(self.voterDirectoryId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveRaftVoterResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "RemoveRaftVoterResponse", kind: .response, key: 81, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
