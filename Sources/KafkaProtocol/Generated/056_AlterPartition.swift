// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AlterPartitionRequest: RequestMessage {
    public static let schema = MessageSchema(name: "AlterPartitionRequest", kind: .request, key: 56, versions: 2...3, firstFlexible: 0)
    public typealias Response = AlterPartitionResponse

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = -1
    public var topics: [TopicData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        self.topics = reader.structures(TopicData.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct BrokerState: WireStructure {
        public var brokerId: Int32 = 0
        public var brokerEpoch: Int64 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 3 { self.brokerId = reader.integer() }
            if version >= 3 { self.brokerEpoch = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 3 { writer.integer(self.brokerId) } else { if self.brokerId != 0 { throw .notRepresentable(field: "BrokerId", version: version) } }
            if version >= 3 { writer.integer(self.brokerEpoch) } else { if self.brokerEpoch != -1 { throw .notRepresentable(field: "BrokerEpoch", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var newIsr: [Int32] = []
        public var newIsrWithEpochs: [BrokerState] = []
        public var leaderRecoveryState: Int8 = 0
        public var partitionEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.leaderEpoch = reader.integer()
            if version <= 2 { self.newIsr = reader.integers(true) }
            if version >= 3 { self.newIsrWithEpochs = reader.structures(BrokerState.self, true, version) }
            self.leaderRecoveryState = reader.integer()
            self.partitionEpoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.leaderEpoch)
            if version <= 2 { try writer.integers(self.newIsr, true) } else { if !self.newIsr.isEmpty { throw .notRepresentable(field: "NewIsr", version: version) } }
            if version >= 3 { try writer.structures(self.newIsrWithEpochs, true, version) } else { if !self.newIsrWithEpochs.isEmpty { throw .notRepresentable(field: "NewIsrWithEpochs", version: version) } }
            writer.integer(self.leaderRecoveryState)
            writer.integer(self.partitionEpoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
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

public struct AlterPartitionResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "AlterPartitionResponse", kind: .response, key: 56, versions: 2...3, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var topics: [TopicData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.topics = reader.structures(TopicData.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.topics, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionData: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var leaderId: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var isr: [Int32] = []
        public var leaderRecoveryState: Int8 = 0
        public var partitionEpoch: Int32 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.leaderId = reader.integer()
            self.leaderEpoch = reader.integer()
            self.isr = reader.integers(true)
            self.leaderRecoveryState = reader.integer()
            self.partitionEpoch = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.leaderId)
            writer.integer(self.leaderEpoch)
            try writer.integers(self.isr, true)
            writer.integer(self.leaderRecoveryState)
            writer.integer(self.partitionEpoch)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicData: WireStructure {
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
