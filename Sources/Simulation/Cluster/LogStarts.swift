import KafkaProtocol

/// I7: where logs begin. Never moves back, and up only as far as somebody asked or retention allows.
struct LogStarts {
    private struct Seen {
        var offset: Int64
        var nanoseconds: Int64
    }

    /// What somebody who looks for the start of a log may expect.
    struct Look {
        /// It begins there at least.
        var least: Int64
        fileprivate var turn: Int
        fileprivate var copies: Int
    }

    /// How long a node may take until a start that it shows outlives its end: checkpoints are written that often.
    static let checkpointNanoseconds: Int64 = 45_000_000_000

    private var promised: [TopicPartition: Int64] = [:]
    private var seen: [TopicPartition: [Seen]] = [:]
    private var asked: [TopicPartition: Int64] = [:]
    /// Counts what makes nodes forget: the answers of those before mean nothing to those after.
    private var turn = 0
    /// The same for what no node forgets by itself.
    private var copies = 0

    /// Somebody asks to delete what is below an offset; whether that will be done is not known.
    mutating func asks(_ partition: TopicPartition, before offset: Int64) {
        asked[partition] = max(asked[partition] ?? 0, offset)
    }

    /// The answer to that: it outlives everything.
    mutating func answered(_ partition: TopicPartition, _ offset: Int64, _ look: Look) {
        if look.copies == copies { promised[partition] = max(promised[partition] ?? 0, offset) }
    }

    /// Somebody begins to look.
    func look(_ partition: TopicPartition) -> Look { Look(least: least(partition), turn: turn, copies: copies) }

    private func least(_ partition: TopicPartition) -> Int64 {
        max(promised[partition] ?? 0, seen[partition]?.last?.offset ?? 0)
    }

    /// What nobody has to have asked for: the offsets from here on.
    func asked(_ partition: TopicPartition) -> Int64 { asked[partition] ?? 0 }

    /// Somebody looked.
    ///
    /// - Returns: what is wrong with that.
    mutating func saw(_ partition: TopicPartition, _ offset: Int64, _ look: Look, now: Int64) -> String? {
        if look.turn != turn { return nil }
        if let problem = isBack(partition, offset, look) { return problem }
        if offset > seen[partition]?.last?.offset ?? 0 {
            seen[partition, default: []].append(Seen(offset: offset, nanoseconds: now))
        }
        return nil
    }

    /// What is wrong with a start that is seen by who expects more.
    func isBack(_ partition: TopicPartition, _ offset: Int64, _ look: Look) -> String? {
        if offset >= look.least || look.copies != copies { return nil }
        let who = look.least == promised[partition] ? "as DeleteRecords said" : "as somebody saw"
        return "\(partition) begins at \(offset), and began at \(look.least) before, \(who)"
    }

    /// A node ended without order: what it showed only now may not have reached a checkpoint.
    mutating func nodeEnded(now: Int64) {
        turn += 1
        for (partition, list) in seen {
            seen[partition] = list.filter { now - $0.nanoseconds >= Self.checkpointNanoseconds }
        }
    }

    /// The same of one partition; what somebody is looking at meanwhile is not compared with what was before.
    mutating func forget(_ partition: TopicPartition) {
        (promised[partition], seen[partition], turn, copies) = (nil, nil, turn + 1, copies + 1)
    }

    /// What nodes knew of this is gone.
    mutating func forget() { (promised, seen, turn, copies) = ([:], [:], turn + 1, copies + 1) }
}
