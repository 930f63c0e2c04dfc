import DequeModule
import KafkaConnection
@_spi(Sabotage) import KafkaProtocol

/// Where a consumer is in its partitions, what it has read ahead and what to ask for next, without IO. Times are milliseconds of a clock that
/// never goes back.
struct FetchEngine {
    private struct Partition {
        /// The next offset for the caller; nil until it is known where to begin.
        var position: Int64?
        /// Everything below was worked on.
        var done: Int64?
        var committed: Int64?
        /// The leader epoch of the record before the position; -1 when unknown (KIP-320).
        var epoch: Int32 = -1
        /// The next offset to be asked for.
        var ahead: Int64 = 0
        /// The same of what is before that.
        var aheadEpoch: Int32 = -1
        /// Who leads in an earlier epoch does not know that it is deposed, and may not have what the position says was read. After that time it
        /// is taken nevertheless: what was committed may be of a former topic, whose epochs mean nothing.
        var leastEpoch: (epoch: Int32, untilMillis: Int64)?
        /// Another one each time that the partition was added or its position changed by hand: answers to what was asked before are not wanted.
        var turn = 0
        /// Whether the cluster was asked about the topic since the partition was added: what is known from before may be of an earlier one.
        var isLocated = false
        /// Of the topic that the position belongs to; nil from brokers that don't tell.
        var topicId: KafkaUUID?
        /// The preferred read replica, and until when it is used (KIP-392).
        var preferredReplica: (broker: Int32, untilMillis: Int64)?
        var isPaused = false
        var isFetching = false
        /// Whether something came that nobody has looked into.
        var isChecking = false
        var buffer: Deque<ConsumedBatch> = []
        var bufferedBytes = 0
        var highWatermark: Int64?
    }

    /// A partition in a request.
    struct Part: Equatable {
        var key: TopicPartition
        var topicId: KafkaUUID?
        var offset: Int64
        var turn: Int
        /// Of the leader that is asked, and of the record before the offset, so that the broker can tell that one of them is not what this
        /// consumer takes it for; -1 when unknown (KIP-320).
        var leaderEpoch: Int32 = -1
        var lastEpoch: Int32 = -1
    }

    /// What one broker is asked for.
    struct BrokerFetch: Equatable {
        var broker: Int32
        var parts: [Part]
        /// Whether the broker has more partitions of ours, which have enough here for now; it should answer soon then.
        var isPartial: Bool
    }

    /// What came of one partition: what follows may be asked for before anybody has looked into it.
    struct Arrival {
        let part: Part
        let data: FetchResponse.PartitionData
        let size: Int
    }

    /// What became of a request.
    struct Outcome {
        /// What has to be looked into, in this order, each to be followed by `checked`.
        var arrivals: [Arrival] = []
        /// The last error of a partition.
        var failure: KafkaError?
        /// Positions that had to change.
        var moves: [Move] = []
    }

    /// A position that nothing can be read from.
    enum Move: Equatable, CustomStringConvertible {
        /// Goes on where `auto.offset.reset` says.
        case outOfRange(TopicPartition, Int64)
        /// What had been read behind an offset is not in the leader's log, and it goes on there.
        case truncated(TopicPartition, Int64, to: Int64)

        var description: String {
            switch self {
            case .outOfRange(let key, let offset):
                "\(key): offset \(offset) is out of range; the position is reset by auto.offset.reset"
            case .truncated(let key, let offset, let end):
                "\(key): records from offset \(end) to \(offset) that were read are lost, the log was truncated; continues at \(end)"
            }
        }
    }

    private let configuration: ConsumerConfiguration
    private var partitions: [TopicPartition: Partition] = [:]
    /// All partitions in order, and where the next request begins: so that each comes first at some time.
    private var order: [TopicPartition] = []
    private var turn = 0
    private var lastPartitionTurn = 0
    /// Partitions with something to hand out.
    private var ready: Deque<TopicPartition> = []
    private var busyBrokers: Set<Int32> = []
    private var bufferedBytes = 0
    /// Whether another fetch may have become possible since `fetches`.
    private(set) var mayFetch = false
    private var last: (key: TopicPartition, nextOffset: Int64)?

    init(_ configuration: ConsumerConfiguration) { self.configuration = configuration }

    // MARK: Partitions

    var keys: [TopicPartition] { order }

    /// - Parameters:
    ///   - position: nil when it has to be found by `auto.offset.reset`.
    ///   - epoch: of the record before it; -1 when unknown.
    mutating func add(_ key: TopicPartition, at position: Int64?, epoch: Int32 = -1, nowMillis: Int64 = 0) {
        remove([key])
        var partition = Partition()
        partition.turn = newTurn()
        partition.position = position
        partition.done = position
        partition.committed = position
        partition.ahead = position ?? 0
        (partition.epoch, partition.aheadEpoch) = (epoch, epoch)
        if epoch >= 0 { partition.leastEpoch = (epoch, nowMillis + Self.leastEpochMillis) }
        partitions[key] = partition
        order = partitions.keys.sorted()
        mayFetch = true
    }

    /// Longer than brokers take to hear of a new leader.
    private static let leastEpochMillis: Int64 = 30_000

    mutating func remove(_ keys: some Sequence<TopicPartition>) {
        var isGone = false
        for key in keys {
            guard let partition = partitions.removeValue(forKey: key) else { continue }
            bufferedBytes -= partition.bufferedBytes
            ready.removeAll { $0 == key }
            if last?.key == key { last = nil }
            isGone = true
        }
        if isGone { order = partitions.keys.sorted() }
        mayFetch = true
    }

    /// Goes on elsewhere; what was read ahead is dropped.
    ///
    /// - Returns: false when the partition is not assigned.
    mutating func seek(_ key: TopicPartition, to offset: Int64?) -> Bool {
        guard partitions[key] != nil else { return false }
        if last?.key == key { last = nil }
        clear(key)
        partitions[key]?.position = offset
        partitions[key]?.done = offset
        partitions[key]?.ahead = offset ?? 0
        partitions[key]?.epoch = -1
        partitions[key]?.aheadEpoch = -1
        partitions[key]?.leastEpoch = nil
        return true
    }

    private mutating func newTurn() -> Int {
        lastPartitionTurn += 1
        return lastPartitionTurn
    }

    private mutating func clear(_ key: TopicPartition) {
        guard var partition = partitions[key] else { return }
        bufferedBytes -= partition.bufferedBytes
        partition.buffer = []
        partition.bufferedBytes = 0
        partition.turn = newTurn()
        partition.isFetching = false
        partition.isChecking = false
        partitions[key] = partition
        ready.removeAll { $0 == key }
        mayFetch = true
    }

    mutating func pause(_ key: TopicPartition, _ isPaused: Bool) {
        guard let partition = partitions[key], partition.isPaused != isPaused else { return }
        partitions[key]?.isPaused = isPaused
        ready.removeAll { $0 == key }
        if !isPaused, !partition.buffer.isEmpty { ready.append(key) }
        mayFetch = true
    }

    var paused: [TopicPartition] { order.filter { partitions[$0]?.isPaused ?? false } }

    func position(_ key: TopicPartition) -> Int64? { partitions[key]?.position }

    /// Records between the position and the end, when both are known.
    func lag(_ key: TopicPartition) -> Int64? {
        guard let partition = partitions[key], let position = partition.position, let end = partition.highWatermark
        else { return nil }
        return max(0, end - position)
    }

    // MARK: Handing out

    /// The next batch, of the same partition as long as there are more.
    mutating func next() -> ConsumedBatch? {
        guard let key = ready.first, let place = partitions.index(forKey: key),
            let batch = partitions.values[place].buffer.popFirst()
        else { return nil }
        let wasFull =
            bufferedBytes >= configuration.prefetchBytes
            || partitions.values[place].bufferedBytes >= Int(configuration.partitionMaxBytes)
        partitions.values[place].position = batch.nextOffset
        partitions.values[place].epoch = batch.leaderEpoch
        partitions.values[place].bufferedBytes -= batch.size
        bufferedBytes -= batch.size
        let isEmpty = partitions.values[place].buffer.isEmpty
        if isEmpty { ready.removeFirst() }
        if wasFull || isEmpty { mayFetch = true }
        last = (key, batch.nextOffset)
        return batch
    }

    /// The caller has worked on what it got.
    mutating func finishLast() {
        guard let last else { return }
        partitions[last.key]?.done = last.nextOffset
        self.last = nil
    }

    /// Where to go on after what was handed out.
    func positions() -> [TopicPartition: Int64] {
        if Sabotage.commitsReadAhead.isOn { return partitions.mapValues { max($0.position ?? 0, $0.ahead) } }
        return partitions.compactMapValues(\.position)
    }

    /// Tells of offsets, whose epochs are not known, those of what was read; which are not below that of the record before them.
    func withEpochs(_ offsets: [TopicPartition: CommittedOffset]) -> [TopicPartition: CommittedOffset] {
        var result = offsets
        for (key, offset) in offsets where offset.leaderEpoch < 0 {
            guard let partition = partitions[key], let position = partition.position else { continue }
            if offset.offset <= position { result[key]?.leaderEpoch = partition.epoch }
        }
        return result
    }

    /// What was worked on and is not committed.
    func uncommitted(_ keys: Set<TopicPartition>? = nil) -> [TopicPartition: Int64] {
        partitions.compactMapValues { $0.done != $0.committed ? $0.done : nil }
            .filter { keys?.contains($0.key) ?? true }
    }

    mutating func committed(_ offsets: [TopicPartition: Int64]) {
        for (key, offset) in offsets {
            guard let place = partitions.index(forKey: key) else { continue }
            partitions.values[place].committed = offset
            partitions.values[place].done = max(offset, partitions.values[place].done ?? offset)
        }
    }

    // MARK: Asking

    /// Partitions of which it is not known where to begin.
    var withoutPosition: [TopicPartition] { order.filter { partitions[$0].map { $0.position == nil } ?? false } }

    /// Topics of partitions whose leader is not known.
    func topicsWithoutLeader(_ topics: TopicMap, nowMillis: Int64) -> [String] {
        let keys = order.filter { key in
            partitions[key].map { leader(of: key, $0, topics, nowMillis) == nil } ?? false
        }
        return Set(keys.map(\.topic)).sorted()
    }

    /// The leader of the partition that the position belongs to, and of no later one of its name.
    private func leader(
        of key: TopicPartition,
        _ partition: Partition,
        _ topics: TopicMap,
        _ nowMillis: Int64
    ) -> Int32? {
        guard partition.isLocated, partition.topicId == topics.id(of: key.topic) else { return nil }
        if let least = partition.leastEpoch, nowMillis < least.untilMillis {
            let epoch = topics.leaderEpoch(of: key)
            if epoch >= 0, epoch < least.epoch { return nil }
        }
        return topics.leader(of: key)
    }

    /// The cluster was asked about topics, and `TopicMap` has learnt what it knows.
    ///
    /// - Returns: partitions whose topic was deleted and made again meanwhile: their positions mean nothing any more.
    mutating func located(_ topics: [MetadataResponse.MetadataResponseTopic]) -> [TopicPartition] {
        var replaced: [TopicPartition] = []
        for topic in topics where topic.errorCode == .none {
            let id = topic.topicId == .zero ? nil : topic.topicId
            for entry in topic.partitions {
                let key = TopicPartition(topic.name ?? "", entry.partitionIndex)
                guard let partition = partitions[key] else { continue }
                if let known = partition.topicId, let id, known != id {
                    replaced.append(key)
                    _ = seek(key, to: nil)
                }
                partitions[key]?.topicId = id
                partitions[key]?.isLocated = true
            }
        }
        mayFetch = true
        return replaced
    }

    /// What to ask each broker for, or only this one, that isn't asked already.
    mutating func fetches(of only: Int32? = nil, _ topics: TopicMap, nowMillis: Int64) -> [BrokerFetch] {
        if only == nil { mayFetch = false }
        guard !order.isEmpty, bufferedBytes < configuration.prefetchBytes else { return [] }
        turn = (turn + 1) % order.count
        var fetches: [Int32: BrokerFetch] = [:]
        for index in order.indices {
            let key = order[(index + turn) % order.count]
            guard let partition = partitions[key], let offset = partition.position.map({ max($0, partition.ahead) }),
                !partition.isPaused, !partition.isFetching, let leader = leader(of: key, partition, topics, nowMillis)
            else { continue }
            let broker = partition.preferredReplica.flatMap { $0.untilMillis > nowMillis ? $0.broker : nil } ?? leader
            if busyBrokers.contains(broker) || only ?? broker != broker { continue }
            if partition.bufferedBytes >= Int(configuration.partitionMaxBytes) {
                fetches[broker, default: BrokerFetch(broker: broker, parts: [], isPartial: true)].isPartial = true
                continue
            }
            var part = Part(key: key, topicId: partition.topicId, offset: offset, turn: partition.turn)
            part.leaderEpoch = topics.leaderEpoch(of: key)
            let lastEpoch = offset == partition.ahead ? partition.aheadEpoch : partition.epoch
            // A larger one is of a former topic, and would have the position reset.
            if lastEpoch <= part.leaderEpoch { part.lastEpoch = lastEpoch }
            fetches[broker, default: BrokerFetch(broker: broker, parts: [], isPartial: false)].parts.append(part)
        }
        let result = fetches.values.filter { !$0.parts.isEmpty }.sorted { $0.broker < $1.broker }
        for ask in result {
            busyBrokers.insert(ask.broker)
            for part in ask.parts { partitions[part.key]?.isFetching = true }
        }
        return result
    }

    /// Nothing came of a request.
    mutating func failed(_ ask: BrokerFetch, _ topics: inout TopicMap) {
        finish(ask)
        for part in ask.parts {
            topics.lost(part.key, from: ask.broker)
            partitions[part.key]?.preferredReplica = nil
        }
    }

    /// The same may be asked again at once.
    mutating func unanswered(_ ask: BrokerFetch) { finish(ask) }

    private mutating func finish(_ ask: BrokerFetch) {
        busyBrokers.remove(ask.broker)
        for part in ask.parts {
            guard let place = partitions.index(forKey: part.key), partitions.values[place].turn == part.turn else {
                continue
            }
            partitions.values[place].isFetching = false
        }
        mayFetch = true
    }

    /// Takes what came.
    mutating func answered(
        _ ask: BrokerFetch,
        _ data: [TopicPartition: FetchResponse.PartitionData],
        _ topics: inout TopicMap,
        nowMillis: Int64
    ) -> Outcome {
        finish(ask)
        var outcome = Outcome()
        for part in ask.parts {
            // Somebody may have gone elsewhere meanwhile.
            guard let entry = data[part.key], partitions[part.key]?.turn == part.turn else { continue }
            do throws(KafkaError) {
                if let arrival = try take(part, entry, nowMillis, &outcome.moves) { outcome.arrivals.append(arrival) }
            } catch {
                // Somebody else may be known to lead already.
                if hasMoved(part.key, entry, from: ask.broker, &topics) { continue }
                outcome.failure = error
            }
        }
        return outcome
    }

    /// Takes what an error tells of who leads; whether there is somebody to ask at once.
    private func hasMoved(
        _ key: TopicPartition,
        _ entry: FetchResponse.PartitionData,
        from broker: Int32,
        _ topics: inout TopicMap
    ) -> Bool {
        guard entry.errorCode.invalidatesMetadata else { return false }
        topics.lost(key, from: broker)
        topics.moved(key, to: entry.currentLeader.leaderId, epoch: entry.currentLeader.leaderEpoch)
        return topics.leader(of: key) != nil
    }

    private mutating func take(
        _ part: Part,
        _ entry: FetchResponse.PartitionData,
        _ nowMillis: Int64,
        _ moves: inout [Move]
    ) throws(KafkaError) -> Arrival? {
        let key = part.key
        let isDiverging = entry.errorCode == .none && entry.divergingEpoch.epoch >= 0
        if entry.errorCode == .offsetOutOfRange || isDiverging {
            if partitions[key]?.preferredReplica != nil {
                // A follower may not have it yet; the leader knows.
                partitions[key]?.preferredReplica = nil
                return nil
            }
            // What was read ahead is still good.
            guard let partition = partitions[key], partition.buffer.isEmpty, !partition.isChecking else { return nil }
            let end = isDiverging ? min(max(0, entry.divergingEpoch.endOffset), part.offset) : nil
            let move = end.map { Move.truncated(key, part.offset, to: $0) } ?? .outOfRange(key, part.offset)
            if case .none = configuration.reset { throw KafkaError.refused(.offsetOutOfRange, "\(move)") }
            _ = seek(key, to: end)
            if end != part.offset { moves.append(move) }
            return nil
        }
        if entry.errorCode != .none {
            partitions[key]?.preferredReplica = nil
            throw KafkaError.refused(entry.errorCode, "\(key): \(entry.errorCode.message)")
        }
        if entry.preferredReadReplica >= 0 {
            let until = nowMillis + configuration.client.metadataMaxAge.milliseconds
            partitions[key]?.preferredReplica = (entry.preferredReadReplica, until)
        }
        if entry.highWatermark >= 0 { partitions[key]?.highWatermark = entry.highWatermark }
        let bytes = entry.records?.buffer ?? ByteBuffer(), size = bytes.readableBytes
        // Another broker's answer comes before it, and is still being looked into: this will be asked for again.
        guard size > 0, let place = partitions.index(forKey: key), !partitions.values[place].isChecking else {
            return nil
        }
        let end = FetchedPartition.end(bytes)
        partitions.values[place].ahead = max(part.offset, end?.offset ?? 0)
        partitions.values[place].aheadEpoch = end?.epoch ?? part.lastEpoch
        partitions.values[place].isChecking = true
        partitions.values[place].bufferedBytes += size
        bufferedBytes += size
        return Arrival(part: part, data: entry, size: size)
    }

    /// What came has been looked into.
    ///
    /// - Parameter batches: nil when something is wrong with it; then it is asked for again.
    mutating func checked(_ arrival: Arrival, _ batches: Deque<ConsumedBatch>?) {
        let key = arrival.part.key
        guard let place = partitions.index(forKey: key), partitions.values[place].turn == arrival.part.turn else {
            return
        }
        let size = batches?.reduce(0) { $0 + $1.size } ?? 0
        partitions.values[place].isChecking = false
        partitions.values[place].bufferedBytes += size - arrival.size
        bufferedBytes += size - arrival.size
        mayFetch = true
        guard let batches else {
            // What follows may be under way already.
            partitions.values[place].turn = newTurn()
            partitions.values[place].isFetching = false
            partitions.values[place].ahead = arrival.part.offset
            partitions.values[place].aheadEpoch = arrival.part.lastEpoch
            return
        }
        guard let last = batches.last else { return }
        if partitions.values[place].buffer.isEmpty, !partitions.values[place].isPaused { ready.append(key) }
        partitions.values[place].ahead = max(partitions.values[place].ahead, last.nextOffset)
        partitions.values[place].buffer.append(contentsOf: batches)
    }
}
