// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeLogDirsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeLogDirsRequest", kind: .request, key: 35, versions: 1...5, firstFlexible: 2)
    public typealias Response = DescribeLogDirsResponse

    public var topics: [DescribableLogDirTopic]? = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.nullableStructures(DescribableLogDirTopic.self, version >= 2, version, allowed: true)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableStructures(self.topics, version >= 2, version, allowed: true)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribableLogDirTopic: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(version >= 2)
            self.partitions = reader.integers(version >= 2)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, version >= 2)
            try writer.integers(self.partitions, version >= 2)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeLogDirsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeLogDirsResponse", kind: .response, key: 35, versions: 1...5, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var results: [DescribeLogDirsResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        if version >= 3 { self.errorCode = ErrorCode(rawValue: reader.integer()) }
        self.results = reader.structures(DescribeLogDirsResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        if version >= 3 { writer.integer(self.errorCode.rawValue) }
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeLogDirsPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var partitionSize: Int64 = 0
        public var offsetLag: Int64 = 0
        public var isFutureKey: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.partitionSize = reader.integer()
            self.offsetLag = reader.integer()
            self.isFutureKey = reader.bool()
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.partitionSize)
            writer.integer(self.offsetLag)
            writer.bool(self.isFutureKey)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeLogDirsTopic: WireStructure {
        public var name: String = ""
        public var partitions: [DescribeLogDirsPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.partitions = reader.structures(DescribeLogDirsPartition.self, version >= 2, version)
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            try writer.structures(self.partitions, version >= 2, version)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeLogDirsResult: WireStructure {
        public var errorCode: ErrorCode = .none
        public var logDir: String = ""
        public var topics: [DescribeLogDirsTopic] = []
        public var totalBytes: Int64 = -1
        public var usableBytes: Int64 = -1
        public var isCordoned: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.logDir = reader.string(version >= 2)
            self.topics = reader.structures(DescribeLogDirsTopic.self, version >= 2, version)
            if version >= 4 { self.totalBytes = reader.integer() }
            if version >= 4 { self.usableBytes = reader.integer() }
            if version >= 5 { self.isCordoned = reader.bool() }
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.string(self.logDir, version >= 2)
            try writer.structures(self.topics, version >= 2, version)
            if version >= 4 { writer.integer(self.totalBytes) }
            if version >= 4 { writer.integer(self.usableBytes) }
            if version >= 5 { writer.bool(self.isCordoned) }
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
