import NIOSSL

/// TLS settings of a client; certificates and keys are PEM (KIP-651).
public struct TLSOptions: Sendable {
    /// A PEM source.
    public enum PEM: Sendable {
        case file(String)
        case text(Secret)
    }

    /// The client's certificate and key, for mutual TLS.
    public struct Identity: Sendable {
        /// `ssl.keystore.certificate.chain`, or the file of `ssl.keystore.location`.
        public var certificates: PEM
        /// `ssl.keystore.key`, or the same file.
        public var key: PEM
        /// `ssl.key.password`.
        public var password: Secret?

        public init(certificates: PEM, key: PEM, password: Secret? = nil) {
            self.certificates = certificates
            self.key = key
            self.password = password
        }
    }

    /// `ssl.truststore.location` or `ssl.truststore.certificates`: the trusted authorities; nil is the system's trust store.
    public var trust: PEM?
    public var identity: Identity?
    /// `ssl.endpoint.identification.algorithm`: whether the certificate must match the broker's host name or address.
    public var verifiesHostname = true

    public init() {}

    /// Reads what the options name.
    ///
    /// - Throws: `KafkaError` with `.invalid`, which says what cannot be read.
    package func context() throws(KafkaError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = verifiesHostname ? .fullVerification : .noHostnameVerification
        if let trust {
            configuration.trustRoots = .certificates(try Self.certificates(trust, "the trust store"))
        }
        if let identity {
            let certificates = try Self.certificates(identity.certificates, "the client's certificate")
            configuration.certificateChain = certificates.map { .certificate($0) }
            configuration.privateKey = .privateKey(try Self.key(identity))
        }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            let hint = identity == nil ? "" : "; does ssl.keystore.key match the certificate?"
            throw KafkaError(.invalid, "TLS cannot be set up: \(Self.reason("\(error)"))\(hint)")
        }
    }

    private static func certificates(_ pem: PEM, _ what: String) throws(KafkaError) -> [NIOSSLCertificate] {
        let bytes = try bytes(pem)
        guard let all = try? NIOSSLCertificate.fromPEMBytes(bytes), !all.isEmpty else {
            throw KafkaError(.invalid, "\(place(pem)), \(what), has no certificate in PEM")
        }
        return all
    }

    private static func key(_ identity: Identity) throws(KafkaError) -> NIOSSLPrivateKey {
        let bytes = try bytes(identity.key)
        let password = identity.password.map { Array($0.exposed.utf8) } ?? []
        do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) { $0(password) } } catch {
            throw KafkaError(
                .invalid,
                "\(place(identity.key)) has no key in PEM, or ssl.key.password is wrong"
            )
        }
    }

    private static func bytes(_ pem: PEM) throws(KafkaError) -> [UInt8] {
        switch pem {
        case .file(let path): try SmallFile.read(path)
        case .text(let text): Array(text.exposed.utf8)
        }
    }

    private static func place(_ pem: PEM) -> String {
        if case .file(let path) = pem { path } else { "the text" }
    }

    /// What BoringSSL names as the reason in the text of an error.
    private static func reason(_ text: String) -> String {
        guard let name = text.firstRange(of: "OPENSSL_internal:") else { return "the TLS library rejects it" }
        let reason = text[name.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return "the TLS library says \(reason)"
    }

    /// What went wrong between two who tried to speak TLS; nil when the error is of another kind.
    static func failure(_ error: any Error, with address: BrokerAddress) -> KafkaError? {
        let reason: String
        switch error {
        case is NIOSSLExtraError:
            reason =
                "the certificate does not match the host name; an empty ssl.endpoint.identification.algorithm disables this check"
        case is NIOSSLError, is BoringSSLError:
            let text = "\(error)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                reason = "the certificate is not trusted; ssl.truststore.location names the trusted authorities"
            } else if text.contains("WRONG_VERSION_NUMBER") {
                reason = "this port does not speak TLS"
            } else if text.contains("EOF during handshake") {
                // A broker that is just going down does that, too.
                return KafkaError(
                    .connectionLost,
                    "\(address) closed the connection during the TLS handshake; does this port speak TLS?"
                )
            } else if text.contains("uncleanShutdown") {
                // The end of a connection without farewell: lengths say whether something is missing.
                return nil
            } else {
                reason = Self.reason(text)
            }
        default: return nil
        }
        return KafkaError(.unauthenticated, "TLS with \(address) failed: \(reason)")
    }
}
