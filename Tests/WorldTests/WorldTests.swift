import Dispatch
import KafkaProtocol
import NIOCore
import Synchronization
import Testing
import World

struct WorkerTests {
    @Test func aStopFinishesWhatWasSubmittedInItsOrderAndThenTakesNothing() {
        let worker = World.real.threads.makeWorker("test", threads: 1)
        let ran = Mutex<[Int]>([])
        let may = DispatchSemaphore(value: 0)
        worker.submit { may.wait() }
        for number in 0..<100 { #expect(worker.submit { ran.withLock { $0.append(number) } }) }
        let stopped = DispatchSemaphore(value: 0)
        worker.stop { stopped.signal() }
        #expect(!worker.submit { ran.withLock { $0.append(-1) } })
        may.signal()
        stopped.wait()
        #expect(ran.withLock { $0 } == Array(0..<100))
        // Again, it is over at once.
        let again = DispatchSemaphore(value: 0)
        worker.stop { again.signal() }
        again.wait()
    }

    @Test func whatIsDoneIsLetGoOfAlsoWhileThereIsMoreToDo() {
        final class Token: Sendable {}
        let worker = World.real.threads.makeWorker("test", threads: 1)
        let (began, may, stopped) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        weak var token: Token?
        do {
            let new = Token()
            token = new
            worker.submit { withExtendedLifetime(new) {} }
        }
        worker.submit {
            began.signal()
            may.wait()
        }
        worker.submit {}
        began.wait()
        #expect(token == nil)
        may.signal()
        worker.stop { stopped.signal() }
        stopped.wait()
    }

    @Test func severalThreadsWorkAtOnce() {
        let worker = World.real.threads.makeWorker("test", threads: 2)
        let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        // Each waits for the other.
        worker.submit {
            first.signal()
            second.wait()
        }
        worker.submit {
            second.signal()
            first.wait()
        }
        let stopped = DispatchSemaphore(value: 0)
        worker.stop { stopped.signal() }
        stopped.wait()
    }

    @Test func resultsAndErrorsComeBack() async throws {
        struct Broken: Error {}
        let worker = World.real.threads.makeWorker("test", threads: 1)
        #expect(try await worker.run { 7 } == 7)
        await #expect(throws: Broken.self) { try await worker.run { throw Broken() } }
        await withCheckedContinuation { done in worker.stop { done.resume() } }
        await #expect(throws: WorkerStopped.self) { try await worker.run { 7 } }
    }

    @Test func aBodyRunsOnSoManyThreads() {
        let ran = Atomic(0)
        World.real.threads.run(4) { ran.add(1, ordering: .relaxed) }
        #expect(ran.load(ordering: .relaxed) == 4)
    }
}

struct ClockTests {
    @Test func clocksOfOneWorldShareTheirTicksAndEachHasItsWall() {
        let ticks = VirtualTicks(nanoseconds: 5_000_000)
        let one = VirtualClock(ticks, wall: WallTime(milliseconds: 1000)) { _ in }
        let other = VirtualClock(ticks, wall: WallTime(milliseconds: 2000)) { _ in }
        ticks.advance(to: 15_000_000)
        ticks.advance(to: 1)
        one.moveWall(milliseconds: -500)
        WorldTime(other).pause(milliseconds: 10)
        #expect(WorldTime(one).now.milliseconds == 25 && WorldTime(other).now.milliseconds == 25)
        #expect(WorldTime(one).wall.milliseconds == 520 && WorldTime(other).wall.milliseconds == 2020)
    }

    @Test func theMachinesClocksMove() async throws {
        let (now, wall) = (WorldTime.real.now, WorldTime.real.wall)
        try await WorldTime.real.sleep(for: .milliseconds(5))
        #expect(WorldTime.real.now.milliseconds(since: now) >= 5 && WorldTime.real.wall >= wall)
    }
}

struct ListenerTests {
    @Test func aListenerHasItsPortBeforeItServesAndGivesItBack() throws {
        let network = World.real.network
        var listener: (any Listener)? = try network.listen(host: "127.0.0.1", port: 0, buffers: SocketBuffers())
        let port = try #require(listener?.port)
        #expect(port > 0)
        #expect(throws: ListenError.self) {
            try network.listen(host: "127.0.0.1", port: port, buffers: SocketBuffers())
        }
        listener = nil
        _ = try network.listen(host: "127.0.0.1", port: port, buffers: SocketBuffers())
    }
}

/// The disk in memory, over the life of a process.
struct NextProcessTests {
    @Test func whatWasWrittenStaysAndTheDeadReachItNoMore() throws {
        let disk = MemoryFileSystem()
        try disk.createDirectory("/d")
        let file = try disk.open("/d/file", .create)
        let lock = try disk.lock("/d/lock")
        try file.write(ByteBuffer(string: "written"), at: 0)
        let next = disk.forNextProcess()
        try file.write(ByteBuffer(string: "undead!"), at: 0)
        #expect(String(buffer: try next.contents("/d/file")) == "written")
        // Nobody holds the lock.
        _ = try next.lock("/d/lock")
        withExtendedLifetime(lock) {}
    }

    @Test func whatWasNotSyncedIsStillNotSynced() throws {
        var lost = 0
        for seed in 0..<20 as Range<UInt64> {
            let disk = MemoryFileSystem()
            try disk.createDirectory("/d")
            try disk.syncDirectory("/")
            try disk.open("/d/file", .create).write(ByteBuffer(string: "x"), at: 0)
            let next = disk.forNextProcess()
            var random = Fixed(state: seed)
            next.crash(using: &random)
            if !next.exists("/d/file") { lost += 1 }
        }
        #expect(lost > 0)
    }

    @Test func spaceThatNobodyCanCountIsTheMost() throws {
        let small = DiskSpace(blocks: 10, usableBlocks: 3, blockSize: 4096)
        #expect(small == DiskSpace(totalBytes: 40_960, usableBytes: 12_288))
        let huge = DiskSpace(blocks: .max, usableBlocks: 1 << 62, blockSize: 4)
        #expect(huge == DiskSpace(totalBytes: .max, usableBytes: .max))
        let here = try #require(LinuxFileSystem().space(at: "/"))
        #expect(here.totalBytes > 0 && here.usableBytes <= here.totalBytes)
        #expect(LinuxFileSystem().space(at: "/nowhere") == nil)
        #expect(LinuxFileSystem().absolutePath("/./") == "/" && LinuxFileSystem().absolutePath("nowhere") == "nowhere")
    }

    @Test func theMachineSaysWhetherItHasThreads() { #expect(World.real.threads.canBegin(5)) }

    // MARK: Faults

    private func disk(_ verdict: @escaping @Sendable (String) -> MemoryFileSystem.Verdict) throws -> MemoryFileSystem {
        let disk = MemoryFileSystem()
        try disk.createDirectory("/d")
        _ = try disk.open("/d/file", .create)
        try disk.syncDirectory("/d")
        disk.setPlan { _, operation, _ in verdict(operation) }
        return disk
    }

    private func afterPowerCut(_ disk: MemoryFileSystem, _ seed: UInt64) -> [UInt8]? {
        let next = disk.forNextProcess()
        var random = Fixed(state: seed)
        next.crash(using: &random)
        return next.peek("/d/file")
    }

    @Test func whatAFailedSyncWasToWriteIsGoneAndALaterSyncDoesNotBringIt() throws {
        let first = Mutex(true)
        let disk = try disk { operation in
            if operation != "sync" { return .proceed }
            return first.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? .fail(errno: 5) : .proceed
            }
        }
        let file = try disk.open("/d/file", .readWrite)
        try file.write(ByteBuffer(bytes: [UInt8](repeating: 1, count: 512)), at: 0)
        #expect(throws: StorageError.self) { try file.sync() }
        #expect(disk.hasAbandoned && disk.peek("/d/file")?.first == 1)
        try file.write(ByteBuffer(bytes: [UInt8](repeating: 2, count: 512)), at: 512)
        try file.sync()
        for seed in 0..<8 as Range<UInt64> {
            #expect(afterPowerCut(disk, seed) == [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 2, count: 512))
        }
        // Written again, it is as any other.
        try file.write(ByteBuffer(bytes: [UInt8](repeating: 3, count: 512)), at: 0)
        try file.sync()
        #expect(!disk.hasAbandoned && afterPowerCut(disk, 1)?.first == 3)
    }

    @Test func aLiePromisesWhatAPowerCutTakes() throws {
        let disk = try disk { $0 == "sync" ? .lie : .proceed }
        let file = try disk.open("/d/file", .readWrite)
        try file.write(ByteBuffer(string: "x"), at: 0)
        try file.sync()
        let outcomes = (0..<20 as Range<UInt64>).map { afterPowerCut(disk, $0)?.count }
        #expect(outcomes.contains(0))
        disk.setPlan { _, _, _ in .proceed }
        try file.sync()
        #expect((0..<20 as Range<UInt64>).allSatisfy { afterPowerCut(disk, $0)?.count == 1 })
    }

    @Test func aShortWriteFailsAndAMisdirectedOneCanBeMended() throws {
        let disk = try disk { $0 == "write" ? .partial(errno: 28) : .proceed }
        let file = try disk.open("/d/file", .readWrite)
        #expect(throws: StorageError.self) { try file.write(ByteBuffer(string: "abcd"), at: 0) }
        #expect(disk.peek("/d/file") == Array("ab".utf8))
        disk.setPlan { _, _, _ in .proceed }
        try file.write(ByteBuffer(string: "abcdef"), at: 0)
        disk.setPlan { _, operation, _ in operation == "write" ? .misdirect(bytes: 4) : .proceed }
        try file.write(ByteBuffer(string: "gh"), at: 6)
        #expect(disk.peek("/d/file") == Array("abghef".utf8))
        let write = try #require(disk.takeMisdirected().first)
        #expect(write.place == 2 && write.meant == 6)
        #expect(write.mend(Array("abghef".utf8)) == Array("abcdefgh".utf8))
        #expect(disk.takeMisdirected().isEmpty)
    }

    @Test func aDescriptorInMemoryReadsItsFileAndGoesWithIt() throws {
        let disk = try disk { _ in .proceed }
        #expect(try disk.open("/d/file", .readWrite).descriptor == nil)
        disk.setDescriptors(true)
        var file: (any StorageFile)? = try disk.forNextProcess().open("/d/file", .readWrite)
        try file?.write(ByteBuffer(string: "abc"), at: 0)
        let number = try #require(file?.descriptor)
        #expect(file?.descriptor == number)
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
        defer { space.deallocate() }
        #expect(try MemoryDescriptors.read(number, into: space, at: 1) == 2)
        #expect(space[0] == 98)
        file = nil
        #expect(throws: StorageError.self) { try MemoryDescriptors.read(number, into: space, at: 1) }
    }

    @Test func damageIsSeenByWhoHasTheFileOpenAndOutlivesPowerCuts() throws {
        let disk = try disk { _ in .proceed }
        let file = try disk.open("/d/file", .readWrite)
        try file.write(ByteBuffer(string: "abc"), at: 0)
        try file.sync()
        disk.damage("/d/file", at: 1, [0])
        #expect(try file.read(at: 0, count: 3) == ByteBuffer(bytes: [97, 0, 99]))
        #expect(afterPowerCut(disk, 1) == [97, 0, 99])
        disk.replace("/d/file", with: [1])
        #expect(try file.size() == 1)
        disk.lose("/d/file")
        #expect(!disk.exists("/d/file") && disk.openWithoutName == ["/d/file"])
        disk.replaceByDirectory("/d/file")
        #expect(throws: StorageError.self) { try disk.open("/d/file", .create) }
    }

    private struct Fixed: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
