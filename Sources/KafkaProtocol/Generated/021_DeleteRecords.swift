// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteRecordsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteRecordsRequest", kind: .request, key: 21, versions: 0...2, firstFlexible: 2)
    public typealias Response = DeleteRecordsResponse

    public var topics: [DeleteRecordsTopic] = []
    public var timeoutMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.topics = try reader.structures(DeleteRecordsTopic.self, version >= 2, version)
        self.timeoutMs = try reader.integer()
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.topics, version >= 2, version)
        writer.integer(self.timeoutMs)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteRecordsPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.offset = try reader.integer()
            if version >= 2 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.offset)
            if version >= 2 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteRecordsTopic: WireStructure {
        public var name: String = ""
        public var partitions: [DeleteRecordsPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(version >= 2)
            self.partitions = try reader.structures(DeleteRecordsPartition.self, version >= 2, version)
            if version >= 2 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            try writer.structures(self.partitions, version >= 2, version)
            if version >= 2 {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.topics = try reader.structures(DeleteRecordsTopicResult.self, version >= 2, version)
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.topics, version >= 2, version)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeleteRecordsPartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var lowWatermark: Int64 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.lowWatermark = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            if version >= 2 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.lowWatermark)
            writer.integer(self.errorCode.rawValue)
            if version >= 2 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteRecordsTopicResult: WireStructure {
        public var name: String = ""
        public var partitions: [DeleteRecordsPartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(version >= 2)
            self.partitions = try reader.structures(DeleteRecordsPartitionResult.self, version >= 2, version)
            if version >= 2 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 2)
            try writer.structures(self.partitions, version >= 2, version)
            if version >= 2 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
