// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteGroupsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteGroupsRequest", kind: .request, key: 42, versions: 0...3, firstFlexible: 2)
    public typealias Response = DeleteGroupsResponse

    public var groupsNames: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.groupsNames = reader.strings(version >= 2)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.groupsNames, version >= 2)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DeleteGroupsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteGroupsResponse", kind: .response, key: 42, versions: 0...3, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var results: [DeletableGroupResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.results = reader.structures(DeletableGroupResult.self, version >= 2, version)
        if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeletableGroupResult: WireStructure {
        public var groupId: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public mutating func read(from reader: inout WireReader, version: Int16) {
            self.groupId = reader.string(version >= 2)
            self.errorCode = ErrorCode(rawValue: reader.integer())
            if version >= 3 { self.errorMessage = reader.nullableString(true, allowed: true) }
            if version >= 2 { self.unknownTaggedFields = reader.unknownTaggedFields() }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, version >= 2)
            writer.integer(self.errorCode.rawValue)
            if version >= 3 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            if version >= 2 {
                writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
