// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct StreamsGroupTopologyDescriptionUpdateRequest: RequestMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTopologyDescriptionUpdateRequest", kind: .request, key: 93, versions: 0...0, firstFlexible: 0)
    public typealias Response = StreamsGroupTopologyDescriptionUpdateResponse

    public var groupId: String = ""
    public var memberId: String = ""
    public var topologyEpoch: Int32 = 0
    public var topologyDescription: TopologyDescription = TopologyDescription()
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.memberId = reader.string(true)
        self.topologyEpoch = reader.integer()
        self.topologyDescription = reader.structure(TopologyDescription.self, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.string(self.memberId, true)
        writer.integer(self.topologyEpoch)
        try self.topologyDescription.encode(into: &writer, version: version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopologyDescription: WireStructure {
        public var subtopologies: [TopologyDescriptionSubtopology] = []
        public var globalStores: [TopologyDescriptionGlobalStore] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologies = reader.structures(TopologyDescriptionSubtopology.self, true, version)
            self.globalStores = reader.structures(TopologyDescriptionGlobalStore.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.subtopologies, true, version)
            try writer.structures(self.globalStores, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescriptionSubtopology: WireStructure {
        public var subtopologyId: String = ""
        public var nodes: [TopologyDescriptionNode] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.nodes = reader.structures(TopologyDescriptionNode.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.structures(self.nodes, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescriptionNode: WireStructure {
        public var name: String = ""
        public var nodeType: Int8 = 0
        public var sourceTopics: [String] = []
        public var sinkTopic: String? = nil
        public var stores: [String] = []
        public var successors: [String] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.nodeType = reader.integer()
            self.sourceTopics = reader.strings(true)
            self.sinkTopic = reader.nullableString(true, allowed: true)
            self.stores = reader.strings(true)
            self.successors = reader.strings(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.nodeType)
            try writer.strings(self.sourceTopics, true)
            try writer.nullableString(self.sinkTopic, true, allowed: true)
            try writer.strings(self.stores, true)
            try writer.strings(self.successors, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescriptionGlobalStore: WireStructure {
        public var source: TopologyDescriptionNode = TopologyDescriptionNode()
        public var processor: TopologyDescriptionNode = TopologyDescriptionNode()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.source = reader.structure(TopologyDescriptionNode.self, version)
            self.processor = reader.structure(TopologyDescriptionNode.self, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.source.encode(into: &writer, version: version)
            try self.processor.encode(into: &writer, version: version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct StreamsGroupTopologyDescriptionUpdateResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "StreamsGroupTopologyDescriptionUpdateResponse", kind: .response, key: 93, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
