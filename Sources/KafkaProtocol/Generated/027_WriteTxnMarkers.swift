// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct WriteTxnMarkersRequest: RequestMessage {
    public static let schema = MessageSchema(name: "WriteTxnMarkersRequest", kind: .request, key: 27, versions: 1...2, firstFlexible: 1)
    public typealias Response = WriteTxnMarkersResponse

    public var markers: [WritableTxnMarker] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.markers = reader.structures(WritableTxnMarker.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.markers, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct WritableTxnMarkerTopic: WireStructure {
        public var name: String = ""
        public var partitionIndexes: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitionIndexes = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.integers(self.partitionIndexes, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct WritableTxnMarker: WireStructure {
        public var producerId: Int64 = 0
        public var producerEpoch: Int16 = 0
        public var transactionResult: Bool = false
        public var topics: [WritableTxnMarkerTopic] = []
        public var coordinatorEpoch: Int32 = 0
        public var transactionVersion: Int8 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.producerId = reader.integer()
            self.producerEpoch = reader.integer()
            self.transactionResult = reader.bool()
            self.topics = reader.structures(WritableTxnMarkerTopic.self, true, version)
            self.coordinatorEpoch = reader.integer()
            if version >= 2 { self.transactionVersion = reader.integer() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.producerId)
            writer.integer(self.producerEpoch)
            writer.bool(self.transactionResult)
            try writer.structures(self.topics, true, version)
            writer.integer(self.coordinatorEpoch)
            if version >= 2 { writer.integer(self.transactionVersion) }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct WriteTxnMarkersResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "WriteTxnMarkersResponse", kind: .response, key: 27, versions: 1...2, firstFlexible: 1)

    public var markers: [WritableTxnMarkerResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.markers = reader.structures(WritableTxnMarkerResult.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.markers, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct WritableTxnMarkerPartitionResult: WireStructure {
        public var partitionIndex: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.partitionIndex = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.partitionIndex)
            writer.integer(self.errorCode.rawValue)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct WritableTxnMarkerTopicResult: WireStructure {
        public var name: String = ""
        public var partitions: [WritableTxnMarkerPartitionResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.structures(WritableTxnMarkerPartitionResult.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.structures(self.partitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct WritableTxnMarkerResult: WireStructure {
        public var producerId: Int64 = 0
        public var topics: [WritableTxnMarkerTopicResult] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.producerId = reader.integer()
            self.topics = reader.structures(WritableTxnMarkerTopicResult.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.producerId)
            try writer.structures(self.topics, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
