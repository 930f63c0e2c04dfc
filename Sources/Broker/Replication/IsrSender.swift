import KafkaProtocol
import Logging
import NIOCore
import Replication
import Synchronization
import World

/// What this node's leaders ask the controller for: other in-sync sets, by AlterPartition. One request is under way at a time; what comes
/// meanwhile goes with the next one.
final class IsrSender: Sendable {
    typealias Channel =
        @Sendable (AlterPartitionRequest, _ done: @escaping @Sendable (AlterPartitionResponse) -> Void) -> Void

    private struct Asked: Sendable {
        var partition: Partition
        var request: IsrRequest
    }

    private struct State: Sendable {
        var channel: Channel?
        var brokerEpoch: BrokerEpoch?
        var eventLoop: (any EventLoop)?
        /// In the order in which they asked; of a partition the latest counts.
        var waiting: [Asked] = []
        var isAsking = false
        /// Those whose request has to be made once more.
        var repeating: [Partition] = []
        var failures = 0
        var isOver = false
    }

    private static let firstPauseMillis: Int64 = 50
    private static let longestPauseMillis: Int64 = 1000

    private let state = Mutex(State())
    private let nodeId: NodeId
    private let time: WorldTime
    private let logger: Logger

    init(nodeId: NodeId, time: WorldTime, logger: Logger) {
        self.nodeId = nodeId
        self.time = time
        self.logger = logger
    }

    /// Begins to ask.
    func begin(brokerEpoch: BrokerEpoch, on eventLoop: any EventLoop, _ channel: @escaping Channel) {
        state.withLock { state in
            state.channel = channel
            state.brokerEpoch = brokerEpoch
            state.eventLoop = eventLoop
        }
        advance()
    }

    func ask(_ request: IsrRequest, of partition: Partition) {
        state.withLock { $0.waiting.append(Asked(partition: partition, request: request)) }
        advance()
    }

    func stop() {
        state.withLock { state in
            state.isOver = true
            state.waiting = []
            state.repeating = []
        }
    }

    private func advance() {
        let next = state.withLock { state -> (Channel, Int64, [Asked])? in
            guard let channel = state.channel, let epoch = state.brokerEpoch, !state.isAsking, !state.isOver,
                !state.waiting.isEmpty
            else { return nil }
            state.isAsking = true
            defer { state.waiting = [] }
            return (channel, epoch.value, state.waiting)
        }
        guard let (channel, epoch, asked) = next else { return }
        // A partition may have asked twice: what it asked first is of no interest to it any more.
        var latest: [TopicPartition: Asked] = [:]
        for one in asked { latest[one.partition.id] = one }
        let batch = latest.values.sorted { $0.partition.id < $1.partition.id }
        let request = AlterPartitionRequest(
            batch.map { ($0.partition.topicId, $0.partition.id.partition, $0.request) },
            broker: nodeId,
            epoch: epoch
        )
        channel(request) { [weak self] in self?.answered(batch, $0) }
    }

    private func answered(_ batch: [Asked], _ response: AlterPartitionResponse) {
        if response.errorCode != .none {
            logger.info("AlterPartition is refused as a whole", metadata: ["code": "\(response.errorCode)"])
        }
        let answers = response.answers
        var repeating: [Partition] = []
        for asked in batch {
            let key = AlterPartitionResponse.Key(
                topicId: asked.partition.topicId,
                partition: asked.partition.id.partition
            )
            let answer: IsrAnswer = response.errorCode == .none ? answers[key] ?? .lost : .lost
            if asked.partition.isrAnswered(asked.request.number, answer) { repeating.append(asked.partition) }
        }
        let pause = state.withLock { state -> Int64? in
            state.isAsking = false
            state.failures = repeating.isEmpty ? 0 : state.failures + 1
            if repeating.isEmpty || state.isOver { return nil }
            let isNoted = !state.repeating.isEmpty
            state.repeating += repeating
            return isNoted ? nil : min(Self.firstPauseMillis << min(state.failures - 1, 8), Self.longestPauseMillis)
        }
        if let pause { repeatLater(pause) }
        advance()
    }

    private func repeatLater(_ millis: Int64) {
        guard let eventLoop = state.withLock({ $0.eventLoop }) else { return }
        eventLoop.scheduleTask(in: .milliseconds(millis)) { [weak self] in
            guard let self else { return }
            let due = state.withLock { state in
                defer { state.repeating = [] }
                return state.repeating
            }
            for partition in due { partition.tick() }
        }
    }
}

extension AlterPartitionRequest {
    /// - Parameter requests: sorted by topic.
    init(_ requests: [(topicId: KafkaUUID, partition: Int32, request: IsrRequest)], broker: NodeId, epoch: Int64) {
        self.init()
        brokerId = broker.rawValue
        brokerEpoch = epoch
        for (topicId, number, request) in requests {
            if topics.last?.topicId != topicId {
                var topic = TopicData()
                topic.topicId = topicId
                topics.append(topic)
            }
            var row = PartitionData()
            row.partitionIndex = number
            row.leaderEpoch = request.leaderEpoch.rawValue
            row.partitionEpoch = request.partitionEpoch
            row.newIsrWithEpochs = request.isr.map { member in
                var state = BrokerState()
                // Of itself, the leader's machine knows no registration.
                let known = member.id == broker ? epoch : member.brokerEpoch
                (state.brokerId, state.brokerEpoch) = (member.id.rawValue, known)
                return state
            }
            topics[topics.count - 1].partitions.append(row)
        }
    }
}

extension AlterPartitionResponse {
    struct Key: Hashable {
        var topicId: KafkaUUID
        var partition: Int32
    }

    /// What the controller says to each partition.
    var answers: [Key: IsrAnswer] {
        var result: [Key: IsrAnswer] = [:]
        for topic in topics {
            for row in topic.partitions {
                result[Key(topicId: topic.topicId, partition: row.partitionIndex)] =
                    row.errorCode == .none
                    ? .accepted(
                        leaderEpoch: LeaderEpoch(row.leaderEpoch),
                        partitionEpoch: row.partitionEpoch,
                        isr: row.isr.map { NodeId($0) }
                    ) : .refused(row.errorCode)
            }
        }
        return result
    }
}
