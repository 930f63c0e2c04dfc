import KafkaProtocol
import LogStorage
import World

/// ListOffsets: offsets by time, and the special ones.
struct ListOffsetsHandler: ApiHandler {
    /// The special timestamps and the first version that knows them.
    private static let special: [Int64: Int16] = [-1: 1, -2: 1, -3: 7, -4: 8, -5: 9, -6: 11]

    let cluster: PublishedView
    let readers: any Worker

    func handle(_ message: ListOffsetsRequest, _ request: Request) {
        let view = cluster.view
        // Searching reads the log, and a loop never waits for the disk.
        if message.topics.contains(where: { $0.partitions.contains { Partition.isSearched($0.timestamp) } }) {
            readers.submit { request.reply(answer(message, request, view)) }
        } else {
            request.reply(answer(message, request, view))
        }
    }

    private func answer(_ message: ListOffsetsRequest, _ request: Request, _ view: ClusterView)
        -> ListOffsetsResponse
    {
        let isolation = IsolationLevel(rawValue: message.isolationLevel)
        var seen: Set<TopicPartition> = []
        var repeated: Set<TopicPartition> = []
        for topic in message.topics {
            for partition in topic.partitions {
                let id = TopicPartition(topic.name, partition.partitionIndex)
                if !seen.insert(id).inserted { repeated.insert(id) }
            }
        }
        var response = ListOffsetsResponse()
        response.topics = message.topics.map { topic in
            var row = ListOffsetsResponse.ListOffsetsTopicResponse()
            row.name = topic.name
            row.partitions = topic.partitions.map { asked in
                var cell = ListOffsetsResponse.ListOffsetsPartitionResponse()
                cell.partitionIndex = asked.partitionIndex
                if repeated.contains(TopicPartition(topic.name, asked.partitionIndex)) || isolation == nil {
                    cell.errorCode = .invalidRequest
                } else if asked.timestamp < 0, request.version < Self.special[asked.timestamp] ?? .max {
                    cell.errorCode = .unsupportedVersion
                } else {
                    switch view.partition(topic.name, asked.partitionIndex) {
                    case .failure(let code): cell.errorCode = code
                    case .success(let partition):
                        let (code, found) = partition.listOffset(
                            timestamp: asked.timestamp,
                            isolation: isolation ?? .readUncommitted,
                            currentLeaderEpoch: asked.currentLeaderEpoch,
                            isFollower: message.replicaId >= 0
                        )
                        cell.errorCode = code
                        cell.timestamp = found.timestamp
                        cell.offset = found.offset
                        cell.leaderEpoch = request.version >= 4 ? found.leaderEpoch : -1
                    }
                }
                return cell
            }
            return row
        }
        return response
    }
}
