import Broker
import KafkaProtocol
import World

/// A machine with a disk on which a whole node runs, dies and comes back.
/// Sendable: only the thread of the scheduler touches it.
package final class SimulatedNode: @unchecked Sendable {
    static let port = 9092
    /// The first of its log directories.
    static let directory = "/data"

    package let name: String
    let id: Int
    private let scheduler: Scheduler
    private let fabric: Fabric
    private let timeline: Timeline
    private let settings: [String: String]
    /// What makes it other than a node that is alone; nil for that.
    private let cluster: ReplicatedCluster?
    private let clock: VirtualClock
    private let pace = VirtualThreads.Pace()
    private(set) var disk: MemoryFileSystem
    private var process: Process?
    private var running: RunningNode?
    /// It was told to stop, which takes a while.
    private var isStopping = false
    /// It serves clients.
    private var isReady = false
    /// Counts its processes.
    private var incarnation = 0
    private var failedStarts = 0
    /// The last process that ended itself: some tell so more than once.
    private var lastToEnd = 0
    private var isRestartDue = false
    /// How far the clock on the wall is from what it should say.
    private var wallError: Int64 = 0
    private(set) var wasWallMoved = false
    /// The machine has no power.
    private var isDark = false
    /// What the next process finds the disk doing.
    private var nextPlan: MemoryFileSystem.Plan?
    private var threads: VirtualThreads?
    /// What it warned of, since somebody looked.
    private(set) var reports: [String] = []
    private var disksLost = 0
    private var wallAtStart: Int64 = 0
    private var nanosecondsAtStart: Int64 = 0
    /// The latest time that a process before this one believed in.
    private var believedBefore: Int64 = 0
    /// Told when a process serves, and when one ended without order; whether then something that was not synced is gone.
    var onServing: () -> Void = {}
    var onEnd: (_ lostCache: Bool) -> Void = { _ in }
    /// Told before that, what the process knew.
    var onEnding: (NodeInspection) -> Void = { _ in }

    init(
        id: Int,
        _ scheduler: Scheduler,
        _ fabric: Fabric,
        _ timeline: Timeline,
        settings: [String: String],
        cluster: ReplicatedCluster? = nil
    ) {
        self.cluster = cluster
        self.id = id
        name = "node-\(id)"
        self.scheduler = scheduler
        self.fabric = fabric
        self.timeline = timeline
        self.settings = settings
        clock = scheduler.makeClock()
        disk = MemoryFileSystem(time: WorldTime(clock))
    }

    // MARK: Life

    /// Starts a process; whoever looks after it tries again when that fails.
    package func start() {
        if process != nil || isDark { return }
        incarnation += 1
        let process = scheduler.makeProcess(name)
        self.process = process
        let number = incarnation
        process.makeLane("main").add { [self] in boot(process, number) }
    }

    private func boot(_ process: Process, _ number: Int) {
        if let plan = nextPlan {
            disk.setPlan(plan)
            nextPlan = nil
        }
        (wallAtStart, nanosecondsAtStart) = (clock.wall.milliseconds, scheduler.now)
        let threads = VirtualThreads(scheduler, process, pace)
        self.threads = threads
        let world = World(
            time: WorldTime(clock),
            random: scheduler.worldRandom,
            files: disk,
            network: VirtualNetwork(fabric, process),
            threads: threads,
            raiseOpenFileLimit: { 100_000 }
        )
        do {
            let config = try BrokerConfig(values)
            try format(config, world)
            running = try RunningNode.start(
                config,
                world: world,
                logger: timeline.logger(name) { [weak self] in self?.reports.append($0) },
                metricsText: { "" },
                onFatal: { [weak self] in self?.died($0, number) },
                onReady: { [weak self] in self?.started($0, number) }
            )
        } catch {
            cannotStart(error, number)
        }
    }

    private func started(_ result: Result<RunningNode.Ready, any Error>, _ number: Int) {
        if number != incarnation || process == nil { return }
        switch result {
        case .success:
            failedStarts = 0
            isReady = true
            timeline.log(name, "serves")
            onServing()
        case .failure(let error): cannotStart(error, number)
        }
    }

    private func cannotStart(_ error: any Error, _ number: Int) {
        failedStarts += 1
        died("cannot start: \(error)", number)
    }

    /// As an operator does before the first start.
    private func format(_ config: BrokerConfig, _ world: World) throws {
        if disk.exists("\(Self.directory)/meta.properties") { return }
        guard let options = cluster?.format(of: id, isFirst: disksLost == 0) else { return }
        _ = try StorageFormatter(config, world: world, logger: timeline.logger(name)).format(options)
    }

    private var values: [String: String] {
        let own = [
            "node.id": "\(id)", "listeners": "PLAINTEXT://\(name):\(Self.port)", "log.dirs": Self.directory,
            "num.network.threads": "2",
        ]
        return settings.merging(own) { $1 }.merging(cluster?.roles(of: id) ?? [:]) { $1 }
    }

    /// The process ends itself; it is started again a little later, as supervisors do.
    private func died(_ reason: String, _ number: Int) {
        if number != incarnation || process == nil { return }
        timeline.log(name, "ends: \(reason)")
        if lastToEnd == number { return }
        lastToEnd = number
        if failedStarts > 30 { timeline.violated("start", "\(name) cannot start: \(reason)") }
        // Not in the midst of what it is doing.
        let ending = process
        scheduler.after(nanoseconds: 0) { [self] in
            if process === ending { kill() }
            // Who looks after it waits once, also when others have started it meanwhile and that one has ended, too.
            if isRestartDue { return }
            isRestartDue = true
            scheduler.after(nanoseconds: 1_000_000_000) { [self] in
                isRestartDue = false
                start()
            }
        }
    }

    // MARK: Faults

    /// `kill -9`: what was written stays with the machine.
    package func kill() {
        guard let process else { return }
        timeline.log(name, "is killed")
        if let seen = inspect() { onEnding(seen) }
        over(process)
        fabric.processEnded(process)
        renewDisk()
    }

    private func renewDisk() {
        let lostCache = disk.hasAbandoned
        disk = disk.forNextProcess()
        onEnd(lostCache)
    }

    /// A disk is replaced by an empty one while no process runs.
    func emptyDisk(of directory: String) {
        timeline.log(name, "gets an empty disk for \(directory)")
        disk.empty(directory)
    }

    /// Power fails: some of what was not synced is gone.
    package func losePower() {
        isDark = true
        timeline.log(name, "loses power")
        if let process {
            if let seen = inspect() { onEnding(seen) }
            over(process)
            fabric.powerLost(process)
        }
        renewDisk()
        disk.crash(using: &scheduler.random)
    }

    package func regainPower() {
        isDark = false
        fabric.powerReturned(name)
        start()
    }

    private func over(_ process: Process) {
        believedBefore = believedWall
        pace.extraEnd = 0
        process.end()
        self.process = nil
        if let running { Unreleased.keep(running) }
        running = nil
        isStopping = false
        isReady = false
    }

    /// Stops in order, then starts again.
    ///
    /// - Parameter directory: whose disk is replaced meanwhile.
    package func restart(downFor pause: Int64, emptying directory: String? = nil) {
        guard let process, let running, !isStopping else { return }
        isStopping = true
        timeline.log(name, "is stopped")
        let number = incarnation
        process.makeLane("stopper").add { [self] in
            running.stop { [self] in
                scheduler.after(nanoseconds: 0) { [self] in
                    if number != incarnation || self.process !== process { return }
                    timeline.log(name, "has stopped")
                    over(process)
                    fabric.processEnded(process)
                    renewDisk()
                    if let directory { emptyDisk(of: directory) }
                    scheduler.after(nanoseconds: pause) { [self] in start() }
                }
            }
        }
    }

    package func pause() {
        timeline.log(name, "is paused")
        process?.pause()
    }

    package func resume() {
        timeline.log(name, "goes on")
        process?.resume()
    }

    /// How long work on the disk takes, in nanoseconds.
    var diskPace: ClosedRange<Int64> { pace.nanoseconds }

    /// Work on the disk takes so long.
    package func setDiskPace(_ range: ClosedRange<Int64>) { pace.nanoseconds = range }

    /// The next piece of work on some thread takes so much longer.
    package func delayWork(by nanoseconds: Int64) { pace.extra = nanoseconds }

    /// When the last work is done that was delayed so; what has not begun will not be delayed any more.
    func endDelays() -> Int64 {
        pace.extra = 0
        return delayedUntil
    }

    /// When the last work ends that was delayed until now.
    var delayedUntil: Int64 { pace.extraEnd }

    /// Decides what operations on the disk come to, until the machine's next process.
    package func setDiskPlan(_ plan: @escaping MemoryFileSystem.Plan) {
        hasDiskFault = true
        disk.setPlan(plan)
    }

    /// Its disk does what it should.
    func endDiskPlan() {
        hasDiskFault = false
        disk.setPlan { _, _, _ in .proceed }
    }

    /// The same for the next process, from its first operation on.
    package func setNextDiskPlan(_ plan: MemoryFileSystem.Plan?) {
        hasDiskFault = plan != nil
        nextPlan = plan
    }

    /// Another disk is put in.
    package func replaceDisk(by other: MemoryFileSystem) { disk = other.forNextProcess() }

    /// The node dies with all that its disk has; the next process finds an empty one.
    func loseDisk() {
        timeline.log(name, "loses its disk")
        kill()
        disksLost += 1
        disk = MemoryFileSystem(time: WorldTime(clock))
    }

    /// What it has said since.
    func forgetReports() { reports = [] }

    // MARK: Looking

    var isPaused: Bool { process?.isPaused ?? false }
    var isServing: Bool { isReady && !isStopping }
    /// It has a process, which may not serve yet, or may stop.
    var isRunning: Bool { process != nil }
    /// It serves, and nothing hinders it.
    var isWell: Bool { isServing && !hasDiskFault && !hasOfflineDirectory && process.map { !$0.isPaused } ?? false }
    /// Its disk does not do what it should.
    private(set) var hasDiskFault = false
    /// What its process knows; nil while there is none.
    func inspect() -> NodeInspection? { process == nil ? nil : running?.inspect() }
    /// One of its log directories has failed, which lasts until its next process; without its only one it ends.
    var hasOfflineDirectory: Bool {
        guard let cluster, cluster.directories.count > 1 else { return false }
        return inspect()?.offlineDirectories.isEmpty == false
    }
    /// What its process has decided after a decision of that number.
    func decisions(after number: Int64) -> [(number: Int64, decision: NodeDecision)] {
        process == nil ? [] : running?.decisions(after: number) ?? []
    }
    /// What it has promised is on this disk.
    var diskName: String { disksLost == 0 ? name : "\(name)/\(disksLost)" }
    /// One of its processes.
    var processName: String { "\(name)/\(incarnation)" }

    /// The latest time by which it may judge what is old: a clock that is set forward is believed at the next start, and one that is behind
    /// hides nothing that is old indeed, as the files of records from its future tell how long they have been there.
    var believedWall: Int64 {
        if process == nil { return believedBefore }
        let passed = (scheduler.now - nanosecondsAtStart) / 1_000_000
        return max(believedBefore, wallAtStart + passed + 60_000, clock.wall.milliseconds - wallError)
    }

    var usage: Usage {
        guard let process else { return Usage() }
        return Usage(
            connections: fabric.connections(of: process),
            files: disk.openPaths.count,
            deletedFiles: disk.openWithoutName.count,
            workers: threads?.running ?? 0,
            timers: scheduler.timers(of: process)
        )
    }

    /// No process runs, though there is power.
    var isDown: Bool { process == nil && !isDark }

    package func setDiskCapacity(_ bytes: Int) {
        hasDiskFault = bytes != .max
        disk.setCapacity(bytes)
    }

    package func setWallRight() {
        if wallError != 0 { moveWall(milliseconds: -wallError) }
    }

    package func moveWall(milliseconds: Int64) {
        timeline.log(name, "has its clock set by \(milliseconds) ms")
        clock.moveWall(milliseconds: milliseconds)
        wasWallMoved = true
        wallError += milliseconds
    }
}

extension Scheduler {
    /// 2026, as records have it.
    static let wall = WallTime(milliseconds: 1_790_000_000_000)

    func makeClock() -> VirtualClock {
        VirtualClock(
            ticks,
            wall: Self.wall,
            sleep: { [weak self] in try await self?.sleep($0) },
            rest: { [weak self] in self?.strands.current?.wait(nanoseconds: $0) }
        )
    }

    var worldRandom: WorldRandom { WorldRandom { [self] in random.next() } }
}
