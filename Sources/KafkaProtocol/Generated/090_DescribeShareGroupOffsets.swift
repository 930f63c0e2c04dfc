// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeShareGroupOffsetsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeShareGroupOffsetsRequest", kind: .request, key: 90, versions: 0...1, firstFlexible: 0)
    public typealias Response = DescribeShareGroupOffsetsResponse

    public var groups: [DescribeShareGroupOffsetsRequestGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groups = try reader.structures(DescribeShareGroupOffsetsRequestGroup.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.groups, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeShareGroupOffsetsRequestTopic: WireStructure {
        public var topicName: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicName = try reader.string(true)
            self.partitions = try reader.integers(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            try writer.integers(self.partitions, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsRequestGroup: WireStructure {
        public var groupId: String = ""
        public var topics: [DescribeShareGroupOffsetsRequestTopic]? = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.groupId = try reader.string(true)
            self.topics = try reader.nullableStructures(DescribeShareGroupOffsetsRequestTopic.self, true, version, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, true)
            try writer.nullableStructures(self.topics, true, version, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DescribeShareGroupOffsetsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeShareGroupOffsetsResponse", kind: .response, key: 90, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var groups: [DescribeShareGroupOffsetsResponseGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.groups = try reader.structures(DescribeShareGroupOffsetsResponseGroup.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.groups, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeShareGroupOffsetsResponsePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var startOffset: Int64 = 0
        public var leaderEpoch: Int32 = 0
        public var lag: Int64 = -1
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.startOffset = try reader.integer()
            self.leaderEpoch = try reader.integer()
            if version >= 1 { self.lag = try reader.integer() }
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.errorMessage = try reader.nullableString(true, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.startOffset)
            writer.integer(self.leaderEpoch)
            if version >= 1 { writer.integer(self.lag) }
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsResponseTopic: WireStructure {
        public var topicName: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitions: [DescribeShareGroupOffsetsResponsePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicName = try reader.string(true)
            self.topicId = try reader.uuid()
            self.partitions = try reader.structures(DescribeShareGroupOffsetsResponsePartition.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topicName, true)
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribeShareGroupOffsetsResponseGroup: WireStructure {
        public var groupId: String = ""
        public var topics: [DescribeShareGroupOffsetsResponseTopic] = []
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.groupId = try reader.string(true)
            self.topics = try reader.structures(DescribeShareGroupOffsetsResponseTopic.self, true, version)
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.errorMessage = try reader.nullableString(true, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, true)
            try writer.structures(self.topics, true, version)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
