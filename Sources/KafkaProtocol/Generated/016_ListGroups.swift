// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListGroupsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListGroupsRequest", kind: .request, key: 16, versions: 0...5, firstFlexible: 3)
    public typealias Response = ListGroupsResponse

    public var statesFilter: [String] = []
    public var typesFilter: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 4 { self.statesFilter = reader.strings(true) }
        if version >= 5 { self.typesFilter = reader.strings(true) }
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 4 { try writer.strings(self.statesFilter, true) } else { if !self.statesFilter.isEmpty { throw .notRepresentable(field: "StatesFilter", version: version) } }
        if version >= 5 { try writer.strings(self.typesFilter, true) } else { if !self.typesFilter.isEmpty { throw .notRepresentable(field: "TypesFilter", version: version) } }
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct ListGroupsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "ListGroupsResponse", kind: .response, key: 16, versions: 0...5, firstFlexible: 3)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var groups: [ListedGroup] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        if version >= 1 { self.throttleTimeMs = reader.integer() }
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.groups = reader.structures(ListedGroup.self, version >= 3, version)
        if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.groups, version >= 3, version)
        if version >= 3 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListedGroup: WireStructure {
        public var groupId: String = ""
        public var protocolType: String = ""
        public var groupState: String = ""
        public var groupType: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.groupId = reader.string(version >= 3)
            self.protocolType = reader.string(version >= 3)
            if version >= 4 { self.groupState = reader.string(true) }
            if version >= 5 { self.groupType = reader.string(true) }
            if version >= 3 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, version >= 3)
            try writer.string(self.protocolType, version >= 3)
            if version >= 4 { try writer.string(self.groupState, true) }
            if version >= 5 { try writer.string(self.groupType, true) }
            if version >= 3 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
