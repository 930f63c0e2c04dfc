import KafkaProtocol
import Testing

@testable import KafkaConnection

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
        var random = SystemRandomNumberGenerator()
        #expect(ScramExchange.newNonce(using: &random) != ScramExchange.newNonce(using: &random))
    }

    /// Of FIPS 180-4, RFC 4231 and RFC 6070 (there with SHA-1, so the values are of another implementation).
    @Test func hashesAreAsTheirStandardsHaveThem() throws {
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let cases: [(Digest, of: String, code: String, stretched: String)] = [
            (
                .sha256, of: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                stretched: "89b69d0516f829893c696226650a86878c029ac13ee276509d5ae58b6466a724"
            ),
            (
                .sha512,
                of:
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
                code:
                    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
                stretched:
                    "9d9e9c4cd21fe4be24d5b8244c759665f39d98fc12a9ca759bb021db3cfadf345844aebe70dd8b2f6966f25f3613e1187bbd24ed2ca43ed13b246e4675be7ab9"
            ),
        ]
        for (digest, hash, code, stretched) in cases {
            #expect(hex(try digest.of(Array("abc".utf8))) == hash)
            #expect(
                hex(try digest.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))) == code
            )
            let salted = try digest.stretched(Array("pass\0word".utf8), salt: Array("sa\0lt".utf8), iterations: 4096)
            #expect(hex(salted) == stretched)
            #expect(hex(try digest.of([])) != hash)
        }
    }

    @Test func aLibraryThatIsNotThereOrAnotherIsNamed() throws {
        let missing = Libcrypto.load(["libottla-none.so.3", "libottla-none.so"])
        let error = #expect(throws: KafkaError.self) { try missing.get() }
        let message = error?.message ?? ""
        #expect(message.contains("libcrypto") && message.contains("libottla-none.so.3: cannot open shared object file"))
        #expect(error?.isRetriable == false)
        let another = #expect(throws: KafkaError.self) { try Libcrypto.load(["libm.so.6"]).get() }
        #expect(another?.message.contains("EVP_sha256") == true)
        #expect(throws: Never.self) { try Libcrypto.load(["libottla-none.so"] + Libcrypto.names).get() }
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
}
