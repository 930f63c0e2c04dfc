import KafkaConnection

extension ClientConfiguration {
    /// What `security.protocol` asks for, and what belongs to it.
    mutating func readSecurity(_ reader: inout PropertyReader) {
        do throws(KafkaError) {
            reader.properties = try reader.properties.withProtocolOfBootstrap()
        } catch {
            reader.problems.add(error.message, of: "security.protocol")
        }
        var (hasTLS, hasSASL) = (false, false)
        reader.read(
            "security.protocol",
            into: &hasTLS,
            among: ["plaintext": false, "ssl": true, "sasl_plaintext": false, "sasl_ssl": true]
        )
        reader.read(
            "security.protocol",
            into: &hasSASL,
            among: ["plaintext": false, "ssl": false, "sasl_plaintext": true, "sasl_ssl": true]
        )
        if hasTLS {
            do throws(KafkaError) { tls = try TLSOptions(&reader) } catch { reader.problems.add(error.message) }
        }
        if hasSASL {
            do throws(KafkaError) { sasl = try SASL(reader.properties) } catch { reader.problems.add(error.message) }
        }
    }
}

extension ClientProperties {
    /// Addresses such as `SSL://host:port` say the protocol where `security.protocol` doesn't: nothing shall go out in the clear that was meant not
    /// to. Other names of listeners say nothing.
    fileprivate func withProtocolOfBootstrap() throws(KafkaError) -> ClientProperties {
        let key = self["bootstrap.servers"] == nil ? "bootstrap.controllers" : "bootstrap.servers"
        guard self["security.protocol"] == nil, let bootstrap = self[key] else { return self }
        let known = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
        let named = Set(
            bootstrap.split(separator: ",").compactMap { part in
                BrokerAddress.scheme(of: String(part.drop(while: \.isWhitespace)))?.uppercased()
            }
        ).intersection(known)
        if named.count > 1 {
            let names = named.sorted().joined(separator: ", ")
            throw KafkaError(
                .invalid,
                "\(key) names more than one protocol, \(names); set security.protocol"
            )
        }
        guard let name = named.first else { return self }
        return setting("security.protocol", to: name)
    }
}

extension TLSOptions {
    init(_ reader: inout PropertyReader) throws(KafkaError) {
        self.init()
        let properties = reader.properties
        for key in ["ssl.truststore.type", "ssl.keystore.type"] {
            guard let type = properties[key], type.uppercased() != "PEM" else { continue }
            throw KafkaError(
                .invalid,
                "\(key) cannot be '\(type)': only PEM is supported; openssl pkcs12 converts PKCS12"
            )
        }
        trust = Self.pem(properties, "ssl.truststore.certificates", "ssl.truststore.location")
        if let certificates = Self.pem(properties, "ssl.keystore.certificate.chain", "ssl.keystore.location") {
            guard let key = Self.pem(properties, "ssl.keystore.key", "ssl.keystore.location") else {
                throw KafkaError(.invalid, "ssl.keystore.key is missing; ssl.keystore.certificate.chain requires it")
            }
            let password = properties["ssl.key.password"].map { Secret($0) }
            identity = Identity(certificates: certificates, key: key, password: password)
        }
        reader.read(
            "ssl.endpoint.identification.algorithm",
            into: &verifiesHostname,
            among: ["https": true, "": false, "none": false]
        )
    }

    private static func pem(_ properties: ClientProperties, _ text: String, _ location: String) -> PEM? {
        properties[text].map { .text(Secret($0)) } ?? properties[location].map { .file($0) }
    }
}

extension SASL {
    init(_ properties: ClientProperties) throws(KafkaError) {
        switch properties["sasl.mechanism"]?.uppercased() {
        case "PLAIN":
            let (username, password) = try Self.credentials(properties)
            self = .plain(username: username, password: password)
        case "SCRAM-SHA-256":
            let (username, password) = try Self.credentials(properties)
            self = .scramSHA256(username: username, password: password)
        case "SCRAM-SHA-512":
            let (username, password) = try Self.credentials(properties)
            self = .scramSHA512(username: username, password: password)
        case "OAUTHBEARER":
            guard let url = properties["sasl.oauthbearer.token.endpoint.url"], url.hasPrefix("file:/") else {
                throw KafkaError(
                    .invalid,
                    "sasl.oauthbearer.token.endpoint.url has to be file:/path/to/token; tokens from elsewhere need a program that uses OAuthTokenProvider"
                )
            }
            let path = url.dropFirst(5)
            self = .oauthBearer(OAuthTokenFile(path: String(path.hasPrefix("//") ? path.dropFirst(2) : path)))
        case let other:
            let problem = other.map { "cannot be '\($0)'" } ?? "is missing"
            throw KafkaError(
                .invalid,
                "sasl.mechanism \(problem): PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER are possible"
            )
        }
    }

    /// From `sasl.username` and `sasl.password`, or as Java has them.
    private static func credentials(_ properties: ClientProperties) throws(KafkaError) -> (String, Secret) {
        var (username, password) = (properties["sasl.username"], properties["sasl.password"])
        if username == nil, let jaas = properties["sasl.jaas.config"] {
            // The text is not repeated in errors: it contains the password.
            guard let options = JAAS.options(jaas) else {
                throw KafkaError(
                    .invalid,
                    "sasl.jaas.config is malformed; expected: CLASS required username=\"...\" password=\"...\";"
                )
            }
            (username, password) = (options["username"], options["password"])
        }
        guard let username, let password else {
            throw KafkaError(.invalid, "sasl.username and sasl.password are missing, and sasl.jaas.config has none")
        }
        return (username, Secret(password))
    }
}

/// The configuration of a login as Java writes it, of which the options are of interest.
enum JAAS {
    /// - Returns: nil when it is none.
    static func options(_ text: String) -> [String: String]? {
        var rest = text[...]
        guard let module = word(&rest), module.contains("LoginModule"), word(&rest) != nil else { return nil }
        var options: [String: String] = [:]
        while let name = word(&rest) {
            guard rest.popFirst() == "=", let value = word(&rest) else { return nil }
            options[name] = value
        }
        rest = rest.drop(while: \.isWhitespace)
        return rest == ";" || rest.isEmpty ? options : nil
    }

    /// A word, or a text in quotes, in which a backslash stands before what is meant as it is.
    private static func word(_ rest: inout Substring) -> String? {
        rest = rest.drop(while: \.isWhitespace)
        guard let quote = rest.first, quote == "\"" || quote == "'" else {
            let word = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(word.count)
            return word.isEmpty ? nil : String(word)
        }
        rest.removeFirst()
        var word = ""
        while let character = rest.popFirst(), character != quote {
            if character == "\\", let next = rest.popFirst() { word.append(next) } else { word.append(character) }
        }
        return word
    }
}
