import Synchronization

/// The open log files of all partitions. When there are as many as there may be, those that were not used for some time are
/// closed; they are opened again when they are used.
///
/// Lock order: a file's lock before this one. From here a file is locked only if that needs no waiting.
public final class OpenSegmentFiles: Sendable {
    /// How many are closed when the system refuses to open another file.
    private static let roomOnRefusal = 8

    private struct State {
        var files: [SegmentFile] = []
        /// Where to look next for one that can give way.
        var hand = 0
    }
    private let state = Mutex(State())
    private let most = Atomic<Int>(.max)
    private let closed = Atomic<Int>(0)

    public init() {}

    public var count: Int { state.withLock { $0.files.count } }
    /// Files that had to give way since the start.
    public var closedForOthers: Int { closed.load(ordering: .relaxed) }

    /// Sets how many may be open.
    public func setLimit(_ limit: Int) {
        most.store(limit, ordering: .relaxed)
        shrink(to: limit)
    }

    func makeRoomForOne() { shrink(to: max(1, most.load(ordering: .relaxed)) - 1) }

    /// Closes some files because the system would not open another; false when none can give way.
    func makeRoomOnRefusal() -> Bool { shrink(to: max(0, count - Self.roomOnRefusal)) > 0 }

    func add(_ file: SegmentFile) {
        state.withLock { state in
            file.slot.store(state.files.count, ordering: .relaxed)
            state.files.append(file)
        }
    }

    /// Takes out a file that is in the list.
    func remove(_ file: SegmentFile) {
        state.withLock { Self.remove(at: file.slot.load(ordering: .relaxed), &$0) }
    }

    private static func remove(at slot: Int, _ state: inout State) {
        let last = state.files.removeLast()
        if slot == state.files.count { return }
        state.files[slot] = last
        last.slot.store(slot, ordering: .relaxed)
    }

    @discardableResult
    private func shrink(to count: Int) -> Int {
        // The files are closed when the lock has been left.
        let released = state.withLock { state -> [any StorageFile] in
            var released: [any StorageFile] = []
            // Twice around: the first time files that were used are spared.
            var looks = 2 * state.files.count
            while state.files.count > count, looks > 0 {
                looks -= 1
                if state.hand >= state.files.count { state.hand = 0 }
                if let file = state.files[state.hand].giveWay() {
                    released.append(file)
                    Self.remove(at: state.hand, &state)
                } else {
                    state.hand += 1
                }
            }
            return released
        }
        closed.wrappingAdd(released.count, ordering: .relaxed)
        return released.count
    }
}
