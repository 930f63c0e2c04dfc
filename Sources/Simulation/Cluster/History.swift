import KafkaProtocol

/// What clients asked for and were told, for the checks.
/// Sendable: only the thread of the scheduler touches it.
final class History: @unchecked Sendable {
    enum Outcome {
        case pending
        /// The offset is -1 where the broker does not say.
        case acknowledged(offset: Int64, at: Int)
        /// Nobody knows whether it was written.
        case unknown
        /// It was certainly not written.
        case refused
    }

    struct Sent {
        var kind: ProducerKind
        var producer: String
        /// Its place among what the producer sent.
        var number: Int
        var partition: TopicPartition
        /// Points in the order of all events here.
        var begun: Int
        var outcome = Outcome.pending
    }

    struct Place: Hashable {
        var partition: TopicPartition
        var offset: Int64
    }

    private let timeline: Timeline
    private var moment = 0
    private(set) var sent: [String: Sent] = [:]
    /// What was found at each offset and has to stay there.
    private(set) var found: [Place: String] = [:]
    /// For each group the offsets that were committed and answered, and all that somebody tried to commit.
    private(set) var commits: [String: [TopicPartition: Int64]] = [:]
    private(set) var attempts: [String: [TopicPartition: Set<Int64>]] = [:]
    private(set) var hasLostPower = false
    /// The last offsets that no power cut so far may have taken. What is behind them may be read for some time after a cut by who fetched it
    /// before, so nothing follows from it.
    private var kept: [TopicPartition: Int64] = [:]
    private(set) var reads = 0
    private(set) var acknowledged = 0

    init(_ timeline: Timeline) { self.timeline = timeline }

    func next() -> Int {
        moment += 1
        return moment
    }

    // MARK: Producers

    func begins(_ value: String, _ kind: ProducerKind, _ producer: String, _ number: Int, _ partition: TopicPartition) {
        sent[value] = Sent(kind: kind, producer: producer, number: number, partition: partition, begun: next())
    }

    func ended(_ value: String, _ outcome: Outcome) {
        if case .acknowledged = outcome { acknowledged += 1 }
        sent[value]?.outcome = outcome
    }

    // MARK: Consumers

    /// Somebody read a record.
    func read(_ value: String, _ place: Place, by reader: String) {
        reads += 1
        guard let sent = sent[value] else {
            return timeline.violated("I5", "\(reader) read '\(value)' at \(place.text), which nobody sent")
        }
        if sent.partition != place.partition {
            timeline.violated("I5", "'\(value)' was sent to \(sent.partition) and read at \(place.text)")
        }
        if case .refused = sent.outcome {
            timeline.violated("I5", "'\(value)' was refused, and \(reader) read it at \(place.text)")
        }
        if let before = found[place], before != value, place.offset <= keptUpTo(place.partition) {
            timeline.violated("I2", "\(reader) read '\(value)' at \(place.text), where '\(before)' was read before")
        }
        found[place] = value
    }

    /// Up to where what was found once has to stay.
    func keptUpTo(_ partition: TopicPartition) -> Int64 { hasLostPower ? kept[partition] ?? -1 : .max }

    // MARK: Groups

    func tries(_ group: String, _ partition: TopicPartition, _ offset: Int64) {
        attempts[group, default: [:]][partition, default: []].insert(offset)
    }

    func committed(_ group: String, _ partition: TopicPartition, _ offset: Int64) {
        let before = commits[group]?[partition] ?? 0
        commits[group, default: [:]][partition] = max(before, offset)
    }

    // MARK: Faults

    /// A power cut may take what no answer promised. What is before something promised is as durable as that.
    func powerWasLost() {
        hasLostPower = true
        var durable: [TopicPartition: Int64] = [:]
        for sent in sent.values {
            guard sent.kind.isDurable, case .acknowledged(let offset, _) = sent.outcome else { continue }
            durable[sent.partition] = max(durable[sent.partition] ?? -1, offset)
        }
        kept = durable
        found = found.filter { $0.key.offset <= durable[$0.key.partition] ?? -1 }
        // Who has committed behind what is gone begins where `auto.offset.reset` says.
        for (group, offsets) in commits {
            commits[group] = offsets.filter { $0.value <= (durable[$0.key] ?? -1) + 1 }
        }
    }
}

extension History.Place {
    var text: String { "\(partition)@\(offset)" }
}
