// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeCompactionRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeCompactionRequest", kind: .request, key: 20000, versions: 0...0, firstFlexible: 0)
    public typealias Response = DescribeCompactionResponse

    public var topics: [CompactedTopicRequest]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.nullableStructures(CompactedTopicRequest.self, true, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.topics, true, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CompactedTopicRequest: WireStructure {
        public var name: String = ""
        public var partitions: [Int32]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.nullableIntegers(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.nullableIntegers(self.partitions, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeCompactionResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeCompactionResponse", kind: .response, key: 20000, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var topics: [CompactedTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.topics = reader.structures(CompactedTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PassUnderWay: WireStructure {
        public var startedAtMs: Int64 = 0
        public var cause: Int8 = 0
        public var bytesToRead: Int64 = 0
        public var bytesRead: Int64 = 0
        public var bytesKept: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.startedAtMs = reader.integer()
            self.cause = reader.integer()
            self.bytesToRead = reader.integer()
            self.bytesRead = reader.integer()
            self.bytesKept = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.startedAtMs)
            writer.integer(self.cause)
            writer.integer(self.bytesToRead)
            writer.integer(self.bytesRead)
            writer.integer(self.bytesKept)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct EndedPass: WireStructure {
        public var startedAtMs: Int64 = 0
        public var durationMs: Int64 = 0
        public var cause: Int8 = 0
        public var errorMessage: String? = nil
        public var cleanedOffset: Int64 = 0
        public var bytesBefore: Int64 = 0
        public var bytesAfter: Int64 = 0
        public var segmentsBefore: Int32 = 0
        public var segmentsAfter: Int32 = 0
        public var recordsRead: Int64 = 0
        public var recordsKept: Int64 = 0
        public var tombstonesRemoved: Int64 = 0
        public var keylessRemoved: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.startedAtMs = reader.integer()
            self.durationMs = reader.integer()
            self.cause = reader.integer()
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.cleanedOffset = reader.integer()
            self.bytesBefore = reader.integer()
            self.bytesAfter = reader.integer()
            self.segmentsBefore = reader.integer()
            self.segmentsAfter = reader.integer()
            self.recordsRead = reader.integer()
            self.recordsKept = reader.integer()
            self.tombstonesRemoved = reader.integer()
            self.keylessRemoved = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.startedAtMs)
            writer.integer(self.durationMs)
            writer.integer(self.cause)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            writer.integer(self.cleanedOffset)
            writer.integer(self.bytesBefore)
            writer.integer(self.bytesAfter)
            writer.integer(self.segmentsBefore)
            writer.integer(self.segmentsAfter)
            writer.integer(self.recordsRead)
            writer.integer(self.recordsKept)
            writer.integer(self.tombstonesRemoved)
            writer.integer(self.keylessRemoved)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CompactedPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var isCompacted: Bool = false
        public var cleanBytes: Int64 = 0
        public var cleanableBytes: Int64 = 0
        public var heldBytes: Int64 = 0
        public var minCleanableRatio: Double = 0
        public var firstDirtyOffset: Int64 = -1
        public var firstUncleanableOffset: Int64 = -1
        public var wait: Int8 = 0
        public var waitUntilMs: Int64 = -1
        public var waitReason: String? = nil
        public var passesEnded: Int64 = 0
        public var passUnderWay: PassUnderWay? = nil
        public var lastPass: EndedPass? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.isCompacted = reader.bool()
            self.cleanBytes = reader.integer()
            self.cleanableBytes = reader.integer()
            self.heldBytes = reader.integer()
            self.minCleanableRatio = reader.float64()
            self.firstDirtyOffset = reader.integer()
            self.firstUncleanableOffset = reader.integer()
            self.wait = reader.integer()
            self.waitUntilMs = reader.integer()
            self.waitReason = reader.nullableString(true, allowed: true)
            self.passesEnded = reader.integer()
            self.passUnderWay = reader.nullableStructure(PassUnderWay.self, version, allowed: true)
            self.lastPass = reader.nullableStructure(EndedPass.self, version, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.bool(self.isCompacted)
            writer.integer(self.cleanBytes)
            writer.integer(self.cleanableBytes)
            writer.integer(self.heldBytes)
            writer.float64(self.minCleanableRatio)
            writer.integer(self.firstDirtyOffset)
            writer.integer(self.firstUncleanableOffset)
            writer.integer(self.wait)
            writer.integer(self.waitUntilMs)
            try writer.nullableString(self.waitReason, true, allowed: true)
            writer.integer(self.passesEnded)
            try writer.nullableStructure(self.passUnderWay, version, allowed: true)
            try writer.nullableStructure(self.lastPass, version, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct CompactedTopic: WireStructure {
        public var name: String = ""
        public var partitions: [CompactedPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(CompactedPartition.self, true, version)
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
