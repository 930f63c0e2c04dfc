import World

/// SASL authentication of a client (`sasl.mechanism` and its credentials). All mechanisms but SCRAM send the secret to the broker: use TLS.
public enum SASL: Sendable {
    /// RFC 4616.
    case plain(username: String, password: Secret)
    /// RFC 5802 and 7677: mutual authentication.
    case scramSHA256(username: String, password: Secret)
    case scramSHA512(username: String, password: Secret)
    /// RFC 7628 and KIP-255.
    case oauthBearer(any OAuthTokenProvider)

    /// The mechanism's SASL name.
    public var mechanism: String {
        switch self {
        case .plain: "PLAIN"
        case .scramSHA256: "SCRAM-SHA-256"
        case .scramSHA512: "SCRAM-SHA-512"
        case .oauthBearer: "OAUTHBEARER"
        }
    }

    private static func scram(
        _ hash: Digest,
        _ username: String,
        _ password: Secret,
        _ random: WorldRandom
    ) throws(KafkaError) -> ScramExchange {
        _ = try Libcrypto.loaded.get()
        var random = random
        let nonce = ScramExchange.newNonce(using: &random)
        return ScramExchange(hash, username: username, password: password, nonce: nonce)
    }

    /// Begins the authentication with one broker; asks for a token, if one is needed.
    ///
    /// - Throws: `KafkaError` with `.unauthenticated` when there is no token, or no library of hashes.
    func exchange(_ random: WorldRandom) async throws(KafkaError) -> any SASLExchange {
        switch self {
        case .plain(let username, let password): return PlainExchange(username: username, password: password)
        case .scramSHA256(let username, let password): return try Self.scram(.sha256, username, password, random)
        case .scramSHA512(let username, let password): return try Self.scram(.sha512, username, password, random)
        case .oauthBearer(let provider):
            do { return OAuthExchange(try await provider.token()) } catch {
                if Task.isCancelled { throw .taskCancelled }
                throw KafkaError(.unauthenticated, "no OAUTHBEARER token available: \(reason(of: error))")
            }
        }
    }
}

/// An OAuth bearer token.
public struct OAuthToken: Sendable {
    public var value: Secret
    /// SASL extensions (KIP-342).
    public var extensions: [String: String]

    public init(_ value: Secret, extensions: [String: String] = [:]) {
        self.value = value
        self.extensions = extensions
    }
}

/// Provides tokens. Called for each new connection: a provider that fetches tokens from a server should cache them.
public protocol OAuthTokenProvider: Sendable {
    func token() async throws -> OAuthToken
}

/// Reads the token from a file, each time it is needed.
public struct OAuthTokenFile: OAuthTokenProvider {
    public let path: String

    public init(path: String) { self.path = path }

    public func token() async throws -> OAuthToken {
        let text = try await SmallFile.text(path)
        return OAuthToken(Secret(String(text.filter { !$0.isWhitespace })))
    }
}
