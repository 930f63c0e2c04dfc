import KafkaProtocol

/// What transactional producers sent and were told: the transactions of a run, and what readers of committed records saw of them.
/// Sendable: only the thread of the scheduler touches it.
final class Transfers: @unchecked Sendable {
    static let topic = "transfers"
    static let copies = "copies"
    static let group = "copiers"
    static let partitions = (0..<Int32(3)).map { TopicPartition(topic, $0) }
    static let copyPartitions = (0..<Int32(2)).map { TopicPartition(copies, $0) }
    /// `transaction.timeout.ms` of all producers.
    static let timeoutMillis: Int64 = 8000

    enum Outcome {
        case open
        case committed
        case aborted
        /// The producer does not know, or was fenced.
        case unknown
    }

    struct Transfer {
        var outcome = Outcome.open
        /// How many records it has. They are called `name/number`.
        var count = 0
        /// Those that were seen by readers of committed records.
        var seen: Set<String> = []
    }

    private(set) var all: [String: Transfer] = [:]
    /// Whether `transaction.version` becomes another one now and then.
    let changesVersion: Bool
    private let timeline: Timeline

    init(_ timeline: Timeline, changesVersion: Bool) {
        self.timeline = timeline
        self.changesVersion = changesVersion
    }

    // MARK: Producers

    func begins(_ name: String) { all[name] = Transfer() }

    /// The name of the transaction's next record.
    func adds(to name: String) -> String {
        all[name]?.count += 1
        return "\(name)/\(all[name]?.count ?? 0)"
    }

    func ended(_ name: String, _ outcome: Outcome) { all[name]?.outcome = outcome }

    // MARK: Readers

    static func transaction(of record: String) -> String {
        record.lastIndex(of: "/").map { String(record[..<$0]) } ?? record
    }

    /// T2: somebody saw a record who reads what is committed.
    func saw(_ record: String, _ place: History.Place, by reader: String) {
        let name = Self.transaction(of: record)
        guard let transfer = all[name] else {
            return timeline.violated("T2", "\(reader) read \(record) at \(place.text), which nobody sent")
        }
        switch transfer.outcome {
        case .aborted: timeline.violated("T2", "\(reader) read \(record) at \(place.text), which was aborted")
        case .open, .committed, .unknown: all[name]?.seen.insert(record)
        }
    }

    // MARK: The end

    /// T1: all of a transaction, or nothing of it; once.
    ///
    /// - Parameter found: how often each record can be read.
    func violations(_ found: [String: Int]) -> [(invariant: String, what: String)] {
        var result: [(String, String)] = []
        for (name, transfer) in all.sorted(by: { $0.key < $1.key }) {
            let records = (0..<transfer.count).map { "\(name)/\($0 + 1)" }
            let visible = records.filter { found[$0] != nil }
            for record in visible where found[record] ?? 0 > 1 {
                result.append(("T1", "\(record) is there \(found[record] ?? 0) times"))
            }
            switch transfer.outcome {
            case .committed where visible.count < records.count:
                let missing = records.first { found[$0] == nil } ?? ""
                result.append(("T1", "\(name) was committed, and \(missing) is not there"))
            case .aborted where !visible.isEmpty:
                result.append(("T2", "\(name) was aborted, and \(visible[0]) is there"))
            case .open, .unknown:
                // What could not be sent belongs to no transaction: only a commit says that all was.
                if visible.isEmpty, let gone = transfer.seen.min() {
                    result.append(("I6", "\(gone) was read, and is not there any more"))
                }
            default: break
            }
            for record in transfer.seen.sorted() where found[record] == nil && !visible.isEmpty {
                result.append(("I6", "\(record) was read, and is not there any more"))
            }
        }
        for (record, _) in found.sorted(by: { $0.key < $1.key }) where all[Self.transaction(of: record)] == nil {
            result.append(("T2", "\(record) is there, which nobody sent"))
        }
        return result
    }

    /// T5: what was copied is what there was to copy, each once.
    static func violations(copied: [String: Int], of found: [String: Int]) -> [(invariant: String, what: String)] {
        var result: [(String, String)] = []
        for (record, count) in copied.sorted(by: { $0.key < $1.key }) where count != found[record] ?? 0 {
            result.append(("T5", "\(record) was copied \(count) times, and is there \(found[record] ?? 0) times"))
        }
        for (record, _) in found.sorted(by: { $0.key < $1.key }) where copied[record] == nil {
            result.append(("T5", "\(record) was not copied"))
        }
        return result
    }
}
