import KafkaProtocol
import LogStorage
import Synchronization

/// A pass of compaction under way, as those who watch it see it.
final class CompactionProgress: Sendable {
    /// Milliseconds since 1970.
    let startedAt: Int64
    let cause: CompactionCause
    let bytesToRead: Int64
    private let read = Atomic(0)
    private let kept = Atomic(0)

    init(startedAt: Int64, cause: CompactionCause, bytesToRead: Int64) {
        self.startedAt = startedAt
        self.cause = cause
        self.bytesToRead = bytesToRead
    }

    var bytesRead: Int { read.load(ordering: .relaxed) }
    var bytesKept: Int { kept.load(ordering: .relaxed) }

    func read(_ bytes: Int) { read.wrappingAdd(bytes, ordering: .relaxed) }
    func kept(_ bytes: Int) { kept.wrappingAdd(bytes, ordering: .relaxed) }
}

/// A pass that is over.
struct EndedPass: Equatable, Sendable {
    /// Milliseconds since 1970.
    var startedAt: Int64
    var millis: Int64 = 0
    var cause: CompactionCause
    var report = CompactionReport()
    /// Why it failed; then the report is empty.
    var failure: String?

    /// This pass and an earlier one that did not get as far, as one.
    func after(_ earlier: EndedPass) -> EndedPass {
        if failure != nil { return self }
        var all = self
        all.startedAt = earlier.startedAt
        all.millis += earlier.millis
        all.report = report.after(earlier.report)
        return all
    }
}

/// What the cleaner knows of each log: who works on it, who asked for it, what became of it. Has an entry only for logs that passes were made
/// of or are wanted of.
struct CompactionBook: Sendable {
    struct Entry: Sendable {
        let topicId: KafkaUUID
        fileprivate(set) var isBusy = false
        /// Somebody asked for the pass that is under way, or for the next one.
        fileprivate(set) var isWanted = false
        /// nil until it is known what the pass has to do.
        fileprivate(set) var progress: CompactionProgress?
        /// Why the log cannot be compacted.
        fileprivate(set) var asideReason: String?
        /// Passes that are over, since the start of the node.
        fileprivate(set) var passes: Int64 = 0
        fileprivate(set) var last: EndedPass?
        /// What came so far of a pass that somebody waits for and that needs several rounds.
        fileprivate var rounds: EndedPass?
    }

    private var entries: [TopicPartition: Entry] = [:]
    /// In the order in which they were asked for.
    private(set) var wanted: [TopicPartition] = []

    /// Whether a pass is wanted that has not begun.
    var hasWaiting: Bool { wanted.contains { !isBusy($0) } }
    var asideCount: Int { entries.values.count { $0.asideReason != nil } }

    /// nil when nothing is known of the log, or only of one of an earlier topic of this name.
    func entry(_ id: TopicPartition, of topicId: KafkaUUID) -> Entry? {
        entries[id].flatMap { $0.topicId == topicId ? $0 : nil }
    }

    /// Whether somebody works on a log of this name, also of an earlier topic.
    func isBusy(_ id: TopicPartition) -> Bool { entries[id]?.isBusy ?? false }

    /// Notes that somebody wants the log compacted, also one that was set aside. A pass that is wanted already, or under way, is joined.
    ///
    /// - Returns: the number of the pass to wait for; nil while the log of an earlier topic of this name is worked on.
    mutating func want(_ id: TopicPartition, of topicId: KafkaUUID) -> (isJoined: Bool, pass: Int64)? {
        let known = entry(id, of: topicId)
        if isBusy(id), known == nil { return nil }
        var entry = known ?? Entry(topicId: topicId)
        let isJoined = entry.isBusy || entry.isWanted
        entry.isWanted = true
        entry.asideReason = nil
        entries[id] = entry
        if !wanted.contains(id) { wanted.append(id) }
        return (isJoined, entry.passes + 1)
    }

    /// What a log was set aside for is over.
    mutating func clearSetAside(_ id: TopicPartition, of topicId: KafkaUUID) {
        if entry(id, of: topicId) != nil { entries[id]?.asideReason = nil }
    }

    /// Takes a log for a pass; false when somebody has it.
    mutating func begin(_ id: TopicPartition, of topicId: KafkaUUID) -> Bool {
        if isBusy(id) { return false }
        var entry = self.entry(id, of: topicId) ?? Entry(topicId: topicId)
        entry.isBusy = true
        entries[id] = entry
        return true
    }

    /// The pass knows what it has to do.
    mutating func note(_ progress: CompactionProgress, of id: TopicPartition) { entries[id]?.progress = progress }

    /// The pass is over.
    ///
    /// - Parameters:
    ///   - isPartial: another pass gets further, and who waits wants that one too.
    ///   - asideReason: why the log is left alone from now on, if it is.
    mutating func end(
        _ id: TopicPartition,
        _ pass: EndedPass,
        isPartial: Bool = false,
        asideReason: String? = nil
    ) {
        giveUp(id)
        guard var entry = entries[id] else { return }
        entry.asideReason = asideReason
        let pass = entry.rounds.map { pass.after($0) } ?? pass
        entry.last = pass
        if isPartial, entry.isWanted {
            entry.rounds = pass
            entries[id] = entry
            return
        }
        entry.rounds = nil
        entry.isWanted = false
        entry.passes += 1
        entries[id] = entry
        wanted.removeAll { $0 == id }
    }

    /// The pass was given up: whatever was in its way will be looked at again, and who wants it goes on wanting it.
    mutating func giveUp(_ id: TopicPartition) {
        entries[id]?.isBusy = false
        entries[id]?.progress = nil
    }

    /// Of topics that are gone nobody wants to know.
    mutating func keep(where isThere: (TopicPartition, KafkaUUID) -> Bool) {
        entries = entries.filter { id, entry in entry.isBusy || isThere(id, entry.topicId) }
        wanted.removeAll { entries[$0] == nil }
    }
}
