@_spi(Sabotage) import KafkaProtocol
import NIOCore
import World

/// One directory of `log.dirs`: its lock, identity, checkpoints and the partitions' directories in it.
package struct LogDirectory: Sendable {
    static let cleanShutdownName = ".kafka_cleanshutdown"
    package static let lockName = ".lock"
    package static let metadataTopic = "__cluster_metadata"

    package let path: String
    package let fileSystem: any FileSystem
    private let lock: any StorageFile

    /// Makes the directory where needed and locks it.
    ///
    /// - Throws: `.storage` with kind `.locked` when another process uses it.
    package init(_ path: String, fileSystem: any FileSystem) throws(LogError) {
        self.path = path
        self.fileSystem = fileSystem
        lock = try storage { () throws(StorageError) in
            try fileSystem.createDirectory(path)
            return try fileSystem.lock(Path.join(path, Self.lockName))
        }
    }

    package func file(_ name: String) -> String { Path.join(path, name) }

    // MARK: Identity

    /// nil when the directory has not been formatted.
    package func metaProperties() throws(LogError) -> MetaProperties? {
        let path = file(MetaProperties.fileName)
        guard fileSystem.exists(path) else { return nil }
        let bytes = try storage { () throws(StorageError) in try fileSystem.contents(path, limit: 1 << 16) }
        return try MetaProperties(parsing: String(buffer: bytes), path: path)
    }

    package func format(_ meta: MetaProperties) throws(LogError) {
        try storage { () throws(StorageError) in
            try fileSystem.writeAtomically(ByteBuffer(string: meta.text), to: file(MetaProperties.fileName))
        }
    }

    // MARK: Orderly stop

    /// Whether the last stop was in order.
    package var hasCleanShutdownMark: Bool { fileSystem.exists(file(Self.cleanShutdownName)) }

    /// The epoch that the broker had when it stopped in order; nil when that is not known.
    package var cleanShutdownEpoch: Int64? {
        guard hasCleanShutdownMark,
            let bytes = try? fileSystem.contents(file(Self.cleanShutdownName), limit: 4096)
        else { return nil }
        let text = String(buffer: bytes)
        guard let match = text.firstMatch(of: /"brokerEpoch"\s*:\s*([0-9]{1,19})/) else { return nil }
        return Int64(match.1)
    }

    /// Takes the mark away, so that a crash from here on is noticed.
    package func removeCleanShutdownMark() throws(LogError) {
        guard hasCleanShutdownMark, !Sabotage.cleanMarkKept.isOn else { return }
        try storage { () throws(StorageError) in
            try fileSystem.remove(file(Self.cleanShutdownName))
            try fileSystem.syncDirectory(path)
        }
    }

    /// Writes the mark; everything must be durable before.
    package func markCleanShutdown(brokerEpoch: Int64) throws(LogError) {
        try storage { () throws(StorageError) in
            try fileSystem.writeAtomically(
                ByteBuffer(string: "{\"version\":0,\"brokerEpoch\":\(brokerEpoch)}"),
                to: file(Self.cleanShutdownName)
            )
        }
    }

    // MARK: Checkpoints

    /// The offsets of a checkpoint file, empty when there is none.
    package func checkpoint(_ name: String) throws(LogError) -> [TopicPartition: Int64] {
        let path = file(name)
        guard fileSystem.exists(path) else { return [:] }
        return try OffsetCheckpoint.decode(
            try storage { () throws(StorageError) in try fileSystem.contents(path) },
            path: path
        )
    }

    package func write(checkpoint name: String, _ offsets: [TopicPartition: Int64]) throws(LogError) {
        try storage { () throws(StorageError) in
            try fileSystem.writeAtomically(OffsetCheckpoint.encode(offsets), to: file(name))
        }
    }

    // MARK: Partitions

    package func directory(of partition: TopicPartition) -> String { file(partition.description) }

    /// The partitions that have a directory here, those being deleted and the metadata log excepted.
    package func partitions() throws(LogError) -> [TopicPartition] {
        try storage { () throws(StorageError) in try fileSystem.list(path) }.compactMap { name in
            guard let partition = TopicPartition(directoryName: name), partition.topic != Self.metadataTopic,
                !name.hasSuffix("-delete"), !name.hasSuffix("-stray"), !name.hasSuffix("-future")
            else { return nil }
            return partition
        }
    }

    /// Directories whose deletion was begun.
    package func deletedDirectories() throws(LogError) -> [String] {
        try storage { () throws(StorageError) in try fileSystem.list(path) }.filter { $0.hasSuffix("-delete") }.map(
            file
        )
    }

    /// Renames a partition's directory so that its name is free and its deletion can be finished later, even after a crash.
    package func markDeleted(_ partition: TopicPartition, using generator: inout some RandomNumberGenerator)
        throws(LogError) -> String
    {
        try rename(partition, suffix: "delete", using: &generator)
    }

    /// Sets the directory of a partition aside that the cluster doesn't place here.
    package func markStray(_ partition: TopicPartition, using generator: inout some RandomNumberGenerator)
        throws(LogError) -> String
    {
        try rename(partition, suffix: "stray", using: &generator)
    }

    private func rename(
        _ partition: TopicPartition,
        suffix: String,
        using generator: inout some RandomNumberGenerator
    ) throws(LogError) -> String {
        let target = uniquePath(of: partition, suffix: suffix, using: &generator)
        try storage { () throws(StorageError) in
            try fileSystem.rename(directory(of: partition), to: target)
            try fileSystem.syncDirectory(path)
        }
        return target
    }

    private func uniquePath(
        of partition: TopicPartition,
        suffix: String,
        using generator: inout some RandomNumberGenerator
    ) -> String {
        let digits = String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
        let unique = String(repeating: "0", count: max(0, 32 - digits.count)) + digits
        // A directory's name may have 255 bytes; a long topic name gives way.
        let tail = "-\(partition.partition).\(unique)-\(suffix)"
        return file(String(decoding: partition.topic.utf8.prefix(255 - tail.utf8.count), as: UTF8.self) + tail)
    }

    // MARK: Moves between log directories

    /// Where a replica is copied to that is to lie here.
    package func futurePath(of partition: TopicPartition, using generator: inout some RandomNumberGenerator) -> String {
        uniquePath(of: partition, suffix: "future", using: &generator)
    }

    /// A directory with a replica that was being moved here.
    package struct Future: Sendable {
        package let path: String
        /// As the directory is named: a long topic name is cut off there.
        package let name: TopicPartition
        /// As `partition.metadata` has it.
        package let topicId: KafkaUUID?
    }

    /// Replicas whose move here was interrupted.
    package func futures() throws(LogError) -> [Future] {
        let names = try storage { () throws(StorageError) in try fileSystem.list(path) }
        return names.compactMap { name -> Future? in
            guard name.hasSuffix("-future"), let dot = name.lastIndex(of: "."),
                let partition = TopicPartition(directoryName: String(name[..<dot]))
            else { return nil }
            return Future(path: file(name), name: partition, topicId: try? topicId(in: file(name)))
        }
    }

    /// Makes what an interrupted move has left the replica's directory.
    package func take(_ future: Future, as partition: TopicPartition) throws(LogError) {
        try storage { () throws(StorageError) in
            try fileSystem.rename(future.path, to: directory(of: partition))
            try fileSystem.syncDirectory(path)
        }
    }

    // MARK: partition.metadata

    /// The topic id that a partition's directory belongs to; nil when it is not stated. The file is not synced, so a power cut may
    /// have left it empty; then the metadata log tells whose the directory is.
    package func topicId(of partition: TopicPartition) throws(LogError) -> KafkaUUID? {
        try topicId(in: directory(of: partition))
    }

    private func topicId(in directory: String) throws(LogError) -> KafkaUUID? {
        let path = Path.join(directory, PartitionMetadataFile.name)
        guard fileSystem.exists(path) else { return nil }
        let text = String(buffer: try storage { () throws(StorageError) in try fileSystem.contents(path, limit: 4096) })
        if text.utf8.allSatisfy({ $0 == 0 }) { return nil }
        let fields = Properties(parsing: text)
        guard fields["version"] == "0", let id = fields["topic_id"].flatMap({ KafkaUUID($0) }) else {
            throw .corrupt(path: path, position: 0, reason: "it doesn't state version 0 and a topic id")
        }
        return id
    }

    package func write(topicId: KafkaUUID, of partition: TopicPartition) throws(LogError) {
        let path = Path.join(directory(of: partition), PartitionMetadataFile.name)
        try storage { () throws(StorageError) in
            try fileSystem.open(path + ".tmp", .replace).write(PartitionMetadataFile.content(topicId), at: 0)
            try fileSystem.rename(path + ".tmp", to: path)
        }
    }
}

/// Whose log a directory holds: Kafka's `partition.metadata`.
enum PartitionMetadataFile {
    static let name = "partition.metadata"

    static func content(_ topicId: KafkaUUID) -> ByteBuffer {
        ByteBuffer(string: "version: 0\ntopic_id: \(topicId)\n")
    }
}
