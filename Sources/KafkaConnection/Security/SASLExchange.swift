import KafkaProtocol

/// The client's side of one SASL authentication, without IO.
package protocol SASLExchange: Sendable {
    /// What to send next.
    ///
    /// - Parameter challenge: what the broker said; nil at the beginning.
    /// - Returns: nil when everything is said.
    /// - Throws: `KafkaError` with `.unauthenticated` when the broker said what is not right.
    mutating func respond(to challenge: [UInt8]?) throws(KafkaError) -> [UInt8]?
}

struct PlainExchange: SASLExchange {
    let username: String
    let password: Secret

    mutating func respond(to challenge: [UInt8]?) throws(KafkaError) -> [UInt8]? {
        if challenge != nil { return nil }
        guard !username.utf8.contains(0), !password.exposed.utf8.contains(0) else {
            throw KafkaError(.invalid, "a user name or password for PLAIN cannot contain a zero byte")
        }
        return [0] + Array(username.utf8) + [0] + Array(password.exposed.utf8)
    }
}

struct OAuthExchange: SASLExchange {
    let token: OAuthToken
    /// What a broker that refuses said.
    private var refusal: String?

    init(_ token: OAuthToken) { self.token = token }

    mutating func respond(to challenge: [UInt8]?) throws(KafkaError) -> [UInt8]? {
        // A broker that refuses says why in a message of its own, to which one byte is the answer; then it refuses.
        if let refusal {
            throw KafkaError(
                .unauthenticated,
                "the token was refused: \(refusal)",
                serverCode: .saslAuthenticationFailed
            )
        }
        if let challenge {
            if challenge.isEmpty { return nil }
            refusal = String(decoding: challenge, as: UTF8.self)
            return [1]
        }
        var text = "n,,\u{1}auth=Bearer \(token.value.exposed)\u{1}"
        for (name, value) in token.extensions.sorted(by: { $0.key < $1.key }) { text += "\(name)=\(value)\u{1}" }
        return Array((text + "\u{1}").utf8)
    }
}
