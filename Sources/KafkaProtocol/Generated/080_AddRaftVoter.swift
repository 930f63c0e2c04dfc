// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AddRaftVoterRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AddRaftVoterRequest", kind: .request, key: 80, versions: 0...1, firstFlexible: 0)
    public typealias Response = AddRaftVoterResponse

    public var clusterId: String? = ""
    public var timeoutMs: Int32 = 0
    public var voterId: Int32 = 0
    public var voterDirectoryId: KafkaUUID = .zero
    public var listeners: [Listener] = []
    public var ackWhenCommitted: Bool = true
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.clusterId = reader.nullableString(true, allowed: true)
        self.timeoutMs = reader.integer()
        self.voterId = reader.integer()
        self.voterDirectoryId = reader.uuid()
        self.listeners = reader.structures(Listener.self, true, version)
        if version >= 1 { self.ackWhenCommitted = reader.bool() }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.clusterId, true, allowed: true)
        writer.integer(self.timeoutMs)
        writer.integer(self.voterId)
        writer.uuid(self.voterDirectoryId)
        try writer.structures(self.listeners, true, version)
        if version >= 1 { writer.bool(self.ackWhenCommitted) } else { if self.ackWhenCommitted != true { throw .notRepresentable(field: "AckWhenCommitted", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Listener: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.host = reader.string(true)
            self.port = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct AddRaftVoterResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AddRaftVoterResponse", kind: .response, key: 80, versions: 0...1, firstFlexible: 0)

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
