// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct StartCompactionRequest: RequestMessage {
    public static let schema = MessageSchema(name: "StartCompactionRequest", kind: .request, key: 20001, versions: 0...0, firstFlexible: 0)
    public typealias Response = StartCompactionResponse

    public var topics: [TopicToCompact] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(TopicToCompact.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopicToCompact: WireStructure {
        public var name: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct StartCompactionResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "StartCompactionResponse", kind: .response, key: 20001, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var topics: [TopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(TopicResult.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var outcome: Int8 = 0
        public var pass: Int64 = -1
        public var rolledAtOffset: Int64 = -1
        public var wait: Int8 = 0
        public var waitUntilMs: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.outcome = reader.integer()
            self.pass = reader.integer()
            self.rolledAtOffset = reader.integer()
            self.wait = reader.integer()
            self.waitUntilMs = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            writer.integer(self.outcome)
            writer.integer(self.pass)
            writer.integer(self.rolledAtOffset)
            writer.integer(self.wait)
            writer.integer(self.waitUntilMs)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicResult: WireStructure {
        public var name: String = ""
        public var partitions: [PartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(PartitionResult.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
