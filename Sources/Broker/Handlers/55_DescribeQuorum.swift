import KRaft
import KafkaProtocol
import World

/// DescribeQuorum: the state of the metadata log's quorum.
struct DescribeQuorumHandler: ApiHandler {
    let metadata: MetadataRuntime
    let time: WorldTime

    func handle(_ message: DescribeQuorumRequest, _ request: Request) {
        let status = metadata.status
        var response = DescribeQuorumResponse()
        response.errorMessage = nil
        let wall = time.wall.milliseconds
        response.topics = message.topics.map { topic in
            var row = DescribeQuorumResponse.TopicData()
            row.topicName = topic.topicName
            row.partitions = topic.partitions.map { partition in
                var cell = DescribeQuorumResponse.PartitionData()
                cell.partitionIndex = partition.partitionIndex
                cell.errorMessage = nil
                guard topic.topicName == "__cluster_metadata", partition.partitionIndex == 0 else {
                    cell.errorCode = .unknownTopicOrPartition
                    cell.errorMessage = "the quorum keeps __cluster_metadata-0 alone"
                    return cell
                }
                cell.leaderId = status.leaderId
                cell.leaderEpoch = status.leaderEpoch
                cell.highWatermark = status.highWatermark
                cell.currentVoters = status.voters.map { id in
                    var voter = DescribeQuorumResponse.ReplicaState()
                    voter.replicaId = id
                    voter.replicaDirectoryId = request.version >= 2 ? status.directoryId : .zero
                    voter.logEndOffset = status.logEndOffset
                    voter.lastFetchTimestamp = wall
                    voter.lastCaughtUpTimestamp = wall
                    return voter
                }
                return cell
            }
            return row
        }
        if request.version >= 2 {
            response.nodes = status.voters.map { id in
                var row = DescribeQuorumResponse.Node()
                row.nodeId = id
                row.listeners = status.endpoints.map { endpoint in
                    var listener = DescribeQuorumResponse.Listener()
                    (listener.name, listener.host, listener.port) = (
                        endpoint.listener, endpoint.host, endpoint.port
                    )
                    return listener
                }
                return row
            }
        }
        request.reply(response)
    }
}
