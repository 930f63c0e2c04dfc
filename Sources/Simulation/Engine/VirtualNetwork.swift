import Glibc
import NIOCore
import World

/// The network as one process on a simulated machine sees it.
/// Sendable: only the thread of the scheduler touches it.
final class VirtualNetwork: Network, @unchecked Sendable {
    private let fabric: Fabric
    private let process: Process
    private let scheduler: Scheduler

    init(_ fabric: Fabric, _ process: Process) {
        self.fabric = fabric
        self.process = process
        scheduler = fabric.scheduler
    }

    func makeEventLoops(_ count: Int) -> any EventLoopGroup {
        VirtualEventLoops((0..<count).map { VirtualEventLoop(scheduler, process, "loop-\($0)") })
    }

    var hostName: String { process.machine }

    func listen(host: String, port: Int, buffers: SocketBuffers) throws(ListenError) -> any Listener {
        let number = port == 0 ? fabric.newPort() : port
        let listener = VirtualListener(fabric, process, port: number)
        try fabric.listen(listener, at: Fabric.Port(machine: process.machine, number: number))
        return listener
    }

    func canonicalNames(of host: String) -> [String] { [host] }

    func connect(
        host: String,
        port: Int,
        on loop: any EventLoop,
        timeout: TimeAmount,
        initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let promise = loop.makePromise(of: (any Channel).self)
        guard let loop = loop as? VirtualEventLoop else {
            promise.fail(ChannelError.operationUnsupported)
            return promise.futureResult
        }
        let attempt = Attempt(fabric, process, loop, Fabric.Port(machine: host, number: port), promise)
        loop.execute { attempt.begin(timeout, initialize) }
        return promise.futureResult
    }
}

/// One attempt to connect. Runs on its event loop.
/// Sendable: event loops are the scheduler's thread.
private final class Attempt: @unchecked Sendable {
    private let fabric: Fabric
    private let process: Process
    private let loop: VirtualEventLoop
    private let port: Fabric.Port
    private let promise: EventLoopPromise<any Channel>
    private var timer: VirtualTimer?
    private var isOver = false

    init(
        _ fabric: Fabric,
        _ process: Process,
        _ loop: VirtualEventLoop,
        _ port: Fabric.Port,
        _ promise: EventLoopPromise<any Channel>
    ) {
        self.fabric = fabric
        self.process = process
        self.loop = loop
        self.port = port
        self.promise = promise
    }

    func begin(_ timeout: TimeAmount, _ initialize: @Sendable (any Channel) -> EventLoopFuture<Void>) {
        let scheduler = fabric.scheduler
        timer = scheduler.at(scheduler.now + timeout.nanoseconds, on: loop.lane) {
            self.fail(ChannelError.connectTimeout(timeout))
        }
        let channel = VirtualChannel(
            fabric,
            process,
            loop,
            local: address(fabric.newPort()),
            remote: address(port.number)
        )
        initialize(channel).whenComplete { result in
            if case .failure(let error) = result { return self.fail(error) }
            channel.register()
            self.knock(channel)
        }
    }

    /// Addresses are for showing.
    private func address(_ port: Int) -> SocketAddress? { try? SocketAddress(ipAddress: "10.0.0.1", port: port) }

    private func knock(_ channel: VirtualChannel) {
        // Into the void: the time limit ends it.
        guard fabric.isReachable(port.machine, from: process.machine) else { return }
        let scheduler = fabric.scheduler
        let delay = scheduler.draw(fabric.latency)
        guard let listener = fabric.listener(at: port) else {
            scheduler.at(scheduler.now + delay, on: loop.lane) {
                self.fail(IOError(errnoCode: ECONNREFUSED, reason: "connect"))
            }
            return
        }
        // The machine's system answers, also when the process there is paused.
        guard listener.accept(channel, after: delay) else { return }
        scheduler.at(scheduler.now + delay + scheduler.draw(fabric.latency), on: loop.lane) { self.succeed(channel) }
    }

    private func succeed(_ channel: VirtualChannel) {
        if isOver { return channel.close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil) }
        // The other end died meanwhile.
        if !channel.isOpen { return fail(IOError(errnoCode: ECONNRESET, reason: "connect")) }
        end()
        fabric.add(channel)
        promise.succeed(channel)
        channel.activate()
    }

    private func fail(_ error: any Error) {
        if isOver { return }
        end()
        promise.fail(error)
    }

    private func end() {
        isOver = true
        timer?.cancel()
    }
}

/// A port of a simulated machine.
/// Sendable: only the thread of the scheduler touches it.
final class VirtualListener: Listener, Server, @unchecked Sendable {
    let port: Int
    let process: Process
    private let fabric: Fabric
    private var serving: (loops: any EventLoopGroup, accept: @Sendable (any Channel) -> EventLoopFuture<Void>)?

    init(_ fabric: Fabric, _ process: Process, port: Int) {
        self.fabric = fabric
        self.process = process
        self.port = port
    }

    deinit { fabric.unlisten(self, at: Fabric.Port(machine: process.machine, number: port)) }

    func serve(
        on loops: any EventLoopGroup,
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws(ListenError) -> any Server {
        serving = (loops, accept)
        return self
    }

    func close() -> EventLoopFuture<Void> {
        fabric.unlisten(self, at: Fabric.Port(machine: process.machine, number: port))
        guard let loop = serving?.loops.next() else { preconditionFailure("closed before it was served") }
        serving = nil
        return loop.makeSucceededVoidFuture()
    }

    /// Takes a connection; the process hears of it when it runs.
    ///
    /// - Returns: false when nobody is there to take it.
    func accept(_ client: VirtualChannel, after delay: Int64) -> Bool {
        guard let serving, let loop = serving.loops.next() as? VirtualEventLoop else { return false }
        let channel = VirtualChannel(fabric, process, loop, local: client.remoteAddress, remote: client.localAddress)
        (channel.peer, client.peer) = (client, channel)
        fabric.add(channel)
        let scheduler = fabric.scheduler
        scheduler.at(scheduler.now + delay, on: loop.lane) {
            if !channel.isOpen { return }
            serving.accept(channel).assumeIsolated().whenComplete { result in
                if case .failure = result { return channel.close0(error: ChannelError.eof, mode: .all, promise: nil) }
                // The one who serves may have refused it.
                if channel.isOpen {
                    channel.register()
                    channel.activate()
                }
            }
        }
        return true
    }
}
