// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListOffsetsRequest", kind: .request, key: 2, versions: 1...11, firstFlexible: 6)
    public typealias Response = ListOffsetsResponse

    public var replicaId: Int32 = 0
    public var isolationLevel: Int8 = 0
    public var topics: [ListOffsetsTopic] = []
    public var timeoutMs: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.replicaId = try reader.integer()
        if version >= 2 { self.isolationLevel = try reader.integer() }
        self.topics = try reader.structures(ListOffsetsTopic.self, version >= 6, version)
        if version >= 10 { self.timeoutMs = try reader.integer() }
        if version >= 6 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.replicaId)
        if version >= 2 { writer.integer(self.isolationLevel) } else { if self.isolationLevel != 0 { throw .notRepresentable(field: "IsolationLevel", version: version) } }
        try writer.structures(self.topics, version >= 6, version)
        if version >= 10 { writer.integer(self.timeoutMs) }
        if version >= 6 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListOffsetsPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var currentLeaderEpoch: Int32 = -1
        public var timestamp: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            if version >= 4 { self.currentLeaderEpoch = try reader.integer() }
            self.timestamp = try reader.integer()
            if version >= 6 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            if version >= 4 { writer.integer(self.currentLeaderEpoch) }
            writer.integer(self.timestamp)
            if version >= 6 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ListOffsetsTopic: WireStructure {
        public var name: String = ""
        public var partitions: [ListOffsetsPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(version >= 6)
            self.partitions = try reader.structures(ListOffsetsPartition.self, version >= 6, version)
            if version >= 6 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 6)
            try writer.structures(self.partitions, version >= 6, version)
            if version >= 6 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ListOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListOffsetsResponse", kind: .response, key: 2, versions: 1...11, firstFlexible: 6)

    public var throttleTimeMs: Int32 = 0
    public var topics: [ListOffsetsTopicResponse] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        if version >= 2 { self.throttleTimeMs = try reader.integer() }
        self.topics = try reader.structures(ListOffsetsTopicResponse.self, version >= 6, version)
        if version >= 6 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 2 { writer.integer(self.throttleTimeMs) }
        try writer.structures(self.topics, version >= 6, version)
        if version >= 6 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListOffsetsPartitionResponse: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var timestamp: Int64 = -1
        public var offset: Int64 = -1
        public var leaderEpoch: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.timestamp = try reader.integer()
            self.offset = try reader.integer()
            if version >= 4 { self.leaderEpoch = try reader.integer() }
            if version >= 6 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.timestamp)
            writer.integer(self.offset)
            if version >= 4 { writer.integer(self.leaderEpoch) } else { if self.leaderEpoch != -1 { throw .notRepresentable(field: "LeaderEpoch", version: version) } }
            if version >= 6 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ListOffsetsTopicResponse: WireStructure {
        public var name: String = ""
        public var partitions: [ListOffsetsPartitionResponse] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(version >= 6)
            self.partitions = try reader.structures(ListOffsetsPartitionResponse.self, version >= 6, version)
            if version >= 6 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, version >= 6)
            try writer.structures(self.partitions, version >= 6, version)
            if version >= 6 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
