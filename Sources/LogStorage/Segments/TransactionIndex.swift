import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// The aborted transactions that end in one segment: the `.txnindex` file. It exists only when there is one.
///
/// Its format, Kafka's, has no checksum, and what is missing from it would be served as committed. So an orderly end leaves
/// `.txnindex.crc` beside it, which Kafka does not look at: where the two disagree, the index is made again from the log.
final class TransactionIndex {
    static let entrySize = 34
    static let checksumSuffix = ".crc"

    private let fileSystem: any FileSystem
    private var path: String
    private var checksumPath: String
    private var loaded: [AbortedTxn]?
    private var unsynced = false
    private let mode: ReadMode

    init(_ fileSystem: any FileSystem, path: String, nameSuffix: String = "", mode: ReadMode = ReadMode()) {
        self.mode = mode
        self.fileSystem = fileSystem
        self.path = path + nameSuffix
        checksumPath = path + Self.checksumSuffix + nameSuffix
    }

    /// The files have other names.
    func relocate(to path: String, nameSuffix: String) {
        self.path = path + nameSuffix
        checksumPath = path + Self.checksumSuffix + nameSuffix
    }

    /// Whether `entries` needs no file.
    var isLoaded: Bool { loaded != nil }

    /// - Parameter remake: reads the transactions from the log; called when the file is not what its checksum says.
    func entries(orElse remake: () throws(LogError) -> [AbortedTxn]) throws(LogError) -> [AbortedTxn] {
        if let loaded { return loaded }
        if mode.isCachedOnly { throw .storage(.notCached(path)) }
        let isSound = try storage { () throws(StorageError) in try matchesChecksum() }
        if isSound, let result = try? Self.read(fileSystem, path) {
            loaded = result
            return result
        }
        let result = try remake()
        try replace(with: result)
        return result
    }

    private func matchesChecksum() throws(StorageError) -> Bool {
        let sum = checksumPath
        guard fileSystem.exists(sum) else { return true }
        let noted = String(buffer: try fileSystem.contents(sum, limit: 64))
        return noted == (fileSystem.exists(path) ? Self.checksum(try fileSystem.contents(path)) : "")
    }

    private static func checksum(_ bytes: ByteBuffer) -> String { "\(bytes.readableBytes) \(CRC32C.of(bytes))\n" }

    static func read(_ fileSystem: any FileSystem, _ path: String) throws(LogError) -> [AbortedTxn] {
        guard fileSystem.exists(path) else { return [] }
        var bytes: ByteBuffer
        do { bytes = try fileSystem.contents(path) } catch { throw .storage(error) }
        var result: [AbortedTxn] = []
        while bytes.readableBytes >= entrySize, var entry = bytes.readSlice(length: entrySize) {
            let version: Int16 = entry.readInteger() ?? -1
            var reader = WireReader(entry)
            guard version == 0, let txn = try? AbortedTxn.decode(&reader, version: 0) else {
                throw .corrupt(
                    path: path,
                    position: Int64(result.count * entrySize),
                    reason: "not an aborted transaction"
                )
            }
            result.append(txn)
        }
        return result
    }

    private static func encode(_ txns: [AbortedTxn]) -> ByteBuffer {
        var bytes = ByteBuffer()
        for txn in txns {
            guard let body = try? txn.encoded(version: 0) else { continue }  // four integers: always encodable
            bytes.writeInteger(0 as Int16)
            bytes.writeImmutableBuffer(body)
        }
        return bytes
    }

    /// Adds a transaction. The caller has loaded the entries.
    func append(_ txn: AbortedTxn) throws(LogError) {
        let known = loaded ?? []
        try storage { () throws(StorageError) in
            try fileSystem.open(path, .create).write(Self.encode([txn]), at: Int64(known.count * Self.entrySize))
        }
        loaded = known + [txn]
        unsynced = true
    }

    /// Keeps the transactions that ended below `offset`. The caller has loaded the entries.
    func truncate(to offset: Int64) throws(LogError) {
        let known = loaded ?? []
        let kept = known.filter { $0.lastOffset < offset }
        if kept.count != known.count { try replace(with: kept) }
    }

    /// Writes the transactions of a segment that compaction has made, even when there are none: the file takes the place of an older one.
    func store(cleaned txns: [AbortedTxn]) throws(StorageError) {
        let content = Self.encode(txns)
        for (path, bytes) in [(path, content), (checksumPath, ByteBuffer(string: Self.checksum(content)))] {
            let file = try fileSystem.open(path, .replace)
            try file.write(bytes, at: 0)
            try file.sync()
        }
        loaded = txns
        unsynced = false
    }

    private func replace(with txns: [AbortedTxn]) throws(LogError) {
        try storage { () throws(StorageError) in
            try reset()
            if !txns.isEmpty { try fileSystem.open(path, .replace).write(Self.encode(txns), at: 0) }
        }
        loaded = txns
        unsynced = true
    }

    /// The files that a flush has to sync.
    func takeUnsynced() -> [String] {
        guard unsynced else { return [] }
        unsynced = false
        return [path, checksumPath]
    }

    func reset() throws(StorageError) {
        loaded = []
        for name in [path, checksumPath] where fileSystem.exists(name) { try fileSystem.remove(name) }
    }

    /// Writes the checksum beside the file; `syncing` makes both durable.
    func seal(syncing: Bool) throws(StorageError) {
        guard unsynced, let loaded, !loaded.isEmpty else { return }
        let sum = try fileSystem.open(checksumPath, .replace)
        try sum.write(ByteBuffer(string: Self.checksum(Self.encode(loaded))), at: 0)
        guard syncing else { return }
        try sum.sync()
        try fileSystem.open(path, .create).sync()
        unsynced = false
    }
}
