// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct OffsetDeleteRequest: RequestMessage {
    public static let schema = MessageSchema(name: "OffsetDeleteRequest", kind: .request, key: 47, versions: 0...0, firstFlexible: nil)
    public typealias Response = OffsetDeleteResponse

    public var groupId: String = ""
    public var topics: [OffsetDeleteRequestTopic] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(false)
        self.topics = reader.structures(OffsetDeleteRequestTopic.self, false, version)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, false)
        try writer.structures(self.topics, false, version)
    }

    public struct OffsetDeleteRequestPartition: WireStructure {
        public var partitionIndex: Int32 = 0

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
        }
    }

    public struct OffsetDeleteRequestTopic: WireStructure {
        public var name: String = ""
        public var partitions: [OffsetDeleteRequestPartition] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(false)
            self.partitions = reader.structures(OffsetDeleteRequestPartition.self, false, version)
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, false)
            try writer.structures(self.partitions, false, version)
        }
    }
}

public struct OffsetDeleteResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "OffsetDeleteResponse", kind: .response, key: 47, versions: 0...0, firstFlexible: nil)

    public var errorCode: ErrorCode = .none
    public var throttleTimeMs: Int32 = 0
    public var topics: [OffsetDeleteResponseTopic] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.throttleTimeMs = reader.integer()
        self.topics = reader.structures(OffsetDeleteResponseTopic.self, false, version)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, false, version)
    }

    public struct OffsetDeleteResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
        }
    }

    public struct OffsetDeleteResponseTopic: WireStructure {
        public var name: String = ""
        public var partitions: [OffsetDeleteResponsePartition] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(false)
            self.partitions = reader.structures(OffsetDeleteResponsePartition.self, false, version)
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, false)
            try writer.structures(self.partitions, false, version)
        }
    }
}
