// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DescribeClusterRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DescribeClusterRequest", kind: .request, key: 60, versions: 0...2, firstFlexible: 0)
    public typealias Response = DescribeClusterResponse

    public var includeClusterAuthorizedOperations: Bool = false
    public var endpointType: Int8 = 1
    public var includeFencedBrokers: Bool = false
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.includeClusterAuthorizedOperations = reader.bool()
        if version >= 1 { self.endpointType = reader.integer() }
        if version >= 2 { self.includeFencedBrokers = reader.bool() }
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.bool(self.includeClusterAuthorizedOperations)
        if version >= 1 { writer.integer(self.endpointType) } else { if self.endpointType != 1 { throw .notRepresentable(field: "EndpointType", version: version) } }
        if version >= 2 { writer.bool(self.includeFencedBrokers) } else { if self.includeFencedBrokers != false { throw .notRepresentable(field: "IncludeFencedBrokers", version: version) } }
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DescribeClusterResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DescribeClusterResponse", kind: .response, key: 60, versions: 0...2, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = nil
    public var endpointType: Int8 = 1
    public var clusterId: String = ""
    public var controllerId: Int32 = -1
    public var brokers: [DescribeClusterBroker] = []
    public var clusterAuthorizedOperations: Int32 = -2147483648
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        if version >= 1 { self.endpointType = reader.integer() }
        self.clusterId = reader.string(true)
        self.controllerId = reader.integer()
        self.brokers = reader.structures(DescribeClusterBroker.self, true, version)
        self.clusterAuthorizedOperations = reader.integer()
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        if version >= 1 { writer.integer(self.endpointType) } else { if self.endpointType != 1 { throw .notRepresentable(field: "EndpointType", version: version) } }
        try writer.string(self.clusterId, true)
        writer.integer(self.controllerId)
        try writer.structures(self.brokers, true, version)
        writer.integer(self.clusterAuthorizedOperations)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DescribeClusterBroker: WireStructure {
        public var brokerId: Int32 = 0
        public var host: String = ""
        public var port: Int32 = 0
        public var rack: String? = nil
        public var isFenced: Bool = false
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.brokerId = reader.integer()
            self.host = reader.string(true)
            self.port = reader.integer()
            self.rack = reader.nullableString(true, allowed: true)
            if version >= 2 { self.isFenced = reader.bool() }
            do { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            writer.integer(self.brokerId)
            try writer.string(self.host, true)
            writer.integer(self.port)
            try writer.nullableString(self.rack, true, allowed: true)
            if version >= 2 { writer.bool(self.isFenced) } else { if self.isFenced != false { throw .notRepresentable(field: "IsFenced", version: version) } }
            do {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
