import KafkaProtocol
import Replication
import World

/// Fetch: sessions (KIP-227), long poll, isolation levels. Bytes go from the page cache to the socket.
///
/// A class, so that each of many operations that wait holds one reference.
final class FetchHandler: ApiHandler {
    private static let waitLimit: Int32 = 300_000

    let cluster: PublishedView
    let session: BrokerSession
    let sessions: FetchSessions
    let files: FileBudget
    let readers: any Worker
    let connections: ConnectionRegistry
    let time: WorldTime
    /// `fetch.max.bytes`.
    let maxBytes: Int
    /// Of other brokers: consumers, however many, take no session from them.
    let followerSessions: FetchSessions
    /// The listener by which brokers reach each other; by others nobody fetches as a replica.
    let interBrokerListener: String
    let racks: RackAwareness

    init(_ node: Node) {
        (cluster, session) = (node.cluster, node.session)
        sessions = node.fetchSessions
        files = node.files
        readers = node.readers
        connections = node.connections
        time = node.time
        maxBytes = node.config.fetchMaxBytes
        followerSessions = node.followerSessions
        interBrokerListener = node.config.interBrokerListener
        racks = RackAwareness(node)
    }

    func handle(_ message: FetchRequest, _ request: Request) {
        let replica = max(message.replicaId, message.replicaState.replicaId)
        if replica >= 0 {
            // Older ones do not name the epoch of the last record: what is served to them may be another log's.
            guard request.connection.listener == interBrokerListener, request.version >= 13 else {
                return request.close(
                    "version \(request.version) was fetched as replica \(replica) by listener \(request.connection.listener)"
                )
            }
        }
        guard message.maxBytes >= 0, let isolation = IsolationLevel(rawValue: message.isolationLevel),
            message.topics.allSatisfy({ $0.partitions.allSatisfy { $0.partitionMaxBytes >= 0 } })
        else {
            var response = FetchResponse()
            response.errorCode = .invalidRequest
            return request.reply(response)
        }
        let usesIds = request.version >= 13
        let forgotten = message.forgottenTopicsData.flatMap { topic in
            topic.partitions.map { number in
                FetchPartitionRequest(
                    topic: topic.topic,
                    topicId: topic.topicId,
                    partition: number,
                    currentLeaderEpoch: -1,
                    fetchOffset: 0,
                    lastFetchedEpoch: -1,
                    logStartOffset: -1,
                    maxBytes: 0
                )
            }
        }
        let context = (replica < 0 ? sessions : followerSessions).begin(
            id: message.sessionId,
            epoch: request.version < 7 ? -1 : message.sessionEpoch,
            requests: Self.requests(message),
            forgotten: forgotten,
            isolation: isolation,
            usesTopicIds: usesIds,
            follower: replica < 0 ? nil : NodeId(replica)
        )
        if case .failed(let code) = context {
            var response = FetchResponse()
            response.errorCode = code
            return request.reply(response)
        }
        FetchOperation(
            context: context,
            follower: replica < 0 ? nil : identity(message, NodeId(replica), context),
            reader: replica < 0 ? racks.place(message, version: request.version, cluster.view) : ConsumerPlace(),
            isolation: isolation,
            maxBytes: min(Int(message.maxBytes), maxBytes),
            minBytes: Int(message.minBytes),
            deadline: time.now.milliseconds + Int64(min(max(0, message.maxWaitMs), Self.waitLimit)),
            usesTopicIds: usesIds,
            request: request,
            services: self
        ).attempt()
    }

    private func identity(_ message: FetchRequest, _ id: NodeId, _ context: FetchContext) -> FollowerIdentity {
        var session: FollowerSession?
        if case .session(let known, _, _) = context { session = known.follower }
        return FollowerIdentity(
            session ?? FollowerSession(id),
            brokerEpoch: message.replicaState.replicaEpoch,
            now: time.now
        )
    }

    private static func requests(_ message: FetchRequest) -> [FetchPartitionRequest] {
        var result: [FetchPartitionRequest] = []
        for topic in message.topics {
            for partition in topic.partitions {
                result.append(
                    FetchPartitionRequest(
                        topic: topic.topic,
                        topicId: topic.topicId,
                        partition: partition.partition,
                        currentLeaderEpoch: partition.currentLeaderEpoch,
                        fetchOffset: partition.fetchOffset,
                        lastFetchedEpoch: partition.lastFetchedEpoch,
                        logStartOffset: partition.logStartOffset,
                        maxBytes: partition.partitionMaxBytes
                    )
                )
            }
        }
        return result
    }
}
