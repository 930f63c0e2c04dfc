// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteRecordsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteRecordsRequest", kind: .request, key: 21, versions: 0...2, firstFlexible: 2)
    public typealias Response = DeleteRecordsResponse

    public var topics: [DeleteRecordsTopic] = []
    public var timeoutMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topics = reader.structures(DeleteRecordsTopic.self, version >= 2, version)
        self.timeoutMs = reader.integer()
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, version >= 2, version)
        writer.integer(self.timeoutMs)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteRecordsPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.offset = reader.integer()
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.offset)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteRecordsTopic: WireStructure {
        public var name: String = ""
        public var partitions: [DeleteRecordsPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.partitions = reader.structures(DeleteRecordsPartition.self, version >= 2, version)
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
}

public struct DeleteRecordsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteRecordsResponse", kind: .response, key: 21, versions: 0...2, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var topics: [DeleteRecordsTopicResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(DeleteRecordsTopicResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteRecordsPartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var lowWatermark: Int64 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.lowWatermark = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.lowWatermark)
            writer.integer(self.errorCode.rawValue)
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteRecordsTopicResult: WireStructure {
        public var name: String = ""
        public var partitions: [DeleteRecordsPartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(version >= 2)
            self.partitions = reader.structures(DeleteRecordsPartitionResult.self, version >= 2, version)
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
}
