// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct StreamsGroupDescribeRequest: RequestMessage {
    public static let schema = MessageSchema(name: "StreamsGroupDescribeRequest", kind: .request, key: 89, versions: 0...1, firstFlexible: 0)
    public typealias Response = StreamsGroupDescribeResponse

    public var groupIds: [String] = []
    public var includeAuthorizedOperations: Bool = false
    public var includeTopologyDescription: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupIds = reader.strings(true)
        self.includeAuthorizedOperations = reader.bool()
        if version >= 1 { self.includeTopologyDescription = reader.bool() }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.groupIds, true)
        writer.bool(self.includeAuthorizedOperations)
        if version >= 1 { writer.bool(self.includeTopologyDescription) } else { if self.includeTopologyDescription != false { throw .notRepresentable(field: "IncludeTopologyDescription", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct StreamsGroupDescribeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "StreamsGroupDescribeResponse", kind: .response, key: 89, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var groups: [DescribedGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.groups = reader.structures(DescribedGroup.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.groups, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct Subtopology: WireStructure {
        public var subtopologyId: String = ""
        public var sourceTopics: [String] = []
        public var repartitionSinkTopics: [String] = []
        public var stateChangelogTopics: [TopicInfo] = []
        public var repartitionSourceTopics: [TopicInfo] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.sourceTopics = reader.strings(true)
            self.repartitionSinkTopics = reader.strings(true)
            self.stateChangelogTopics = reader.structures(TopicInfo.self, true, version)
            self.repartitionSourceTopics = reader.structures(TopicInfo.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.strings(self.sourceTopics, true)
            try writer.strings(self.repartitionSinkTopics, true)
            try writer.structures(self.stateChangelogTopics, true, version)
            try writer.structures(self.repartitionSourceTopics, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Topology: WireStructure {
        public var epoch: Int32 = 0
        public var subtopologies: [Subtopology]? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.epoch = reader.integer()
            self.subtopologies = reader.nullableStructures(Subtopology.self, true, version, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.epoch)
            try writer.nullableStructures(self.subtopologies, true, version, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Member: WireStructure {
        public var memberId: String = ""
        public var memberEpoch: Int32 = 0
        public var instanceId: String? = nil
        public var rackId: String? = nil
        public var clientId: String = ""
        public var clientHost: String = ""
        public var topologyEpoch: Int32 = 0
        public var processId: String = ""
        public var userEndpoint: Endpoint? = nil
        public var clientTags: [KeyValue] = []
        public var taskOffsets: [TaskOffset] = []
        public var taskEndOffsets: [TaskOffset] = []
        public var assignment: Assignment = Assignment()
        public var targetAssignment: Assignment = Assignment()
        public var isClassic: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.memberId = reader.string(true)
            self.memberEpoch = reader.integer()
            self.instanceId = reader.nullableString(true, allowed: true)
            self.rackId = reader.nullableString(true, allowed: true)
            self.clientId = reader.string(true)
            self.clientHost = reader.string(true)
            self.topologyEpoch = reader.integer()
            self.processId = reader.string(true)
            self.userEndpoint = reader.nullableStructure(Endpoint.self, version, allowed: true)
            self.clientTags = reader.structures(KeyValue.self, true, version)
            self.taskOffsets = reader.structures(TaskOffset.self, true, version)
            self.taskEndOffsets = reader.structures(TaskOffset.self, true, version)
            self.assignment = reader.structure(Assignment.self, version)
            self.targetAssignment = reader.structure(Assignment.self, version)
            self.isClassic = reader.bool()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.memberId, true)
            writer.integer(self.memberEpoch)
            try writer.nullableString(self.instanceId, true, allowed: true)
            try writer.nullableString(self.rackId, true, allowed: true)
            try writer.string(self.clientId, true)
            try writer.string(self.clientHost, true)
            writer.integer(self.topologyEpoch)
            try writer.string(self.processId, true)
            try writer.nullableStructure(self.userEndpoint, version, allowed: true)
            try writer.structures(self.clientTags, true, version)
            try writer.structures(self.taskOffsets, true, version)
            try writer.structures(self.taskEndOffsets, true, version)
            try self.assignment.encode(into: &writer, version: version)
            try self.targetAssignment.encode(into: &writer, version: version)
            writer.bool(self.isClassic)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct DescribedGroup: WireStructure {
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var groupId: String = ""
        public var groupState: String = ""
        public var groupEpoch: Int32 = 0
        public var assignmentEpoch: Int32 = 0
        public var topology: Topology? = nil
        public var members: [Member] = []
        public var authorizedOperations: Int32 = -2147483648
        public var topologyDescription: TopologyDescription? = nil
        public var topologyDescriptionStatus: Int8 = 0
        public var assignorName: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.errorCode = ErrorCode(rawValue: reader.integer())
            self.errorMessage = reader.nullableString(true, allowed: true)
            self.groupId = reader.string(true)
            self.groupState = reader.string(true)
            self.groupEpoch = reader.integer()
            self.assignmentEpoch = reader.integer()
            self.topology = reader.nullableStructure(Topology.self, version, allowed: true)
            self.members = reader.structures(Member.self, true, version)
            self.authorizedOperations = reader.integer()
            if version >= 1 { self.topologyDescription = reader.nullableStructure(TopologyDescription.self, version, allowed: true) }
            if version >= 1 { self.topologyDescriptionStatus = reader.integer() }
            if version >= 1 { self.assignorName = reader.nullableString(true, allowed: true) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.errorCode.rawValue)
            try writer.nullableString(self.errorMessage, true, allowed: true)
            try writer.string(self.groupId, true)
            try writer.string(self.groupState, true)
            writer.integer(self.groupEpoch)
            writer.integer(self.assignmentEpoch)
            try writer.nullableStructure(self.topology, version, allowed: true)
            try writer.structures(self.members, true, version)
            writer.integer(self.authorizedOperations)
            if version >= 1 { try writer.nullableStructure(self.topologyDescription, version, allowed: true) } else { if self.topologyDescription != nil { throw .notRepresentable(field: "TopologyDescription", version: version) } }
            if version >= 1 { writer.integer(self.topologyDescriptionStatus) } else { if self.topologyDescriptionStatus != 0 { throw .notRepresentable(field: "TopologyDescriptionStatus", version: version) } }
            if version >= 1 { try writer.nullableString(self.assignorName, true, allowed: true) }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Endpoint: WireStructure {
        public var host: String = ""
        public var port: UInt16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.host = reader.string(true)
            self.port = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.host, true)
            writer.integer(self.port)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TaskOffset: WireStructure {
        public var subtopologyId: String = ""
        public var partition: Int32 = 0
        public var offset: Int64 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.partition = reader.integer()
            self.offset = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            writer.integer(self.partition)
            writer.integer(self.offset)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Assignment: WireStructure {
        public var activeTasks: [TaskIds] = []
        public var standbyTasks: [TaskIds] = []
        public var warmupTasks: [TaskIds] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.activeTasks = reader.structures(TaskIds.self, true, version)
            self.standbyTasks = reader.structures(TaskIds.self, true, version)
            self.warmupTasks = reader.structures(TaskIds.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.structures(self.activeTasks, true, version)
            try writer.structures(self.standbyTasks, true, version)
            try writer.structures(self.warmupTasks, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TaskIds: WireStructure {
        public var subtopologyId: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.integers(self.partitions, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct KeyValue: WireStructure {
        public var key: String = ""
        public var value: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.key = reader.string(true)
            self.value = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.key, true)
            try writer.string(self.value, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicInfo: WireStructure {
        public var name: String = ""
        public var partitions: Int32 = 0
        public var replicationFactor: Int16 = 0
        public var topicConfigs: [KeyValue] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.partitions = reader.integer()
            self.replicationFactor = reader.integer()
            self.topicConfigs = reader.structures(KeyValue.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.partitions)
            writer.integer(self.replicationFactor)
            try writer.structures(self.topicConfigs, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopologyDescription: WireStructure {
        public var subtopologies: [TopologyDescriptionSubtopology] = []
        public var globalStores: [TopologyDescriptionGlobalStore] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            if version >= 1 { self.subtopologies = reader.structures(TopologyDescriptionSubtopology.self, true, version) }
            if version >= 1 { self.globalStores = reader.structures(TopologyDescriptionGlobalStore.self, true, version) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try writer.structures(self.subtopologies, true, version) } else { if !self.subtopologies.isEmpty { throw .notRepresentable(field: "Subtopologies", version: version) } }
            if version >= 1 { try writer.structures(self.globalStores, true, version) } else { if !self.globalStores.isEmpty { throw .notRepresentable(field: "GlobalStores", version: version) } }
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
            if version >= 1 { self.subtopologyId = reader.string(true) }
            if version >= 1 { self.nodes = reader.structures(TopologyDescriptionNode.self, true, version) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try writer.string(self.subtopologyId, true) } else { if self.subtopologyId != "" { throw .notRepresentable(field: "SubtopologyId", version: version) } }
            if version >= 1 { try writer.structures(self.nodes, true, version) } else { if !self.nodes.isEmpty { throw .notRepresentable(field: "Nodes", version: version) } }
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
            if version >= 1 { self.name = reader.string(true) }
            if version >= 1 { self.nodeType = reader.integer() }
            if version >= 1 { self.sourceTopics = reader.strings(true) }
            if version >= 1 { self.sinkTopic = reader.nullableString(true, allowed: true) }
            if version >= 1 { self.stores = reader.strings(true) }
            if version >= 1 { self.successors = reader.strings(true) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try writer.string(self.name, true) } else { if self.name != "" { throw .notRepresentable(field: "Name", version: version) } }
            if version >= 1 { writer.integer(self.nodeType) } else { if self.nodeType != 0 { throw .notRepresentable(field: "NodeType", version: version) } }
            if version >= 1 { try writer.strings(self.sourceTopics, true) } else { if !self.sourceTopics.isEmpty { throw .notRepresentable(field: "SourceTopics", version: version) } }
            if version >= 1 { try writer.nullableString(self.sinkTopic, true, allowed: true) } else { if self.sinkTopic != nil { throw .notRepresentable(field: "SinkTopic", version: version) } }
            if version >= 1 { try writer.strings(self.stores, true) } else { if !self.stores.isEmpty { throw .notRepresentable(field: "Stores", version: version) } }
            if version >= 1 { try writer.strings(self.successors, true) } else { if !self.successors.isEmpty { throw .notRepresentable(field: "Successors", version: version) } }
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
            if version >= 1 { self.source = reader.structure(TopologyDescriptionNode.self, version) }
            if version >= 1 { self.processor = reader.structure(TopologyDescriptionNode.self, version) }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            if version >= 1 { try self.source.encode(into: &writer, version: version) } else { if self.source != TopologyDescriptionNode() { throw .notRepresentable(field: "Source", version: version) } }
            if version >= 1 { try self.processor.encode(into: &writer, version: version) } else { if self.processor != TopologyDescriptionNode() { throw .notRepresentable(field: "Processor", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
