import KafkaProtocol
import LogStorage
import World

/// DescribeLogDirs: what lies in which directory, and how much space is left.
struct DescribeLogDirsHandler: ApiHandler {
    let store: PartitionStore
    let background: any Worker

    func handle(_ message: DescribeLogDirsRequest, _ request: Request) {
        // File systems may answer slowly: not on the loop.
        background.submit {
            var response = DescribeLogDirsResponse()
            let wanted = message.topics.map { topics in
                Dictionary(topics.map { ($0.topic, Set($0.partitions)) }, uniquingKeysWith: { $0.union($1) })
            }
            // First those on their way: one that arrives meanwhile is told of twice, not left out.
            let moves = store.mover.all.filter { !$0.isOver }
            let partitions = store.all
            response.results = store.directories.map { directory in
                var row = DescribeLogDirsResponse.DescribeLogDirsResult()
                let files = directory.storage.fileSystem
                row.logDir = files.absolutePath(directory.path)
                guard !directory.isOffline else {
                    row.errorCode = .kafkaStorageError
                    return row
                }
                let isWanted = { (id: TopicPartition) in
                    wanted.map { $0[id.topic]?.contains(id.partition) == true } ?? true
                }
                for partition in partitions where partition.directory === directory && isWanted(partition.id) {
                    row.add(partition.id, Self.cell(partition.facts))
                }
                for move in moves where move.target === directory && isWanted(move.partition.id) {
                    row.add(move.partition.id, Self.cell(move))
                }
                let space = files.space(at: directory.path)
                (row.totalBytes, row.usableBytes) = (space?.totalBytes ?? -1, space?.usableBytes ?? -1)
                return row
            }
            request.reply(response)
        }
    }

    private static func cell(_ facts: Partition.Facts) -> DescribeLogDirsResponse.DescribeLogDirsPartition {
        var cell = DescribeLogDirsResponse.DescribeLogDirsPartition()
        cell.partitionSize = facts.sizeBytes
        cell.offsetLag = max(0, facts.highWatermark - facts.logEndOffset)
        return cell
    }

    private static func cell(_ move: ReplicaMove) -> DescribeLogDirsResponse.DescribeLogDirsPartition {
        var cell = DescribeLogDirsResponse.DescribeLogDirsPartition()
        let (end, size) = move.progress
        cell.partitionSize = size
        cell.offsetLag = max(0, move.partition.facts.logEndOffset - end)
        cell.isFutureKey = true
        return cell
    }
}

extension DescribeLogDirsResponse.DescribeLogDirsResult {
    fileprivate mutating func add(
        _ id: TopicPartition,
        _ cell: DescribeLogDirsResponse.DescribeLogDirsPartition
    ) {
        if topics.last?.name != id.topic {
            var topic = DescribeLogDirsResponse.DescribeLogDirsTopic()
            topic.name = id.topic
            topics.append(topic)
        }
        var cell = cell
        cell.partitionIndex = id.partition
        topics[topics.count - 1].partitions.append(cell)
    }
}
