import COpenSSL

/// A hash function of SCRAM, with what is made of it. By the system's libcrypto.
enum Digest: Sendable {
    case sha256, sha512

    private var hash: ottla_hash {
        switch self {
        case .sha256: OTTLA_SHA256
        case .sha512: OTTLA_SHA512
        }
    }

    func of(_ bytes: [UInt8]) throws(KafkaError) -> [UInt8] {
        try written { ottla_digest(hash, bytes, bytes.count, $0) }
    }

    /// HMAC (RFC 2104).
    func code(of bytes: [UInt8], key: [UInt8]) throws(KafkaError) -> [UInt8] {
        // A key is a digest, at most 64 bytes.
        try written { ottla_hmac(hash, key, Int32(clamping: key.count), bytes, bytes.count, $0) }
    }

    /// PBKDF2 with one block (RFC 8018), which RFC 5802 calls Hi.
    ///
    /// - Parameter iterations: at least 1.
    func stretched(_ password: [UInt8], salt: [UInt8], iterations: Int) throws(KafkaError) -> [UInt8] {
        let characters = password.map { CChar(bitPattern: $0) }
        return try written {
            ottla_pbkdf2(
                hash,
                characters,
                Int32(clamping: password.count),
                salt,
                Int32(clamping: salt.count),
                Int32(clamping: iterations),
                $0
            )
        }
    }

    /// - Throws: when libcrypto does not work, as where a policy of the machine forbids an algorithm.
    private func written(_ work: (UnsafeMutablePointer<UInt8>?) -> UInt32) throws(KafkaError) -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: OTTLA_DIGEST_MAX) { bytes, count in
            count = Int(work(bytes.baseAddress))
        }
        if digest.isEmpty { throw KafkaError(.unauthenticated, "SCRAM failed: the system's libcrypto refuses \(self)") }
        return digest
    }
}
