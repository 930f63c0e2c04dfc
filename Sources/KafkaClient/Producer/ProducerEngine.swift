import DequeModule
import KafkaProtocol
import KafkaRecords
import NIOCore

/// What a producer decides: which records make a batch, which batches may be sent now, with which sequence numbers, and what a broker's
/// answer means for those behind. No socket, no clock, no thread: times are milliseconds that come in, batches to be sent go out.
///
/// Several batches of a partition may be under way. When one of them fails for a reason that passes, no further one is sent until all that
/// were under way have come back; then those that failed go out again in the order of their sequence numbers, which they keep. So
/// the order holds, and a broker recognises what it had already (KIP-98).
struct ProducerEngine {
    /// A record's place in the mind of the shell, which waits for it.
    typealias Token = UInt64

    struct Settings {
        var isIdempotent = true
        var lingerMillis: Int64 = 5
        var batchBytes = 16384
        var deliveryMillis: Int64 = 120_000
        var retryMillis: Int64 = 100
        var maxInFlight = 5
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
    }

    private struct Batch {
        let number: UInt64
        var builder: RecordBatchBuilder
        var bytes = 0
        var tokens: [(index: Int, token: Token)] = []
        let createdMillis: Int64
        var isClosed = false
        var sequence: Int32?
    }

    private struct Partition {
        var waiting: Deque<Batch> = []
        /// Ascending by sequence number.
        var inFlight: Deque<Batch> = []
        var nextSequence: Int32 = 0
        /// Set when a batch came back: the others have to come back before anything is sent.
        var isRecovering = false
        var retryAtMillis: Int64 = 0
    }

    private let settings: Settings
    private var partitions: [TopicPartition: Partition] = [:]
    private(set) var identity: Identity?
    /// A batch with a sequence number was given up, so the numbers behind it lead nowhere: a new identity is needed.
    private var needsIdentity: Bool
    private var nextNumber: UInt64 = 0
    /// Bytes of records that were accepted and have no result.
    private(set) var pendingBytes = 0
    private(set) var pendingRecords = 0

    init(_ settings: Settings) {
        self.settings = settings
        needsIdentity = settings.isIdempotent
    }

    // MARK: Records come in

    /// Takes a record.
    ///
    /// - Returns: whether something may be ready to be sent now.
    mutating func append(
        _ record: ProducerRecord,
        to key: TopicPartition,
        token: Token?,
        nowMillis: Int64
    ) -> Bool {
        let size = record.size
        var isReady = false
        var partition = partitions.removeValue(forKey: key) ?? Partition()
        if let last = partition.waiting.indices.last, !partition.waiting[last].isClosed,
            partition.waiting[last].builder.size + size > settings.batchBytes
        {
            partition.waiting[last].isClosed = true
            isReady = true
        }
        if partition.waiting.last.map(\.isClosed) ?? true {
            partition.waiting.append(newBatch(nowMillis))
            isReady = isReady || settings.lingerMillis == 0
        }
        let last = partition.waiting.count - 1
        if let token { partition.waiting[last].tokens.append((partition.waiting[last].builder.count, token)) }
        partition.waiting[last].builder.append(
            timestamp: record.timestamp ?? nowMillis,
            key: record.key,
            value: record.value,
            headers: record.headers
        )
        partition.waiting[last].bytes += size
        if partition.waiting[last].builder.size >= settings.batchBytes {
            partition.waiting[last].isClosed = true
            isReady = true
        }
        pendingBytes += size
        pendingRecords += 1
        partitions[key] = partition
        return isReady
    }

    private mutating func newBatch(_ nowMillis: Int64) -> Batch {
        nextNumber += 1
        let builder = RecordBatchBuilder(compression: settings.compression, capacity: settings.batchBytes)
        return Batch(number: nextNumber, builder: builder, createdMillis: nowMillis)
    }

    /// All that waits may be sent at once.
    mutating func closeAll() {
        for key in partitions.keys {  // ordered: each is treated alike
            guard let last = partitions[key]?.waiting.indices.last else { continue }
            partitions[key]?.waiting[last].isClosed = true
        }
    }

    // MARK: Batches go out

    /// Whether a producer id has to be asked for before anything is sent: at the beginning, and when a batch with a sequence number was given up.
    var wantsIdentity: Bool { needsIdentity && !partitions.values.contains { !$0.inFlight.isEmpty } }

    /// A producer id was given. All that waits gets new sequence numbers, from 0 in each partition.
    mutating func identityArrived(_ identity: Identity) {
        self.identity = identity
        needsIdentity = false
        for key in partitions.keys {  // ordered: each is treated alike
            partitions[key]?.nextSequence = 0
            for index in partitions[key]?.waiting.indices ?? 0..<0 { partitions[key]?.waiting[index].sequence = nil }
        }
    }

    /// Partitions of which something may be sent now, ascending.
    func ready(nowMillis: Int64) -> [TopicPartition] {
        if needsIdentity { return [] }
        return partitions.filter { isReady($0.value, nowMillis) }.keys.sorted()
    }

    private func isReady(_ partition: Partition, _ nowMillis: Int64) -> Bool {
        guard let first = partition.waiting.first else { return false }
        if partition.isRecovering { return partition.inFlight.isEmpty && nowMillis >= partition.retryAtMillis }
        return partition.inFlight.count < settings.maxInFlight && nowMillis >= partition.retryAtMillis
            && (first.isClosed || nowMillis - first.createdMillis >= settings.lingerMillis)
    }

    /// The next batch of a partition that is ready; it counts as under way.
    mutating func take(_ key: TopicPartition, nowMillis: Int64) -> Outgoing? {
        guard !needsIdentity, var partition = partitions[key], isReady(partition, nowMillis),
            var batch = partition.waiting.popFirst()
        else { return nil }
        batch.isClosed = true
        // Once the first of them is out again, the others follow as usual.
        partition.isRecovering = false
        if let identity {
            let sequence = batch.sequence ?? partition.nextSequence
            if batch.sequence == nil {
                partition.nextSequence = Sequence32.advance(sequence, by: Int32(batch.builder.count))
            }
            batch.sequence = sequence
            batch.builder.setProducer(id: identity.id, epoch: identity.epoch, baseSequence: sequence)
        }
        partition.inFlight.append(batch)
        partitions[key] = partition
        return Outgoing(key: key, number: batch.number, builder: batch.builder)
    }

    /// When something becomes ready by itself; nil when only an event can make it so.
    func nextDeadline() -> Int64? {
        var result: Int64?
        for partition in partitions.values {
            guard let first = partition.waiting.first else { continue }
            var time = first.isClosed ? 0 : first.createdMillis + settings.lingerMillis
            time = max(time, partition.retryAtMillis)
            // A batch that cannot go out must at least be given up in time.
            if needsIdentity || partition.inFlight.count >= settings.maxInFlight
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
        guard let batch = remove(key, number) else { return nil }
        return complete(key, batch, .success(baseOffset))
    }

    /// The batch did not get through. It goes out again if that can help and there is time; else its records fail.
    mutating func failed(
        _ key: TopicPartition,
        _ number: UInt64,
        _ error: KafkaError,
        nowMillis: Int64
    ) -> Completion? {
        guard let batch = remove(key, number) else { return nil }
        if error.serverCode == .duplicateSequenceNumber { return complete(key, batch, .success(-1)) }
        // Behind one that failed, or whose failure is still to be told, the others are out of order; they go out again after it.
        let hasEarlier =
            partitions[key]?.isRecovering == true || (partitions[key]?.inFlight.first?.number ?? .max) < number
        let isBehind = error.serverCode == .outOfOrderSequenceNumber && hasEarlier
        let hasTime = nowMillis - batch.createdMillis < settings.deliveryMillis
        guard error.isRetriable || isBehind, hasTime else {
            if batch.sequence != nil { needsIdentity = true }
            return complete(key, batch, .failure(error))
        }
        partitions[key]?.isRecovering = true
        partitions[key]?.retryAtMillis = nowMillis + settings.retryMillis
        let waiting = partitions[key]?.waiting ?? []
        let position = waiting.firstIndex { $0.number > batch.number } ?? waiting.count
        partitions[key]?.waiting.insert(batch, at: position)
        return nil
    }

    /// Gives up what has waited longer than the delivery timeout.
    mutating func expire(nowMillis: Int64) -> [Completion] {
        var result: [Completion] = []
        for key in partitions.keys.sorted() {
            while let first = partitions[key]?.waiting.first, nowMillis - first.createdMillis >= settings.deliveryMillis
            {
                partitions[key]?.waiting.removeFirst()
                // A broker may have it; the numbers behind it can't be used.
                if first.sequence != nil { needsIdentity = true }
                let error = KafkaError(
                    .timedOut,
                    "\(key) did not take the records within \(settings.deliveryMillis) ms"
                )
                result.append(complete(key, first, .failure(error)))
            }
        }
        return result
    }

    /// Gives up everything. Its sequence numbers may be known to brokers, so what comes later needs a new identity: under the old one it
    /// would look like a repetition.
    mutating func abandon(_ error: KafkaError) -> [Completion] {
        needsIdentity = settings.isIdempotent
        var result: [Completion] = []
        for key in partitions.keys.sorted() {
            let all = (partitions[key]?.inFlight ?? []) + (partitions[key]?.waiting ?? [])
            partitions[key] = nil
            for batch in all { result.append(complete(key, batch, .failure(error))) }
        }
        return result
    }

    private mutating func remove(_ key: TopicPartition, _ number: UInt64) -> Batch? {
        guard let index = partitions[key]?.inFlight.firstIndex(where: { $0.number == number }) else { return nil }
        return partitions[key]?.inFlight.remove(at: index)
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
