import KafkaProtocol
import NIOCore
import NIOSSL
import TestSupport
import Testing

@testable import KafkaConnection

/// A server that wants to know who asks, and one whose certificate says who it is.
@Suite(.timeLimit(.minutes(1)))
struct SecureConnectionTests {
    // MARK: SASL

    /// Lets anna in by PLAIN.
    private static func gate(lifetimeMillis: Int64 = 0) -> ScriptedServer.Script {
        { call in
            switch call.api {
            case .saslHandshake:
                var response = SaslHandshakeResponse()
                response.mechanisms = ["PLAIN"]
                let wanted = try call.read(SaslHandshakeRequest.self).mechanism
                if wanted != "PLAIN" { response.errorCode = .unsupportedSaslMechanism }
                return .frame(call.frame(response))
            case .saslAuthenticate:
                var response = SaslAuthenticateResponse()
                response.sessionLifetimeMs = lifetimeMillis
                if String(buffer: try call.read(SaslAuthenticateRequest.self).authBytes) != "\0anna\0secret" {
                    response.errorCode = .saslAuthenticationFailed
                    response.errorMessage = "no such user"
                }
                return .frame(call.frame(response))
            default: return .frame(call.frame(MetadataResponse()))
            }
        }
    }

    private static let versions: [ApiKey: ClosedRange<Int16>] = [
        .metadata: 0...12, .saslHandshake: 0...1, .saslAuthenticate: 0...2,
    ]

    @Test func whoSaysThePasswordIsLetIn() async throws {
        let server = try await ScriptedServer(versions: Self.versions, Self.gate())
        let connection = try await open(server) { $0.sasl = .plain(username: "anna", password: "secret") }
        _ = try await connection.send { _ in MetadataRequest() }
        #expect(server.requests.map(\.api) == [.saslHandshake, .saslAuthenticate, .metadata])
        try await connection.close().get()
        try await server.stop()
    }

    @Test func whoDoesNotIsToldWhy() async throws {
        let server = try await ScriptedServer(versions: Self.versions, Self.gate())
        let refused = await #expect(throws: KafkaError.self) {
            try await open(server) { $0.sasl = .plain(username: "anna", password: "wrong") }
        }
        #expect(refused?.code == .unauthenticated && refused?.serverCode == .saslAuthenticationFailed)
        #expect(refused?.message == "\(server.address): no such user" && refused?.isRetriable == false)
        let other = await #expect(throws: KafkaError.self) {
            try await open(server) { $0.sasl = .oauthBearer(Tokens()) }
        }
        #expect(other?.serverCode == .unsupportedSaslMechanism)
        #expect(other?.message.hasSuffix("does not support SASL mechanism OAUTHBEARER; it supports PLAIN") == true)
        try await server.stop()
    }

    private struct Tokens: OAuthTokenProvider {
        func token() async throws -> OAuthToken { OAuthToken("token") }
    }

    @Test func aServerWithoutSASLIsNotSentThePassword() async throws {
        let server = try await ScriptedServer(Self.gate())
        let error = await #expect(throws: KafkaError.self) {
            try await open(server) { $0.sasl = .plain(username: "anna", password: "secret") }
        }
        #expect(error?.code == .unauthenticated && server.requests.isEmpty)
        try await server.stop()
    }

    @Test func aSessionThatEndsTakesNothingMore() async throws {
        let server = try await ScriptedServer(versions: Self.versions, Self.gate(lifetimeMillis: 30))
        let connection = try await open(server) { $0.sasl = .plain(username: "anna", password: "secret") }
        await connection.ended()
        #expect(!connection.isOpen)
        let error = await #expect(throws: KafkaError.self) { try await connection.send { _ in MetadataRequest() } }
        #expect(error?.code == .connectionLost && error?.message.contains("SASL session expired") == true)
        try await server.stop()
    }

    // MARK: TLS

    private static func tls(_ name: String) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(Certificates.path("\(name).pem"))
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: Certificates.path("\(name).key"), format: .pem))
            )
        )
    }

    private static var trusting: TLSOptions {
        var options = TLSOptions()
        options.trust = .file(Certificates.path("authority.pem"))
        return options
    }

    private static let answering: ScriptedServer.Script = { .frame($0.frame(MetadataResponse())) }

    @Test func aServerIsKnownByItsCertificate() async throws {
        let server = try await ScriptedServer(tls: try Self.tls("broker"), Self.answering)
        let connection = try await open(server) { $0.tls = Self.trusting }
        _ = try await connection.send { _ in MetadataRequest() }
        try await connection.close().get()
        let untrusted = await #expect(throws: KafkaError.self) { try await open(server) { $0.tls = TLSOptions() } }
        #expect(untrusted?.code == .unauthenticated && untrusted?.message.contains("is not trusted") == true)
        let plain = await #expect(throws: KafkaError.self) { try await open(server) }
        #expect(plain?.message.contains("seems to require TLS") == true)
        try await server.stop()
    }

    @Test func aCertificateForAnotherNameIsRefused() async throws {
        let server = try await ScriptedServer(tls: try Self.tls("elsewhere"), Self.answering)
        let error = await #expect(throws: KafkaError.self) { try await open(server) { $0.tls = Self.trusting } }
        #expect(error?.code == .unauthenticated && error?.message.contains("does not match the host name") == true)
        let connection = try await open(server) { settings in
            settings.tls = Self.trusting
            settings.tls?.verifiesHostname = false
        }
        _ = try await connection.send { _ in MetadataRequest() }
        try await connection.close().get()
        try await server.stop()
    }
}
