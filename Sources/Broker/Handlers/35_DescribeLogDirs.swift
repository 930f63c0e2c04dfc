import KafkaProtocol
import LogStorage
import World

/// DescribeLogDirs: what lies in which directory, and how much space is left.
enum DescribeLogDirsHandler {
    static let api = Api(.describeLogDirs) { (message: DescribeLogDirsRequest, request, node) in
        // File systems may answer slowly: not on the loop.
        node.background.submit {
            var response = DescribeLogDirsResponse()
            let wanted = message.topics.map { topics in
                Dictionary(topics.map { ($0.topic, Set($0.partitions)) }, uniquingKeysWith: { $0.union($1) })
            }
            let partitions = node.store.all
            response.results = node.store.directories.map { directory in
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
