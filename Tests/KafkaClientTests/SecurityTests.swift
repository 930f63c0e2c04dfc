import Foundation
import KafkaProtocol
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Clients and a broker that want to know who the other is.
@Suite(.timeLimit(.minutes(1)))
struct SecurityTests {
    /// The broker's side of SCRAM-SHA-512 and of PLAIN, for anna, whose password is "secret".
    private final class Gate: Sendable {
        private struct State {
            var mechanism = ""
            var challenge: (clientFirst: String, serverFirst: String)?
            var handshakes = 0
            var successes = 0
        }

        private let state = Mutex(State())
        let lifetimeMillis: Int64

        init(_ broker: ScriptedBroker, lifetimeMillis: Int64 = 0) {
            self.lifetimeMillis = lifetimeMillis
            broker.on(SaslHandshakeRequest.self) { [self] request in
                state.withLock { state in
                    state.handshakes += 1
                    state.mechanism = request.mechanism
                    state.challenge = nil
                }
                var response = SaslHandshakeResponse()
                response.mechanisms = ["PLAIN", "SCRAM-SHA-512", "OAUTHBEARER"]
                if !response.mechanisms.contains(request.mechanism) { response.errorCode = .unsupportedSaslMechanism }
                return response
            }
            broker.on(SaslAuthenticateRequest.self) { [self] request in
                var response = SaslAuthenticateResponse()
                if let bytes = answer(String(buffer: request.authBytes)) {
                    response.authBytes = ByteBuffer(string: bytes)
                    response.sessionLifetimeMs = lifetimeMillis
                } else {
                    response.errorCode = .saslAuthenticationFailed
                    response.errorMessage = "Authentication failed: Invalid username or password"
                }
                return response
            }
        }

        var handshakes: Int { state.withLock { $0.handshakes } }
        var successes: Int { state.withLock { $0.successes } }

        private func answer(_ text: String) -> String? {
            state.withLock { state in
                let answer: String?
                switch (state.mechanism, state.challenge) {
                case ("PLAIN", _): answer = text == "\0anna\0secret" ? "" : nil
                case ("OAUTHBEARER", _): answer = text == "n,,\u{1}auth=Bearer token\u{1}\u{1}" ? "" : nil
                case (_, nil):
                    let first = String(text.dropFirst(3))
                    let nonce = first.split(separator: ",").last?.dropFirst(2) ?? ""
                    let challenge = "r=\(nonce)server,s=\(Base64.encode(Array("salt".utf8))),i=4096"
                    state.challenge = (first, challenge)
                    return first.hasPrefix("n=anna,") ? challenge : nil
                case (_, let (first, challenge)?):
                    let parts = text.split(separator: ",")
                    let both = "\(first),\(challenge),\(parts[0]),\(parts[1])"
                    answer = try? Self.verify(both, String(parts[2].dropFirst(2)))
                }
                if answer != nil { state.successes += 1 }
                return answer
            }
        }

        private static func verify(_ everything: String, _ proof: String) throws(KafkaError) -> String? {
            func code(_ key: [UInt8], _ text: some Sequence<UInt8>) throws(KafkaError) -> [UInt8] {
                try Digest.sha512.code(of: Array(text), key: key)
            }
            // By RFC 5802's words; the client leaves this loop to libcrypto.
            var last = try code(Array("secret".utf8), Array("salt".utf8) + [0, 0, 0, 1])
            var salted = last
            for _ in 1..<4096 {
                last = try code(Array("secret".utf8), last)
                salted = zip(salted, last).map { $0 ^ $1 }
            }
            let stored = try Digest.sha512.of(code(salted, "Client Key".utf8))
            let key = zip(Base64.decode(proof) ?? [], try code(stored, everything.utf8)).map { $0 ^ $1 }
            guard try Digest.sha512.of(key) == stored else { return nil }
            return "v=\(Base64.encode(try code(code(salted, "Server Key".utf8), everything.utf8)))"
        }
    }

    /// A broker's TLS.
    private static func tls(_ name: String = "broker", wantsClient: Bool = false) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(Certificates.path("\(name).pem"))
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: Certificates.path("\(name).key"), format: .pem))
        )
        if wantsClient {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(Certificates.path("authority.pem"))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func trusting() -> TLSOptions {
        var options = TLSOptions()
        options.trust = .file(Certificates.path("authority.pem"))
        return options
    }

    /// Asks something; the error, if it comes to one.
    private func ask(_ configuration: ClientConfiguration) async -> KafkaError? {
        do {
            try await withAdmin(configuration) { (admin) throws(KafkaError) in _ = try await admin.describeCluster() }
            return nil
        } catch {
            return error
        }
    }

    // MARK: SASL

    @Test func whoKnowsThePasswordIsLetIn() async throws {
        let broker = try ScriptedBroker(tls: try Self.tls())
        let gate = Gate(broker)
        var configuration = broker.configuration
        configuration.tls = Self.trusting()
        let token = try TemporaryDirectory()
        try "token\n".write(toFile: token.path + "/token", atomically: true, encoding: .utf8)
        let ways: [SASL] = [
            .plain(username: "anna", password: "secret"), .scramSHA512(username: "anna", password: "secret"),
            .oauthBearer(OAuthTokenFile(path: token.path + "/token")),
        ]
        for sasl in ways {
            configuration.sasl = sasl
            #expect(await ask(configuration) == nil)
        }
        #expect(gate.successes == ways.count)
        try await broker.stop()
    }

    @Test func whoDoesNotIsToldAtOnceAndAsksOnce() async throws {
        let broker = try ScriptedBroker()
        let gate = Gate(broker)
        var configuration = broker.configuration
        for sasl: SASL in [
            .plain(username: "anna", password: "wrong"), .scramSHA512(username: "anna", password: "wrong"),
            .scramSHA512(username: "bert", password: "secret"),
        ] {
            configuration.sasl = sasl
            let error = await ask(configuration)
            #expect(error?.code == .unauthenticated && error?.serverCode == .saslAuthenticationFailed)
            #expect(error?.message.hasSuffix("Authentication failed: Invalid username or password") ?? false)
            #expect(error?.isRetriable == false)
        }
        #expect(gate.handshakes == 3)
        configuration.sasl = .scramSHA256(username: "anna", password: "secret")
        #expect(
            await ask(configuration)?.message.hasSuffix(
                "does not support SASL mechanism SCRAM-SHA-256; it supports PLAIN, SCRAM-SHA-512, OAUTHBEARER"
            ) ?? false
        )
        configuration.sasl = .oauthBearer(OAuthTokenFile(path: "/nowhere"))
        let missing = await ask(configuration)
        #expect(missing?.code == .unauthenticated && missing?.message.contains("/nowhere") ?? false)
        #expect(gate.successes == 0)
        try await broker.stop()
    }

    @Test func producersAndConsumersLearnItToo() async throws {
        let broker = try ScriptedBroker()
        _ = Gate(broker)
        var client = broker.configuration
        client.sasl = .plain(username: "anna", password: "wrong")
        let producing = ProducerConfiguration(client)
        let unsent = await #expect(throws: KafkaError.self) {
            try await withProducer(producing) { producer in
                _ = try await producer.send(ProducerRecord(topic: "t", value: ByteBuffer(string: "a")))
            }
        }
        #expect(unsent?.code == .unauthenticated)
        var consuming = ConsumerConfiguration(client)
        consuming.groupId = "g"
        let unread = await #expect(throws: KafkaError.self) {
            try await withConsumer(consuming) { consumer in
                try consumer.subscribe(to: ["t"])
                _ = try await consumer.next()
            }
        }
        #expect(unread?.code == .unauthenticated)
        let plain = Consumer(ConsumerConfiguration(client))
        try plain.assign([TopicPartition("t", 0): 0])
        let assigned = await #expect(throws: KafkaError.self) { try await plain.next() }
        #expect(assigned?.code == .unauthenticated)
        await plain.close()
        try await broker.stop()
    }

    @Test func aSessionThatEndsIsFollowedByAnother() async throws {
        let broker = try ScriptedBroker()
        let gate = Gate(broker, lifetimeMillis: 100)
        var configuration = broker.configuration
        configuration.sasl = .plain(username: "anna", password: "secret")
        try await withAdmin(configuration) { (admin) throws(KafkaError) in
            while gate.successes < 4 { _ = try await admin.describeCluster() }
        }
        #expect(gate.handshakes == gate.successes)
        try await broker.stop()
    }

    @Test func aBrokerWithoutSASLIsNotSentAPassword() async throws {
        let broker = try ScriptedBroker()
        var configuration = broker.configuration
        configuration.sasl = .plain(username: "anna", password: "secret")
        #expect(
            await ask(configuration)?.message.hasSuffix("does not offer SASL on this port; check security.protocol")
                ?? false
        )
        try await broker.stop()
    }

    // MARK: TLS

    @Test func certificatesAreVerified() async throws {
        let broker = try ScriptedBroker(tls: try Self.tls())
        var configuration = broker.configuration
        configuration.tls = Self.trusting()
        #expect(await ask(configuration) == nil)
        configuration.tls?.trust = nil
        let untrusted = await ask(configuration)
        #expect(untrusted?.code == .unauthenticated)
        #expect(untrusted?.message.contains("the certificate is not trusted; ssl.truststore.location") ?? false)
        configuration.tls = nil
        configuration.apiTimeout = .milliseconds(200)
        #expect(await ask(configuration)?.message.contains("the port seems to require TLS") ?? false)
        try await broker.stop()
    }

    @Test func aCertificateForAnotherNameIsRefusedUnlessAccepted() async throws {
        let broker = try ScriptedBroker(tls: try Self.tls("elsewhere"))
        var configuration = broker.configuration
        configuration.tls = Self.trusting()
        let error = await ask(configuration)
        #expect(error?.code == .unauthenticated)
        #expect(error?.message.contains("does not match the host name") ?? false, "\(error?.message ?? "")")
        configuration.tls?.verifiesHostname = false
        #expect(await ask(configuration) == nil)
        try await broker.stop()
    }

    @Test func aClientShowsItsOwnCertificate() async throws {
        let broker = try ScriptedBroker(tls: try Self.tls(wantsClient: true))
        var configuration = broker.configuration
        configuration.tls = Self.trusting()
        let keystore = TLSOptions.PEM.file(Certificates.path("client.keystore.pem"))
        configuration.tls?.identity = .init(certificates: keystore, key: keystore, password: "secret")
        #expect(await ask(configuration) == nil)
        configuration.tls?.identity?.password = "wrong"
        let unreadable = await ask(configuration)
        #expect(unreadable?.code == .invalid)
        #expect(unreadable?.message.hasSuffix("or ssl.key.password is wrong") ?? false)
        configuration.tls?.identity = .init(certificates: .file("/nowhere.pem"), key: keystore)
        #expect(await ask(configuration)?.message == "/nowhere.pem cannot be read: No such file or directory")
        configuration.tls?.identity = nil
        configuration.apiTimeout = .milliseconds(200)
        #expect(await ask(configuration) != nil)
        try await broker.stop()
    }

    /// Sends the same to everybody who says something, and hangs up.
    private final class Deaf: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let answer: String

        init(_ answer: String) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            context.close(promise: nil)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request", KafkaError.Code.unauthenticated, "this port does not speak TLS"),
        ("", .unreachable, "does this port speak TLS?"),
    ])
    func aBrokerThatDoesNotSpeakTLSIsNamed(answer: String, code: KafkaError.Code, expected: String) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Deaf(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = BrokerAddress(host: "127.0.0.1", port: server.localAddress?.port ?? 0)
        var configuration = ClientConfiguration(bootstrapServers: [address])
        configuration.tls = Self.trusting()
        let error = await ask(configuration)
        #expect(error?.code == code)
        #expect(error?.message.contains(expected) ?? false, "\(error?.message ?? "")")
        try await server.close().get()
    }
}
