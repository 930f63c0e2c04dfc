import KafkaProtocol
import Replication
import Synchronization

/// A fetch session at work: its partitions mark themselves in its signal, so that a fetch costs what has changed.
///
/// Lock order: a session before a partition, a partition before a signal.
final class FetchSession: Sendable {
    /// A partition to look at, and the one that marks itself at this place so far.
    struct Look: Sendable {
        var entry: FetchLook
        var attached: Partition?
    }

    private struct State {
        var partitions: SessionPartitions
        /// By place: who marks itself there.
        var attached: [Partition?] = []
        /// Of the latest fetch.
        var turn: UInt64 = 0
        var isEnded = false
    }

    let id: Int32
    /// Whose session it is, when it is a follower's.
    let follower: FollowerSession?
    let signal = FetchSignal()
    private let state: Mutex<State>

    init(id: Int32, follower: FollowerSession?, usesTopicIds: Bool, isolation: IsolationLevel) {
        self.id = id
        self.follower = follower
        state = Mutex(
            State(partitions: SessionPartitions(usesTopicIds: usesTopicIds, isolation: isolation.rawValue))
        )
    }

    /// A fetch begins.
    ///
    /// - Returns: its turn, and whether there are partitions to fetch; nil when the session has ended meanwhile.
    func begin(
        _ requests: [FetchPartitionRequest],
        forgotten: [FetchPartitionRequest],
        isolation: IsolationLevel
    ) -> (turn: UInt64, isEmpty: Bool)? {
        let begun = state.withLock { state -> (turn: UInt64, isEmpty: Bool)? in
            if state.isEnded { return nil }
            state.turn += 1
            let freed = state.partitions.update(requests, forgotten: forgotten, isolation: isolation.rawValue)
            let more = state.partitions.placeCount - state.attached.count
            if more > 0 {
                state.attached += repeatElement(nil, count: more)
                signal.reserve(state.attached.count)
            }
            for place in freed { attach(nil, at: place, &state) }
            return (state.turn, state.partitions.isEmpty)
        }
        if let begun { signal.begin(turn: begun.turn) }
        return begun
    }

    /// The partitions that a fetch has to look at, in the order in which they get room.
    func looks(turn: UInt64) -> [Look] {
        state.withLock { state in
            // Marks are taken by the latest fetch alone: an earlier one would look at nothing for them, and they would be gone.
            if state.turn != turn { return [] }
            let marked = signal.takeMarks(turn: turn)
            return state.partitions.take(marked: marked).map { Look(entry: $0, attached: state.attached[$0.place]) }
        }
    }

    /// From now on, this partition marks itself at a place; called before it is looked at.
    func attach(_ partition: Partition?, at place: Int, turn: UInt64) {
        state.withLock { state in
            if state.turn == turn { attach(partition, at: place, &state) }
        }
    }

    private func attach(_ partition: Partition?, at place: Int, _ state: inout State) {
        let known = state.attached[place]
        if known === partition { return }
        let reader = FetchReader(signal: signal, place: place, follower: follower)
        known?.remove(reader)
        partition?.add(reader)
        state.attached[place] = partition
    }

    /// Notes what a fetch has found, and tells which of it an incremental answer has to mention.
    func settle(_ findings: [FetchFinding], turn: UInt64) -> [Bool] {
        let mentions = state.withLock { state in
            state.turn == turn ? findings.map { state.partitions.settle($0) } : nil
        }
        if let mentions { return mentions }
        // A later fetch has begun meanwhile, and knows nothing of what this one has taken on itself to look at.
        for finding in findings { signal.changed(finding.place) }
        return Array(repeating: true, count: findings.count)
    }

    /// Partitions no longer know it; a fetch that waits answers.
    func end() {
        let turn = state.withLock { state in
            state.turn += 1
            state.isEnded = true
            for place in state.attached.indices { attach(nil, at: place, &state) }
            return state.turn
        }
        signal.begin(turn: turn)
    }
}
