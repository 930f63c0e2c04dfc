// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct StreamsGroupHeartbeatRequest: RequestMessage {
    public static let schema = MessageSchema(name: "StreamsGroupHeartbeatRequest", kind: .request, key: 88, versions: 0...1, firstFlexible: 0)
    public typealias Response = StreamsGroupHeartbeatResponse

    public var groupId: String = ""
    public var memberId: String = ""
    public var memberEpoch: Int32 = 0
    public var endpointInformationEpoch: Int32 = 0
    public var instanceId: String? = nil
    public var rackId: String? = nil
    public var rebalanceTimeoutMs: Int32 = -1
    public var topology: Topology? = nil
    public var activeTasks: [TaskIds]? = nil
    public var standbyTasks: [TaskIds]? = nil
    public var warmupTasks: [TaskIds]? = nil
    public var processId: String? = nil
    public var userEndpoint: Endpoint? = nil
    public var clientTags: [KeyValue]? = nil
    public var taskOffsets: [TaskOffset]? = nil
    public var taskEndOffsets: [TaskOffset]? = nil
    public var shutdownApplication: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupId = reader.string(true)
        self.memberId = reader.string(true)
        self.memberEpoch = reader.integer()
        self.endpointInformationEpoch = reader.integer()
        self.instanceId = reader.nullableString(true, allowed: true)
        self.rackId = reader.nullableString(true, allowed: true)
        self.rebalanceTimeoutMs = reader.integer()
        self.topology = reader.nullableStructure(Topology.self, version, allowed: true)
        self.activeTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        self.standbyTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        self.warmupTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        self.processId = reader.nullableString(true, allowed: true)
        self.userEndpoint = reader.nullableStructure(Endpoint.self, version, allowed: true)
        self.clientTags = reader.nullableStructures(KeyValue.self, true, version, allowed: true)
        self.taskOffsets = reader.nullableStructures(TaskOffset.self, true, version, allowed: true)
        self.taskEndOffsets = reader.nullableStructures(TaskOffset.self, true, version, allowed: true)
        self.shutdownApplication = reader.bool()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.groupId, true)
        try writer.string(self.memberId, true)
        writer.integer(self.memberEpoch)
        writer.integer(self.endpointInformationEpoch)
        try writer.nullableString(self.instanceId, true, allowed: true)
        try writer.nullableString(self.rackId, true, allowed: true)
        writer.integer(self.rebalanceTimeoutMs)
        try writer.nullableStructure(self.topology, version, allowed: true)
        try writer.nullableStructures(self.activeTasks, true, version, allowed: true)
        try writer.nullableStructures(self.standbyTasks, true, version, allowed: true)
        try writer.nullableStructures(self.warmupTasks, true, version, allowed: true)
        try writer.nullableString(self.processId, true, allowed: true)
        try writer.nullableStructure(self.userEndpoint, version, allowed: true)
        try writer.nullableStructures(self.clientTags, true, version, allowed: true)
        try writer.nullableStructures(self.taskOffsets, true, version, allowed: true)
        try writer.nullableStructures(self.taskEndOffsets, true, version, allowed: true)
        writer.bool(self.shutdownApplication)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct CopartitionGroup: WireStructure {
        public var sourceTopics: [Int16] = []
        public var sourceTopicRegex: [Int16] = []
        public var repartitionSourceTopics: [Int16] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.sourceTopics = reader.integers(true)
            self.sourceTopicRegex = reader.integers(true)
            self.repartitionSourceTopics = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.integers(self.sourceTopics, true)
            try writer.integers(self.sourceTopicRegex, true)
            try writer.integers(self.repartitionSourceTopics, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Subtopology: WireStructure {
        public var subtopologyId: String = ""
        public var sourceTopics: [String] = []
        public var sourceTopicRegex: [String] = []
        public var stateChangelogTopics: [TopicInfo] = []
        public var repartitionSinkTopics: [String] = []
        public var repartitionSourceTopics: [TopicInfo] = []
        public var copartitionGroups: [CopartitionGroup] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.subtopologyId = reader.string(true)
            self.sourceTopics = reader.strings(true)
            self.sourceTopicRegex = reader.strings(true)
            self.stateChangelogTopics = reader.structures(TopicInfo.self, true, version)
            self.repartitionSinkTopics = reader.strings(true)
            self.repartitionSourceTopics = reader.structures(TopicInfo.self, true, version)
            self.copartitionGroups = reader.structures(CopartitionGroup.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.subtopologyId, true)
            try writer.strings(self.sourceTopics, true)
            try writer.strings(self.sourceTopicRegex, true)
            try writer.structures(self.stateChangelogTopics, true, version)
            try writer.strings(self.repartitionSinkTopics, true)
            try writer.structures(self.repartitionSourceTopics, true, version)
            try writer.structures(self.copartitionGroups, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Topology: WireStructure {
        public var epoch: Int32 = 0
        public var subtopologies: [Subtopology] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.epoch = reader.integer()
            self.subtopologies = reader.structures(Subtopology.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.epoch)
            try writer.structures(self.subtopologies, true, version)
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
}

public struct StreamsGroupHeartbeatResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "StreamsGroupHeartbeatResponse", kind: .response, key: 88, versions: 0...1, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var memberId: String = ""
    public var memberEpoch: Int32 = 0
    public var heartbeatIntervalMs: Int32 = 0
    public var acceptableRecoveryLagLegacy: Int32 = 0
    public var taskOffsetIntervalMs: Int32 = 0
    public var acceptableRecoveryLag: Int64 = -1
    public var status: [Status]? = []
    public var activeTasks: [TaskIds]? = nil
    public var standbyTasks: [TaskIds]? = nil
    public var warmupTasks: [TaskIds]? = nil
    public var topologyDescriptionRequired: Bool = false
    public var endpointInformationEpoch: Int32 = 0
    public var partitionsByUserEndpoint: [EndpointToPartitions]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        self.memberId = reader.string(true)
        self.memberEpoch = reader.integer()
        self.heartbeatIntervalMs = reader.integer()
        if version <= 0 { self.acceptableRecoveryLagLegacy = reader.integer() }
        self.taskOffsetIntervalMs = reader.integer()
        if version >= 1 { self.acceptableRecoveryLag = reader.integer() }
        self.status = reader.nullableStructures(Status.self, true, version, allowed: true)
        self.activeTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        self.standbyTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        self.warmupTasks = reader.nullableStructures(TaskIds.self, true, version, allowed: true)
        if version >= 1 { self.topologyDescriptionRequired = reader.bool() }
        self.endpointInformationEpoch = reader.integer()
        self.partitionsByUserEndpoint = reader.nullableStructures(EndpointToPartitions.self, true, version, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        try writer.string(self.memberId, true)
        writer.integer(self.memberEpoch)
        writer.integer(self.heartbeatIntervalMs)
        if version <= 0 { writer.integer(self.acceptableRecoveryLagLegacy) } else { if self.acceptableRecoveryLagLegacy != 0 { throw .notRepresentable(field: "AcceptableRecoveryLagLegacy", version: version) } }
        writer.integer(self.taskOffsetIntervalMs)
        if version >= 1 { writer.integer(self.acceptableRecoveryLag) }
        try writer.nullableStructures(self.status, true, version, allowed: true)
        try writer.nullableStructures(self.activeTasks, true, version, allowed: true)
        try writer.nullableStructures(self.standbyTasks, true, version, allowed: true)
        try writer.nullableStructures(self.warmupTasks, true, version, allowed: true)
        if version >= 1 { writer.bool(self.topologyDescriptionRequired) } else { if self.topologyDescriptionRequired != false { throw .notRepresentable(field: "TopologyDescriptionRequired", version: version) } }
        writer.integer(self.endpointInformationEpoch)
        try writer.nullableStructures(self.partitionsByUserEndpoint, true, version, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EndpointToPartitions: WireStructure {
        public var userEndpoint: Endpoint = Endpoint()
        public var activePartitions: [TopicPartition] = []
        public var standbyPartitions: [TopicPartition] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.userEndpoint = reader.structure(Endpoint.self, version)
            self.activePartitions = reader.structures(TopicPartition.self, true, version)
            self.standbyPartitions = reader.structures(TopicPartition.self, true, version)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try self.userEndpoint.encode(into: &writer, version: version)
            try writer.structures(self.activePartitions, true, version)
            try writer.structures(self.standbyPartitions, true, version)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct Status: WireStructure {
        public var statusCode: Int8 = 0
        public var statusDetail: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.statusCode = reader.integer()
            self.statusDetail = reader.string(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.statusCode)
            try writer.string(self.statusDetail, true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct TopicPartition: WireStructure {
        public var topic: String = ""
        public var partitions: [Int32] = []
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.topic = reader.string(true)
            self.partitions = reader.integers(true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.topic, true)
            try writer.integers(self.partitions, true)
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
}
