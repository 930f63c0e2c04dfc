import DequeModule
import KafkaProtocol
import KafkaRecords
import NIOCore

/// What a producer keeps of each partition.
extension ProducerEngine {
    struct Batch {
        /// How many numbers a batch has for itself, so that each of its parts gets one of its own when it is split.
        static let numbers: UInt64 = 1 << 24

        /// Ascending in the order of a partition's batches.
        let number: UInt64
        /// From `number` on.
        var numbers = Self.numbers
        var builder: RecordBatchBuilder
        var bytes = 0
        var tokens: [(index: Int, token: Token)] = []
        let createdMillis: Int64
        var sequence: Int32?
        /// An answer was lost, or told of a failure that may have come after the broker had taken it.
        var mayBeThere = false

        /// - Returns: the size of the batch now.
        mutating func add(_ record: ProducerRecord, _ size: Int, _ timestamp: Int64, _ token: Token?) -> Int {
            if let token { tokens.append((builder.count, token)) }
            builder.append(timestamp: timestamp, key: record.key, value: record.value, headers: record.headers)
            bytes += size
            return builder.size
        }

        /// Two batches with half of the records each, in its place; nil when it has only one record.
        func halves() -> (Batch, Batch)? {
            guard numbers > 1, let (front, back) = try? builder.halves() else { return nil }
            let place = number + numbers / 2
            var parts = (self, Batch(number: place, builder: back, createdMillis: createdMillis))
            parts.0.builder = front
            parts.0.bytes = bytes * front.count / builder.count
            parts.1.bytes = bytes - parts.0.bytes
            parts.0.numbers = numbers / 2
            parts.1.numbers = numbers - numbers / 2
            parts.0.tokens = tokens.filter { $0.index < front.count }
            parts.1.tokens = tokens.filter { $0.index >= front.count }.map { ($0.index - front.count, $0.token) }
            parts.1.sequence = sequence.map { Sequence32.advance($0, by: Int32(front.count)) }
            return parts
        }
    }

    struct Partition {
        let key: TopicPartition
        /// Takes records; behind all that wait.
        var open: Batch?
        /// Bytes of the open batch; 0 when there is none.
        var fill = 0
        /// Closed, or back for another try; ascending by sequence number.
        var waiting: Deque<Batch> = []
        /// Ascending by sequence number.
        var inFlight: Deque<Batch> = []
        /// Under whose numbers its batches go out.
        var identity: Identity?
        /// A batch with a sequence number was given up.
        var needsIdentity = false
        var nextSequence: Int32 = 0
        /// Set when a batch came back: the others have to come back before anything is sent.
        var isRecovering = false
        var retryAtMillis: Int64 = 0

        /// How large a batch usually is when it goes out.
        var usualBytes = 0
        /// False once the broker has refused a batch for its size.
        var mayGrow = true

        var first: Batch? { waiting.first ?? open }

        mutating func popFirst() -> Batch? {
            let batch = waiting.popFirst() ?? open
            if let batch, batch.number == open?.number { (open, fill) = (nil, 0) }
            usualBytes = batch?.builder.size ?? 0
            return batch
        }

        /// Back for another try.
        mutating func putBack(_ batch: Batch) {
            waiting.insert(batch, at: waiting.firstIndex { $0.number > batch.number } ?? waiting.count)
        }

        mutating func close() {
            guard let batch = open else { return }
            (open, fill) = (nil, 0)
            waiting.append(batch)
        }

        /// What waits gets new numbers.
        mutating func adopt(_ identity: Identity) {
            self.identity = identity
            needsIdentity = false
            nextSequence = 0
            for index in waiting.indices { waiting[index].sequence = nil }
        }

        /// A batch that was under way, and is too large for the broker, goes out again in two parts. No other grows as large from now on.
        ///
        /// - Returns: false when it cannot be parted.
        mutating func split(_ batch: Batch) -> Bool {
            guard let (front, back) = batch.halves() else { return false }
            (mayGrow, isRecovering, retryAtMillis) = (false, true, 0)
            putBack(front)
            putBack(back)
            return true
        }
    }
}
