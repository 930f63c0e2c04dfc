// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AbortTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "AbortTransactionRecord", kind: .metadata, key: 25, versions: 0...0, firstFlexible: 0)

    public var reason: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.reason = reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.reason != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableString(self.reason, true, allowed: true)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct AccessControlEntryRecord: WireMessage {
    public static let schema = MessageSchema(name: "AccessControlEntryRecord", kind: .metadata, key: 18, versions: 0...0, firstFlexible: 0)

    public var id: KafkaUUID = .zero
    public var resourceType: Int8 = 0
    public var resourceName: String = ""
    public var patternType: Int8 = 0
    public var principal: String = ""
    public var host: String = ""
    public var operation: Int8 = 0
    public var permissionType: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.id = reader.uuid()
        self.resourceType = reader.integer()
        self.resourceName = reader.string(true)
        self.patternType = reader.integer()
        self.principal = reader.string(true)
        self.host = reader.string(true)
        self.operation = reader.integer()
        self.permissionType = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.id)
        writer.integer(self.resourceType)
        try writer.string(self.resourceName, true)
        writer.integer(self.patternType)
        try writer.string(self.principal, true)
        try writer.string(self.host, true)
        writer.integer(self.operation)
        writer.integer(self.permissionType)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct BeginTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "BeginTransactionRecord", kind: .metadata, key: 23, versions: 0...0, firstFlexible: 0)

    public var name: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.name = reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.name != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableString(self.name, true, allowed: true)
                tags.add(0, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct BrokerRegistrationChangeRecord: WireMessage {
    public static let schema = MessageSchema(name: "BrokerRegistrationChangeRecord", kind: .metadata, key: 17, versions: 0...3, firstFlexible: 0)

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = 0
    public var fenced: Int8 = 0
    public var inControlledShutdown: Int8 = 0
    public var logDirs: [KafkaUUID] = []
    public var cordonedLogDirs: [KafkaUUID]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.fenced = reader.integer()
                case 1 where version >= 1: self.inControlledShutdown = reader.integer()
                case 2 where version >= 2: self.logDirs = reader.uuids(true)
                case 3 where version >= 3: self.cordonedLogDirs = reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.fenced != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.fenced)
                tags.add(0, writer)
            }
            if version >= 1 && self.inControlledShutdown != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.inControlledShutdown)
                tags.add(1, writer)
            }
            if version >= 2 && !self.logDirs.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.uuids(self.logDirs, true)
                tags.add(2, writer)
            }
            if version >= 3 && self.cordonedLogDirs != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                tags.add(3, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct ClearElrRecord: WireMessage {
    public static let schema = MessageSchema(name: "ClearElrRecord", kind: .metadata, key: 28, versions: 0...0, firstFlexible: 0)

    public var topicName: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topicName = reader.string(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.topicName, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ClientQuotaRecord: WireMessage {
    public static let schema = MessageSchema(name: "ClientQuotaRecord", kind: .metadata, key: 14, versions: 0...0, firstFlexible: 0)

    public var entity: [EntityData] = []
    public var key: String = ""
    public var value: Double = 0
    public var remove: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.entity = reader.structures(EntityData.self, true, version)
        self.key = reader.string(true)
        self.value = reader.float64()
        self.remove = reader.bool()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.entity, true, version)
        try writer.string(self.key, true)
        writer.float64(self.value)
        writer.bool(self.remove)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EntityData: WireStructure {
        public var entityType: String = ""
        public var entityName: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.entityType = reader.string(true)
            self.entityName = reader.nullableString(true, allowed: true)
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, true)
            try writer.nullableString(self.entityName, true, allowed: true)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct ConfigRecord: WireMessage {
    public static let schema = MessageSchema(name: "ConfigRecord", kind: .metadata, key: 4, versions: 0...0, firstFlexible: 0)

    public var resourceType: Int8 = 0
    public var resourceName: String = ""
    public var name: String = ""
    public var value: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.resourceType = reader.integer()
        self.resourceName = reader.string(true)
        self.name = reader.string(true)
        self.value = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.resourceType)
        try writer.string(self.resourceName, true)
        try writer.string(self.name, true)
        try writer.nullableString(self.value, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DelegationTokenRecord: WireMessage {
    public static let schema = MessageSchema(name: "DelegationTokenRecord", kind: .metadata, key: 10, versions: 0...0, firstFlexible: 0)

    public var owner: String = ""
    public var requester: String = ""
    public var renewers: [String] = []
    public var issueTimestamp: Int64 = 0
    public var maxTimestamp: Int64 = 0
    public var expirationTimestamp: Int64 = 0
    public var tokenId: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.owner = reader.string(true)
        self.requester = reader.string(true)
        self.renewers = reader.strings(true)
        self.issueTimestamp = reader.integer()
        self.maxTimestamp = reader.integer()
        self.expirationTimestamp = reader.integer()
        self.tokenId = reader.string(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.owner, true)
        try writer.string(self.requester, true)
        try writer.strings(self.renewers, true)
        writer.integer(self.issueTimestamp)
        writer.integer(self.maxTimestamp)
        writer.integer(self.expirationTimestamp)
        try writer.string(self.tokenId, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct EndTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "EndTransactionRecord", kind: .metadata, key: 24, versions: 0...0, firstFlexible: 0)

    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct FeatureLevelRecord: WireMessage {
    public static let schema = MessageSchema(name: "FeatureLevelRecord", kind: .metadata, key: 12, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var featureLevel: Int16 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.name = reader.string(true)
        self.featureLevel = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.name, true)
        writer.integer(self.featureLevel)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct FenceBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "FenceBrokerRecord", kind: .metadata, key: 7, versions: 0...0, firstFlexible: 0)

    public var id: Int32 = 0
    public var epoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.id = reader.integer()
        self.epoch = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.id)
        writer.integer(self.epoch)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct NoOpRecord: WireMessage {
    public static let schema = MessageSchema(name: "NoOpRecord", kind: .metadata, key: 20, versions: 0...0, firstFlexible: 0)

    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct PartitionChangeRecord: WireMessage {
    public static let schema = MessageSchema(name: "PartitionChangeRecord", kind: .metadata, key: 5, versions: 0...2, firstFlexible: 0)

    public var partitionId: Int32 = -1
    public var topicId: KafkaUUID = .zero
    public var isr: [Int32]? = nil
    public var leader: Int32 = -2
    public var replicas: [Int32]? = nil
    public var removingReplicas: [Int32]? = nil
    public var addingReplicas: [Int32]? = nil
    public var leaderRecoveryState: Int8 = -1
    public var directories: [KafkaUUID]? = nil
    public var eligibleLeaderReplicas: [Int32]? = nil
    public var lastKnownElr: [Int32]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.partitionId = reader.integer()
        self.topicId = reader.uuid()
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.isr = reader.nullableIntegers(true, allowed: true)
                case 1: self.leader = reader.integer()
                case 2: self.replicas = reader.nullableIntegers(true, allowed: true)
                case 3: self.removingReplicas = reader.nullableIntegers(true, allowed: true)
                case 4: self.addingReplicas = reader.nullableIntegers(true, allowed: true)
                case 5: self.leaderRecoveryState = reader.integer()
                case 6 where version >= 2: self.eligibleLeaderReplicas = reader.nullableIntegers(true, allowed: true)
                case 7 where version >= 2: self.lastKnownElr = reader.nullableIntegers(true, allowed: true)
                case 8 where version >= 1: self.directories = reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.partitionId)
        writer.uuid(self.topicId)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.isr != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.isr, true, allowed: true)
                tags.add(0, writer)
            }
            if self.leader != -2 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.leader)
                tags.add(1, writer)
            }
            if self.replicas != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.replicas, true, allowed: true)
                tags.add(2, writer)
            }
            if self.removingReplicas != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.removingReplicas, true, allowed: true)
                tags.add(3, writer)
            }
            if self.addingReplicas != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.addingReplicas, true, allowed: true)
                tags.add(4, writer)
            }
            if self.leaderRecoveryState != -1 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.leaderRecoveryState)
                tags.add(5, writer)
            }
            if version >= 2 && self.eligibleLeaderReplicas != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.eligibleLeaderReplicas, true, allowed: true)
                tags.add(6, writer)
            }
            if version >= 2 && self.lastKnownElr != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.lastKnownElr, true, allowed: true)
                tags.add(7, writer)
            }
            if version >= 1 && self.directories != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableUUIDs(self.directories, true, allowed: true)
                tags.add(8, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct PartitionRecord: WireMessage {
    public static let schema = MessageSchema(name: "PartitionRecord", kind: .metadata, key: 3, versions: 0...2, firstFlexible: 0)

    public var partitionId: Int32 = -1
    public var topicId: KafkaUUID = .zero
    public var replicas: [Int32] = []
    public var isr: [Int32] = []
    public var removingReplicas: [Int32] = []
    public var addingReplicas: [Int32] = []
    public var leader: Int32 = -1
    public var leaderRecoveryState: Int8 = 0
    public var leaderEpoch: Int32 = -1
    public var partitionEpoch: Int32 = -1
    public var directories: [KafkaUUID] = []
    public var eligibleLeaderReplicas: [Int32]? = nil
    public var lastKnownElr: [Int32]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.partitionId = reader.integer()
        self.topicId = reader.uuid()
        self.replicas = reader.integers(true)
        self.isr = reader.integers(true)
        self.removingReplicas = reader.integers(true)
        self.addingReplicas = reader.integers(true)
        self.leader = reader.integer()
        self.leaderEpoch = reader.integer()
        self.partitionEpoch = reader.integer()
        if version >= 1 { self.directories = reader.uuids(true) }
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0: self.leaderRecoveryState = reader.integer()
                case 1 where version >= 2: self.eligibleLeaderReplicas = reader.nullableIntegers(true, allowed: true)
                case 2 where version >= 2: self.lastKnownElr = reader.nullableIntegers(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.partitionId)
        writer.uuid(self.topicId)
        try writer.integers(self.replicas, true)
        try writer.integers(self.isr, true)
        try writer.integers(self.removingReplicas, true)
        try writer.integers(self.addingReplicas, true)
        writer.integer(self.leader)
        writer.integer(self.leaderEpoch)
        writer.integer(self.partitionEpoch)
        if version >= 1 { try writer.uuids(self.directories, true) } else { if !self.directories.isEmpty { throw .notRepresentable(field: "Directories", version: version) } }
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.leaderRecoveryState != 0 {
                var writer = WireWriter(capacity: 0)
                writer.integer(self.leaderRecoveryState)
                tags.add(0, writer)
            }
            if version >= 2 && self.eligibleLeaderReplicas != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.eligibleLeaderReplicas, true, allowed: true)
                tags.add(1, writer)
            }
            if version >= 2 && self.lastKnownElr != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableIntegers(self.lastKnownElr, true, allowed: true)
                tags.add(2, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }
}

public struct ProducerIdsRecord: WireMessage {
    public static let schema = MessageSchema(name: "ProducerIdsRecord", kind: .metadata, key: 15, versions: 0...0, firstFlexible: 0)

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = -1
    public var nextProducerId: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        self.nextProducerId = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        writer.integer(self.nextProducerId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RegisterBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "RegisterBrokerRecord", kind: .metadata, key: 0, versions: 0...4, firstFlexible: 0)

    public var brokerId: Int32 = 0
    public var isMigratingZkBroker: Bool = false
    public var incarnationId: KafkaUUID = .zero
    public var brokerEpoch: Int64 = 0
    public var endPoints: [BrokerEndpoint] = []
    public var features: [BrokerFeature] = []
    public var rack: String? = ""
    public var fenced: Bool = true
    public var inControlledShutdown: Bool = false
    public var logDirs: [KafkaUUID] = []
    public var cordonedLogDirs: [KafkaUUID]? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        if version >= 2 { self.isMigratingZkBroker = reader.bool() }
        self.incarnationId = reader.uuid()
        self.brokerEpoch = reader.integer()
        self.endPoints = reader.structures(BrokerEndpoint.self, true, version)
        self.features = reader.structures(BrokerFeature.self, true, version)
        self.rack = reader.nullableString(true, allowed: true)
        self.fenced = reader.bool()
        if version >= 1 { self.inControlledShutdown = reader.bool() }
        do {
            var section = reader.beginTaggedFields()
            while let tag = reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 3: self.logDirs = reader.uuids(true)
                case 1 where version >= 4: self.cordonedLogDirs = reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(reader.unknownTag(section))
                }
                reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        if version >= 2 { writer.bool(self.isMigratingZkBroker) } else { if self.isMigratingZkBroker != false { throw .notRepresentable(field: "IsMigratingZkBroker", version: version) } }
        writer.uuid(self.incarnationId)
        writer.integer(self.brokerEpoch)
        try writer.structures(self.endPoints, true, version)
        try writer.structures(self.features, true, version)
        try writer.nullableString(self.rack, true, allowed: true)
        writer.bool(self.fenced)
        if version >= 1 { writer.bool(self.inControlledShutdown) } else { if self.inControlledShutdown != false { throw .notRepresentable(field: "InControlledShutdown", version: version) } }
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if version >= 3 && !self.logDirs.isEmpty {
                var writer = WireWriter(capacity: 0)
                try writer.uuids(self.logDirs, true)
                tags.add(0, writer)
            }
            if version >= 4 && self.cordonedLogDirs != nil {
                var writer = WireWriter(capacity: 0)
                try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                tags.add(1, writer)
            }
            writer.taggedFields(tags.inOrder)
        }
    }

    public struct BrokerEndpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.host = reader.string(true)
            self.port = reader.integer()
            self.securityProtocol = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.host, true)
            writer.integer(self.port)
            writer.integer(self.securityProtocol)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct BrokerFeature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.minSupportedVersion = reader.integer()
            self.maxSupportedVersion = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RegisterControllerRecord: WireMessage {
    public static let schema = MessageSchema(name: "RegisterControllerRecord", kind: .metadata, key: 27, versions: 0...0, firstFlexible: 0)

    public var controllerId: Int32 = 0
    public var incarnationId: KafkaUUID = .zero
    public var zkMigrationReady: Bool = false
    public var endPoints: [ControllerEndpoint] = []
    public var features: [ControllerFeature] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.controllerId = reader.integer()
        self.incarnationId = reader.uuid()
        self.zkMigrationReady = reader.bool()
        self.endPoints = reader.structures(ControllerEndpoint.self, true, version)
        self.features = reader.structures(ControllerFeature.self, true, version)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        writer.uuid(self.incarnationId)
        writer.bool(self.zkMigrationReady)
        try writer.structures(self.endPoints, true, version)
        try writer.structures(self.features, true, version)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ControllerEndpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.host = reader.string(true)
            self.port = reader.integer()
            self.securityProtocol = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            try writer.string(self.host, true)
            writer.integer(self.port)
            writer.integer(self.securityProtocol)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ControllerFeature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.name = reader.string(true)
            self.minSupportedVersion = reader.integer()
            self.maxSupportedVersion = reader.integer()
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.name, true)
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RemoveAccessControlEntryRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveAccessControlEntryRecord", kind: .metadata, key: 19, versions: 0...0, firstFlexible: 0)

    public var id: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.id = reader.uuid()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.id)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveDelegationTokenRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveDelegationTokenRecord", kind: .metadata, key: 26, versions: 0...0, firstFlexible: 0)

    public var tokenId: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.tokenId = reader.string(true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.tokenId, true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveTopicRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveTopicRecord", kind: .metadata, key: 9, versions: 0...0, firstFlexible: 0)

    public var topicId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.topicId = reader.uuid()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.topicId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveUserScramCredentialRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveUserScramCredentialRecord", kind: .metadata, key: 22, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var mechanism: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.name = reader.string(true)
        self.mechanism = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.name, true)
        writer.integer(self.mechanism)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct TopicRecord: WireMessage {
    public static let schema = MessageSchema(name: "TopicRecord", kind: .metadata, key: 2, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var topicId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.name = reader.string(true)
        self.topicId = reader.uuid()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.name, true)
        writer.uuid(self.topicId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnfenceBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnfenceBrokerRecord", kind: .metadata, key: 8, versions: 0...0, firstFlexible: 0)

    public var id: Int32 = 0
    public var epoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.id = reader.integer()
        self.epoch = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.id)
        writer.integer(self.epoch)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnregisterBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnregisterBrokerRecord", kind: .metadata, key: 1, versions: 0...0, firstFlexible: 0)

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.brokerId = reader.integer()
        self.brokerEpoch = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnregisterControllerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnregisterControllerRecord", kind: .metadata, key: 29, versions: 0...0, firstFlexible: 0)

    public var controllerId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.controllerId = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UserScramCredentialRecord: WireMessage {
    public static let schema = MessageSchema(name: "UserScramCredentialRecord", kind: .metadata, key: 11, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var mechanism: Int8 = 0
    public var salt: ByteBuffer = ByteBuffer()
    public var storedKey: ByteBuffer = ByteBuffer()
    public var serverKey: ByteBuffer = ByteBuffer()
    public var iterations: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.name = reader.string(true)
        self.mechanism = reader.integer()
        self.salt = reader.bytes(true)
        self.storedKey = reader.bytes(true)
        self.serverKey = reader.bytes(true)
        self.iterations = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.name, true)
        writer.integer(self.mechanism)
        writer.bytes(self.salt, true)
        writer.bytes(self.storedKey, true)
        writer.bytes(self.serverKey, true)
        writer.integer(self.iterations)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ZkMigrationStateRecord: WireMessage {
    public static let schema = MessageSchema(name: "ZkMigrationStateRecord", kind: .metadata, key: 21, versions: 0...0, firstFlexible: 0)

    public var zkMigrationState: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.zkMigrationState = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.zkMigrationState)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
