import DequeModule
import KafkaConnection
@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore

/// What a producer decides: which records make a batch, which batches may be sent now, with which sequence numbers, and what a broker's
/// answer means for those behind. No socket, no clock, no thread: times are milliseconds that come in, batches to be sent go out.
///
/// Several batches of a partition may be under way. When one of them fails for a reason that passes, no further one is sent until all that
/// were under way have come back; then those that failed go out again in the order of their sequence numbers, which they keep. So
/// the order holds, and a broker recognises what it had already (KIP-98).
///
/// When a batch with a sequence number is given up, the numbers behind it lead nowhere: the partition needs another producer id. Under that, a
/// batch that the broker may have already would be there twice, so those whose answers were lost are given up with it.
struct ProducerEngine {
    /// For whom a record is: the send that waits for it, and its place among that send's records.
    struct Token: Equatable {
        let send: UInt64
        let index: Int
    }

    struct Settings {
        var isIdempotent = true
        var isTransactional = false
        var lingerMillis: Int64 = 5
        var batchBytes = 16384
        /// Behind another batch of its partition a full one grows beyond `batchBytes`, to this.
        var batchMaxBytes = 131_072
        var deliveryMillis: Int64 = 120_000
        var retryMillis: Int64 = 100
        var maxInFlight = 5
        var requestBytes = 1 << 20
        var compression = Compression.none
    }

    struct Identity: Equatable {
        var id: Int64
        var epoch: Int16
    }

    /// A batch on its way.
    struct Outgoing {
        let key: TopicPartition
        let number: UInt64
        var builder: RecordBatchBuilder
    }

    /// What became of a batch's records: for each who waits the index in the batch.
    struct Completion {
        var key: TopicPartition
        var tokens: [(index: Int, token: Token)]
        var bytes: Int
        var records: Int
        var result: Result<Int64, KafkaError>

        var isFailure: Bool { if case .failure = result { true } else { false } }
    }

    private let settings: Settings
    private var partitions: [Partition] = []
    private var slots: [TopicPartition: Int] = [:]
    private(set) var identity: Identity?
    /// Why nothing is tried again: a transaction is to be aborted.
    private var givenUp: KafkaError?
    private var nextNumber: UInt64 = 0
    /// Requests under way, by broker.
    private var underWay: [Int32: Int] = [:]
    /// Whether something waits for one of them to end.
    private(set) var isHeldUp = false
    /// Bytes of records that were accepted and have no result.
    private(set) var pendingBytes = 0
    private(set) var pendingRecords = 0

    init(_ settings: Settings) { self.settings = settings }

    // MARK: Records come in

    /// The place of a partition, by which records are handed over.
    mutating func slot(_ key: TopicPartition) -> Int {
        if let known = slots[key] { return known }
        slots[key] = partitions.count
        partitions.append(Partition(key: key, identity: identity))
        return partitions.count - 1
    }

    /// Takes a record.
    ///
    /// - Parameters:
    ///   - timestamp: milliseconds since 1970.
    ///   - nowMillis: asked for when a batch begins.
    /// - Returns: whether something may be ready to be sent now.
    mutating func append(
        _ record: ProducerRecord,
        to slot: Int,
        timestamp: Int64,
        token: Token?,
        nowMillis: () -> Int64
    ) -> Bool {
        let size = record.size
        var isReady = false
        let largest = partitions[slot].mayGrow ? max(settings.batchMaxBytes, settings.batchBytes) : settings.batchBytes
        if partitions[slot].fill > 0, partitions[slot].fill + size > largest {
            partitions[slot].close()
            isReady = true
        }
        if partitions[slot].fill == 0 {
            nextNumber += Batch.numbers
            let capacity = max(settings.batchBytes, partitions[slot].usualBytes)
            let builder = RecordBatchBuilder(compression: settings.compression, capacity: capacity)
            partitions[slot].open = Batch(number: nextNumber, builder: builder, createdMillis: nowMillis())
            isReady = isReady || settings.lingerMillis == 0
        }
        let before = partitions[slot].fill
        partitions[slot].fill = partitions[slot].open?.add(record, size, timestamp, token) ?? 0
        if before < settings.batchBytes, partitions[slot].fill >= settings.batchBytes, partitions[slot].inFlight.isEmpty
        {
            isReady = true
        }
        if partitions[slot].fill >= largest {
            partitions[slot].close()
            isReady = true
        }
        pendingBytes += size
        pendingRecords += 1
        return isReady
    }

    /// Whether something need not linger, once nothing of the partition is under way.
    private func isFull(_ partition: Partition) -> Bool {
        !partition.waiting.isEmpty || partition.fill >= settings.batchBytes
            || partition.fill > 0 && settings.lingerMillis == 0
    }

    /// All that waits may be sent at once.
    mutating func closeAll() {
        for slot in partitions.indices { partitions[slot].close() }
    }

    // MARK: Batches go out

    /// Whether a producer id has to be asked for before anything is sent: at the beginning, and when a batch with a sequence number was given up.
    var wantsIdentity: Bool {
        settings.isIdempotent && (identity == nil || partitions.contains { $0.needsIdentity && $0.inFlight.isEmpty })
    }

    /// A producer id was given. Partitions of which nothing with another one is on its way, or comes back, use it from now on.
    mutating func identityArrived(_ identity: Identity) {
        self.identity = identity
        for slot in partitions.indices where partitions[slot].inFlight.isEmpty {
            let isFree = !partitions[slot].waiting.contains { $0.sequence != nil }
            if isFree || partitions[slot].needsIdentity { partitions[slot].adopt(identity) }
        }
    }

    /// A partition that needs another producer id, and for which there is one already, uses it.
    private mutating func settleIdentity(_ slot: Int) {
        guard partitions[slot].needsIdentity, partitions[slot].inFlight.isEmpty, let identity,
            identity != partitions[slot].identity
        else { return }
        partitions[slot].adopt(identity)
    }

    private func lacksIdentity(_ partition: Partition) -> Bool {
        settings.isIdempotent && (partition.identity == nil || partition.needsIdentity)
    }

    /// Whether an answer may have made something ready that was not.
    var hasWaiting: Bool {
        isHeldUp
            || partitions.contains { isFull($0) || $0.isRecovering || lacksIdentity($0) && $0.first != nil }
    }

    /// Partitions of which something may be sent now.
    func ready(nowMillis: Int64) -> [TopicPartition] {
        partitions.filter { isReady($0, nowMillis) }.map(\.key)
    }

    private func isReady(_ partition: Partition, _ nowMillis: Int64) -> Bool {
        guard let first = partition.first, !lacksIdentity(partition) else { return false }
        if partition.isRecovering { return partition.inFlight.isEmpty && nowMillis >= partition.retryAtMillis }
        guard partition.inFlight.count < settings.maxInFlight, nowMillis >= partition.retryAtMillis else {
            return false
        }
        // Behind another, a full batch grows for as long as it might have lingered: many small ones cost brokers far more.
        return !partition.waiting.isEmpty || nowMillis - first.createdMillis >= settings.lingerMillis
            || partition.fill >= settings.batchBytes && partition.inFlight.isEmpty
    }

    /// Requests for a broker: a batch of each of these partitions, the oldest first, in requests within the largest size, as many as may be
    /// under way to a broker. When many are, what becomes ready meanwhile goes together in the next one.
    ///
    /// - Parameter keys: partitions that are ready.
    /// - Returns: each request's batches, those of a topic together.
    mutating func requests(to broker: Int32, of keys: [TopicPartition], nowMillis: Int64) -> [[Outgoing]] {
        var requests: [[Outgoing]] = []
        var size = 0
        let batches = keys.compactMap { key in ready(key, nowMillis).map { (key, $0.number, $0.builder.size) } }
        for (key, _, batchSize) in batches.sorted(by: { $0.1 < $1.1 }) {
            if requests.isEmpty || size + batchSize > settings.requestBytes {
                guard underWay[broker, default: 0] < settings.maxInFlight else {
                    isHeldUp = true
                    break
                }
                underWay[broker, default: 0] += 1
                requests.append([])
                size = 0
            }
            guard let batch = take(key, nowMillis: nowMillis) else { continue }
            requests[requests.count - 1].append(batch)
            size += batchSize
        }
        return requests.map { $0.sorted { $0.key < $1.key } }
    }

    /// The batch of a partition that may be sent now.
    private func ready(_ key: TopicPartition, _ nowMillis: Int64) -> Batch? {
        guard let slot = slots[key], isReady(partitions[slot], nowMillis) else { return nil }
        return partitions[slot].first
    }

    /// A request to a broker was answered, or never will be.
    mutating func requestEnded(_ broker: Int32) {
        underWay[broker] = underWay[broker].flatMap { $0 > 1 ? $0 - 1 : nil }
        isHeldUp = false
    }

    /// The next batch of a partition that is ready; it counts as under way.
    mutating func take(_ key: TopicPartition, nowMillis: Int64) -> Outgoing? {
        guard let slot = slots[key], isReady(partitions[slot], nowMillis),
            var batch = partitions[slot].popFirst()
        else { return nil }
        // Once the first of them is out again, the others follow as usual.
        partitions[slot].isRecovering = false
        if let identity = partitions[slot].identity {
            if Sabotage.retryWithNewSequence.isOn { batch.sequence = nil }
            let sequence = batch.sequence ?? partitions[slot].nextSequence
            if batch.sequence == nil {
                partitions[slot].nextSequence = Sequence32.advance(sequence, by: Int32(batch.builder.count))
            }
            batch.sequence = sequence
            batch.builder.setProducer(
                id: identity.id,
                epoch: identity.epoch,
                baseSequence: sequence,
                isTransactional: settings.isTransactional
            )
        }
        partitions[slot].inFlight.append(batch)
        return Outgoing(key: key, number: batch.number, builder: batch.builder)
    }

    /// How many batches, of the size at which they stop waiting, wait in each of these places to be sent.
    func queues(_ slots: [Int]) -> [Int] {
        slots.map { partitions[$0].waiting.count + partitions[$0].fill / settings.batchBytes }
    }

    /// When something becomes ready by itself; nil when only an event can make it so.
    func nextDeadline() -> Int64? {
        var result: Int64?
        for partition in partitions {
            guard let first = partition.first else { continue }
            let isDue = !partition.waiting.isEmpty || isFull(partition) && partition.inFlight.isEmpty
            var time = isDue ? 0 : first.createdMillis + settings.lingerMillis
            time = max(time, partition.retryAtMillis)
            // A batch that cannot go out must at least be given up in time.
            if lacksIdentity(partition) || partition.inFlight.count >= settings.maxInFlight
                || partition.isRecovering && !partition.inFlight.isEmpty
            {
                time = first.createdMillis + settings.deliveryMillis
            }
            result = min(result ?? .max, min(time, first.createdMillis + settings.deliveryMillis))
        }
        return result
    }

    // MARK: Answers come back

    /// A broker has taken the batch.
    mutating func succeeded(_ key: TopicPartition, _ number: UInt64, baseOffset: Int64) -> Completion? {
        guard let slot = slots[key], let batch = remove(key, number) else { return nil }
        settleIdentity(slot)
        return complete(key, batch, .success(baseOffset))
    }

    /// The batch did not get through. It goes out again if that can help and there is time; else its records fail.
    ///
    /// - Parameter hasMoved: whether it is known who takes it instead; then it goes out without a pause.
    /// - Returns: what was given up.
    mutating func failed(
        _ key: TopicPartition,
        _ number: UInt64,
        _ error: KafkaError,
        nowMillis: Int64,
        hasMoved: Bool = false
    ) -> [Completion] {
        guard let slot = slots[key], var batch = remove(key, number) else { return [] }
        defer { settleIdentity(slot) }
        let isTakenForDone = Sabotage.lostAnswerCountsAsSuccess.isOn && error.code == .connectionLost
        if error.serverCode == .duplicateSequenceNumber || isTakenForDone {
            return [complete(key, batch, .success(-1))]
        }
        let isOutOfOrder = error.serverCode == .outOfOrderSequenceNumber
        let hasTime = nowMillis - batch.createdMillis < settings.deliveryMillis
        if error.serverCode == .messageTooLarge, !batch.mayBeThere, hasTime, givenUp == nil,
            partitions[slot].split(batch)
        {
            return []
        }
        if !isOutOfOrder, error.serverCode != .notEnoughReplicas { batch.mayBeThere = true }
        // Behind one that failed, or whose failure is still to be told, the others are out of order; they go out again after it.
        let hasEarlier =
            partitions[slot].isRecovering || (partitions[slot].inFlight.first?.number ?? .max) < number
        let isBehind = isOutOfOrder && (hasEarlier || partitions[slot].needsIdentity)
        guard error.isRetriable || isBehind, hasTime, givenUp == nil else {
            return [complete(key, batch, .failure(givenUp ?? error))] + failUncertainBatches(from: batch, slot)
        }
        if partitions[slot].needsIdentity, batch.mayBeThere { return [complete(key, batch, .failure(Self.isUnknown))] }
        partitions[slot].isRecovering = true
        partitions[slot].retryAtMillis = nowMillis + (hasMoved ? 0 : settings.retryMillis)
        if Sabotage.bufferReused.isOn, let other = partitions.first(where: { $0.key != key && !$0.inFlight.isEmpty }) {
            batch.builder = other.inFlight[0].builder
        }
        partitions[slot].putBack(batch)
        return []
    }

    private static let isUnknown = KafkaError(
        .connectionLost,
        "delivery outcome unknown: the response was lost, and an earlier batch of the partition failed"
    )

    /// A batch was given up. If it had a number, so are those behind it that may be there already.
    private mutating func failUncertainBatches(from batch: Batch, _ slot: Int) -> [Completion] {
        guard batch.sequence != nil else { return [] }
        partitions[slot].needsIdentity = true
        let lost = partitions[slot].waiting.filter { $0.sequence != nil && $0.mayBeThere }
        partitions[slot].waiting.removeAll { $0.sequence != nil && $0.mayBeThere }
        return lost.map { complete(partitions[slot].key, $0, .failure(Self.isUnknown)) }
    }

    /// Gives up what has waited longer than the delivery timeout.
    mutating func expire(nowMillis: Int64) -> [Completion] {
        var result: [Completion] = []
        for slot in partitions.indices {
            while let first = partitions[slot].first, nowMillis - first.createdMillis >= settings.deliveryMillis {
                _ = partitions[slot].popFirst()
                let error = KafkaError(
                    .timedOut,
                    "\(partitions[slot].key) did not acknowledge the records within delivery.timeout.ms, \(settings.deliveryMillis)"
                )
                result.append(complete(partitions[slot].key, first, .failure(error)))
                result += failUncertainBatches(from: first, slot)
            }
            settleIdentity(slot)
        }
        return result
    }

    /// Gives up everything. Its sequence numbers may be known to brokers, so what comes later needs a new identity: under the old one it
    /// would look like a repetition.
    mutating func abandon(_ error: KafkaError) -> [Completion] {
        identity = nil
        var result: [Completion] = []
        for slot in partitions.indices {
            let key = partitions[slot].key
            let all = partitions[slot].inFlight + partitions[slot].waiting + (partitions[slot].open.map { [$0] } ?? [])
            // The place stays: somebody may know it.
            partitions[slot] = Partition(key: key)
            for batch in all { result.append(complete(key, batch, .failure(error))) }
        }
        return result
    }

    /// Gives up what is not under way; what is and fails is not tried again.
    mutating func giveUp(_ error: KafkaError) -> [Completion] {
        givenUp = givenUp ?? error
        var result: [Completion] = []
        for slot in partitions.indices {
            while let batch = partitions[slot].popFirst() {
                if batch.sequence != nil { partitions[slot].needsIdentity = true }
                result.append(complete(partitions[slot].key, batch, .failure(error)))
            }
        }
        return result
    }

    /// Failed batches are retried again from now on.
    mutating func allowRetries() { givenUp = nil }

    private mutating func remove(_ key: TopicPartition, _ number: UInt64) -> Batch? {
        guard let slot = slots[key], let index = partitions[slot].inFlight.firstIndex(where: { $0.number == number })
        else { return nil }
        return partitions[slot].inFlight.remove(at: index)
    }

    private mutating func complete(_ key: TopicPartition, _ batch: Batch, _ result: Result<Int64, KafkaError>)
        -> Completion
    {
        pendingBytes -= batch.bytes
        pendingRecords -= batch.builder.count
        return Completion(
            key: key,
            tokens: batch.tokens,
            bytes: batch.bytes,
            records: batch.builder.count,
            result: result
        )
    }
}
