import Dispatch
import Glibc
import NIOPosix
import Synchronization

/// Writes lines from a thread of its own, so that a node never waits for whoever should take them: a pipe that nobody empties, a disk
/// that is full. What cannot be written is counted, and that is said as soon as something can be.
final class LineWriter: Sendable {
    /// Bytes that may wait; lines beyond are lost.
    private static let mostWaiting = 1 << 20

    private struct State {
        var waiting = 0
        var lost = 0
        /// A line was begun and could not be ended.
        var isTorn = false
    }
    private let descriptor: Int32
    private let notice: @Sendable (Int) -> String
    private let state = Mutex(State())
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// - Parameter notice: the line that says how many lines were lost.
    init(_ descriptor: Int32, notice: @escaping @Sendable (Int) -> String) {
        self.descriptor = descriptor
        self.notice = notice
        thread.start()
    }

    func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        let fits = state.withLock { state in
            guard state.waiting + bytes.count <= Self.mostWaiting else {
                state.lost += 1
                return false
            }
            state.waiting += bytes.count
            return true
        }
        if fits { thread.submit { [self] _ in put(bytes) } }
    }

    /// Waits until what was written so far has been taken, but not longer than `millis`.
    func drain(millis: Int) {
        let done = DispatchSemaphore(value: 0)
        thread.submit { _ in done.signal() }
        _ = done.wait(timeout: .now() + .milliseconds(millis))
    }

    private func put(_ bytes: [UInt8]) {
        let lost = state.withLock { state in
            state.waiting -= bytes.count
            defer { state.lost = 0 }
            return state.lost
        }
        if lost > 0, !writeAll(Array((notice(lost) + "\n").utf8)) {
            return state.withLock { $0.lost += lost + 1 }
        }
        if !writeAll(bytes) { state.withLock { $0.lost += 1 } }
    }

    private func writeAll(_ bytes: [UInt8]) -> Bool {
        let isTorn = state.withLock { $0.isTorn }
        let all = isTorn ? [UInt8(ascii: "\n")] + bytes : bytes
        var rest = all[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wait, 1, -1)
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        let isCut = !rest.isEmpty && rest.count < all.count
        state.withLock { $0.isTorn = isCut || isTorn && rest.count == all.count }
        return rest.isEmpty
    }
}
