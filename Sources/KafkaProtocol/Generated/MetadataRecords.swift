// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct AbortTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "AbortTransactionRecord", kind: .metadata, key: 25, versions: 0...0, firstFlexible: 0)

    public var reason: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.reason = try reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.reason != nil { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.nullableString(self.reason, true, allowed: true)
                default: break
                }
            }
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.id = try reader.uuid()
        self.resourceType = try reader.integer()
        self.resourceName = try reader.string(true)
        self.patternType = try reader.integer()
        self.principal = try reader.string(true)
        self.host = try reader.string(true)
        self.operation = try reader.integer()
        self.permissionType = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
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
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct BeginTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "BeginTransactionRecord", kind: .metadata, key: 23, versions: 0...0, firstFlexible: 0)

    public var name: String? = nil
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.name = try reader.nullableString(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.name != nil { tags.insert(0) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.nullableString(self.name, true, allowed: true)
                default: break
                }
            }
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        self.brokerEpoch = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.fenced = try reader.integer()
                case 1 where version >= 1: self.inControlledShutdown = try reader.integer()
                case 2 where version >= 2: self.logDirs = try reader.uuids(true)
                case 3 where version >= 3: self.cordonedLogDirs = try reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.fenced != 0 { tags.insert(0) }
            if version >= 1 && self.inControlledShutdown != 0 { tags.insert(1) }
            if version >= 2 && self.logDirs != [] { tags.insert(2) }
            if version >= 3 && self.cordonedLogDirs != nil { tags.insert(3) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: writer.integer(self.fenced)
                case 1: writer.integer(self.inControlledShutdown)
                case 2: try writer.uuids(self.logDirs, true)
                case 3: try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                default: break
                }
            }
        }
    }
}

public struct ClearElrRecord: WireMessage {
    public static let schema = MessageSchema(name: "ClearElrRecord", kind: .metadata, key: 28, versions: 0...0, firstFlexible: 0)

    public var topicName: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.topicName = try reader.string(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.topicName, true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.entity = try reader.structures(EntityData.self, true, version)
        self.key = try reader.string(true)
        self.value = try reader.float64()
        self.remove = try reader.bool()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.structures(self.entity, true, version)
        try writer.string(self.key, true)
        writer.float64(self.value)
        writer.bool(self.remove)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct EntityData: WireStructure {
        public var entityType: String = ""
        public var entityName: String? = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.entityType = try reader.string(true)
            self.entityName = try reader.nullableString(true, allowed: true)
            do {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.entityType, true)
            try writer.nullableString(self.entityName, true, allowed: true)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.resourceType = try reader.integer()
        self.resourceName = try reader.string(true)
        self.name = try reader.string(true)
        self.value = try reader.nullableString(true, allowed: true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.resourceType)
        try writer.string(self.resourceName, true)
        try writer.string(self.name, true)
        try writer.nullableString(self.value, true, allowed: true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.owner = try reader.string(true)
        self.requester = try reader.string(true)
        self.renewers = try reader.strings(true)
        self.issueTimestamp = try reader.integer()
        self.maxTimestamp = try reader.integer()
        self.expirationTimestamp = try reader.integer()
        self.tokenId = try reader.string(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
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
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct EndTransactionRecord: WireMessage {
    public static let schema = MessageSchema(name: "EndTransactionRecord", kind: .metadata, key: 24, versions: 0...0, firstFlexible: 0)

    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct FeatureLevelRecord: WireMessage {
    public static let schema = MessageSchema(name: "FeatureLevelRecord", kind: .metadata, key: 12, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var featureLevel: Int16 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.name = try reader.string(true)
        self.featureLevel = try reader.integer()
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
        writer.integer(self.featureLevel)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct FenceBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "FenceBrokerRecord", kind: .metadata, key: 7, versions: 0...0, firstFlexible: 0)

    public var id: Int32 = 0
    public var epoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.id = try reader.integer()
        self.epoch = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.id)
        writer.integer(self.epoch)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct NoOpRecord: WireMessage {
    public static let schema = MessageSchema(name: "NoOpRecord", kind: .metadata, key: 20, versions: 0...0, firstFlexible: 0)

    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.partitionId = try reader.integer()
        self.topicId = try reader.uuid()
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.isr = try reader.nullableIntegers(true, allowed: true)
                case 1: self.leader = try reader.integer()
                case 2: self.replicas = try reader.nullableIntegers(true, allowed: true)
                case 3: self.removingReplicas = try reader.nullableIntegers(true, allowed: true)
                case 4: self.addingReplicas = try reader.nullableIntegers(true, allowed: true)
                case 5: self.leaderRecoveryState = try reader.integer()
                case 6 where version >= 2: self.eligibleLeaderReplicas = try reader.nullableIntegers(true, allowed: true)
                case 7 where version >= 2: self.lastKnownElr = try reader.nullableIntegers(true, allowed: true)
                case 8 where version >= 1: self.directories = try reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.partitionId)
        writer.uuid(self.topicId)
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.isr != nil { tags.insert(0) }
            if self.leader != -2 { tags.insert(1) }
            if self.replicas != nil { tags.insert(2) }
            if self.removingReplicas != nil { tags.insert(3) }
            if self.addingReplicas != nil { tags.insert(4) }
            if self.leaderRecoveryState != -1 { tags.insert(5) }
            if version >= 2 && self.eligibleLeaderReplicas != nil { tags.insert(6) }
            if version >= 2 && self.lastKnownElr != nil { tags.insert(7) }
            if version >= 1 && self.directories != nil { tags.insert(8) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.nullableIntegers(self.isr, true, allowed: true)
                case 1: writer.integer(self.leader)
                case 2: try writer.nullableIntegers(self.replicas, true, allowed: true)
                case 3: try writer.nullableIntegers(self.removingReplicas, true, allowed: true)
                case 4: try writer.nullableIntegers(self.addingReplicas, true, allowed: true)
                case 5: writer.integer(self.leaderRecoveryState)
                case 6: try writer.nullableIntegers(self.eligibleLeaderReplicas, true, allowed: true)
                case 7: try writer.nullableIntegers(self.lastKnownElr, true, allowed: true)
                case 8: try writer.nullableUUIDs(self.directories, true, allowed: true)
                default: break
                }
            }
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.partitionId = try reader.integer()
        self.topicId = try reader.uuid()
        self.replicas = try reader.integers(true)
        self.isr = try reader.integers(true)
        self.removingReplicas = try reader.integers(true)
        self.addingReplicas = try reader.integers(true)
        self.leader = try reader.integer()
        self.leaderEpoch = try reader.integer()
        self.partitionEpoch = try reader.integer()
        if version >= 1 { self.directories = try reader.uuids(true) }
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0: self.leaderRecoveryState = try reader.integer()
                case 1 where version >= 2: self.eligibleLeaderReplicas = try reader.nullableIntegers(true, allowed: true)
                case 2 where version >= 2: self.lastKnownElr = try reader.nullableIntegers(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
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
        if version >= 1 { try writer.uuids(self.directories, true) } else { if self.directories != [] { throw .notRepresentable(field: "Directories", version: version) } }
        do {
            var tags = TagSet(unknown: self.unknownTaggedFields)
            if self.leaderRecoveryState != 0 { tags.insert(0) }
            if version >= 2 && self.eligibleLeaderReplicas != nil { tags.insert(1) }
            if version >= 2 && self.lastKnownElr != nil { tags.insert(2) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: writer.integer(self.leaderRecoveryState)
                case 1: try writer.nullableIntegers(self.eligibleLeaderReplicas, true, allowed: true)
                case 2: try writer.nullableIntegers(self.lastKnownElr, true, allowed: true)
                default: break
                }
            }
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        self.brokerEpoch = try reader.integer()
        self.nextProducerId = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        writer.integer(self.nextProducerId)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        if version >= 2 { self.isMigratingZkBroker = try reader.bool() }
        self.incarnationId = try reader.uuid()
        self.brokerEpoch = try reader.integer()
        self.endPoints = try reader.structures(BrokerEndpoint.self, true, version)
        self.features = try reader.structures(BrokerFeature.self, true, version)
        self.rack = try reader.nullableString(true, allowed: true)
        self.fenced = try reader.bool()
        if version >= 1 { self.inControlledShutdown = try reader.bool() }
        do {
            var section = try reader.beginTaggedFields()
            while let tag = try reader.nextTag(&section) {
                switch tag {
                case 0 where version >= 3: self.logDirs = try reader.uuids(true)
                case 1 where version >= 4: self.cordonedLogDirs = try reader.nullableUUIDs(true, allowed: true)
                default: self.unknownTaggedFields.append(try reader.unknownTag(section))
                }
                try reader.endTag(section)
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
            if version >= 3 && self.logDirs != [] { tags.insert(0) }
            if version >= 4 && self.cordonedLogDirs != nil { tags.insert(1) }
            try writer.taggedFields(tags) { (tag: UInt32, writer: inout WireWriter) throws(WireError) in
                switch tag {
                case 0: try writer.uuids(self.logDirs, true)
                case 1: try writer.nullableUUIDs(self.cordonedLogDirs, true, allowed: true)
                default: break
                }
            }
        }
    }

    public struct BrokerEndpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.host = try reader.string(true)
            self.port = try reader.integer()
            self.securityProtocol = try reader.integer()
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
            try writer.string(self.host, true)
            writer.integer(self.port)
            writer.integer(self.securityProtocol)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct BrokerFeature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.minSupportedVersion = try reader.integer()
            self.maxSupportedVersion = try reader.integer()
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
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.controllerId = try reader.integer()
        self.incarnationId = try reader.uuid()
        self.zkMigrationReady = try reader.bool()
        self.endPoints = try reader.structures(ControllerEndpoint.self, true, version)
        self.features = try reader.structures(ControllerFeature.self, true, version)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        writer.uuid(self.incarnationId)
        writer.bool(self.zkMigrationReady)
        try writer.structures(self.endPoints, true, version)
        try writer.structures(self.features, true, version)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ControllerEndpoint: WireStructure {
        public var name: String = ""
        public var host: String = ""
        public var port: UInt16 = 0
        public var securityProtocol: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.host = try reader.string(true)
            self.port = try reader.integer()
            self.securityProtocol = try reader.integer()
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
            try writer.string(self.host, true)
            writer.integer(self.port)
            writer.integer(self.securityProtocol)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }

    public struct ControllerFeature: WireStructure {
        public var name: String = ""
        public var minSupportedVersion: Int16 = 0
        public var maxSupportedVersion: Int16 = 0
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.name = try reader.string(true)
            self.minSupportedVersion = try reader.integer()
            self.maxSupportedVersion = try reader.integer()
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
            writer.integer(self.minSupportedVersion)
            writer.integer(self.maxSupportedVersion)
            do {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}

public struct RemoveAccessControlEntryRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveAccessControlEntryRecord", kind: .metadata, key: 19, versions: 0...0, firstFlexible: 0)

    public var id: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.id = try reader.uuid()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.uuid(self.id)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveDelegationTokenRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveDelegationTokenRecord", kind: .metadata, key: 26, versions: 0...0, firstFlexible: 0)

    public var tokenId: String = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.tokenId = try reader.string(true)
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.tokenId, true)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveTopicRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveTopicRecord", kind: .metadata, key: 9, versions: 0...0, firstFlexible: 0)

    public var topicId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.topicId = try reader.uuid()
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
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct RemoveUserScramCredentialRecord: WireMessage {
    public static let schema = MessageSchema(name: "RemoveUserScramCredentialRecord", kind: .metadata, key: 22, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var mechanism: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.name = try reader.string(true)
        self.mechanism = try reader.integer()
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
        writer.integer(self.mechanism)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct TopicRecord: WireMessage {
    public static let schema = MessageSchema(name: "TopicRecord", kind: .metadata, key: 2, versions: 0...0, firstFlexible: 0)

    public var name: String = ""
    public var topicId: KafkaUUID = .zero
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.name = try reader.string(true)
        self.topicId = try reader.uuid()
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
        writer.uuid(self.topicId)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnfenceBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnfenceBrokerRecord", kind: .metadata, key: 8, versions: 0...0, firstFlexible: 0)

    public var id: Int32 = 0
    public var epoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.id = try reader.integer()
        self.epoch = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.id)
        writer.integer(self.epoch)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnregisterBrokerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnregisterBrokerRecord", kind: .metadata, key: 1, versions: 0...0, firstFlexible: 0)

    public var brokerId: Int32 = 0
    public var brokerEpoch: Int64 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.brokerId = try reader.integer()
        self.brokerEpoch = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.brokerId)
        writer.integer(self.brokerEpoch)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct UnregisterControllerRecord: WireMessage {
    public static let schema = MessageSchema(name: "UnregisterControllerRecord", kind: .metadata, key: 29, versions: 0...0, firstFlexible: 0)

    public var controllerId: Int32 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.controllerId = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.controllerId)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.name = try reader.string(true)
        self.mechanism = try reader.integer()
        self.salt = try reader.bytes(true)
        self.storedKey = try reader.bytes(true)
        self.serverKey = try reader.bytes(true)
        self.iterations = try reader.integer()
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
        writer.integer(self.mechanism)
        writer.bytes(self.salt, true)
        writer.bytes(self.storedKey, true)
        writer.bytes(self.serverKey, true)
        writer.integer(self.iterations)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ZkMigrationStateRecord: WireMessage {
    public static let schema = MessageSchema(name: "ZkMigrationStateRecord", kind: .metadata, key: 21, versions: 0...0, firstFlexible: 0)

    public var zkMigrationState: Int8 = 0
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.zkMigrationState = try reader.integer()
        do {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.zkMigrationState)
        do {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
