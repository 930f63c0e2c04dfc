import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// What a client is told of TLS and SASL by its settings.
struct SecuritySettingsTests {
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
            (plain.merging(["sasl.jaas.config": "username=x password=geheim"]) { $1 }, "sasl.jaas.config is malformed"),
            (plain.merging(["sasl.jaas.config": "\(login) password geheim;"]) { $1 }, "sasl.jaas.config is malformed"),
            (sasl.merging(["sasl.mechanism": "OAUTHBEARER"]) { $1 }, "has to be file:/path/to/token"),
            (["security.protocol": "SSL", "ssl.truststore.type": "JKS"], "only PEM is supported"),
            (["security.protocol": "SSL", "ssl.keystore.certificate.chain": "x"], "ssl.keystore.key is missing"),
        ]
        for (values, expected) in wrong {
            let error = #expect(throws: KafkaError.self, "\(values)") { try read(values) }
            #expect(error?.message.contains(expected) ?? false, "\(error?.message ?? "")")
            #expect(!(error?.message.contains("geheim") ?? true))
        }
    }
}
