import NIOCore
import Testing
import World

@testable import Simulation

struct SchedulerTests {
    @Test func aSeedDecidesTheOrderOfLanesAndEachKeepsItsOwn() {
        func order(_ seed: UInt64) -> (ran: [Int], hash: UInt64) {
            let scheduler = Scheduler(seed: seed)
            var ran: [Int] = []
            for lane in 0..<3 {
                let made = scheduler.outside.makeLane("\(lane)")
                for step in 0..<5 { made.add { ran.append(lane * 10 + step) } }
            }
            scheduler.run { ran.count == 15 }
            return (ran, scheduler.hash)
        }
        #expect(order(7) == order(7))
        #expect(order(7).ran != order(8).ran && order(7).hash != order(8).hash)
        for lane in 0..<3 { #expect(order(7).ran.filter { $0 / 10 == lane } == (0..<5).map { lane * 10 + $0 }) }
    }

    @Test func timeMovesToTheNextDeadlineAndWhatIsCancelledNeverRuns() {
        let scheduler = Scheduler(seed: 1)
        let began = scheduler.now
        var ran: [Int64] = []
        for seconds in [3, 1, 2] as [Int64] {
            scheduler.after(nanoseconds: seconds * 1_000_000_000) { ran.append(scheduler.now - began) }
        }
        scheduler.after(nanoseconds: 1_500_000_000) { ran.append(-1) }.cancel()
        scheduler.run { ran.count == 3 }
        #expect(ran == [1_000_000_000, 2_000_000_000, 3_000_000_000])
    }

    @Test func aProcessThatIsPausedGoesOnLaterAndOneThatIsOverNever() {
        let scheduler = Scheduler(seed: 1)
        let (paused, over) = (scheduler.makeProcess("paused"), scheduler.makeProcess("over"))
        var ran: [String] = []
        let (first, second) = (paused.makeLane("lane"), over.makeLane("lane"))
        first.add { ran.append("paused") }
        second.add { ran.append("over") }
        paused.pause()
        over.end()
        second.add { ran.append("over") }
        scheduler.after(nanoseconds: 1000) { ran.append("meanwhile") }
        scheduler.after(nanoseconds: 2000) { paused.resume() }
        scheduler.run { ran.count == 2 }
        #expect(ran == ["meanwhile", "paused"])
    }

    @Test func itIsKnownWhenWorkEndsThatWasMadeLonger() {
        let scheduler = Scheduler(seed: 1)
        let pace = VirtualThreads.Pace()
        let worker = VirtualThreads(scheduler, scheduler.outside, pace).makeWorker("flush", threads: 1)
        let ran = Notes()
        worker.submit { ran.add("first") }
        #expect(pace.extraEnd == 0)
        pace.extra = 5_000_000_000
        worker.submit { ran.add("ends as foretold: \(scheduler.now == pace.extraEnd)") }
        let end = pace.extraEnd
        worker.submit { ran.add("later: \(scheduler.now > end)") }
        #expect(pace.extra == 0 && end > scheduler.now + 5_000_000_000 && pace.extraEnd == end)
        scheduler.run { ran.all.count == 3 }
        #expect(ran.all == ["first", "ends as foretold: true", "later: true"])
    }

    @Test func workThatWaitsLetsOthersGoOn() {
        let scheduler = Scheduler(seed: 1)
        let worker = VirtualThreads(scheduler, scheduler.outside, VirtualThreads.Pace()).makeWorker(
            "cleaner",
            threads: 1
        )
        let clock = scheduler.makeClock()
        let (began, ran) = (scheduler.now, Notes())
        worker.submit {
            ran.add("first waits")
            #expect(scheduler.isOnThread && WorldTime(clock).rest(milliseconds: 2000))
            ran.add("first goes on after \((scheduler.now - began) / 1_000_000_000) s")
        }
        worker.submit { ran.add("second") }
        worker.stop { ran.add("stopped") }
        scheduler.after(nanoseconds: 1_000_000_000) { ran.add("meanwhile") }
        scheduler.run { ran.all.count == 5 }
        #expect(ran.all == ["first waits", "meanwhile", "first goes on after 2 s", "second", "stopped"])
        #expect(scheduler.foreignWork == 0 && scheduler.strands.alive.isEmpty)
    }

    @Test func workOfAProcessThatIsOverEndsWithoutWaiting() {
        let scheduler = Scheduler(seed: 1)
        let process = scheduler.makeProcess("machine")
        let worker = VirtualThreads(scheduler, process, VirtualThreads.Pace()).makeWorker("cleaner", threads: 1)
        let clock = scheduler.makeClock()
        let ran = Notes()
        worker.submit {
            while WorldTime(clock).rest(milliseconds: 100) {}
            ran.add("over after \(scheduler.now / 1_000_000_000) s")
        }
        scheduler.after(nanoseconds: 1_000_000_000) {
            process.end()
            #expect(ran.all.isEmpty)
        }
        scheduler.run { !ran.all.isEmpty }
        #expect(ran.all == ["over after 2 s"] && scheduler.strands.alive.isEmpty)
    }

    @Test func aTaskSleepsInVirtualTime() {
        let scheduler = Scheduler(seed: 1)
        let began = scheduler.now
        let slept = Flag()
        Task(executorPreference: scheduler.makeTaskExecutor()) {
            try await scheduler.sleep(.seconds(3600))
            slept.set()
        }
        scheduler.run { slept.isSet }
        #expect(scheduler.now - began == 3_600_000_000_000)
    }
}

/// What happened; noted in turn by the threads of a scheduler.
private final class Notes: @unchecked Sendable {
    private(set) var all: [String] = []
    func add(_ text: String) { all.append(text) }
}

/// Set once; by the scheduler's thread.
private final class Flag: @unchecked Sendable {
    private(set) var isSet = false
    func set() { isSet = true }
}

/// Connections between two simulated machines.
struct FabricTests {
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let world: FabricWorld
        init(_ world: FabricWorld) { self.world = world }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            world.received += String(buffer: unwrapInboundIn(data))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            world.errors.append("\(error)")
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { world.ended += 1 }
    }

    /// A server on one machine, a client on another. Used by the scheduler's thread, which is the test's.
    private final class FabricWorld: @unchecked Sendable {
        let scheduler = Scheduler(seed: 5)
        let fabric: Fabric
        let server: Process
        let client: VirtualNetwork
        let loop: any EventLoop
        var received = ""
        var errors: [String] = []
        var ended = 0
        var outcome: Result<any Channel, any Error>?

        init() throws {
            fabric = Fabric(scheduler)
            server = scheduler.makeProcess("server")
            let network = VirtualNetwork(fabric, server)
            client = VirtualNetwork(fabric, scheduler.makeProcess("client"))
            loop = client.makeEventLoops(1).next()
            let listener = try network.listen(host: "server", port: 9092, buffers: SocketBuffers())
            #expect(listener.port == 9092)
            _ = try listener.serve(on: network.makeEventLoops(1)) { channel in self.prepare(channel) }
        }

        func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(self))
            }
        }

        func connect(port: Int = 9092) {
            client.connect(host: "server", port: port, on: loop, timeout: .seconds(2)) { self.prepare($0) }
                .whenComplete { self.outcome = $0 }
        }

        func write(_ text: String) throws {
            let channel = try #require(try outcome?.get())
            loop.execute { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
        }

        /// - Returns: whether it came true within so much virtual time.
        func run(seconds: Int64 = 10, until isDone: () -> Bool) -> Bool {
            let end = scheduler.now + seconds * 1_000_000_000
            scheduler.after(nanoseconds: seconds * 1_000_000_000) {}
            scheduler.run { isDone() || scheduler.now >= end }
            return isDone()
        }
    }

    @Test func bytesArriveInOrderHoweverTheyAreSplit() throws {
        let world = try FabricWorld()
        world.fabric.splits = 1
        world.connect()
        #expect(world.run { world.outcome != nil })
        let text = (0..<500).map { "\($0) " }
        for word in text { try world.write(word) }
        #expect(world.run { world.received == text.joined() })
    }

    @Test func aCutHoldsBytesUpUntilItIsHealed() throws {
        let world = try FabricWorld()
        world.connect()
        #expect(world.run { world.outcome != nil })
        world.fabric.cut(Fabric.Link("server", "client"))
        try world.write("late")
        #expect(!world.run { world.received != "" })
        world.fabric.heal(Fabric.Link("client", "server"))
        #expect(world.run { world.received == "late" })
    }

    @Test func aCutInOneDirectionLetsTheOtherThrough() throws {
        let world = try FabricWorld()
        world.connect()
        #expect(world.run { world.outcome != nil })
        world.fabric.cut(Fabric.Direction(from: "server", to: "client"))
        try world.write("there")
        #expect(world.run { world.received == "there" })
        // Who connects hears nothing.
        world.outcome = nil
        world.connect()
        #expect(world.run { world.outcome != nil })
        #expect(throws: ChannelError.self) { try world.outcome?.get() }
    }

    @Test func aConnectionThatIsForgottenSaysNothing() throws {
        let world = try FabricWorld()
        world.connect()
        #expect(world.run { world.outcome != nil })
        #expect(world.fabric.severSomeConnection())
        try world.write("anybody?")
        let channel = try #require(try world.outcome?.get())
        world.loop.execute { channel.close(promise: nil) }
        #expect(!world.run { world.received != "" || world.ended > 1 })
        // Of the two ends one is still open.
        #expect(world.fabric.connections(of: world.server) == 1)
    }

    /// Connects with a limit of five seconds for what is not acknowledged.
    private func connectImpatiently(_ world: FabricWorld) throws -> any Channel {
        world.connect()
        #expect(world.run { world.outcome != nil })
        let channel = try #require(try world.outcome?.get())
        world.loop.execute { try? channel.syncOptions?.setOption(.tcpOption(.tcpUserTimeout), value: 5000) }
        return channel
    }

    @Test func aConnectionThatIsForgottenIsGivenUpByWhoSendsAndDoesNotWaitForEver() throws {
        let world = try FabricWorld()
        let channel = try connectImpatiently(world)
        #expect(world.fabric.severSomeConnection())
        #expect(!world.run { !channel.isActive }, "nothing was sent")
        try world.write("anybody?")
        #expect(!world.run(seconds: 4) { !channel.isActive })
        #expect(world.run(seconds: 2) { !channel.isActive } && world.received == "")
    }

    @Test func whoOnlyWaitsAsksWhetherTheOtherIsThere() throws {
        let world = try FabricWorld()
        let channel = try connectImpatiently(world)
        world.loop.execute { try? channel.syncOptions?.setOption(.tcpOption(.tcpKeepIdle), value: 3) }
        let link = Fabric.Link("client", "server")
        world.fabric.cut(link)
        #expect(!world.run(seconds: 7) { !channel.isActive })
        world.fabric.heal(link)
        #expect(!world.run(seconds: 20) { !channel.isActive }, "it was answered")
        #expect(world.fabric.severSomeConnection())
        #expect(!world.run(seconds: 7) { !channel.isActive })
        #expect(world.run(seconds: 2) { !channel.isActive })
    }

    @Test(arguments: [("client", "server"), ("server", "client")])
    func aCutIsWaitedForUnlessItLastsTooLong(_ cut: (from: String, to: String)) throws {
        let world = try FabricWorld()
        let channel = try connectImpatiently(world)
        let direction = Fabric.Direction(from: cut.from, to: cut.to)
        world.fabric.cut(direction)
        try world.write("one")
        #expect(!world.run(seconds: 4) { !channel.isActive })
        world.fabric.heal(direction)
        #expect(world.run(seconds: 1) { world.received == "one" })
        world.fabric.cut(direction)
        try world.write("two")
        #expect(world.run(seconds: 12) { !channel.isActive })
        world.fabric.heal(direction)
        // What arrives without being acknowledged arrives nevertheless.
        #expect(!world.run(seconds: 1) { false } && world.received == (cut.from == "client" ? "one" : "onetwo"))
    }

    @Test func aPausedProcessIsConnectedToAndAnswersLater() throws {
        let world = try FabricWorld()
        world.server.pause()
        world.connect()
        #expect(world.run { world.outcome != nil })
        try world.write("hello")
        #expect(!world.run { world.received != "" })
        world.server.resume()
        #expect(world.run { world.received == "hello" })
    }

    @Test func aSlowReaderReadsLater() throws {
        let world = try FabricWorld()
        world.connect()
        #expect(world.run { world.outcome != nil })
        world.fabric.slowReader("server", nanoseconds: 3_000_000_000)
        try world.write("slow")
        #expect(!world.run(seconds: 2) { world.received != "" })
        #expect(world.run { world.received == "slow" })
    }

    @Test func aFileIsSentAndOneThatCannotBeReadEndsTheConnection() throws {
        let world = try FabricWorld()
        world.connect()
        #expect(world.run { world.outcome != nil })
        let disk = MemoryFileSystem()
        disk.setDescriptors(true)
        let text = String(repeating: "0123456789", count: 20_000)
        disk.replace("/file", with: Array(text.utf8))
        let file = try disk.open("/file", .read)
        let channel = try #require(try world.outcome?.get())
        func send() throws {
            let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: try #require(file.descriptor))
            let region = FileRegion(fileHandle: handle, readerIndex: 0, endIndex: text.utf8.count)
            world.loop.execute {
                channel.writeAndFlush(IOData.fileRegion(region)).whenComplete { _ in
                    _ = try? handle.takeDescriptorOwnership()
                }
            }
        }
        try send()
        #expect(world.run { world.received == text })
        disk.setPlan { _, operation, _ in operation == "read" ? .fail(errno: 5) : .proceed }
        try send()
        #expect(world.run { world.ended == 2 })
    }

    @Test func nobodyListensOrNobodyIsThere() throws {
        let world = try FabricWorld()
        world.connect(port: 1)
        #expect(world.run { world.outcome != nil })
        #expect(throws: IOError.self) { try world.outcome?.get() }
        world.outcome = nil
        world.fabric.cut(Fabric.Link("server", "client"))
        let began = world.scheduler.now
        world.connect()
        #expect(world.run { world.outcome != nil })
        #expect(throws: ChannelError.self) { try world.outcome?.get() }
        #expect(world.scheduler.now - began >= 2_000_000_000)
    }

    @Test func aProcessThatDiesResetsAndAMachineWithoutPowerSaysNothing() throws {
        let killed = try FabricWorld()
        killed.connect()
        #expect(killed.run { killed.outcome != nil })
        killed.server.end()
        killed.fabric.processEnded(killed.server)
        #expect(killed.run { killed.ended == 1 && !killed.errors.isEmpty })
        let dark = try FabricWorld()
        dark.connect()
        #expect(dark.run { dark.outcome != nil })
        dark.server.end()
        dark.fabric.powerLost(dark.server)
        try dark.write("anybody?")
        #expect(!dark.run { dark.ended > 0 })
        // It is back, and knows nothing of the connection.
        dark.fabric.powerReturned("server")
        try dark.write("anybody now?")
        #expect(dark.run { dark.ended == 1 })
    }
}
