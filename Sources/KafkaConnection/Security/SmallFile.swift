import Glibc
import World

/// A file of which nobody expects it to be large: a token, a certificate.
enum SmallFile {
    static let largest = 1 << 20

    /// - Throws: `KafkaError` with `.invalid`, which says what is wrong with which file.
    static func text(_ path: String) async throws -> String {
        String(decoding: try await World.real.threads.shared.run { try read(path) }, as: UTF8.self)
    }

    /// Blocks the thread while the file is read.
    static func read(_ path: String) throws(KafkaError) -> [UInt8] {
        guard let file = fopen(path, "re") else {
            throw KafkaError(.invalid, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: largest + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        if ferror(file) != 0 {
            throw KafkaError(.invalid, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        if count > largest { throw KafkaError(.invalid, "\(path) has more than \(largest) bytes") }
        return Array(bytes[..<count])
    }
}
