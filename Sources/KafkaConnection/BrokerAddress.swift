/// A broker's address.
public struct BrokerAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    /// 1 to 65535.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port` or `[v6]:port`; without a port it is 9092. A listener's name before it, as in `SSL://host:port`, says nothing
    /// of the address. Nil for anything else.
    public init?(_ text: String) {
        let text = Self.scheme(of: text).map { text.dropFirst($0.utf8.count + 3) } ?? text[...]
        var host = text
        var port = 9092
        if let colon = text.lastIndex(of: ":"), text.hasSuffix("]") == false {
            guard let number = Int(text[text.index(after: colon)...]) else { return nil }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace), (1...65535).contains(port) else { return nil }
        self.init(host: String(host), port: port)
    }

    /// What stands before `://`; nil without that.
    package static func scheme(of text: String) -> Substring? {
        guard let end = text.firstRange(of: "://")?.lowerBound else { return nil }
        let name = text[..<end]
        let isName = name.utf8.allSatisfy { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || "_-.".contains(character))
        }
        return name.isEmpty || !isName ? nil : name
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
