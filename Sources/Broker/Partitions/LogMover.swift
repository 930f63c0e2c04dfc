import ClusterMetadata
@_spi(Sabotage) import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// Moves replicas between the log directories of this node, on a thread of its own, some bytes of each in turn.
///
/// A move ends: what a step copies it does not copy again, but for what a follower has cut, which changes of the leader bound; and compaction,
/// which would make the copy worthless, waits for it.
final class LogMover: Sendable {
    private struct State {
        var moves: [TopicPartition: ReplicaMove] = [:]
        /// Where replicas are to be made that are not here yet: AlterReplicaLogDirs may come before them.
        var preferred: [TopicPartition: LogDirectoryRuntime] = [:]
        var carrier: Carrier?
        var isRunning = false
        var isStopping = false
        /// The rate allows nothing before; monotonic milliseconds.
        var pausedUntil: Int64 = 0
    }

    private struct Carrier {
        weak var store: PartitionStore?
        var eventLoop: any EventLoop
        var image: @Sendable () -> MetadataImage
        var bytesPerSecond: @Sendable () -> Int64
    }

    /// Names that somebody may have made up take no more room than that.
    private static let preferredLimit = 10_000
    private static let pauseMillis: Int64 = 50

    private let world: World
    private let logger: Logger
    /// nil where there is one directory.
    private let worker: (any Worker)?
    private let state = Mutex(State())

    init(world: World, isOn: Bool, logger: Logger) {
        self.world = world
        self.logger = logger
        worker = isOn ? world.threads.makeWorker("mover", threads: 1) : nil
    }

    /// From here on moves go on.
    ///
    /// - Parameters:
    ///   - image: the metadata, as they are now.
    ///   - bytesPerSecond: `replica.alter.log.dirs.io.max.bytes.per.second`, as it is now.
    func begin(
        _ store: PartitionStore,
        on eventLoop: any EventLoop,
        image: @escaping @Sendable () -> MetadataImage,
        bytesPerSecond: @escaping @Sendable () -> Int64
    ) {
        let carrier = Carrier(store: store, eventLoop: eventLoop, image: image, bytesPerSecond: bytesPerSecond)
        state.withLock { $0.carrier = carrier }
        run()
    }

    /// Ends the step under way; a start takes the moves up again. May be called again.
    func stop(then done: @escaping @Sendable () -> Void) {
        let isFirst = state.withLock { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        if isFirst, let worker { worker.stop(then: done) } else { done() }
    }

    // MARK: What is moved

    /// By topic and number.
    var all: [ReplicaMove] {
        state.withLock { $0.moves.values.sorted { $0.partition.id < $1.partition.id } }
    }

    /// The directory that the controller is to know of a replica that is not there yet.
    func toldDirectory(of id: TopicPartition) -> LogDirectoryRuntime? {
        guard let move = state.withLock({ $0.moves[id] }) else { return nil }
        switch move.phase {
        case .telling, .told, .finishing: return move.target
        case .waiting, .copying, .done, .givenUp: return nil
        }
    }

    /// Begins to move a replica, unless it is on its way there or lies there. Another move of it is given up.
    func move(_ partition: Partition, to target: LogDirectoryRuntime) {
        let source = partition.directory
        let known = state.withLock { $0.moves[partition.id] }
        if let known, known.partition === partition, known.target === target, !known.isOver { return }
        giveUp(partition.id, because: source === target ? "it is to stay" : "it is to go to \(target.path)")
        if source === target { return }
        var random = world.random
        let path = target.storage.futurePath(of: partition.id, using: &random)
        let move = ReplicaMove(partition, from: source, to: target, path: path)
        let isTaken = state.withLock { state in
            if state.isStopping { return false }
            state.moves[partition.id] = move
            return true
        }
        if !isTaken { return }
        logger.notice(
            "a replica is being moved to another log directory",
            metadata: ["partition": "\(partition.id)", "from": "\(source.path)", "to": "\(target.path)"]
        )
        run()
    }

    func prefer(_ target: LogDirectoryRuntime, for id: TopicPartition) {
        state.withLock { state in
            if state.preferred.count < Self.preferredLimit || state.preferred[id] != nil {
                state.preferred[id] = target
            }
        }
    }

    /// Where a replica that is made now is to lie, if somebody has said so.
    func takePreferred(of id: TopicPartition) -> LogDirectoryRuntime? {
        let target = state.withLock { $0.preferred.isEmpty ? nil : $0.preferred.removeValue(forKey: id) }
        return target.flatMap { $0.isOffline ? nil : $0 }
    }

    /// The replica stays where it is.
    func giveUp(_ id: TopicPartition, because reason: String) {
        if let move = state.withLock({ $0.moves[id] }) { giveUp(move, because: reason) }
    }

    private func giveUp(_ move: ReplicaMove, because reason: String) {
        guard let phase = move.giveUp() else { return }
        let id = move.partition.id
        logger.notice(
            "a move to another log directory was given up",
            metadata: ["partition": "\(id)", "to": "\(move.target.path)", "reason": "\(reason)"]
        )
        store?.decisions.note(.notMoved(id, to: move.target.path, reason: reason))
        forget(move, wasReserved: phase != .waiting)
        move.target.background { [logger] in
            move.abandonCopy()
            let files = move.target.storage.fileSystem
            if move.target.isOffline || !files.exists(move.path) { return }
            do throws(StorageError) { try files.removeTree(move.path) } catch {
                logger.warning("\(error)", metadata: ["directory": "\(move.path)"])
            }
        }
        // The controller may have heard of the other directory.
        if phase != .waiting, phase != .copying { store?.locationsChanged([id]) }
    }

    private func forget(_ move: ReplicaMove, wasReserved: Bool) {
        let id = move.partition.id
        state.withLock { state in if state.moves[id] === move { state.moves[id] = nil } }
        if wasReserved { store?.cleaner.release(move.partition) }
    }

    private var store: PartitionStore? { state.withLock { $0.carrier?.store } }

    /// The metadata say where replicas are: a move of which they have the new directory may end.
    func published(_ image: MetadataImage, nodeId: Int32) {
        var isNews = false
        for move in state.withLock({ $0.moves.isEmpty ? [] : Array($0.moves.values) }) where move.phase == .telling {
            guard Self.isTold(of: move, image, nodeId) else { continue }
            isNews = move.advance(from: .telling, to: .told) || isNews
        }
        if isNews { run() }
    }

    /// Whether the metadata say that the replica lies where it is to go.
    private static func isTold(of move: ReplicaMove, _ image: MetadataImage, _ nodeId: Int32) -> Bool {
        guard let topic = image.topic(named: move.partition.id.topic), topic.id == move.partition.topicId else {
            return false
        }
        let partition = topic.partitions[move.partition.id.partition]
        return partition?.directory(of: nodeId) == move.target.meta.directoryId
    }

    // MARK: Steps

    private func run() {
        let isMine = state.withLock { state in
            guard state.carrier != nil, !state.isRunning, !state.isStopping, !state.moves.isEmpty else { return false }
            state.isRunning = true
            return true
        }
        if isMine { submitRound() }
    }

    private func submitRound() {
        let isTaken = worker?.submit { [self] in
            let hasWorked = round()
            if hasWorked, !isPaused { return submitRound() }
            rest()
        }
        if isTaken != true { state.withLock { $0.isRunning = false } }
    }

    /// Looks again after a pause, as long as anything is being moved.
    private func rest() {
        let (loop, pause) = state.withLock { state -> ((any EventLoop)?, Int64) in
            state.isRunning = false
            let wait = state.pausedUntil - world.time.now.milliseconds
            let loop = state.moves.isEmpty || state.isStopping ? nil : state.carrier?.eventLoop
            return (loop, min(max(wait, Self.pauseMillis), 1000))
        }
        loop?.scheduleTask(in: .milliseconds(pause)) { [weak self] in self?.run() }
    }

    private var isPaused: Bool {
        let now = world.time.now.milliseconds
        return state.withLock { $0.pausedUntil > now }
    }

    /// One step of each move; whether any of them has come further.
    private func round() -> Bool {
        guard let store, !isPaused else { return false }
        var hasWorked = false
        for move in all {
            if isPaused || state.withLock({ $0.isStopping }) { break }
            hasWorked = step(move, store) || hasWorked
        }
        return hasWorked
    }

    private func step(_ move: ReplicaMove, _ store: PartitionStore) -> Bool {
        if let reason = obstacle(move, store) {
            giveUp(move, because: reason)
            return false
        }
        switch move.phase {
        case .waiting:
            // As long as the metadata have the new directory from an earlier move, a start would take for whole what has just begun there.
            guard let image = state.withLock({ $0.carrier?.image }), !Self.isTold(of: move, image(), store.nodeId),
                store.cleaner.reserve(move.partition)
            else { return false }
            if move.advance(from: .waiting, to: .copying) { return true }
            store.cleaner.release(move.partition)
            return false
        case .copying, .telling, .told: return copy(move, store)
        case .finishing, .done, .givenUp: return false
        }
    }

    private func obstacle(_ move: ReplicaMove, _ store: PartitionStore) -> String? {
        if store[move.partition.id] !== move.partition { return "the replica is gone" }
        if move.source.isOffline { return "its log directory has failed" }
        return move.target.isOffline ? "the log directory has failed" : nil
    }

    private func copy(_ move: ReplicaMove, _ store: PartitionStore) -> Bool {
        let rate = state.withLock { $0.carrier?.bytesPerSecond }.map { $0() } ?? .max
        if rate <= 0 {
            pause(forMillis: 1000)
            return false
        }
        do throws(ReplicaMove.Failure) {
            let most = Int(min(Int64(ReplicaMove.sliceBytes), max(rate, 1 << 12)))
            guard let copied = try move.copyNext(atMost: most) else {
                giveUp(move, because: "its log cannot be used")
                return false
            }
            if rate < 1 << 40 { pause(forMillis: Int64(copied.bytes) * 1000 / rate) }
            if copied.isClose { comeClose(move, store) }
            return copied.bytes > 0
        } catch {
            failed(move, error)
            return false
        }
    }

    /// For what the rate allows in that time.
    private func pause(forMillis millis: Int64) {
        let now = world.time.now.milliseconds
        state.withLock { $0.pausedUntil = max($0.pausedUntil, now) + millis }
    }

    private func comeClose(_ move: ReplicaMove, _ store: PartitionStore) {
        let now = world.time.now.milliseconds
        if move.advance(from: .copying, to: .telling) || move.phase == .telling && move.isToBeToldAgain(now: now) {
            return store.locationsChanged([move.partition.id])
        }
        // While an old disk stalls, appends wait for it in a queue that those to the new one would overtake.
        let wanted = Sabotage.movedBeforeTold.isOn ? ReplicaMove.Phase.telling : .told
        guard !move.source.isDiverting, move.advance(from: wanted, to: .finishing) else { return }
        move.partition.behindFlushes { [self, weak store] in if let store { finish(move, store) } }
    }

    /// On the thread of the old directory's flushes.
    private func finish(_ move: ReplicaMove, _ store: PartitionStore) {
        guard move.phase == .finishing, move.partition.directory === move.source else { return }
        do throws(ReplicaMove.Failure) {
            guard let prepared = try move.prepare(), try store.exchange(move, prepared) else {
                _ = move.advance(from: .finishing, to: .told)
                return run()
            }
            forget(move, wasReserved: true)
            store.decisions.note(.moved(move.partition.id, from: move.source.path, to: move.target.path))
            logger.notice(
                "a replica was moved to another log directory",
                metadata: [
                    "partition": "\(move.partition.id)", "from": "\(move.source.path)", "to": "\(move.target.path)",
                    "bytes": "\(move.copiedBytes)", "millis": "\(world.time.now.milliseconds - move.startedMillis)",
                ]
            )
        } catch {
            failed(move, error)
        }
    }

    private func failed(_ move: ReplicaMove, _ failure: ReplicaMove.Failure) {
        // Whoever gave it up has taken the files away.
        if move.phase == .givenUp { return }
        if case .storage(let error) = failure.error {
            // It may be there a moment later.
            if error.kind == .tooManyOpenFiles {
                _ = move.advance(from: .finishing, to: .told)
                return
            }
            (failure.isOfTarget ? move.target : move.source).handle(error)
        } else if !failure.isOfTarget {
            move.source.warn(.cannotBeRead(move.partition.id, reason: "\(failure.error)"), of: move.partition.id)
            if case .corrupt(let path, _, _) = failure.error { move.partition.repair(path) }
        }
        giveUp(move, because: "\(failure.error)")
    }
}
