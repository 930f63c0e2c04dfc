// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ShareAcknowledgeRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ShareAcknowledgeRequest", kind: .request, key: 79, versions: 1...2, firstFlexible: 0)
    public typealias Response = ShareAcknowledgeResponse

    public var groupId: String? = nil
    public var memberId: String? = ""
    public var shareSessionEpoch: Int32 = 0
    public var isRenewAck: Bool = false
    public var topics: [AcknowledgeTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groupId = try reader.nullableString(true, allowed: true)
        self.memberId = try reader.nullableString(true, allowed: true)
        self.shareSessionEpoch = try reader.integer()
        if version >= 2 { self.isRenewAck = try reader.bool() }
        self.topics = try reader.structures(AcknowledgeTopic.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.groupId, true, allowed: true)
        try writer.nullableString(self.memberId, true, allowed: true)
        writer.integer(self.shareSessionEpoch)
        if version >= 2 { writer.bool(self.isRenewAck) } else { if self.isRenewAck != false { throw .notRepresentable(field: "IsRenewAck", version: version) } }
        try writer.structures(self.topics, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AcknowledgementBatch: WireStructure {
        public var firstOffset: Int64 = 0
        public var lastOffset: Int64 = 0
        public var acknowledgeTypes: [Int8] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.firstOffset = try reader.integer()
            self.lastOffset = try reader.integer()
            self.acknowledgeTypes = try reader.integers(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.firstOffset)
            writer.integer(self.lastOffset)
            try writer.integers(self.acknowledgeTypes, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AcknowledgePartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var acknowledgementBatches: [AcknowledgementBatch] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.acknowledgementBatches = try reader.structures(AcknowledgementBatch.self, true, version)
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
            try writer.structures(self.acknowledgementBatches, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AcknowledgeTopic: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [AcknowledgePartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.topicId = try reader.uuid()
            self.partitions = try reader.structures(AcknowledgePartition.self, true, version)
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

public struct ShareAcknowledgeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ShareAcknowledgeResponse", kind: .response, key: 79, versions: 1...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var acquisitionLockTimeoutMs: Int32 = 0
    public var responses: [ShareAcknowledgeTopicResponse] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.errorMessage = try reader.nullableString(true, allowed: true)
        if version >= 2 { self.acquisitionLockTimeoutMs = try reader.integer() }
        self.responses = try reader.structures(ShareAcknowledgeTopicResponse.self, true, version)
        self.nodeEndpoints = try reader.structures(NodeEndpoint.self, true, version)
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
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        if version >= 2 { writer.integer(self.acquisitionLockTimeoutMs) }
        try writer.structures(self.responses, true, version)
        try writer.structures(self.nodeEndpoints, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.leaderId = try reader.integer()
            self.leaderEpoch = try reader.integer()
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.partitionIndex = try reader.integer()
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            self.errorMessage = try reader.nullableString(true, allowed: true)
            self.currentLeader = try LeaderIdAndEpoch(from: &reader, version: version)
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
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            try self.currentLeader.encode(into: &writer, version: version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ShareAcknowledgeTopicResponse: WireStructure {
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

    public struct NodeEndpoint: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var rack: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.nodeId = try reader.integer()
            self.host = try reader.string(true)
            self.port = try reader.integer()
            self.rack = try reader.nullableString(true, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.nodeId)
            try writer.string(self.host, true)
            writer.integer(self.port)
            try writer.nullableString(self.rack, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
