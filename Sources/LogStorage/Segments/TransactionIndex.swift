import KafkaProtocol
import NIOCore

/// The aborted transactions that end in one segment: the `.txnindex` file. It exists only when there is one.
final class TransactionIndex {
    static let entrySize = 34

    private let fileSystem: any FileSystem
    private(set) var path: String
    private var loaded: [AbortedTxn]?
    private var unsynced = false

    init(_ fileSystem: any FileSystem, path: String) {
        self.fileSystem = fileSystem
        self.path = path
    }

    func entries() throws(LogError) -> [AbortedTxn] {
        if let loaded { return loaded }
        let result = try Self.read(fileSystem, path)
        loaded = result
        return result
    }

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

    func append(_ txn: AbortedTxn) throws(LogError) {
        var known = try entries()
        var bytes = ByteBuffer()
        bytes.writeInteger(0 as Int16)
        guard let body = try? txn.encoded(version: 0) else { return }  // four integers: always encodable
        bytes.writeImmutableBuffer(body)
        do {
            try fileSystem.open(path, .create).write(bytes, at: Int64(known.count * Self.entrySize))
        } catch {
            throw .storage(error)
        }
        known.append(txn)
        loaded = known
        unsynced = true
    }

    func truncate(to offset: Int64) throws(LogError) {
        let known = try entries()
        let kept = known.filter { $0.lastOffset < offset }
        if kept.count == known.count { return }
        do {
            try fileSystem.open(path, .create).truncate(to: Int64(kept.count * Self.entrySize))
        } catch {
            throw .storage(error)
        }
        loaded = kept
    }

    func reset() throws(StorageError) {
        loaded = []
        if fileSystem.exists(path) { try fileSystem.remove(path) }
    }

    func sync() throws(StorageError) {
        guard unsynced else { return }
        try fileSystem.open(path, .create).sync()
        unsynced = false
    }

    func renamed(to newPath: String) { path = newPath }
}
