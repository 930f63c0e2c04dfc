import KafkaProtocol

/// Who leads a partition. Brokers learn of a change one after the other, so what comes later may be older news: the epoch tells (KIP-320).
struct PartitionLeader: Equatable {
    /// Nil when it is not known, or when there is none.
    private(set) var id: Int32?
    /// Of the last leader that was known; -1 from brokers that don't tell.
    private(set) var epoch: Int32 = -1

    /// Takes news, unless they are older than what is known.
    mutating func learn(_ id: Int32, epoch: Int32) {
        guard epoch >= self.epoch || epoch < 0 else { return }
        self.id = id >= 0 ? id : nil
        self.epoch = max(epoch, self.epoch)
    }

    /// Takes what a broker said that does not lead any more itself (KIP-951); the epoch has to be another one.
    mutating func follow(to id: Int32, epoch: Int32) {
        if id >= 0, epoch > self.epoch { learn(id, epoch: epoch) }
    }

    /// It did not do as a leader.
    mutating func lose() { id = nil }
}

/// Which partitions topics have and who leads them, as far as brokers have told, and when to ask again; without IO. Times are milliseconds
/// of a clock that never goes back.
struct TopicMap {
    private struct Topic {
        /// Zero from brokers that don't tell.
        var id: KafkaUUID
        var leaders: [PartitionLeader]
        /// A broker said that it does not exist; it may have been the only one that does not know it yet.
        var isReportedMissing = false
    }

    private let maxAgeMillis: Int64
    /// When a topic is asked about again that was asked about to no avail.
    private struct Retry {
        var pauseMillis: Int64
        var atMillis: Int64
    }

    private let retryMillis: Int64
    private let retryMaxMillis: Int64
    private var retries: [String: Retry] = [:]
    private var topics: [String: Topic] = [:]
    /// When all topics are asked about again.
    private(set) var refreshAtMillis: Int64?

    /// - Parameters:
    ///   - maxAgeMillis: after that time all topics are asked about again, so that new partitions are seen.
    ///   - retryMillis: the pause after a refresh that failed, and before a topic without a leader is asked about again.
    ///   - retryMaxMillis: up to which the latter doubles.
    init(maxAgeMillis: Int64, retryMillis: Int64, retryMaxMillis: Int64) {
        self.retryMillis = max(1, retryMillis)
        self.retryMaxMillis = max(self.retryMillis, retryMaxMillis)
        self.maxAgeMillis = max(maxAgeMillis, self.retryMillis)
    }

    /// How many partitions a topic has; nil when that is not known.
    func count(of topic: String) -> Int? { topics[topic]?.leaders.count }

    /// Nil from brokers that don't tell.
    func id(of topic: String) -> KafkaUUID? { topics[topic].flatMap { $0.id == .zero ? nil : $0.id } }

    func leader(of key: TopicPartition) -> Int32? {
        guard let leaders = topics[key.topic]?.leaders, leaders.indices.contains(Int(key.partition)) else { return nil }
        return leaders[Int(key.partition)].id
    }

    /// Of the last leader that was known; -1 from brokers that don't tell, and when nobody has told yet.
    func leaderEpoch(of key: TopicPartition) -> Int32 {
        guard let leaders = topics[key.topic]?.leaders, leaders.indices.contains(Int(key.partition)) else { return -1 }
        return leaders[Int(key.partition)].epoch
    }

    /// Takes what a broker says of a topic. One that does not exist any more is forgotten when that is said twice; partitions never get fewer,
    /// unless it is another topic of the same name.
    mutating func learn(_ answer: MetadataResponse.MetadataResponseTopic, nowMillis: Int64) {
        guard let name = answer.name else { return }
        if answer.errorCode == .unknownTopicOrPartition, let known = topics[name] {
            topics[name]?.isReportedMissing = true
            if known.isReportedMissing { topics[name] = nil }
            refreshAtMillis = min(refreshAtMillis ?? .max, nowMillis + retryMillis)
        }
        guard answer.errorCode == .none, !answer.partitions.isEmpty else { return }
        var topic = Topic(id: answer.topicId, leaders: [])
        // Without an id it may be another one whose epochs begin again.
        if let known = topics[name], known.id == topic.id, topic.id != .zero { topic = known }
        topic.isReportedMissing = false
        let missing = answer.partitions.count - topic.leaders.count
        if missing > 0 { topic.leaders += Array(repeating: PartitionLeader(), count: missing) }
        for entry in answer.partitions where topic.leaders.indices.contains(Int(entry.partitionIndex)) {
            topic.leaders[Int(entry.partitionIndex)].learn(entry.leaderId, epoch: entry.leaderEpoch)
        }
        topics[name] = topic
        if topic.leaders.allSatisfy({ $0.id != nil }) { retries[name] = nil }
        refreshAtMillis = refreshAtMillis ?? nowMillis + maxAgeMillis
    }

    /// A broker that was taken for the leader says that it is not, or can't be asked; who leads may be known already.
    mutating func lost(_ key: TopicPartition, from broker: Int32) {
        change(key) { leader in if leader.id == broker { leader.lose() } }
    }

    /// The same for all that a broker leads.
    mutating func lost(broker: Int32) {
        for name in topics.keys {
            guard let leaders = topics[name]?.leaders, leaders.contains(where: { $0.id == broker }) else { continue }
            for index in leaders.indices where leaders[index].id == broker { topics[name]?.leaders[index].lose() }
        }
    }

    /// A broker that does not lead any more says who does.
    mutating func moved(_ key: TopicPartition, to leader: Int32, epoch: Int32) {
        change(key) { $0.follow(to: leader, epoch: epoch) }
    }

    private mutating func change(_ key: TopicPartition, _ body: (inout PartitionLeader) -> Void) {
        guard let count = count(of: key.topic), (0..<count).contains(Int(key.partition)) else { return }
        if var leader = topics[key.topic]?.leaders[Int(key.partition)] {
            body(&leader)
            topics[key.topic]?.leaders[Int(key.partition)] = leader
        }
    }

    /// Those of the topics that may be asked about now. The others were a while ago, to no avail.
    func mayAsk(_ names: Set<String>, nowMillis: Int64) -> Set<String> {
        retries.isEmpty ? names : names.filter { retries[$0].map { $0.atMillis <= nowMillis } ?? true }
    }

    /// A topic was asked about and still has no leader, or does not exist.
    mutating func askedInVain(_ name: String, nowMillis: Int64) {
        let pause = retries[name].map { min($0.pauseMillis * 2, retryMaxMillis) } ?? retryMillis
        retries[name] = Retry(pauseMillis: pause, atMillis: nowMillis + pause)
    }

    /// The topics to be asked about now because of their age, in order; from then on they count as asked.
    mutating func takeDue(nowMillis: Int64) -> [String] {
        guard let time = refreshAtMillis, nowMillis >= time else { return [] }
        refreshAtMillis = nowMillis + maxAgeMillis
        return topics.keys.sorted()
    }

    /// Nobody answered.
    mutating func refreshFailed(nowMillis: Int64) { refreshAtMillis = nowMillis + retryMillis }
}
