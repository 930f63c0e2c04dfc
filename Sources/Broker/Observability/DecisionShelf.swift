import DequeModule
import KafkaProtocol

/// The last decisions of one kind, the oldest first. Bounded by their number and by the bytes of the texts in them.
struct DecisionShelf: Sendable {
    enum Kind: CaseIterable, Sendable {
        /// About brokers, the quorum, the controller.
        case cluster
        case partitions
        case groups

        /// A decision takes some hundred bytes without its texts.
        var limit: Int {
            switch self {
            case .cluster: 512
            case .partitions: 4096
            case .groups: 1024
            }
        }
    }

    struct Entry: Equatable, Sendable {
        /// Of this node, in the order in which they were made.
        var number: Int64
        var at: WallTime
        /// The same was decided so often in a row, first at `firstAt`.
        var count: Int32 = 1
        var firstAt: WallTime
        var decision: NodeDecision
    }

    /// Of texts.
    static let bytesLimit = 1 << 20
    /// How far back the same decision is looked for.
    private static let repetitionDistance = 16

    private let limit: Int
    private let bytesLimit: Int
    private(set) var entries: Deque<Entry> = []
    private var bytes = 0
    /// How many had to make room.
    private(set) var forgotten: Int64 = 0

    /// - Parameter limit: at least 1.
    init(limit: Int, bytesLimit: Int = DecisionShelf.bytesLimit) {
        self.limit = max(1, limit)
        self.bytesLimit = bytesLimit
    }

    /// Those that were made after one of that number.
    func after(_ number: Int64) -> [Entry] { entries.reversed().prefix { $0.number > number }.reversed() }

    mutating func add(_ entry: Entry) {
        var entry = entry
        // By index: a slice would hold the entries, and each change copy them.
        let recent = max(0, entries.count - Self.repetitionDistance)..<entries.count
        if let place = recent.last(where: { entries[$0].decision == entry.decision }) {
            let known = entries.remove(at: place)
            entry.count = known.count == .max ? .max : known.count + 1
            entry.firstAt = known.firstAt
        } else {
            bytes += entry.decision.textBytes
        }
        entries.append(entry)
        while entries.count > limit || bytes > bytesLimit, let oldest = entries.popFirst() {
            bytes -= oldest.decision.textBytes
            forgotten += 1
        }
    }
}
