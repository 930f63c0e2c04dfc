import NIOCore
import Synchronization

/// A partition's place in a fetch or a fetch session that wants to hear of its changes.
struct FetchReader: Sendable {
    var signal: FetchSignal
    /// Of the partition in the request, or in the session.
    var place: Int
    /// The follower whose fetch it is; nil for consumers.
    var follower: FollowerSession?
}

/// Where partitions mark themselves when something changes in them, so that a fetch looks at what has changed only. It lives as long as
/// the fetch session, or for one fetch that waits without a session; the fetch that waits is woken when enough has come.
///
/// Its lock is the last of all: partitions are marked under theirs, and nothing is called back under this one.
final class FetchSignal: Sendable {
    private struct Waiting {
        var missing: Int
        var eventLoop: any EventLoop
        var resume: @Sendable () -> Void
    }

    private struct State {
        var marked: [Int] = []
        /// By place.
        var isMarked: [Bool] = []
        /// The fetch that goes on when enough has come; nil while it looks, and while there is none.
        var waiting: Waiting?
        /// Of the latest fetch: those before it wait no more.
        var turn: UInt64 = 0

        mutating func mark(_ place: Int) {
            if place >= isMarked.count || isMarked[place] { return }
            isMarked[place] = true
            marked.append(place)
        }

        mutating func takeWaiting() -> Waiting? {
            defer { waiting = nil }
            return waiting
        }
    }
    private let state = Mutex(State())

    /// - Parameter places: how many there are.
    init(places: Int = 0) { reserve(places) }

    /// Makes room for so many places: marking reserves no memory.
    func reserve(_ places: Int) {
        state.withLock { state in
            let more = places - state.isMarked.count
            if more <= 0 { return }
            state.isMarked += repeatElement(false, count: more)
            state.marked.reserveCapacity(state.isMarked.count)
        }
    }

    // MARK: Partitions

    /// There is more to read in a partition.
    func arrived(bytes: Int, at place: Int) {
        let woken = state.withLock { state -> Waiting? in
            state.mark(place)
            guard let missing = state.waiting?.missing else { return nil }
            state.waiting?.missing = missing - bytes
            return missing > bytes ? nil : state.takeWaiting()
        }
        if let woken { Self.run(woken) }
    }

    /// Something other than bytes has changed in a partition, and has to be told at once.
    func changed(_ place: Int) {
        let woken = state.withLock { state in
            state.mark(place)
            return state.takeWaiting()
        }
        if let woken { Self.run(woken) }
    }

    /// Something has changed in a partition that may wait until there is more to tell.
    func mark(_ place: Int) { state.withLock { $0.mark(place) } }

    // MARK: Fetches

    /// A fetch begins, of which there is one at a time: the one before answers with what it has.
    func begin(turn: UInt64) {
        let woken = state.withLock { state in
            state.turn = max(state.turn, turn)
            return state.takeWaiting()
        }
        if let woken { Self.run(woken) }
    }

    /// Whether a partition has been marked since the marks were taken.
    var hasMarks: Bool { state.withLock { !$0.marked.isEmpty } }

    /// Whether a later fetch has begun, or the session has ended.
    func isOver(turn: UInt64) -> Bool { state.withLock { $0.turn != turn } }

    /// The places that have been marked since this was called last.
    func takeMarks(turn: UInt64) -> [Int] {
        state.withLock { state in
            if state.turn != turn || state.marked.isEmpty { return [] }
            let marked = Array(state.marked[...])
            for place in marked { state.isMarked[place] = false }
            state.marked.removeAll(keepingCapacity: true)
            return marked
        }
    }

    /// Waits until so many bytes have come. False when it has to look again at once: something has changed meanwhile.
    func wait(missing: Int, turn: UInt64, eventLoop: any EventLoop, resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.marked.isEmpty, state.turn == turn else { return false }
            state.waiting = Waiting(missing: missing, eventLoop: eventLoop, resume: resume)
            return true
        }
    }

    /// A fetch has waited long enough.
    func timeIsUp(turn: UInt64) {
        let woken = state.withLock { $0.turn == turn ? $0.takeWaiting() : nil }
        if let woken { Self.run(woken) }
    }

    /// Never inline: the appender has work of its own to finish.
    private static func run(_ waiting: Waiting) { waiting.eventLoop.execute(waiting.resume) }
}
