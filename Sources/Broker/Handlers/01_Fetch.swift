import KafkaProtocol
import Replication
import World

/// Fetch: sessions (KIP-227), long poll, isolation levels. Bytes go from the page cache to the socket.
///
/// A class, so that each of many operations that wait holds one reference.
final class FetchHandler: ApiHandler {
    private static let waitLimit: Int32 = 300_000

    let cluster: PublishedView
    let sessions: FetchSessions
    let files: FileBudget
    let readers: any Worker
    let connections: ConnectionRegistry
    let time: WorldTime
    /// `fetch.max.bytes`.
    let maxBytes: Int

    init(_ node: Node) {
        cluster = node.cluster
        sessions = node.fetchSessions
        files = node.files
        readers = node.readers
        connections = node.connections
        time = node.time
        maxBytes = node.config.fetchMaxBytes
    }

    func handle(_ message: FetchRequest, _ request: Request) {
        if message.replicaId >= 0 || message.replicaState.replicaId >= 0 {
            return request.close(
                "a client fetched as replica \(max(message.replicaId, message.replicaState.replicaId))"
            )
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
        let context = sessions.begin(
            id: message.sessionId,
            epoch: request.version < 7 ? -1 : message.sessionEpoch,
            requests: Self.requests(message),
            forgotten: forgotten,
            isolation: isolation,
            usesTopicIds: usesIds
        )
        if case .failed(let code) = context {
            var response = FetchResponse()
            response.errorCode = code
            return request.reply(response)
        }
        FetchOperation(
            context: context,
            isolation: isolation,
            maxBytes: min(Int(message.maxBytes), maxBytes),
            minBytes: Int(message.minBytes),
            deadline: time.now.milliseconds + Int64(min(max(0, message.maxWaitMs), Self.waitLimit)),
            usesTopicIds: usesIds,
            request: request,
            services: self
        ).attempt()
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
