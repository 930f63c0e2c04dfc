import KafkaProtocol

/// What was written to compacted topics, and what a reader has to see of it.
/// Sendable: only the thread of the scheduler touches it.
final class CompactedHistory: @unchecked Sendable {
    /// A record; its name is in a header, since some have no value.
    struct Written: Equatable {
        var key: String
        /// nil: a tombstone.
        var value: String?
        /// Milliseconds of the clock that all clients share.
        var timestamp: Int64
    }

    /// When a reader is judged.
    struct Moment {
        /// Milliseconds of the clients' clock.
        var wall: Int64
        /// The latest time by which nodes may have judged what is old.
        var believed: Int64
        /// Some node's clock was set, or a pass took so long that what it drops or begins to keep is judged by a time long past.
        var areClocksWrong: Bool
        /// No fault is left, and nothing is on its way.
        var isCalm: Bool
    }

    /// What is on its way for longer is lost.
    private static let lingerMillis: Int64 = 70_000
    /// A pass takes less time: what it drops, or begins to keep, is judged by when it began.
    static let passMillis: Int64 = 6000

    private let history: History
    private let timeline: Timeline
    private let minLagMillis: Int64
    private(set) var written: [String: Written] = [:]
    private var names: [TopicPartition: [String: [String]]] = [:]
    private var acknowledged: [History.Place: String] = [:]

    init(_ history: History, _ timeline: Timeline, minLagMillis: Int64) {
        (self.history, self.timeline, self.minLagMillis) = (history, timeline, minLagMillis)
    }

    // MARK: Producers

    func begins(
        _ name: String,
        _ record: Written,
        _ kind: ProducerKind,
        _ producer: String,
        _ number: Int,
        _ partition: TopicPartition
    ) {
        history.begins(name, kind, producer, number, partition, wall: record.timestamp)
        written[name] = record
        names[partition, default: [:]][record.key, default: []].append(name)
    }

    func ended(_ name: String, _ outcome: History.Outcome) {
        history.ended(name, outcome)
        guard case .acknowledged(let offset, _) = outcome, offset >= 0, let sent = history.sent[name] else { return }
        acknowledged[History.Place(partition: sent.partition, offset: offset)] = name
    }

    // MARK: Readers

    /// Somebody begins to read.
    func scan(_ partition: TopicPartition, from offset: Int64, wall: Int64) -> CompactedScan {
        CompactedScan(partition, from: offset, moment: history.next(), wall: wall)
    }

    /// I2, I3, I5, C2: somebody read a record.
    func read(_ name: String, _ record: Written, at offset: Int64, _ scan: inout CompactedScan, by reader: String) {
        let place = History.Place(partition: scan.partition, offset: offset)
        history.read(name, place, by: reader)
        if offset < scan.position {
            timeline.violated("I3", "\(reader) read \(place.text) behind offset \(scan.position - 1)")
        }
        if let known = written[name], known != record {
            timeline.violated("C2", "\(name) was written as \(known), and \(reader) read \(record) at \(place.text)")
        }
        if let other = acknowledged[place], other != name, let sent = history.sent[other],
            history.isPromise(sent, offset), scan.isCalm || offset <= history.keptUpTo(scan.partition)
        {
            let what = "\(reader) read '\(name)' at \(place.text), where '\(other)' was acknowledged"
            history.suspect(scan.partition, "I2", what)
        }
        if let sent = history.sent[name], sent.kind == .idempotent, !history.isIdempotenceVoid {
            if let before = scan.numbers[sent.producer], before >= sent.number {
                timeline.violated("I4", "\(reader) read '\(name)' at \(place.text) twice, or behind a later one")
            }
            scan.numbers[sent.producer] = sent.number
        }
        scan.saw(name, record.key, at: offset)
    }

    /// What a reader who has got to the end has missed.
    func violations(of scan: CompactedScan, _ moment: Moment) -> [(invariant: String, what: String)] {
        var found: [(String, String)] = []
        for (key, all) in (names[scan.partition] ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let what = missed(key, all, scan, moment) { found.append(what) }
        }
        return found + missedYoung(scan, moment)
    }

    private func offset(_ name: String) -> Int64? {
        if case .acknowledged(let offset, _) = history.sent[name]?.outcome, offset >= 0 { offset } else { nil }
    }

    /// The offset of a record that has to be in the log, or what has replaced it, when somebody begins to read.
    private func promise(_ name: String, _ scan: CompactedScan) -> Int64? {
        guard let sent = history.sent[name], case .acknowledged(let offset, let at) = sent.outcome, at < scan.moment,
            offset >= scan.first, offset < scan.position, history.isPromise(sent, offset)
        else { return nil }
        return offset
    }

    /// C1 and C3: the last value of a key.
    private func missed(
        _ key: String,
        _ all: [String],
        _ scan: CompactedScan,
        _ moment: Moment
    ) -> (String, String)? {
        let promises = all.compactMap { name in promise(name, scan).map { (name: name, offset: $0) } }
        guard let last = promises.max(by: { $0.offset < $1.offset }), let record = written[last.name] else {
            return nil
        }
        let seen = scan.last[key]
        if let seen, seen.offset >= last.offset { return nil }
        if scan.partition.topic == CompactedTopics.ledger,
            record.timestamp + CompactedTopics.retentionMillis <= moment.believed
        {
            return nil
        }
        if all.contains(where: { mayLieBehind($0, scan, moment) }) { return nil }
        let isTombstone = record.value == nil
        // Each replica compacts for itself, and a reader may go from one to another.
        if seen != nil, !history.isReplicated {
            // What it deletes or replaces was there when the reader passed, so its time had not begun.
            let wasQuick = moment.wall - scan.wall < CompactedTopics.deleteRetentionMillis - Self.passMillis
            if !wasQuick || moment.areClocksWrong, isTombstone { return nil }
            if !wasQuick || moment.areClocksWrong, isDeleted(all, behind: last, moment) { return nil }
        } else {
            if isTombstone, isPast(record, moment) { return nil }
            if isDeleted(all, behind: last, moment) { return nil }
        }
        let shown = seen.map { "the last that it has is '\($0.name)' at \($0.offset)" } ?? "it has nothing"
        let range = "who reads from \(scan.first) to \(scan.position) misses it: \(shown)"
        let age = "\(moment.wall - record.timestamp) ms ago"
        let what =
            "'\(last.name)', written \(age), was the last of \(key) at \(scan.partition)@\(last.offset); \(range)"
        return (isTombstone ? "C3" : "C1", what)
    }

    private func isPast(_ record: Written, _ moment: Moment) -> Bool {
        moment.areClocksWrong || moment.wall - record.timestamp >= CompactedTopics.deleteRetentionMillis
    }

    /// Whether a record may be where the reader has not been.
    private func mayLieBehind(_ name: String, _ scan: CompactedScan, _ moment: Moment) -> Bool {
        guard let sent = history.sent[name] else { return false }
        switch sent.outcome {
        case .acknowledged(let offset, _):
            if offset >= 0 { return offset >= scan.position }
            return !moment.isCalm && moment.wall - sent.wall < Self.lingerMillis
        case .pending: return true
        case .unknown: return !moment.isCalm && moment.wall - sent.wall < Self.lingerMillis
        case .refused: return false
        }
    }

    /// Whether a tombstone that is not known to be in the log may have deleted the key, and be gone.
    private func isDeleted(_ all: [String], behind last: (name: String, offset: Int64), _ moment: Moment) -> Bool {
        all.contains { name in
            guard name != last.name, let record = written[name], record.value == nil, isPast(record, moment) else {
                return false
            }
            switch history.sent[name]?.outcome {
            case .acknowledged(let offset, _): return offset < 0 || offset > last.offset
            case .pending, .unknown: return true
            case .refused, nil: return false
            }
        }
    }

    /// C5: what is younger than `min.compaction.lag.ms` is all there.
    private func missedYoung(_ scan: CompactedScan, _ moment: Moment) -> [(String, String)] {
        if minLagMillis == 0 || moment.areClocksWrong || moment.isCalm { return [] }
        let since = moment.wall - minLagMillis
        return (names[scan.partition] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value).compactMap { name in
            guard let record = written[name], record.timestamp > since, let offset = promise(name, scan),
                scan.names[offset] == nil
            else { return nil }
            let place = "\(scan.partition)@\(offset)"
            return ("C5", "'\(name)' at \(place) is \(moment.wall - record.timestamp) ms old and is not there")
        }
    }
}

/// A reader on its way through a partition.
struct CompactedScan {
    let partition: TopicPartition
    let first: Int64
    /// When it began.
    let moment: Int
    let wall: Int64
    /// No fault is left, and the reader has nothing of what was before.
    var isCalm = false
    /// Up to where it has come.
    var position: Int64
    /// What it saw last of each key, and of each producer.
    fileprivate(set) var last: [String: (offset: Int64, name: String)] = [:]
    fileprivate var numbers: [String: Int] = [:]
    /// What it saw, by offset.
    fileprivate(set) var names: [Int64: String] = [:]

    init(_ partition: TopicPartition, from offset: Int64, moment: Int, wall: Int64) {
        (self.partition, first, position, self.moment, self.wall) = (partition, offset, offset, moment, wall)
    }

    fileprivate mutating func saw(_ name: String, _ key: String, at offset: Int64) {
        last[key] = (offset, name)
        names[offset] = name
        position = max(position, offset + 1)
    }
}
