// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ShareFetchRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ShareFetchRequest", kind: .request, key: 78, versions: 1...2, firstFlexible: 0)
    public typealias Response = ShareFetchResponse

    public var groupId: String? = nil
    public var memberId: String? = ""
    public var shareSessionEpoch: Int32 = 0
    public var maxWaitMs: Int32 = 0
    public var minBytes: Int32 = 0
    public var maxBytes: Int32 = 0x7fffffff
    public var maxRecords: Int32 = 0
    public var batchSize: Int32 = 0
    public var shareAcquireMode: Int8 = 0
    public var isRenewAck: Bool = false
    public var topics: [FetchTopic] = []
    public var forgottenTopicsData: [ForgottenTopic] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.nullableString(true, allowed: true)
        self.memberId = reader.nullableString(true, allowed: true)
        self.shareSessionEpoch = reader.integer()
        self.maxWaitMs = reader.integer()
        self.minBytes = reader.integer()
        self.maxBytes = reader.integer()
        self.maxRecords = reader.integer()
        self.batchSize = reader.integer()
        if version >= 2 { self.shareAcquireMode = reader.integer() }
        if version >= 2 { self.isRenewAck = reader.bool() }
        self.topics = reader.structures(FetchTopic.self, true, version)
        self.forgottenTopicsData = reader.structures(ForgottenTopic.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.groupId, true, allowed: true)
        try writer.nullableString(self.memberId, true, allowed: true)
        writer.integer(self.shareSessionEpoch)
        writer.integer(self.maxWaitMs)
        writer.integer(self.minBytes)
        writer.integer(self.maxBytes)
        writer.integer(self.maxRecords)
        writer.integer(self.batchSize)
        if version >= 2 { writer.integer(self.shareAcquireMode) }
        if version >= 2 { writer.bool(self.isRenewAck) } else { if self.isRenewAck != false { throw .notRepresentable(field: "IsRenewAck", version: version) } }
        try writer.structures(self.topics, true, version)
        try writer.structures(self.forgottenTopicsData, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct AcknowledgementBatch: WireStructure {
        public var firstOffset: Int64 = 0
        public var lastOffset: Int64 = 0
        public var acknowledgeTypes: [Int8] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.firstOffset = reader.integer()
            self.lastOffset = reader.integer()
            self.acknowledgeTypes = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.firstOffset)
            writer.integer(self.lastOffset)
            try writer.integers(self.acknowledgeTypes, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct FetchPartition: WireStructure {
        public var partitionIndex: Int32 = 0
        public var partitionMaxBytes: Int32 = 0
        public var acknowledgementBatches: [AcknowledgementBatch] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.acknowledgementBatches = reader.structures(AcknowledgementBatch.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            if self.partitionMaxBytes != 0 { throw .notRepresentable(field: "PartitionMaxBytes", version: version) }
            try writer.structures(self.acknowledgementBatches, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct FetchTopic: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [FetchPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.structures(FetchPartition.self, true, version)
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

    public struct ForgottenTopic: WireStructure {
        public var topicId: KafkaUUID = .zero
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topicId = reader.uuid()
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.uuid(self.topicId)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ShareFetchResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ShareFetchResponse", kind: .response, key: 78, versions: 1...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var acquisitionLockTimeoutMs: Int32 = 0
    public var responses: [ShareFetchableTopicResponse] = []
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.acquisitionLockTimeoutMs = reader.integer()
        self.responses = reader.structures(ShareFetchableTopicResponse.self, true, version)
        self.nodeEndpoints = reader.structures(NodeEndpoint.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        writer.integer(self.acquisitionLockTimeoutMs)
        try writer.structures(self.responses, true, version)
        try writer.structures(self.nodeEndpoints, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct AcquiredRecords: WireStructure {
        public var firstOffset: Int64 = 0
        public var lastOffset: Int64 = 0
        public var deliveryCount: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.firstOffset = reader.integer()
            self.lastOffset = reader.integer()
            self.deliveryCount = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.firstOffset)
            writer.integer(self.lastOffset)
            writer.integer(self.deliveryCount)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var acknowledgeErrorCode: Int16 = 0
        public var acknowledgeErrorMessage: String? = nil
        public var currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        public var records: WireRecords? = nil
        public var acquiredRecords: [AcquiredRecords] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.acknowledgeErrorCode = reader.integer()
            self.acknowledgeErrorMessage = reader.nullableString(true, allowed: true)
            self.currentLeader = reader.structure(LeaderIdAndEpoch.self, version)
            self.records = reader.nullableRecords(true, allowed: false)
            self.acquiredRecords = reader.structures(AcquiredRecords.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            writer.integer(self.acknowledgeErrorCode)
            try writer.nullableString(self.acknowledgeErrorMessage, true, allowed: true)
            try self.currentLeader.encode(into: &writer, version: version)
            try writer.nullableRecords(self.records, true, allowed: false)
            try writer.structures(self.acquiredRecords, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ShareFetchableTopicResponse: WireStructure {
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

    public struct NodeEndpoint: WireStructure {
        public var nodeId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var rack: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.nodeId = reader.integer()
            self.host = reader.string(true)
            self.port = reader.integer()
            self.rack = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.nodeId)
            try writer.string(self.host, true)
            writer.integer(self.port)
            try writer.nullableString(self.rack, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
