// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeDecisionsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeDecisionsRequest", kind: .request, key: 20002, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeDecisionsResponse

    public var subjects: [DecisionSubject]? = nil
    public var limit: Int32 = 100
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.subjects = reader.nullableStructures(DecisionSubject.self, true, version, allowed: true)
        self.limit = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.subjects, true, version, allowed: true)
        writer.integer(self.limit)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DecisionSubject: WireStructure {
        public var kind: Int8 = 0
        public var name: String = ""
        public var partition: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.kind = reader.integer()
            self.name = reader.string(true)
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.kind)
            try writer.string(self.name, true)
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeDecisionsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeDecisionsResponse", kind: .response, key: 20002, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var nodeId: Int32 = 0
    public var sinceMs: Int64 = 0
    public var forgotten: Int64 = 0
    public var decisions: [Decision] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.nodeId = reader.integer()
        self.sinceMs = reader.integer()
        self.forgotten = reader.integer()
        self.decisions = reader.structures(Decision.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        writer.integer(self.nodeId)
        writer.integer(self.sinceMs)
        writer.integer(self.forgotten)
        try writer.structures(self.decisions, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DecisionEvidence: WireStructure {
        public var name: String = ""
        public var value: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.value = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.value, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DecidedSubject: WireStructure {
        public var kind: Int8 = 0
        public var name: String = ""
        public var partition: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.kind = reader.integer()
            self.name = reader.string(true)
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.kind)
            try writer.string(self.name, true)
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Decision: WireStructure {
        public var atMs: Int64 = 0
        public var number: Int64 = 0
        public var count: Int32 = 1
        public var firstAtMs: Int64 = 0
        public var source: Int8 = 0
        public var kind: String = ""
        public var reason: String? = nil
        public var text: String = ""
        public var evidence: [DecisionEvidence] = []
        public var subjects: [DecidedSubject] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.atMs = reader.integer()
            self.number = reader.integer()
            self.count = reader.integer()
            self.firstAtMs = reader.integer()
            self.source = reader.integer()
            self.kind = reader.string(true)
            self.reason = reader.nullableString(true, allowed: true)
            self.text = reader.string(true)
            self.evidence = reader.structures(DecisionEvidence.self, true, version)
            self.subjects = reader.structures(DecidedSubject.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.atMs)
            writer.integer(self.number)
            writer.integer(self.count)
            writer.integer(self.firstAtMs)
            writer.integer(self.source)
            try writer.string(self.kind, true)
            try writer.nullableString(self.reason, true, allowed: true)
            try writer.string(self.text, true)
            try writer.structures(self.evidence, true, version)
            try writer.structures(self.subjects, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
