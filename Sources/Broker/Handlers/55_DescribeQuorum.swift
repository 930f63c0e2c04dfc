import ClusterMetadata
import KRaft
import KafkaProtocol
import World

/// DescribeQuorum: the state of the metadata log's quorum, as only its leader knows it.
struct DescribeQuorumHandler: ApiHandler {
    let quorum: QuorumDescriber
    /// The way to the leader; nil: whoever asks has to find it.
    let channel: ClusterControllerChannel?

    func handle(_ message: DescribeQuorumRequest, _ request: Request) {
        let version = request.version
        let here: @Sendable () -> Void = { [quorum] in
            quorum.describe(message, version: version) { request.reply($0) }
        }
        guard let channel else { return here() }
        channel.ask(message, ControllerRequestContext(request), here: here) { response in
            // Without a leader, what this node knows is better than nothing.
            if let response { request.reply(response) } else { here() }
        }
    }
}

/// Puts together what this node knows of the quorum.
struct QuorumDescriber: Sendable {
    let runtime: MetadataRuntime
    let time: WorldTime

    func describe(
        _ message: DescribeQuorumRequest,
        version: Int16,
        _ done: @escaping @Sendable (DescribeQuorumResponse) -> Void
    ) {
        runtime.describe { status, replicas in done(response(message, version, status, replicas)) }
    }

    private func response(
        _ message: DescribeQuorumRequest,
        _ version: Int16,
        _ status: QuorumStatus,
        _ replicas: [ReplicaDescription]?
    ) -> DescribeQuorumResponse {
        var response = DescribeQuorumResponse()
        response.errorMessage = nil
        response.topics = message.topics.map { topic in
            var row = DescribeQuorumResponse.TopicData()
            row.topicName = topic.topicName
            row.partitions = topic.partitions.map { partition in
                var cell = DescribeQuorumResponse.PartitionData()
                cell.partitionIndex = partition.partitionIndex
                cell.errorMessage = nil
                guard topic.topicName == RaftWire.topicName, partition.partitionIndex == 0 else {
                    cell.errorCode = .unknownTopicOrPartition
                    cell.errorMessage = "the quorum keeps \(RaftWire.topicName)-0 alone"
                    return cell
                }
                (cell.leaderId, cell.leaderEpoch) = (status.leaderId, status.leaderEpoch)
                guard let replicas else {
                    cell.errorCode = .notLeaderOrFollower
                    cell.errorMessage = "this node does not lead the quorum"
                    return cell
                }
                cell.highWatermark = status.highWatermark
                cell.currentVoters = replicas.filter(\.isVoter).map { state(of: $0, version, status) }
                cell.observers = replicas.filter { !$0.isVoter }.map { state(of: $0, version, status) }
                return cell
            }
            return row
        }
        if version >= 2 { response.nodes = status.voterSet.voters.map(node) }
        return response
    }

    private func state(
        of replica: ReplicaDescription,
        _ version: Int16,
        _ status: QuorumStatus
    ) -> DescribeQuorumResponse.ReplicaState {
        var state = DescribeQuorumResponse.ReplicaState()
        state.replicaId = replica.key.id.rawValue
        // As long as the log doesn't name the voters, their directories don't count.
        let hasDirectory = version >= 2 && (status.kraftVersion > 0 || !replica.isVoter)
        state.replicaDirectoryId = hasDirectory ? replica.key.directoryId : .zero
        state.logEndOffset = replica.endOffset
        if version >= 1 {
            state.lastFetchTimestamp = wall(replica.lastFetch)
            state.lastCaughtUpTimestamp = wall(replica.lastCaughtUp)
        }
        return state
    }

    private func wall(_ moment: MonotonicTime?) -> Int64 {
        guard let moment else { return -1 }
        return time.wall.milliseconds - max(0, time.now.milliseconds(since: moment))
    }

    private func node(_ voter: RaftVoter) -> DescribeQuorumResponse.Node {
        var row = DescribeQuorumResponse.Node()
        row.nodeId = voter.key.id.rawValue
        row.listeners = voter.endpoints.map { endpoint in
            var listener = DescribeQuorumResponse.Listener()
            (listener.name, listener.host, listener.port) = (endpoint.listener, endpoint.host, endpoint.port)
            return listener
        }
        return row
    }
}
