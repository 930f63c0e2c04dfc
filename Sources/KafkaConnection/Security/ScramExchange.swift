import KafkaProtocol

/// The client's side of SCRAM (RFC 5802), without channel binding, as Kafka has it (KIP-84). Without IO.
package struct ScramExchange: SASLExchange {
    private enum Stage {
        case beginning
        case first
        case final(serverSignature: [UInt8])
        case done
    }

    /// Fewer would make the password easy to guess; more would let a broker burn the client's CPU.
    package static let iterations = 4096...1_000_000

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

    package mutating func respond(to challenge: [UInt8]?) throws(KafkaError) -> [UInt8]? {
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
        let salted = try hash.stretched(Array(password.exposed.utf8), salt: salt, iterations: count)
        let clientKey = try code("Client Key", salted)
        // "biws" is "n,," in base 64: no channel binding.
        let withoutProof = "c=biws,r=\(both)"
        let everything = "\(bareFirst),\(server),\(withoutProof)"
        let signature = try code(everything, hash.of(clientKey))
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        return ("\(withoutProof),p=\(Base64.encode(proof))", try code(everything, code("Server Key", salted)))
    }

    // MARK: Arithmetic

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
