/// The client's side of SCRAM (RFC 5802), without channel binding, as Kafka has it (KIP-84).
struct ScramExchange: SASLExchange {
    private enum Stage {
        case beginning
        case first
        case final(serverSignature: [UInt8])
        case done
    }

    /// Fewer would make the password easy to guess; more would let a broker burn the client's CPU.
    static let iterations = 4096...1_000_000

    private let hash: Digest
    private let username: String
    private let password: Secret
    private let nonce: String
    private var stage = Stage.beginning

    init(_ hash: Digest, username: String, password: Secret, nonce: String) {
        self.hash = hash
        self.username = username
        self.password = password
        self.nonce = nonce
    }

    /// 144 random bits in letters that the format allows.
    static func newNonce(using random: inout some RandomNumberGenerator) -> String {
        Base64.encode((0..<18).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    mutating func respond(to challenge: [UInt8]?) throws(KafkaError) -> [UInt8]? {
        switch stage {
        case .beginning:
            stage = .first
            return Array("n,,\(bareFirst)".utf8)
        case .first:
            let server = String(decoding: challenge ?? [], as: UTF8.self)
            let (message, signature) = try final(after: server)
            stage = .final(serverSignature: signature)
            return Array(message.utf8)
        case .final(let expected):
            let server = Self.fields(String(decoding: challenge ?? [], as: UTF8.self))
            if let problem = server["e"] { throw Self.refused("the broker reported '\(problem)'") }
            guard let proof = server["v"].flatMap(Base64.decode), Self.isSame(proof, expected) else {
                throw Self.refused("the broker's signature is wrong; check the password")
            }
            stage = .done
            return nil
        case .done: return nil
        }
    }

    /// Commas and equals signs are what the format is made of.
    private var bareFirst: String {
        let name = username.split(separator: "=", omittingEmptySubsequences: false).joined(separator: "=3D")
            .split(separator: ",", omittingEmptySubsequences: false).joined(separator: "=2C")
        return "n=\(name),r=\(nonce)"
    }

    private func final(after server: String) throws(KafkaError) -> (message: String, serverSignature: [UInt8]) {
        let fields = Self.fields(server)
        if let problem = fields["e"] { throw Self.refused("the broker reported '\(problem)'") }
        guard let both = fields["r"], both.hasPrefix(nonce), both.utf8.count > nonce.utf8.count,
            let salt = fields["s"].flatMap(Base64.decode), let count = fields["i"].flatMap({ Int($0) })
        else { throw Self.refused("the broker's challenge is malformed") }
        guard Self.iterations.contains(count) else {
            throw Self.refused(
                "the broker wants \(count) iterations; \(Self.iterations.lowerBound) to \(Self.iterations.upperBound) are accepted"
            )
        }
        let salted = try saltedPassword(salt, count)
        let clientKey = try code("Client Key", salted)
        // "biws" is "n,," in base 64: no channel binding.
        let withoutProof = "c=biws,r=\(both)"
        let everything = "\(bareFirst),\(server),\(withoutProof)"
        let signature = try code(everything, hash.of(clientKey))
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        return ("\(withoutProof),p=\(Base64.encode(proof))", try code(everything, code("Server Key", salted)))
    }

    // MARK: Arithmetic

    func saltedPassword(_ salt: [UInt8], _ count: Int) throws(KafkaError) -> [UInt8] {
        try hash.stretched(Array(password.exposed.utf8), salt: salt, iterations: count)
    }

    private func code(_ text: String, _ key: [UInt8]) throws(KafkaError) -> [UInt8] {
        try hash.code(of: Array(text.utf8), key: key)
    }

    // MARK: Texts

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") {
            guard let sign = part.firstIndex(of: "=") else { continue }
            fields[String(part[..<sign])] = String(part[part.index(after: sign)...])
        }
        return fields
    }

    /// Takes as long wherever the difference is.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && zip(one, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func refused(_ why: String) -> KafkaError {
        KafkaError(.unauthenticated, "SCRAM failed: \(why)", serverCode: .saslAuthenticationFailed)
    }
}

/// RFC 4648, with padding.
enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                text.append(index <= group.count ? letters[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for a text that is not base 64.
    static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        guard text.utf8.count % 4 == 0, text.utf8.count - digits.count <= 2,
            text.utf8.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") })
        else { return nil }
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for digit in digits {
            guard let value = letters.firstIndex(of: digit) else { return nil }
            bits = (bits << 6 | value) & 0xffff
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}
