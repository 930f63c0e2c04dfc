import COpenSSL

/// A hash function of SCRAM, with what is made of it. By the system's libcrypto.
package enum Digest: Sendable {
    case sha256, sha512

    private var hash: ottla_hash {
        switch self {
        case .sha256: OTTLA_SHA256
        case .sha512: OTTLA_SHA512
        }
    }

    func of(_ bytes: [UInt8]) throws(KafkaError) -> [UInt8] {
        try written { ottla_digest($0, hash, bytes, bytes.count, $1) }
    }

    /// HMAC (RFC 2104).
    func code(of bytes: [UInt8], key: [UInt8]) throws(KafkaError) -> [UInt8] {
        // A key is a digest, at most 64 bytes.
        try written { ottla_hmac($0, hash, key, Int32(clamping: key.count), bytes, bytes.count, $1) }
    }

    /// PBKDF2 with one block (RFC 8018), which RFC 5802 calls Hi.
    ///
    /// - Parameter iterations: at least 1.
    package func stretched(_ password: [UInt8], salt: [UInt8], iterations: Int) throws(KafkaError) -> [UInt8] {
        let characters = password.map { CChar(bitPattern: $0) }
        return try written {
            ottla_pbkdf2(
                $0,
                hash,
                characters,
                Int32(clamping: password.count),
                salt,
                Int32(clamping: salt.count),
                Int32(clamping: iterations),
                $1
            )
        }
    }

    /// - Throws: when libcrypto is not there or does not work, as where a policy of the machine forbids an algorithm.
    private func written(
        _ work: (UnsafePointer<ottla_libcrypto>, UnsafeMutablePointer<UInt8>?) -> UInt32
    ) throws(KafkaError) -> [UInt8] {
        var library = try Libcrypto.loaded.get()
        let digest = [UInt8](unsafeUninitializedCapacity: OTTLA_DIGEST_MAX) { bytes, count in
            count = Int(work(&library, bytes.baseAddress))
        }
        if digest.isEmpty {
            throw KafkaError(.unauthenticated, "SCRAM failed: the system's libcrypto does not provide \(self)")
        }
        return digest
    }
}

/// OpenSSL's library of hashes, loaded when the first login wants it.
enum Libcrypto {
    /// Of OpenSSL 3 and 1.1, and what the package for developers calls it, whichever it is.
    static let names = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"]

    static let loaded = load(names)

    static func load(_ names: [String]) -> Result<ottla_libcrypto, KafkaError> {
        var reasons: [String] = []
        for name in names {
            var library = ottla_libcrypto()
            let why = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { room -> String? in
                guard let text = room.baseAddress else { return nil }
                return ottla_load_libcrypto(name, &library, text, room.count) == 1 ? nil : String(cString: text)
            }
            guard let why else { return .success(library) }
            reasons.append(why)
        }
        let message = "SCRAM needs OpenSSL's libcrypto (on Debian and Ubuntu: libssl3), which cannot be loaded"
        return .failure(KafkaError(.unauthenticated, "\(message): \(reasons.joined(separator: "; "))"))
    }
}
