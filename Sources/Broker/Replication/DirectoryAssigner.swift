import ClusterMetadata
@_spi(Sabotage) import KafkaProtocol
import Logging
import NIOCore
import Synchronization
import World

/// Tells the controller in which of this node's log directories its replicas lie (AssignReplicasToDirs, KIP-858): only so can it elect others
/// for those of a directory that fails. One request is under way at a time; what is found meanwhile goes with the next one.
final class DirectoryAssigner: Sendable {
    typealias Channel =
        @Sendable (AssignReplicasToDirsRequest, _ done: @escaping @Sendable (AssignReplicasToDirsResponse) -> Void) ->
        Void

    struct Replica: Hashable, Sendable {
        var topicId: KafkaUUID
        var partition: Int32
    }

    /// Where a replica of this node is.
    struct Location: Equatable, Sendable {
        enum Condition: Sendable {
            case works
            /// The directory has failed.
            case failed
            /// There was no space for the replica's records.
            case full
        }
        var directory: KafkaUUID
        var condition = Condition.works
    }

    private struct State: Sendable {
        var channel: Channel?
        var brokerEpoch: BrokerEpoch?
        var eventLoop: (any EventLoop)?
        /// The directories that the controller is to hear of.
        var waiting: [Replica: KafkaUUID] = [:]
        var isAsking = false
        /// A pause after a failure.
        var isPausing = false
        var failures = 0
        var isOver = false
    }

    /// Of one request.
    static let limit = 2000
    private static let firstPauseMillis: Int64 = 50
    private static let longestPauseMillis: Int64 = 5000

    private let nodeId: Int32
    private let logger: Logger
    private let state = Mutex(State())

    init(nodeId: Int32, logger: Logger) { (self.nodeId, self.logger) = (nodeId, logger) }

    /// Begins to tell.
    func begin(brokerEpoch: BrokerEpoch, on eventLoop: any EventLoop, _ channel: @escaping Channel) {
        state.withLock { state in
            state.channel = channel
            state.brokerEpoch = brokerEpoch
            state.eventLoop = eventLoop
        }
        advance()
    }

    func stop() {
        state.withLock { state in
            state.isOver = true
            state.waiting = [:]
        }
    }

    /// Compares what the metadata says of these partitions with where their replicas are.
    ///
    /// - Parameter location: of a replica of this node; nil when it has none.
    func look(at image: MetadataImage, _ delta: MetadataDelta, location: (TopicPartition) -> Location?) {
        guard image.metadataVersion?.hasDirectories ?? true else { return }
        var found: [Replica: KafkaUUID] = [:]
        var settled: [Replica] = []
        for (id, numbers) in delta.changedPartitions {
            guard let topic = image.topics[id] else { continue }
            for number in numbers {
                let replica = Replica(topicId: id, partition: number)
                guard let partition = topic.partitions[number],
                    let index = partition.replicas.firstIndex(of: nodeId),
                    let location = location(TopicPartition(topic.name, number))
                else {
                    settled.append(replica)
                    continue
                }
                let known = partition.directories.indices.contains(index) ? partition.directories[index] : .zero
                let wanted = wanted(location, known: known, partition, image)
                if wanted == known { settled.append(replica) } else { found[replica] = wanted }
            }
        }
        let isNews = state.withLock { state in
            for replica in settled { state.waiting[replica] = nil }
            if !delta.removedTopics.isEmpty {
                state.waiting = state.waiting.filter { delta.removedTopics[$0.key.topicId] == nil }
            }
            if !state.isOver, !Sabotage.placesNotTold.isOn { state.waiting.merge(found) { $1 } }
            return !state.waiting.isEmpty
        }
        if isNews { advance() }
    }

    /// What the controller is to know of a replica.
    private func wanted(
        _ location: Location,
        known: KafkaUUID,
        _ partition: PartitionImage,
        _ image: MetadataImage
    ) -> KafkaUUID {
        switch location.condition {
        case .works: return location.directory
        // Of the directory it hears by a heartbeat, and that is enough where it knows what is in it.
        case .failed: return known == location.directory ? known : BrokerImage.lostDirectory
        // As long as somebody else can lead, and is enough for what is acknowledged.
        case .full:
            let hasOthers = partition.isr.contains { id in
                id != nodeId && image.brokers[id].map { !$0.isFenced && !$0.isInControlledShutdown } ?? false
            }
            return hasOthers && !Sabotage.fullKeepsLeading.isOn ? BrokerImage.lostDirectory : location.directory
        }
    }

    /// A directory has failed: the controller takes it for none of this broker any more, so replicas that it has not heard of are lost.
    func directoryFailed(_ id: KafkaUUID) {
        state.withLock { state in
            for (replica, directory) in state.waiting where directory == id {
                state.waiting[replica] = BrokerImage.lostDirectory
            }
        }
    }

    private func advance() {
        let next = state.withLock { state -> (Channel, Int64, [Replica: KafkaUUID])? in
            guard let channel = state.channel, let epoch = state.brokerEpoch, epoch.value >= 0, !state.isAsking,
                !state.isPausing, !state.waiting.isEmpty
            else { return nil }
            state.isAsking = true
            let first = Set(state.waiting.keys.sorted(by: Self.isBefore).prefix(Self.limit))
            return (channel, epoch.value, state.waiting.filter { first.contains($0.key) })
        }
        guard let (channel, epoch, told) = next else { return }
        channel(Self.request(told, broker: nodeId, epoch: epoch)) { [weak self] in self?.answered(told, $0) }
    }

    private static func isBefore(_ one: Replica, _ other: Replica) -> Bool {
        (one.topicId, one.partition) < (other.topicId, other.partition)
    }

    private static func request(_ told: [Replica: KafkaUUID], broker: Int32, epoch: Int64)
        -> AssignReplicasToDirsRequest
    {
        var request = AssignReplicasToDirsRequest()
        (request.brokerId, request.brokerEpoch) = (broker, epoch)
        for (id, entries) in Dictionary(grouping: told, by: \.value).sorted(by: { $0.key < $1.key }) {
            var directory = AssignReplicasToDirsRequest.DirectoryData()
            directory.id = id
            for replica in entries.map(\.key).sorted(by: isBefore) {
                if directory.topics.last?.topicId != replica.topicId {
                    var topic = AssignReplicasToDirsRequest.TopicData()
                    topic.topicId = replica.topicId
                    directory.topics.append(topic)
                }
                var partition = AssignReplicasToDirsRequest.PartitionData()
                partition.partitionIndex = replica.partition
                directory.topics[directory.topics.count - 1].partitions.append(partition)
            }
            request.directories.append(directory)
        }
        return request
    }

    /// What the controller does not take for a partition, because it is gone or lies elsewhere, the metadata will say.
    private func answered(_ told: [Replica: KafkaUUID], _ response: AssignReplicasToDirsResponse) {
        let isTaken = response.errorCode == .none
        if !isTaken {
            logger.info("AssignReplicasToDirs is refused", metadata: ["code": "\(response.errorCode)"])
        }
        let pause = state.withLock { state -> Int64? in
            state.isAsking = false
            state.failures = isTaken ? 0 : state.failures + 1
            // It may lie in another one by now.
            if isTaken { for (replica, id) in told where state.waiting[replica] == id { state.waiting[replica] = nil } }
            if isTaken || state.isOver { return nil }
            state.isPausing = true
            return min(Self.firstPauseMillis << min(state.failures - 1, 8), Self.longestPauseMillis)
        }
        if let pause, let loop = state.withLock({ $0.eventLoop }) {
            loop.scheduleTask(in: .milliseconds(pause)) { [weak self] in
                self?.state.withLock { $0.isPausing = false }
                self?.advance()
            }
        }
        advance()
    }
}
