import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// What the metadata log in a log directory says, read without changing anything and while a node may have it open.
package struct QuorumInspection: Sendable {
    package var state: QuorumState?
    package var voters = QuorumVoters()
    /// What is there: the records of the newest snapshot, those of formatting too, then those of the log behind it.
    package var values: [ByteBuffer] = []

    /// nil when there is no metadata log.
    package init?(logDirectory parent: String, fileSystem: any FileSystem) throws(LogError) {
        let directory = Path.join(parent, QuorumDirectory.name)
        guard fileSystem.exists(directory) else { return nil }
        let names: [String]
        do { names = try fileSystem.list(directory) } catch { throw .storage(error) }
        let path = Path.join(directory, QuorumState.fileName)
        if fileSystem.exists(path) {
            let text = String(buffer: try Self.contents(fileSystem, path))
            state = try QuorumState(parsing: text, path: path)
        }
        var next: Int64 = 0
        if let newest = names.compactMap({ SnapshotId(fileName: $0) }).max() {
            let path = Path.join(directory, newest.fileName)
            let content = try SnapshotFile.decode(try Self.contents(fileSystem, path), path: path)
            (values, voters, next) = (content.values, content.voters, newest.endOffset)
        }
        for name in names where SegmentName.offset(name, ".log") != nil {
            let path = Path.join(directory, name)
            do {
                for batch in RecordBatches(try Self.contents(fileSystem, path)) where batch.header.nextOffset > next {
                    try take(batch, from: next)
                }
            } catch let error as RecordError {
                throw .corrupt(path: path, position: 0, reason: error.reason)
            } catch {
                throw .corrupt(path: path, position: 0, reason: "\(error)")
            }
        }
    }

    private mutating func take(_ batch: RecordBatch, from start: Int64) throws(RecordError) {
        for record in try batch.allRecords() where record.offset >= start {
            if batch.header.isControl {
                try voters.take(record)
            } else if let value = record.value {
                values.append(value)
            }
        }
    }

    private static func contents(_ fileSystem: any FileSystem, _ path: String) throws(LogError) -> ByteBuffer {
        do { return try fileSystem.contents(path, limit: 1 << 30) } catch { throw .storage(error) }
    }
}
