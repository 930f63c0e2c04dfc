// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteShareGroupStateRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupStateRequest", kind: .request, key: 86, versions: 0...0, firstFlexible: 0)
    public typealias Response = DeleteShareGroupStateResponse

    public var groupId: String = ""
    public var topics: [DeleteStateData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.topics = reader.structures(DeleteStateData.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteStateData: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.structures(PartitionData.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DeleteShareGroupStateResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupStateResponse", kind: .response, key: 86, versions: 0...0, firstFlexible: 0)

    public var results: [DeleteStateResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.results = reader.structures(DeleteStateResult.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.results, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionResult: WireStructure {
        public var partition: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partition = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteStateResult: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [PartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.structures(PartitionResult.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
