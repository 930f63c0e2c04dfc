// Generated from Schemas/ by Tools/ProtocolGenerator (`make generate`). Do not edit.

import NIOCore

public struct SaslHandshakeRequest: RequestMessage {
    public static let schema = MessageSchema(name: "SaslHandshakeRequest", kind: .request, key: 17, versions: 0...1, firstFlexible: nil)
    public typealias Response = SaslHandshakeResponse

    public var mechanism: String = ""

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.mechanism = reader.string(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        try writer.string(self.mechanism, false)
    }
}

public struct SaslHandshakeResponse: ResponseMessage {
    public static let schema = MessageSchema(name: "SaslHandshakeResponse", kind: .response, key: 17, versions: 0...1, firstFlexible: nil)

    public var errorCode: ErrorCode = .none
    public var mechanisms: [String] = []

    public init() {}

    public mutating func read(from reader: inout WireReader, version: Int16) {
        self.errorCode = ErrorCode(rawValue: reader.integer())
        self.mechanisms = reader.strings(false)
    }

    public func encode(into writer: inout WireWriter, version: Int16) throws(WireError) {
        writer.integer(self.errorCode.rawValue)
        try writer.strings(self.mechanisms, false)
    }
}
