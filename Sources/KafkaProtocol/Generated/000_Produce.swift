// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ProduceRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ProduceRequest", kind: .request, key: 0, versions: 3...13, firstFlexible: 9)
    public typealias Response = ProduceResponse

    public var transactionalId: String? = nil
    public var acks: Int16 = 0
    public var timeoutMs: Int32 = 0
    public var topicData: [TopicProduceData] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.transactionalId = reader.nullableString(version >= 9, allowed: true)
        self.acks = reader.integer()
        self.timeoutMs = reader.integer()
        self.topicData = reader.structures(TopicProduceData.self, version >= 9, version)
        if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.nullableString(self.transactionalId, version >= 9, allowed: true)
        writer.integer(self.acks)
        writer.integer(self.timeoutMs)
        try writer.structures(self.topicData, version >= 9, version)
        if version >= 9 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct PartitionProduceData: WireStructure {
        public var index: Int32 = 0
        public var records: WireRecords? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.index = reader.integer()
            self.records = reader.nullableRecords(version >= 9, allowed: true)
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.index)
            try writer.nullableRecords(self.records, version >= 9, allowed: true)
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicProduceData: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitionData: [PartitionProduceData] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 12 { self.name = reader.string(version >= 9) }
            if version >= 13 { self.topicId = reader.uuid() }
            self.partitionData = reader.structures(PartitionProduceData.self, version >= 9, version)
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 12 { try writer.string(self.name, version >= 9) }
            if version >= 13 { writer.uuid(self.topicId) }
            try writer.structures(self.partitionData, version >= 9, version)
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ProduceResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ProduceResponse", kind: .response, key: 0, versions: 3...13, firstFlexible: 9)

    public var responses: [TopicProduceResponse] = []
    public var throttleTimeMs: Int32 = 0
    public var nodeEndpoints: [NodeEndpoint] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.responses = reader.structures(TopicProduceResponse.self, version >= 9, version)
        self.throttleTimeMs = reader.integer()
        if version >= 9 {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 10: self.nodeEndpoints = reader.structures(NodeEndpoint.self, true, version)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.responses, version >= 9, version)
        writer.integer(self.throttleTimeMs)
        if version >= 9 {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 10 && !self.nodeEndpoints.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.structures(self.nodeEndpoints, true, version)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        } else {
            if !self.nodeEndpoints.isEmpty { throw .notRepresentable(field: "NodeEndpoints", version: version) }
        }
    }

    public struct BatchIndexAndErrorMessage: WireStructure {
        public var batchIndex: Int32 = 0
        public var batchIndexErrorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 8 { self.batchIndex = reader.integer() }
            if version >= 8 { self.batchIndexErrorMessage = reader.nullableString(version >= 9, allowed: true) }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 8 { writer.integer(self.batchIndex) } else { if self.batchIndex != 0 { throw .notRepresentable(field: "BatchIndex", version: version) } }
            if version >= 8 { try writer.nullableString(self.batchIndexErrorMessage, version >= 9, allowed: true) } else { if self.batchIndexErrorMessage != nil { throw .notRepresentable(field: "BatchIndexErrorMessage", version: version) } }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct LeaderIdAndEpoch: WireStructure {
        public var leaderId: Int32 = -1
        public var leaderEpoch: Int32 = -1
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 10 { self.leaderId = reader.integer() }
            if version >= 10 { self.leaderEpoch = reader.integer() }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 10 { writer.integer(self.leaderId) } else { if self.leaderId != -1 { throw .notRepresentable(field: "LeaderId", version: version) } }
            if version >= 10 { writer.integer(self.leaderEpoch) } else { if self.leaderEpoch != -1 { throw .notRepresentable(field: "LeaderEpoch", version: version) } }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct PartitionProduceResponse: WireStructure {
        public var index: Int32 = 0
        public var errorCode: ErrorCode = .none
        public var baseOffset: Int64 = 0
        public var logAppendTimeMs: Int64 = -1
        public var logStartOffset: Int64 = -1
        public var recordErrors: [BatchIndexAndErrorMessage] = []
        public var errorMessage: String? = nil
        public var currentLeader: LeaderIdAndEpoch = LeaderIdAndEpoch()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.index = reader.integer()
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.baseOffset = reader.integer()
            self.logAppendTimeMs = reader.integer()
            if version >= 5 { self.logStartOffset = reader.integer() }
            if version >= 8 { self.recordErrors = reader.structures(BatchIndexAndErrorMessage.self, version >= 9, version) }
            if version >= 8 { self.errorMessage = reader.nullableString(version >= 9, allowed: true) }
            if version >= 9 {
                var section = reader.beginTaggedFields()
                while let tag = reader.nextTag(&section) {
                    switch tag {
                    case 0 where version >= 10: self.currentLeader = reader.structure(LeaderIdAndEpoch.self, version)
                    default: self.unknownTaggedFields.append(reader.unknownTag(section))
                    }
                    reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.index)
            writer.integer(self.errorCode.rawValue)
            writer.integer(self.baseOffset)
            writer.integer(self.logAppendTimeMs)
            if version >= 5 { writer.integer(self.logStartOffset) }
            if version >= 8 { try writer.structures(self.recordErrors, version >= 9, version) }
            if version >= 8 { try writer.nullableString(self.errorMessage, version >= 9, allowed: true) }
            if version >= 9 {
                var tags = TagSet(unknown: self.unknownTaggedFields)
                if version >= 10 && self.currentLeader != LeaderIdAndEpoch() {
                    var writer = WireWriter(capacity: 0)
                    try self.currentLeader.encode(into: &writer, version: version)
                    tags.add(0, writer)
                }
                writer.taggedFields(tags.inOrder)
            } else {
                if self.currentLeader != LeaderIdAndEpoch() { throw .notRepresentable(field: "CurrentLeader", version: version) }
            }
        }
    }

    public struct TopicProduceResponse: WireStructure {
        public var name: String = ""
        public var topicId: KafkaUUID = .zero
        public var partitionResponses: [PartitionProduceResponse] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version <= 12 { self.name = reader.string(version >= 9) }
            if version >= 13 { self.topicId = reader.uuid() }
            self.partitionResponses = reader.structures(PartitionProduceResponse.self, version >= 9, version)
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version <= 12 { try writer.string(self.name, version >= 9) }
            if version >= 13 { writer.uuid(self.topicId) }
            try writer.structures(self.partitionResponses, version >= 9, version)
            if version >= 9 {
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
            if version >= 10 { self.nodeId = reader.integer() }
            if version >= 10 { self.host = reader.string(true) }
            if version >= 10 { self.port = reader.integer() }
            if version >= 10 { self.rack = reader.nullableString(true, allowed: true) }
            if version >= 9 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 10 { writer.integer(self.nodeId) } else { if self.nodeId != 0 { throw .notRepresentable(field: "NodeId", version: version) } }
            if version >= 10 { try writer.string(self.host, true) } else { if self.host != "" { throw .notRepresentable(field: "Host", version: version) } }
            if version >= 10 { writer.integer(self.port) } else { if self.port != 0 { throw .notRepresentable(field: "Port", version: version) } }
            if version >= 10 { try writer.nullableString(self.rack, true, allowed: true) } else { if self.rack != nil { throw .notRepresentable(field: "Rack", version: version) } }
            if version >= 9 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
