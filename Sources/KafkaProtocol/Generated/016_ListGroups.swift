// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct ListGroupsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "ListGroupsRequest", kind: .request, key: 16, versions: 0...5, firstFlexible: 3)
    public typealias Response = ListGroupsResponse

    public var statesFilter: [String] = []
    public var typesFilter: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        if version >= 4 { self.statesFilter = try reader.strings(true) }
        if version >= 5 { self.typesFilter = try reader.strings(true) }
        if version >= 3 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 4 { try writer.strings(self.statesFilter, true) } else { if self.statesFilter != [] { throw .notRepresentable(field: "StatesFilter", version: version) } }
        if version >= 5 { try writer.strings(self.typesFilter, true) } else { if self.typesFilter != [] { throw .notRepresentable(field: "TypesFilter", version: version) } }
        if version >= 3 {
            try writer.taggedFields(self.unknownTaggedFields)
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

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        if version >= 1 { self.throttleTimeMs = try reader.integer() }
        self.errorCode = ErrorCode(rawValue: try reader.integer())
        self.groups = try reader.structures(ListedGroup.self, version >= 3, version)
        if version >= 3 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        if version >= 1 { writer.integer(self.throttleTimeMs) }
        writer.integer(self.errorCode.rawValue)
        try writer.structures(self.groups, version >= 3, version)
        if version >= 3 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct ListedGroup: WireStructure {
        public var groupId: String = ""
        public var protocolType: String = ""
        public var groupState: String = ""
        public var groupType: String = ""
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.groupId = try reader.string(version >= 3)
            self.protocolType = try reader.string(version >= 3)
            if version >= 4 { self.groupState = try reader.string(true) }
            if version >= 5 { self.groupType = try reader.string(true) }
            if version >= 3 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, version >= 3)
            try writer.string(self.protocolType, version >= 3)
            if version >= 4 { try writer.string(self.groupState, true) }
            if version >= 5 { try writer.string(self.groupType, true) }
            if version >= 3 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
