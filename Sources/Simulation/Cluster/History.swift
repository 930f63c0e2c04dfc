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
        /// One producer, from its beginning to its end.
        var producer: String
        /// Its place among what the producer sent.
        var number: Int
        var partition: TopicPartition
        /// Milliseconds of the sender's clock.
        var wall: Int64 = 0
        /// Points in the order of all events here.
        var begun: Int
        var outcome = Outcome.pending
    }

    struct Place: Hashable {
        var partition: TopicPartition
        var offset: Int64
    }

    /// The offsets of a partition from one on were lost at some moment, and nobody is to blame for it.
    private struct Void {
        var from: Int64
        var moment: Int
    }

    /// A disk that was damaged and is not mended: whether the node has cut its log there is not known yet.
    private struct Doubt {
        var partition: TopicPartition
        /// What is wrong unless it has.
        var suspicions: [(invariant: String, what: String)] = []
    }

    private let timeline: Timeline
    private var moment = 0
    private(set) var sent: [String: Sent] = [:]
    /// What was found at each offset and has to stay there.
    private(set) var found: [Place: String] = [:]
    /// For each group the offsets that were committed and answered, and all that somebody tried to commit.
    private(set) var commits: [String: [TopicPartition: Int64]] = [:]
    private(set) var attempts: [String: [TopicPartition: Set<Int64>]] = [:]
    var starts = LogStarts()
    var owners = Ownership()
    var votes = Votes()
    /// Producer ids may have been given out twice: a restored copy of a directory does not know of all.
    private(set) var isIdempotenceVoid = false
    private var lastStart = 0
    private var lastPowerLoss = -1
    private var lastGroupLoss = -1
    /// When something of a partition was lost.
    private var lastLoss: [TopicPartition: Int] = [:]
    /// Where something was lost, the last offset that is there again, as far as is known.
    private var regained: [TopicPartition: Int64] = [:]
    /// Up to where logs have begun.
    private var begins: [TopicPartition: Int64] = [:]
    /// Where something was lost, the last offset that anybody may have read before.
    private var gone: [TopicPartition: Int64] = [:]
    /// The last offsets that nothing so far may have taken. What is behind them may be read for some time after a power cut by who fetched
    /// it before, so nothing follows from it.
    private var kept: [TopicPartition: Int64]?
    private var voids: [TopicPartition: [Void]] = [:]
    private var doubt: Doubt?
    /// Up to where it was looked whether what is deleted was old enough.
    private var aged: [TopicPartition: Int64] = [:]
    private var ends: [TopicPartition: Int64] = [:]
    /// Several nodes have replicas: what only the leader has may go with it.
    var isReplicated = false
    private(set) var reads = 0
    private(set) var acknowledged = 0

    init(_ timeline: Timeline) { self.timeline = timeline }

    func next() -> Int {
        moment += 1
        return moment
    }

    // MARK: Producers

    func begins(
        _ value: String,
        _ kind: ProducerKind,
        _ producer: String,
        _ number: Int,
        _ partition: TopicPartition,
        wall: Int64 = 0
    ) {
        sent[value] = Sent(
            kind: kind,
            producer: producer,
            number: number,
            partition: partition,
            wall: wall,
            begun: next()
        )
    }

    func ended(_ value: String, _ outcome: Outcome) {
        sent[value]?.outcome = outcome
        guard case .acknowledged(let offset, _) = outcome else { return }
        acknowledged += 1
        if let partition = sent[value]?.partition { ends[partition] = max(ends[partition] ?? 0, offset) }
        regains(value, offset)
    }

    /// A record is there. One that was sent after a loss proves that the log has come so far again.
    private func regains(_ value: String, _ offset: Int64) {
        guard let sent = sent[value], let known = regained[sent.partition], sent.begun > lastLoss[sent.partition] ?? -1
        else { return }
        regained[sent.partition] = max(known, offset)
    }

    /// The last offset that was acknowledged.
    func lastOffset(of partition: TopicPartition) -> Int64 { ends[partition] ?? 0 }

    /// Whether the record that was acknowledged at that offset has to be there. The answer to what was sent before a loss may have been on its
    /// way then.
    func isPromise(_ sent: Sent, _ offset: Int64) -> Bool {
        switch sent.kind {
        case .fireAndForget: return false
        case .leader: if isReplicated || sent.begun < lastPowerLoss { return false }
        case .idempotent: if isIdempotenceVoid { return false }
        case .all: break
        }
        return !(voids[sent.partition] ?? []).contains { $0.from <= offset && sent.begun < $0.moment }
    }

    /// I4: a broker says that the sequence number of a record's batch is not the next one.
    ///
    /// After a start a partition may know of the last batch only, as snapshots say no more; and a log that was cut does not know of what it
    /// lost, nor do those who wrote it know of the cut.
    func denied(_ value: String) {
        guard let record = sent[value], record.begun > lastStart, !isIdempotenceVoid else { return }
        let mates = sent.values.lazy.filter { $0.producer == record.producer && $0.partition == record.partition }
        let first = mates.map(\.begun).min() ?? record.begun
        if (voids[record.partition] ?? []).contains(where: { $0.moment > first }) { return }
        suspect(record.partition, "I4", "\(value): the order of its batches is denied")
    }

    /// What nobody has heard of, for a person to read.
    var pending: String {
        let names = sent.filter { if case .pending = $0.value.outcome { true } else { false } }.keys.sorted()
        return names.isEmpty ? "" : "; no outcome: \(names.prefix(8))"
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
            let what = "\(reader) read '\(value)' at \(place.text), where '\(before)' was read before"
            suspect(place.partition, "I2", what)
        }
        found[place] = value
        regains(value, place.offset)
    }

    /// Up to where what was found once has to stay.
    func keptUpTo(_ partition: TopicPartition) -> Int64 {
        let lost = (voids[partition] ?? []).map { $0.from - 1 }.min() ?? .max
        return min(lost, kept.map { $0[partition] ?? -1 } ?? .max)
    }

    // MARK: Groups

    /// - Returns: when that was.
    func tries(_ group: String, _ partition: TopicPartition, _ offset: Int64) -> Int {
        attempts[group, default: [:]][partition, default: []].insert(offset)
        return next()
    }

    /// - Parameter begun: when it was tried.
    func committed(_ group: String, _ partition: TopicPartition, _ offset: Int64, begun: Int) {
        // The answer may be of a log that is gone.
        if begun < lastLoss[partition] ?? -1 || begun < lastGroupLoss { return }
        // Who had read what is gone may still commit that, and then finds that its position is behind the log's end.
        // So may he have committed less than that, of what is still there: he, too, begins where `auto.offset.reset` says.
        if let last = regained[partition], offset > last + 1 || last < gone[partition] ?? -1 { return }
        let before = commits[group]?[partition] ?? 0
        commits[group, default: [:]][partition] = max(before, offset)
    }

    /// What had been committed and answered at some time.
    struct Promise {
        fileprivate var moment: Int
        fileprivate var offsets: [TopicPartition: Int64]
    }

    func promise(of group: String) -> Promise { Promise(moment: next(), offsets: commits[group] ?? [:]) }

    private func isVoid(_ promise: Promise) -> Bool {
        promise.moment < max(lastPowerLoss, lastGroupLoss, lastLoss.values.max() ?? -1)
    }

    /// G2: who commits less than was answered before it began does not know what it has taken over.
    func compares(_ partition: TopicPartition, _ offset: Int64, with earlier: Promise) {
        if isVoid(earlier) { return }
        if let floor = earlier.offsets[partition], offset < floor, isHeld(partition, floor) {
            suspect(partition, "G2", "\(partition) was committed at \(offset) by who had not seen \(floor)")
        }
    }

    /// G2 and G3: the group is where somebody committed, and not before what was answered when it was asked for.
    func audit(_ group: String, _ found: [TopicPartition: Int64], _ earlier: Promise) {
        if isVoid(earlier) { return }
        for (partition, floor) in earlier.offsets.sorted(by: { $0.key < $1.key }) {
            let offset = found[partition] ?? -1
            if offset < floor, isHeld(partition, floor) {
                suspect(partition, "G3", "\(partition) was committed at \(floor), and is at \(offset)")
            }
        }
        for (partition, offset) in found.sorted(by: { $0.key < $1.key })
        where attempts[group]?[partition]?.contains(offset) != true {
            timeline.violated("G2", "\(partition) is at \(offset), which nobody committed")
        }
    }

    // MARK: Where logs begin

    /// Some replica begins there at some time. Whose position was before that begins where `auto.offset.reset` says, and that may be earlier again
    /// by then.
    func began(_ partition: TopicPartition, at offset: Int64) {
        begins[partition] = max(begins[partition] ?? 0, offset)
    }

    /// Whether what was committed is a position that nobody had to give up for that.
    func isHeld(_ partition: TopicPartition, _ committed: Int64) -> Bool { committed >= begins[partition] ?? 0 }

    /// I7: somebody saw where a partition begins.
    ///
    /// - Parameters:
    ///   - look: of when they began to look.
    ///   - retention: `retention.ms` of the topic; nil keeps all.
    ///   - believed: the latest time by which nodes may have judged what is old.
    func saw(
        _ partition: TopicPartition,
        start: Int64,
        _ look: LogStarts.Look,
        now: Int64,
        retention: Int64?,
        believed: Int64
    ) {
        if let problem = starts.saw(partition, start, look, now: now) { timeline.violated("I7", problem) }
        let from = max(starts.asked(partition), aged[partition] ?? 0)
        if start <= from { return }
        aged[partition] = start
        let young = sent.filter { _, sent in
            guard sent.partition == partition, case .acknowledged(let offset, _) = sent.outcome else { return false }
            if let retention, sent.wall + retention <= believed { return false }
            return offset >= from && offset < start
        }
        for (value, sent) in young.sorted(by: { $0.key < $1.key }) {
            guard case .acknowledged(let offset, _) = sent.outcome else { continue }
            timeline.violated(
                "I7",
                "\(partition) begins at \(start): \(value) at \(offset) was neither old nor to be deleted"
            )
        }
    }

    /// The same of one of several replicas, each of which does its own retention: only what somebody deleted is gone from all.
    func sawReplica(_ partition: TopicPartition, start: Int64, _ look: LogStarts.Look) {
        if let problem = starts.isBack(partition, start, look) { timeline.violated("I7", problem) }
    }

    // MARK: Faults

    func nodeStarted() { lastStart = next() }

    /// A power cut may take what no answer promised. What is before something promised is as durable as that.
    func powerWasLost() {
        lastPowerLoss = next()
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

    /// The disk that has a partition was damaged there.
    func doubts(_ partition: TopicPartition) { doubt = Doubt(partition: partition) }

    /// It is mended. If nothing was lost, what was seen meanwhile has no excuse.
    func settles(lost: Bool) {
        let suspicions = doubt?.suspicions ?? []
        doubt = nil
        if lost { return }
        for suspicion in suspicions { timeline.violated(suspicion.invariant, suspicion.what) }
    }

    /// Something is wrong with a partition, unless its log, or the groups' log, was cut and that is not known yet.
    func suspect(_ partition: TopicPartition, _ invariant: String, _ what: String) {
        let isOfGroups = invariant.hasPrefix("G") && doubt?.partition.topic == Self.groupsTopic
        guard doubt?.partition == partition || isOfGroups else { return timeline.violated(invariant, what) }
        timeline.log("checker", "\(invariant), if nothing was lost: \(what)")
        doubt?.suspicions.append((invariant, what))
    }

    static let groupsTopic = "__consumer_offsets"

    /// What was acknowledged so far in a partition is void from an offset on.
    func lost(_ partition: TopicPartition, from offset: Int64) {
        timeline.log(
            "checker",
            "\(partition) lost what it had from offset \(offset) on, as its node says or cannot know"
        )
        let moment = next()
        voids[partition, default: []].append(Void(from: offset, moment: moment))
        lastLoss[partition] = moment
        regained[partition] = min(regained[partition] ?? .max, offset - 1)
        let read = found.keys.lazy.filter { $0.partition == partition }.map(\.offset).max() ?? -1
        gone[partition] = max(gone[partition] ?? -1, ends[partition] ?? -1, read)
        found = found.filter { $0.key.partition != partition || $0.key.offset < offset }
        // Who has read what is gone begins where `auto.offset.reset` says, and commits that, though it had committed less than what is gone.
        for group in commits.keys { commits[group]?[partition] = nil }
    }

    /// All that replicas had of a partition is void, also where its log begins: who leads next may know of less.
    func lostAll(_ partition: TopicPartition) {
        lost(partition, from: 0)
        starts.forget(partition)
    }

    /// The coordinators lost some of their log.
    func lostGroups() {
        timeline.log("checker", "the groups lost some of their log")
        commits = [:]
        lastGroupLoss = next()
        owners.forget()
    }

    /// What a restored copy of a directory knows.
    struct Memory {
        fileprivate var moment: Int
    }

    func remember() -> Memory { Memory(moment: next()) }

    /// A node has an older copy of its directory again: what was promised since is void, and nobody can tell.
    func restored(_ memory: Memory) {
        for partition in Set(sent.values.map(\.partition)).sorted() {
            var (known, unknown) = (Int64(-1), Int64.max)
            for sent in sent.values where sent.partition == partition {
                guard case .acknowledged(let offset, let moment) = sent.outcome, offset >= 0 else { continue }
                if moment > memory.moment { unknown = min(unknown, offset) } else { known = max(known, offset) }
            }
            lost(partition, from: min(unknown, known + 1))
        }
        (lastPowerLoss, lastGroupLoss) = (next(), next())
        // The coordinator may take members for those that it knew, wherever they begin.
        commits = [:]
        isIdempotenceVoid = true
        starts.forget()
        owners.forget()
        votes.forget()
    }
}

extension History.Place {
    var text: String { "\(partition)@\(offset)" }
}
