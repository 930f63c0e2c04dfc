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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groupId = try reader.string(true)
        self.memberId = try reader.string(true)
        self.topologyEpoch = try reader.integer()
        self.topologyDescription = try TopologyDescription(from: &reader, version: version)
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
        try writer.string(self.memberId, true)
        writer.integer(self.topologyEpoch)
        try self.topologyDescription.encode(into: &writer, version: version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct TopologyDescription: WireStructure {
        public var subtopologies: [TopologyDescriptionSubtopology] = []
        public var globalStores: [TopologyDescriptionGlobalStore] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.subtopologies = try reader.structures(TopologyDescriptionSubtopology.self, true, version)
            self.globalStores = try reader.structures(TopologyDescriptionGlobalStore.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.subtopologies, true, version)
            try writer.structures(self.globalStores, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescriptionSubtopology: WireStructure {
        public var subtopologyId: String = ""
        public var nodes: [TopologyDescriptionNode] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.subtopologyId = try reader.string(true)
            self.nodes = try reader.structures(TopologyDescriptionNode.self, true, version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.structures(self.nodes, true, version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.nodeType = try reader.integer()
            self.sourceTopics = try reader.strings(true)
            self.sinkTopic = try reader.nullableString(true, allowed: true)
            self.stores = try reader.strings(true)
            self.successors = try reader.strings(true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.nodeType)
            try writer.strings(self.sourceTopics, true)
            try writer.nullableString(self.sinkTopic, true, allowed: true)
            try writer.strings(self.stores, true)
            try writer.strings(self.successors, true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescriptionGlobalStore: WireStructure {
        public var source: TopologyDescriptionNode = TopologyDescriptionNode()
        public var processor: TopologyDescriptionNode = TopologyDescriptionNode()
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.source = try TopologyDescriptionNode(from: &reader, version: version)
            self.processor = try TopologyDescriptionNode(from: &reader, version: version)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.source.encode(into: &writer, version: version)
            try self.processor.encode(into: &writer, version: version)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
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
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
