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
            let partitions = store.all
            response.results = store.directories.map { directory in
                var row = DescribeLogDirsResponse.DescribeLogDirsResult()
                let files = directory.storage.fileSystem
                row.logDir = files.absolutePath(directory.path)
                guard !directory.isOffline else {
                    row.errorCode = .kafkaStorageError
                    return row
                }
                for partition in partitions where partition.directory === directory {
                    if let wanted, wanted[partition.id.topic]?.contains(partition.id.partition) != true { continue }
                    if row.topics.last?.name != partition.id.topic {
                        var topic = DescribeLogDirsResponse.DescribeLogDirsTopic()
                        topic.name = partition.id.topic
                        row.topics.append(topic)
                    }
                    var cell = DescribeLogDirsResponse.DescribeLogDirsPartition()
                    cell.partitionIndex = partition.id.partition
                    cell.partitionSize = partition.facts.sizeBytes
                    row.topics[row.topics.count - 1].partitions.append(cell)
                }
                let space = files.space(at: directory.path)
                (row.totalBytes, row.usableBytes) = (space?.totalBytes ?? -1, space?.usableBytes ?? -1)
                return row
            }
            request.reply(response)
        }
    }
}
