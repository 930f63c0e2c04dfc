import Glibc
import NIOPosix

/// A file that a person wrote: a token, say.
enum SmallFile {
    static let largest = 1 << 20

    /// - Throws: `KafkaError` with `.invalid`, which says what is wrong with which file.
    static func text(_ path: String) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive { try read(path) }
    }

    private static func read(_ path: String) throws(KafkaError) -> String {
        guard let file = fopen(path, "re") else {
            throw KafkaError(.invalid, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: largest + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        if ferror(file) != 0 { throw KafkaError(.invalid, "\(path) cannot be read") }
        if count > largest { throw KafkaError(.invalid, "\(path) has more than \(largest) bytes") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
