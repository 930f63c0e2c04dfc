import KafkaProtocol
import Testing

@testable import KafkaClient

/// The conversations themselves, without a connection.
struct SASLTests {
    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The example of RFC 7677.
    private func example() throws -> ScramExchange {
        var exchange = ScramExchange(.sha256, username: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO")
        let first = try exchange.respond(to: nil)
        #expect(text(first) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        return exchange
    }

    private let serverFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

    @Test func scramIsAsTheStandardHasIt() throws {
        var exchange = try example()
        #expect(
            text(try exchange.respond(to: Array(serverFirst.utf8)))
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        )
        let last = try exchange.respond(to: Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8))
        #expect(last == nil)
    }

    @Test func aBrokerThatDoesNotKnowThePasswordIsNotBelieved() throws {
        for claim in ["v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=", "v=no", "", "x=1", "e=other-error"] {
            var exchange = try example()
            _ = try exchange.respond(to: Array(serverFirst.utf8))
            #expect(throws: KafkaError.self, "\(claim)") { try exchange.respond(to: Array(claim.utf8)) }
        }
    }

    @Test func aChallengeThatIsNoneIsRefused() throws {
        let challenges = [
            "", "r=", "garbage", "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "r=rOprNGfwEbeRWgbNEkqO1,s=?,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999", "e=unknown-user",
        ]
        for challenge in challenges {
            var exchange = try example()
            #expect(throws: KafkaError.self, "\(challenge)") { try exchange.respond(to: Array(challenge.utf8)) }
        }
    }

    @Test func namesWithSeparatorsAreEscaped() throws {
        var exchange = ScramExchange(.sha512, username: "a=b,c", password: "p", nonce: "n")
        #expect(text(try exchange.respond(to: nil)) == "n,,n=a=3Db=2Cc,r=n")
        #expect(ScramExchange.newNonce() != ScramExchange.newNonce())
    }

    @Test func plainAndTokensAreAsTheirStandardsHaveThem() throws {
        var plain = PlainExchange(username: "anna", password: "secret")
        #expect(text(try plain.respond(to: nil)) == "\0anna\0secret")
        #expect(try plain.respond(to: []) == nil)
        var broken = PlainExchange(username: "an\0na", password: "secret")
        #expect(throws: KafkaError.self) { try broken.respond(to: nil) }
        var token = OAuthExchange(OAuthToken("abc.def", extensions: ["z": "1", "a": "2"]))
        #expect(text(try token.respond(to: nil)) == "n,,\u{1}auth=Bearer abc.def\u{1}a=2\u{1}z=1\u{1}\u{1}")
        var refused = token
        #expect(try token.respond(to: []) == nil)
        #expect(try refused.respond(to: Array("{\"status\":\"invalid_token\"}".utf8)) == [1])
        for said in ["", "more"] {
            var after = refused
            let error = #expect(throws: KafkaError.self) { try after.respond(to: Array(said.utf8)) }
            #expect(error?.message.contains("invalid_token") ?? false, "a refusal stays one, whatever is said next")
        }
    }

    @Test func base64IsThereAndBackAgain() {
        #expect(Base64.encode(Array("light work.".utf8)) == "bGlnaHQgd29yay4=")
        for length in 0...40 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        for text in ["a", "ab", "abc", "a===", "ab=c", "ab cd===", "äbcd", "=abc"] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test func secretsAreNotPrinted() throws {
        let sasl = SASL.plain(username: "anna", password: "geheim")
        var configuration = try ClientConfiguration(bootstrap: "h:1")
        configuration.sasl = sasl
        configuration.tls = TLSOptions()
        configuration.tls?.identity = .init(certificates: .file("c"), key: .text("geheim"), password: "geheim")
        let properties = try ClientProperties(["sasl.username": "anna", "sasl.password": "geheim"])
        #expect("\(properties)" == "sasl.password=[hidden]\nsasl.username=anna")
        var dumped = ""
        dump(properties, to: &dumped)
        dump(configuration, to: &dumped)
        for shown in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!shown.contains("geheim"))
            #expect(shown.contains("anna"))
        }
    }

    @Test func settingsOfJavaAreRead() throws {
        let login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        func read(_ values: [String: String]) throws -> ClientConfiguration {
            try ClientConfiguration(ClientProperties(values.merging(["bootstrap.servers": "h:1"]) { $1 }))
        }
        let configuration = try read([
            "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": "\(login) username=\"anna\"\n password='a \\'b\\' =;\"' tokenauth=false ;",
            "ssl.endpoint.identification.algorithm": "", "ssl.truststore.location": "/ca.pem",
        ])
        guard case .scramSHA512("anna", let password)? = configuration.sasl else {
            Issue.record("another mechanism")
            return
        }
        #expect(password.exposed == "a 'b' =;\"")
        guard case .file("/ca.pem")? = configuration.tls?.trust else { Issue.record("another trust"); return }
        #expect(configuration.tls?.verifiesHostname == false)
        #expect(try read(["security.protocol": "PLAINTEXT", "sasl.mechanism": "PLAIN"]).sasl == nil)

        let sasl = ["security.protocol": "SASL_PLAINTEXT"]
        let plain = sasl.merging(["sasl.mechanism": "PLAIN"]) { $1 }
        let wrong: [([String: String], String)] = [
            (["security.protocol": "TLS"], "security.protocol cannot be 'TLS'"), (sasl, "sasl.mechanism is missing"),
            (sasl.merging(["sasl.mechanism": "GSSAPI"]) { $1 }, "sasl.mechanism cannot be 'GSSAPI'"),
            (plain, "sasl.username and sasl.password are missing"),
            (plain.merging(["sasl.jaas.config": "username=x password=geheim"]) { $1 }, "not as Java has it"),
            (plain.merging(["sasl.jaas.config": "\(login) password geheim;"]) { $1 }, "not as Java has it"),
            (sasl.merging(["sasl.mechanism": "OAUTHBEARER"]) { $1 }, "has to be file:/path/to/token"),
            (["security.protocol": "SSL", "ssl.truststore.type": "JKS"], "only PEM is read"),
            (["security.protocol": "SSL", "ssl.keystore.certificate.chain": "x"], "ssl.keystore.key is missing"),
        ]
        for (values, expected) in wrong {
            let error = #expect(throws: KafkaError.self, "\(values)") { try read(values) }
            #expect(error?.message.contains(expected) ?? false, "\(error?.message ?? "")")
            #expect(!(error?.message.contains("geheim") ?? true))
        }
    }
}
