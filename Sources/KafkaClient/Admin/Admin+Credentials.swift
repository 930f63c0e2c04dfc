import KafkaConnection
import KafkaProtocol
import NIOCore
import World

/// A SCRAM credential's mechanism and iterations (KIP-554).
public struct ScramCredential: Hashable, Sendable {
    public enum Mechanism: Int8, Sendable { case sha256 = 1, sha512 }

    public var mechanism: Mechanism
    /// Iterations of the hash; 4096 or more.
    public var iterations: Int32

    public init(_ mechanism: Mechanism, iterations: Int32 = 4096) {
        self.mechanism = mechanism
        self.iterations = iterations
    }
}

/// A delegation token (KIP-48).
public struct DelegationToken: Equatable, Sendable {
    public var id: String
    /// `User:alice`, say.
    public var owner: String
    /// The token's HMAC, which authenticates its bearer.
    public var hmac: Secret
    /// Milliseconds since 1970, like the others.
    public var issuedMillis: Int64
    public var expiryMillis: Int64
    /// The latest time it can be renewed to.
    public var maxMillis: Int64
    public var renewers: [String]
}

extension Admin {
    // MARK: Passwords

    /// The users with SCRAM credentials.
    ///
    /// - Parameter users: nil is all. Users without credentials are left out.
    public func describeScramCredentials(
        of users: [String]? = nil
    ) async throws(KafkaError) -> [String: Set<ScramCredential>] {
        let response = try await cluster.call(.controller) { _ in
            var request = DescribeUserScramCredentialsRequest()
            request.users = users?.map { name in
                var user = DescribeUserScramCredentialsRequest.UserName()
                user.name = name
                return user
            }
            return request
        } check: { (response: DescribeUserScramCredentialsResponse) throws(KafkaError) in
            try response.errorCode.check(response.errorMessage)
        }
        var all: [String: Set<ScramCredential>] = [:]
        for result in response.results where result.errorCode != .resourceNotFound {
            try result.errorCode.check(result.errorMessage)
            all[result.user] = Set(
                result.credentialInfos.compactMap { info in
                    ScramCredential.Mechanism(rawValue: info.mechanism).map {
                        ScramCredential($0, iterations: info.iterations)
                    }
                }
            )
        }
        return all
    }

    /// Sets a user's SCRAM credential. The password is hashed here; the cluster never sees it.
    ///
    /// - Throws: `KafkaError`; `.invalid` for iterations out of range.
    public func setPassword(
        _ password: Secret,
        of user: String,
        _ credential: ScramCredential = ScramCredential(.sha512)
    ) async throws(KafkaError) {
        guard ScramExchange.iterations.contains(Int(credential.iterations)) else {
            let range = ScramExchange.iterations
            throw KafkaError(
                .invalid,
                "\(credential.iterations) iterations; \(range.lowerBound) to \(range.upperBound) are possible"
            )
        }
        var generator = cluster.world.random
        var entry = AlterUserScramCredentialsRequest.ScramCredentialUpsertion()
        let salt = (0..<24).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let hash: Digest = credential.mechanism == .sha256 ? .sha256 : .sha512
        let salted = try hash.stretched(
            Array(password.exposed.utf8),
            salt: salt,
            iterations: Int(credential.iterations)
        )
        entry.name = user
        (entry.mechanism, entry.iterations) = (credential.mechanism.rawValue, credential.iterations)
        entry.salt = ByteBuffer(bytes: salt)
        entry.saltedPassword = ByteBuffer(bytes: salted)
        var request = AlterUserScramCredentialsRequest()
        request.upsertions = [entry]
        try await alter(request)
    }

    /// Deletes a user's SCRAM credential of one mechanism.
    public func deletePassword(of user: String, _ mechanism: ScramCredential.Mechanism) async throws(KafkaError) {
        var entry = AlterUserScramCredentialsRequest.ScramCredentialDeletion()
        (entry.name, entry.mechanism) = (user, mechanism.rawValue)
        var request = AlterUserScramCredentialsRequest()
        request.deletions = [entry]
        try await alter(request)
    }

    private func alter(_ request: AlterUserScramCredentialsRequest) async throws(KafkaError) {
        _ = try await cluster.call(.controller) { _ in
            request
        } check: { (response: AlterUserScramCredentialsResponse) throws(KafkaError) in
            for result in response.results { try result.errorCode.check(result.errorMessage) }
        }
    }

    // MARK: Tokens

    /// Creates a delegation token for this client's principal.
    ///
    /// - Parameters:
    ///   - renewers: principals who may renew it besides the owner, such as `User:bert`.
    ///   - lifetime: the maximum lifetime; nil is the cluster's maximum.
    public func createDelegationToken(
        renewers: [String] = [],
        lifetime: Duration? = nil
    ) async throws(KafkaError) -> DelegationToken {
        let principals = try renewers.map { text throws(KafkaError) in try Self.principal(text) }
        let response = try await cluster.call(.any) { version in
            var request = CreateDelegationTokenRequest()
            if version >= 3 { (request.ownerPrincipalType, request.ownerPrincipalName) = (nil, nil) }
            request.renewers = principals.map { type, name in
                var renewer = CreateDelegationTokenRequest.CreatableRenewers()
                (renewer.principalType, renewer.principalName) = (type, name)
                return renewer
            }
            request.maxLifetimeMs = lifetime?.milliseconds ?? -1
            return request
        } check: { (response: CreateDelegationTokenResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        return DelegationToken(
            id: response.tokenId,
            owner: "\(response.principalType):\(response.principalName)",
            hmac: Secret(Base64.encode(Array(response.hmac.readableBytesView))),
            issuedMillis: response.issueTimestampMs,
            expiryMillis: response.expiryTimestampMs,
            maxMillis: response.maxTimestampMs,
            renewers: renewers
        )
    }

    /// The delegation tokens that this client may describe.
    ///
    /// - Parameter owners: nil is all.
    public func describeDelegationTokens(of owners: [String]? = nil) async throws(KafkaError) -> [DelegationToken] {
        let principals = try owners?.map { text throws(KafkaError) in try Self.principal(text) }
        let response = try await cluster.call(.any) { _ in
            var request = DescribeDelegationTokenRequest()
            request.owners = principals?.map { type, name in
                var owner = DescribeDelegationTokenRequest.DescribeDelegationTokenOwner()
                (owner.principalType, owner.principalName) = (type, name)
                return owner
            }
            return request
        } check: { (response: DescribeDelegationTokenResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        return response.tokens.map { token in
            DelegationToken(
                id: token.tokenId,
                owner: "\(token.principalType):\(token.principalName)",
                hmac: Secret(Base64.encode(Array(token.hmac.readableBytesView))),
                issuedMillis: token.issueTimestamp,
                expiryMillis: token.expiryTimestamp,
                maxMillis: token.maxTimestamp,
                renewers: token.renewers.map { "\($0.principalType):\($0.principalName)" }
            )
        }
    }

    /// Renews a delegation token.
    ///
    /// - Returns: the new expiry time; milliseconds since 1970.
    public func renew(_ token: DelegationToken, by period: Duration? = nil) async throws(KafkaError) -> Int64 {
        let hmac = try Self.bytes(of: token)
        return try await cluster.call(.any) { _ in
            var request = RenewDelegationTokenRequest()
            (request.hmac, request.renewPeriodMs) = (hmac, period?.milliseconds ?? -1)
            return request
        } check: { (response: RenewDelegationTokenResponse) throws(KafkaError) in
            try response.errorCode.check()
        }.expiryTimestampMs
    }

    /// Expires a delegation token after this time, or at once.
    ///
    /// - Returns: the expiry time; milliseconds since 1970.
    @discardableResult
    public func expire(_ token: DelegationToken, after period: Duration? = nil) async throws(KafkaError) -> Int64 {
        let hmac = try Self.bytes(of: token)
        return try await cluster.call(.any) { _ in
            var request = ExpireDelegationTokenRequest()
            (request.hmac, request.expiryTimePeriodMs) = (hmac, period?.milliseconds ?? -1)
            return request
        } check: { (response: ExpireDelegationTokenResponse) throws(KafkaError) in
            try response.errorCode.check()
        }.expiryTimestampMs
    }

    private static func bytes(of token: DelegationToken) throws(KafkaError) -> ByteBuffer {
        guard let bytes = Base64.decode(token.hmac.exposed) else {
            throw KafkaError(.invalid, "the token's HMAC is not valid base64")
        }
        return ByteBuffer(bytes: bytes)
    }

    private static func principal(_ text: String) throws(KafkaError) -> (type: String, name: String) {
        guard let colon = text.firstIndex(of: ":") else {
            throw KafkaError(.invalid, "'\(text)' is not a principal; a value such as User:alice is expected")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
