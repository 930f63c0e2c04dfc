@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

/// One replica on its way into another log directory: a copy of its log there, the `-future` directory, and how far it is.
///
/// The copy gets what the log has, as a follower gets it from its leader, while the log goes on. Once it is close behind, the controller is
/// told of the new directory (KIP-858); once it has that, the copy takes the log's place (`finish`).
/// Lock order: the partition's, then the copy's.
final class ReplicaMove: Sendable {
    enum Phase: Sendable {
        /// Compaction is in the log.
        case waiting
        case copying
        /// The controller is to hear of it.
        case telling
        /// The controller has it: the copy takes the log's place once it has all that the log has.
        case told
        /// The last step waits for the flushes of the old directory, or is under way.
        case finishing
        /// The replica lies in the new directory.
        case done
        case givenUp
    }

    private struct State: Sendable {
        var phase = Phase.waiting
        /// Monotonic milliseconds.
        var phaseBegan = Int64(0)
        /// Of the copy.
        var offsets: Range<Int64> = 0..<0
        var sizeBytes: Int64 = 0
        var copiedBytes: Int64 = 0
    }

    let partition: Partition
    let source: LogDirectoryRuntime
    let target: LogDirectoryRuntime
    /// Of the copy, until it takes the log's place.
    let path: String
    let startedMillis: Int64
    private let copy = Mutex<PartitionLog?>(nil)
    private let state = Mutex(State())

    /// The copy is close enough behind for its last bytes to be copied while nobody can append.
    private static let closeBytes: Int64 = 1 << 20
    static let sliceBytes = 1 << 20
    private static let patienceMillis: Int64 = 5000

    init(_ partition: Partition, from source: LogDirectoryRuntime, to target: LogDirectoryRuntime, path: String) {
        self.partition = partition
        self.source = source
        self.target = target
        self.path = path
        startedMillis = target.time.now.milliseconds
    }

    var phase: Phase { state.withLock { $0.phase } }
    var isOver: Bool { state.withLock { $0.phase == .done || $0.phase == .givenUp } }
    /// What the copy has: the offset behind it, and bytes.
    var progress: (end: Int64, sizeBytes: Int64) { state.withLock { ($0.offsets.upperBound, $0.sizeBytes) } }
    var copiedBytes: Int64 { state.withLock { $0.copiedBytes } }

    /// Whether the controller has not taken over the new directory for long; asked again, it has time again.
    func isToBeToldAgain(now: Int64) -> Bool {
        state.withLock { state in
            if now - state.phaseBegan < Self.patienceMillis { return false }
            state.phaseBegan = now
            return true
        }
    }

    /// Goes from one phase to the next, unless somebody was faster.
    func advance(from old: Phase, to new: Phase) -> Bool {
        state.withLock { state in
            if state.phase != old { return false }
            state.phase = new
            state.phaseBegan = target.time.now.milliseconds
            return true
        }
    }

    /// - Returns: the phase before; nil when it is over already.
    func giveUp() -> Phase? {
        state.withLock { state in
            if state.phase == .done || state.phase == .givenUp { return nil }
            defer { state.phase = .givenUp }
            return state.phase
        }
    }

    /// Lets go of the copy's files.
    func abandonCopy() {
        copy.withLock { copy in
            copy?.abandon()
            copy = nil
        }
    }

    // MARK: Copying

    /// What went wrong, and with which of the two logs.
    struct Failure: Error {
        var error: LogError
        var isOfTarget: Bool
    }

    struct Copied: Sendable {
        var bytes = 0
        /// What is left is little.
        var isClose = false
    }

    /// Copies some bytes. Blocks on both disks.
    ///
    /// - Returns: nil when the log is not to be read any more.
    func copyNext(atMost maxBytes: Int) throws(Failure) -> Copied? {
        if copy.withLock({ $0 == nil }) { try makeCopy() }
        let offsets = state.withLock { $0.offsets }
        guard
            let source = try ofSource({ () throws(LogError) in
                try partition.nextToCopy(offsets, maxBytes: maxBytes)
            })
        else { return nil }
        var copied = Copied()
        copied.bytes = try take(source) { partition.isUncut }
        try follow(source)
        let left = source.bytesBehind - Int64(copied.bytes)
        if case .append = source.step { copied.isClose = left <= Self.closeBytes }
        if case .none = source.step { copied.isClose = true }
        return copied
    }

    private func makeCopy() throws(Failure) {
        let (start, config) = partition.state.withLock { state in
            state.cutSinceCopied = .max
            return (state.log.logStartOffset, state.log.config)
        }
        try ofTarget { () throws(LogError) in
            try copy.withLock { copy throws(LogError) in
                if isOver { return }
                let log = try PartitionLog.makeFuture(
                    target.storage.fileSystem,
                    directory: path,
                    config: config,
                    topicId: partition.topicId,
                    from: start,
                    now: target.time.wall.milliseconds
                )
                note(log)
                copy = log
            }
        }
    }

    /// Carries a step out.
    ///
    /// - Parameter isValid: asked once the bytes were read: whether they are what the log had there.
    /// - Returns: how many bytes were read.
    private func take(_ source: Partition.CopySource, ifStill isValid: () -> Bool) throws(Failure) -> Int {
        let wall = target.time.wall.milliseconds
        switch source.step {
        case .none: return 0
        case .cut(let offset): try onCopy { log throws(LogError) in try log.truncate(to: offset) }
        case .restart(let offset): try onCopy { log throws(LogError) in try log.restart(at: offset) }
        case .skip(let offset): try onCopy { log throws(LogError) in try log.skip(to: offset, now: wall) }
        case .append(let slice, let maxEpoch, let mayHaveGaps):
            let bytes = try ofSource { () throws(LogError) in
                do throws(StorageError) { return try slice.bytes() } catch { throw .storage(error) }
            }
            guard isValid() else { return 0 }
            try append(bytes, from: slice) { log throws(LogError) in
                try log.appendCopied(
                    bytes,
                    upTo: source.logEnd,
                    mayHaveGaps: mayHaveGaps,
                    maxEpoch: maxEpoch,
                    now: wall
                )
            }
            return bytes.readableBytes
        }
        return 0
    }

    private func append(
        _ bytes: ByteBuffer,
        from slice: LogSlice,
        _ body: (PartitionLog) throws(LogError) -> Bool
    ) throws(Failure) {
        var damage: LogError?
        try onCopy { log throws(LogError) in
            do throws(LogError) {
                if try !body(log) {
                    damage = .corrupt(
                        path: slice.file.path,
                        position: slice.position,
                        reason: "no whole batch is there"
                    )
                }
            } catch {
                guard case .refused(let reason) = error else { throw error }
                damage = .corrupt(path: slice.file.path, position: slice.position, reason: reason.reason)
            }
        }
        if let damage { throw Failure(error: damage, isOfTarget: false) }
        state.withLock { $0.copiedBytes += Int64(bytes.readableBytes) }
    }

    /// The log may begin later by now.
    private func follow(_ source: Partition.CopySource) throws(Failure) {
        if state.withLock({ $0.offsets.lowerBound >= min(source.logStart, $0.offsets.upperBound) }) { return }
        try onCopy { log throws(LogError) in
            try log.deletePrefix(before: min(source.logStart, log.logEndOffset), highWatermark: log.logEndOffset)
            let retired = try log.retire(now: target.time.wall.milliseconds, highWatermark: log.logEndOffset)
            do throws(StorageError) { for segment in retired { try segment.remove() } } catch { throw .storage(error) }
        }
    }

    private func onCopy(_ body: (PartitionLog) throws(LogError) -> Void) throws(Failure) {
        try ofTarget { () throws(LogError) in
            try copy.withLock { copy throws(LogError) in
                // It was given up meanwhile.
                guard let log = copy else { return }
                try body(log)
                note(log)
            }
        }
    }

    private func note(_ log: borrowing PartitionLog) {
        let (offsets, size) = (log.logStartOffset..<log.logEndOffset, log.sizeBytes)
        state.withLock { ($0.offsets, $0.sizeBytes) = (offsets, size) }
    }

    private func ofSource<T>(_ body: () throws(LogError) -> T) throws(Failure) -> T {
        do throws(LogError) { return try body() } catch { throw Failure(error: error, isOfTarget: false) }
    }

    private func ofTarget<T>(_ body: () throws(LogError) -> T) throws(Failure) -> T {
        do throws(LogError) { return try body() } catch { throw Failure(error: error, isOfTarget: true) }
    }

    // MARK: The end

    /// What is durable in the new directory before the replica lies there.
    struct Prepared: Sendable {
        var recoveryPoint: Int64
        var logStart: Int64
        var highWatermark: Int64
        var cleanedOffset: Int64
    }

    /// Makes durable there what is durable here. Behind the flushes of the old directory: nothing more becomes durable in it meanwhile.
    ///
    /// - Returns: nil when the copy is too far behind, or the move was given up.
    func prepare() throws(Failure) -> Prepared? {
        // Without the lock as far as it goes.
        for _ in 0..<8 { if try copyNext(atMost: Self.sliceBytes)?.bytes ?? 0 == 0 { break } }
        guard
            let (known, highWatermark) = try caughtUp({ state in
                (state.log.knowledge, state.replica.highWatermark)
            })
        else { return nil }
        try onCopy { log throws(LogError) in
            try log.adopt(known)
            try log.markRecoveryStart(now: target.time.wall.milliseconds)
        }
        guard let work = copy.withLock({ $0?.beginFlush() }) else { return nil }
        try ofTarget { () throws(LogError) in
            do throws(StorageError) { if !Sabotage.copyNotFlushed.isOn { try work.run() } } catch {
                throw .storage(error)
            }
        }
        copy.withLock { $0?.completeFlush(work) }
        return Prepared(
            recoveryPoint: work.upTo,
            logStart: known.logStartOffset,
            highWatermark: min(highWatermark, work.upTo),
            cleanedOffset: known.cleanedOffset
        )
    }

    /// Copies the rest while nobody can append, and looks at the partition's state then.
    ///
    /// - Returns: nil when there is too much left.
    private func caughtUp<T: Sendable>(_ body: (borrowing Partition.State) -> T) throws(Failure) -> T? {
        var failure: Failure?
        let result = partition.state.withLock { state -> T? in
            do throws(Failure) { return try copyRest(&state) ? body(state) : nil } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        return result
    }

    /// Under the partition's lock. False when there is too much left, or the copy differs.
    private func copyRest(_ partition: inout Partition.State) throws(Failure) -> Bool {
        guard Partition.isMovable(partition), partition.cutSinceCopied == .max else { return false }
        if Sabotage.copyLacksTail.isOn { return true }
        let end = state.withLock { $0.offsets.upperBound }
        guard partition.log.estimatedBytes(behind: end) <= Self.closeBytes else { return false }
        while true {
            let offsets = state.withLock { $0.offsets }
            let next: Partition.CopySource?
            do throws(LogError) {
                next = try Partition.nextToCopy(&partition, offsets, maxBytes: Self.sliceBytes)
            } catch { throw Failure(error: error, isOfTarget: false) }
            guard let next else { return false }
            switch next.step {
            case .none: return true
            case .cut, .restart: return false
            case .append, .skip:
                _ = try take(next) { true }
                // It was given up meanwhile.
                if state.withLock({ $0.offsets == offsets }) { return false }
            }
        }
    }

    /// Lets the copy take the log's place, on the disk and for everybody. Blocks on both disks for a moment.
    ///
    /// - Returns: false when the log has changed in a way that has to be prepared again, or the move was given up.
    func exchange(_ prepared: Prepared) throws(Failure) -> Bool {
        var failure: Failure?
        var gate: FlushGate?
        let isDone = partition.state.withLock { state -> Bool in
            do throws(Failure) {
                // A start finds in the checkpoint where the log began when that was written.
                guard try copyRest(&state), state.log.logStartOffset == prepared.logStart,
                    advance(from: .finishing, to: .done)
                else { return false }
                gate = try replaceLog(&state, prepared)
                return true
            } catch {
                _ = advance(from: .done, to: .finishing)
                failure = error
                return false
            }
        }
        gate?.close()
        if let failure { throw failure }
        return isDone
    }

    private func replaceLog(_ state: inout Partition.State, _ prepared: Prepared) throws(Failure) -> FlushGate? {
        let (known, config) = (state.log.knowledge, state.log.config)
        let place = target.storage.directory(of: partition.id)
        try onCopy { log throws(LogError) in
            try log.adopt(known)
            try log.move(to: place, config: config)
        }
        guard let log = takeCopy() else { return nil }
        let gate = state.log.abandon()
        state.log = log
        state.checkpointed = prepared.recoveryPoint
        partition.place.withLock { $0 = target }
        return gate
    }

    private func takeCopy() -> sending PartitionLog? {
        copy.withLock { copy in
            let log = copy
            copy = nil
            return log
        }
    }
}
