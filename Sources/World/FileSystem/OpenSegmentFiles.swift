import Synchronization

/// A log file that can be closed while others need its place.
package protocol OpenLogFile: AnyObject, Sendable {
    /// The place among the open files; read and changed by `OpenSegmentFiles` only, under its lock.
    var slot: Int { get set }
    /// Lets go of the file if it was not used since this was called last, and is not being used now.
    func giveWay() -> (any StorageFile)?
}

/// The open log files of all partitions. When there are as many as there may be, those that were not used for some time are
/// closed; they are opened again when they are used.
///
/// Lock order: a file's lock before this one. From here a file is locked only if that needs no waiting.
package final class OpenSegmentFiles: Sendable {
    /// How many are closed when the system refuses to open another file.
    private static let roomOnRefusal = 8

    private struct State {
        var files: [any OpenLogFile] = []
        /// Where to look next for one that can give way.
        var hand = 0
    }
    private let state = Mutex(State())
    private let most = Atomic<Int>(.max)
    private let closed = Atomic<Int>(0)

    package init() {}

    package var count: Int { state.withLock { $0.files.count } }
    /// Files that had to give way since the start.
    package var closedForOthers: Int { closed.load(ordering: .relaxed) }

    /// Sets how many may be open.
    package func setLimit(_ limit: Int) {
        most.store(limit, ordering: .relaxed)
        shrink(to: limit)
    }

    package func makeRoomForOne() { shrink(to: max(1, most.load(ordering: .relaxed)) - 1) }

    /// Closes some files because the system would not open another; false when none can give way.
    package func makeRoomOnRefusal() -> Bool { shrink(to: max(0, count - Self.roomOnRefusal)) > 0 }

    package func add(_ file: any OpenLogFile) {
        state.withLock { state in
            file.slot = state.files.count
            state.files.append(file)
        }
    }

    /// Takes out a file that is in the list.
    package func remove(_ file: any OpenLogFile) {
        state.withLock { Self.remove(at: file.slot, &$0) }
    }

    private static func remove(at slot: Int, _ state: inout State) {
        let last = state.files.removeLast()
        if slot == state.files.count { return }
        state.files[slot] = last
        last.slot = slot
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
