import KafkaProtocol
import NIOCore
import World

/// The offsets of a directory's partitions in one of Kafka's checkpoint files.
package enum OffsetCheckpoint {
    package static let recoveryPoint = "recovery-point-offset-checkpoint"
    package static let logStart = "log-start-offset-checkpoint"
    package static let highWatermark = "replication-offset-checkpoint"
    package static let cleaner = "cleaner-offset-checkpoint"
    package static let names = [recoveryPoint, logStart, highWatermark, cleaner]

    package static func encode(_ offsets: [TopicPartition: Int64]) -> ByteBuffer {
        var text = "0\n\(offsets.count)\n"
        for (partition, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            text += "\(partition.topic) \(partition.partition) \(offset)\n"
        }
        return ByteBuffer(string: text)
    }

    package static func decode(_ bytes: ByteBuffer, path: String) throws(LogError) -> [TopicPartition: Int64] {
        var result: [TopicPartition: Int64] = [:]
        // Kafka makes the cleaner's file before it has anything to write into it.
        if bytes.readableBytes == 0, Path.name(path) == cleaner { return result }
        for row in try CheckpointText.rows(bytes, path: path, columns: 3) {
            guard let partition = Int32(row[1]), let offset = Int64(row[2]), offset >= 0 else {
                throw .corrupt(
                    path: path,
                    position: 0,
                    reason: "'\(row.joined(separator: " "))' is not a topic, a partition and an offset"
                )
            }
            result[TopicPartition(row[0], partition)] = offset
        }
        return result
    }
}
