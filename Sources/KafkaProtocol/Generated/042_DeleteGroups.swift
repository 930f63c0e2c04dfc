// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct DeleteGroupsRequest: RequestMessage {
    public static let schema = MessageSchema(name: "DeleteGroupsRequest", kind: .request, key: 42, versions: 0...3, firstFlexible: 2)
    public typealias Response = DeleteGroupsResponse

    public var groupsNames: [String] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.groupsNames = try reader.strings(version >= 2)
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.strings(self.groupsNames, version >= 2)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }
}

public struct DeleteGroupsResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "DeleteGroupsResponse", kind: .response, key: 42, versions: 0...3, firstFlexible: 2)

    public var throttleTimeMs: Int32 = 0
    public var results: [DeletableGroupResult] = []
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public init(from reader: inout WireReader, version: Int16) throws(WireError) {
        self.throttleTimeMs = try reader.integer()
        self.results = try reader.structures(DeletableGroupResult.self, version >= 2, version)
        if version >= 2 {
            var section = try reader.beginTaggedFields()
            while let _ = try reader.nextTag(&section) {
                self.unknownTaggedFields.append(try reader.unknownTag(section))
                try reader.endTag(section)
            }
        }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        try writer.structures(self.results, version >= 2, version)
        if version >= 2 {
            try writer.taggedFields(self.unknownTaggedFields)
        }
    }

    public struct DeletableGroupResult: WireStructure {
        public var groupId: String = ""
        public var errorCode: ErrorCode = .none
        public var errorMessage: String? = nil
        public var unknownTaggedFields: [TaggedField] = []

        public init() {}

        public init(from reader: inout WireReader, version: Int16) throws(WireError) {
            self.groupId = try reader.string(version >= 2)
            self.errorCode = ErrorCode(rawValue: try reader.integer())
            if version >= 3 { self.errorMessage = try reader.nullableString(true, allowed: true) }
            if version >= 2 {
                var section = try reader.beginTaggedFields()
                while let _ = try reader.nextTag(&section) {
                    self.unknownTaggedFields.append(try reader.unknownTag(section))
                    try reader.endTag(section)
                }
            }
        }

        public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
            try writer.string(self.groupId, version >= 2)
            writer.integer(self.errorCode.rawValue)
            if version >= 3 { try writer.nullableString(self.errorMessage, true, allowed: true) }
            if version >= 2 {
                try writer.taggedFields(self.unknownTaggedFields)
            }
        }
    }
}
