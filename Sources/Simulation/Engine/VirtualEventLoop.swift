import Dispatch
import NIOCore

/// An event loop on a lane of the scheduler.
/// Sendable: it only hands work to the scheduler, which takes it from any thread; timers are set by its own.
final class VirtualEventLoop: EventLoop, NIOSerialEventLoopExecutor, @unchecked Sendable {
    let scheduler: Scheduler
    let lane: Lane

    init(_ scheduler: Scheduler, _ process: Process, _ name: String) {
        self.scheduler = scheduler
        lane = process.makeLane(name)
    }

    var inEventLoop: Bool { scheduler.current === lane && scheduler.isOnThread }

    func preconditionInEventLoop(file: StaticString, line: UInt) {
        precondition(inEventLoop, "not on the event loop", file: file, line: line)
    }

    func preconditionNotInEventLoop(file: StaticString, line: UInt) {
        precondition(!inEventLoop, "on the event loop", file: file, line: line)
    }

    func _preconditionSafeToWait(file: StaticString, line: UInt) {
        preconditionFailure("waiting never ends where there is one thread", file: file, line: line)
    }

    // NIO's own read the machine's clock.
    var now: NIODeadline { .uptimeNanoseconds(UInt64(scheduler.now)) }

    func execute(_ task: @escaping @Sendable () -> Void) { scheduler.add(to: lane, task) }

    func _executeIsolatedUnsafeUnchecked(_ task: @escaping () -> Void) { scheduler.add(to: lane, task) }

    func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = makePromise(of: T.self)
        execute {
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        return promise.futureResult
    }

    @discardableResult
    func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let timer = scheduler.at(Int64(clamping: deadline.uptimeNanoseconds), on: lane) {
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        let held = Held(timer: timer)
        return Scheduled(promise: promise, cancellationTask: { held.timer.cancel() })
    }

    /// Sendable: only the thread of the scheduler cancels it.
    private struct Held: @unchecked Sendable { let timer: VirtualTimer }

    @discardableResult
    func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: now + delay, task)
    }

    @discardableResult
    func scheduleCallback(
        in amount: TimeAmount,
        handler: some (NIOScheduledCallbackHandler & Sendable)
    ) throws -> NIOScheduledCallback {
        scheduleCallback(at: now + amount, handler: handler)
    }

    func next() -> any EventLoop { self }
    func any() -> any EventLoop { self }
    func makeIterator() -> EventLoopIterator { EventLoopIterator([self]) }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        scheduler.add(to: lane) { callback(nil) }
    }
}

/// The event loops of a node.
/// Sendable: only the thread of the scheduler touches it.
final class VirtualEventLoops: EventLoopGroup, @unchecked Sendable {
    private let loops: [VirtualEventLoop]
    private var turn = 0

    init(_ loops: [VirtualEventLoop]) { self.loops = loops }

    func next() -> any EventLoop {
        defer { turn += 1 }
        return loops[turn % loops.count]
    }

    func any() -> any EventLoop { loops[0] }
    func makeIterator() -> EventLoopIterator { EventLoopIterator(loops) }

    func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        loops[0].shutdownGracefully(queue: queue, callback)
    }
}
