// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct UnregisterControllerRequest: RequestMessage {
    public static let schema = MessageSchema(name: "UnregisterControllerRequest", kind: .request, key: 94, versions: 0...0, firstFlexible: 0)
    public typealias Response = UnregisterControllerResponse

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

public struct UnregisterControllerResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "UnregisterControllerResponse", kind: .response, key: 94, versions: 0...0, firstFlexible: 0)

    public var throttleTimeMs: Int32 = 0
    public var errorCode: ErrorCode = .none
    public var errorMessage: String? = ""
    public var unknownTaggedFields: [TaggedField] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.throttleTimeMs = reader.integer()
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.errorMessage = reader.nullableString(true, allowed: true)
        do { self.unknownTaggedFields = reader.unknownTaggedFields() }
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.throttleTimeMs)
        writer.integer(self.errorCode.rawValue)
        try writer.nullableString(self.errorMessage, true, allowed: true)
        do {
            writer.taggedFields(self.unknownTaggedFields)
        }
    }
}
