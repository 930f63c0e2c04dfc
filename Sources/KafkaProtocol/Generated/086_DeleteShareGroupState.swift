// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteShareGroupStateRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupStateRequest", kind: .request, key: 86, versions: 0...0, firstFlexible: 0)
    public typealias Response = DeleteShareGroupStateResponse

    public var groupId: String = ""
    public var topics: [DeleteStateData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groupId = try reader.string(true)
        self.topics = try reader.structures(DeleteStateData.self, true, version)
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
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partition: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partition = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partition)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteStateData: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [PartitionData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicId = try reader.uuid()
            self.partitions = try reader.structures(PartitionData.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct DeleteShareGroupStateResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteShareGroupStateResponse", kind: .response, key: 86, versions: 0...0, firstFlexible: 0)

    public var results: [DeleteStateResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.results = try reader.structures(DeleteStateResult.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.results, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionResult: WireStructure {
        public var partition: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partition = try reader.integer()
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
            writer.integer(self.partition)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DeleteStateResult: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [PartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicId = try reader.uuid()
            self.partitions = try reader.structures(PartitionResult.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.structures(self.partitions, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
