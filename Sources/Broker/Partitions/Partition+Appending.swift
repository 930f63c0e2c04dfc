@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Replication
import Synchronization
import World

extension Partition {
    /// What follows an append once the lock is left.
    private struct AfterAppend {
        /// nil while the answer waits.
        var outcome: ProduceOutcome?
        var readers: [FetchReader] = []
        var arrivedBytes = 0
        var followers: [FetchReader] = []
        var failure: StorageError?
        var flushes = false
    }

    /// Appends a batch as the leader.
    ///
    /// - Parameters:
    ///   - waitsForAll: acks=all: the answer waits until the record is as durable as the topic asks.
    ///   - transaction: what is known of the transaction that the batch belongs to.
    ///   - done: called once; at once when nothing has to be waited for.
    func append(
        _ batch: ValidatedBatch,
        waitsForAll: Bool,
        isFromClient: Bool,
        transaction: TransactionEvidence = .none,
        wall: Int64,
        done: @escaping @Sendable (ProduceOutcome) -> Void
    ) {
        let directory = directory
        let start = directory.time.now
        let after = state.withLock { state -> AfterAppend in
            if let code = refusal(state) { return AfterAppend(outcome: ProduceOutcome(code: code)) }
            var needs = AnswerConditions.appended
            if waitsForAll { needs = state.log.config.flushesBeforeAck ? [.replicated, .synced] : .replicated }
            if let refusal = state.replica.refusal(ofAppend: needs) {
                let outcome = Self.outcome(refusal)
                state.refused = (start, outcome.code)
                return AfterAppend(outcome: outcome)
            }
            if batch.header.isTransactional {
                switch Self.judge(batch, state, isFromClient: isFromClient, transaction) {
                case .accepted: break
                case .refused(let error):
                    return AfterAppend(outcome: ProduceOutcome(code: error.code, message: error.reason))
                case .stands: return Self.answerRepeated(&state, needs, done)
                }
            }
            return Self.append(
                batch,
                &state,
                needs,
                isFromClient: isFromClient,
                transaction: transaction,
                wall: wall,
                now: start,
                done: done
            )
        }
        directory.noteAppend(nanos: directory.time.now.nanoseconds - start.nanoseconds)
        if let failure = after.failure { handle(failure) }
        for reader in after.followers { reader.signal.arrived(bytes: batch.bytes.readableBytes, at: reader.place) }
        for reader in after.readers { reader.signal.arrived(bytes: after.arrivedBytes, at: reader.place) }
        if after.flushes { directory.flush(self) }
        if let outcome = after.outcome { done(outcome) }
    }

    /// What comes again, and stands in the log, is answered when that is replicated.
    private static func answerRepeated(
        _ state: inout State,
        _ needs: AnswerConditions,
        _ done: @escaping @Sendable (ProduceOutcome) -> Void
    ) -> AfterAppend {
        let end = state.log.logEndOffset
        switch state.replica.repeated(end: end, needs: needs) {
        case .now(let code): return AfterAppend(outcome: ProduceOutcome(code: code))
        case .later(let token):
            state.producers.add(WaitingProducer(outcome: ProduceOutcome(), done: done), as: token)
            return AfterAppend()
        }
    }

    private static func outcome(_ refusal: AppendRefusal) -> ProduceOutcome {
        switch refusal {
        case .notServed(let code): ProduceOutcome(code: code)
        case .notEnoughReplicas(let inSync, let minimum):
            ProduceOutcome(
                code: .notEnoughReplicas,
                message: "\(inSync) replicas are in sync, \(minimum) are needed by min.insync.replicas"
            )
        }
    }

    private static func append(
        _ batch: ValidatedBatch,
        _ state: inout State,
        _ needs: AnswerConditions,
        isFromClient: Bool,
        transaction: TransactionEvidence,
        wall: Int64,
        now: MonotonicTime,
        done: @escaping @Sendable (ProduceOutcome) -> Void
    ) -> AfterAppend {
        var after = AfterAppend()
        let segments = state.log.segmentCount
        do throws(LogError) {
            let appended = try state.log.append(
                batch,
                leaderEpoch: state.replica.epoch.rawValue,
                now: wall,
                isFromClient: isFromClient,
                gap: gap(state, now),
                highWatermark: state.replica.highWatermark
            )
            var outcome = ProduceOutcome()
            outcome.baseOffset = appended.firstOffset
            outcome.appendTime = appended.appendTime
            outcome.logStartOffset = state.log.logStartOffset
            let answer: AnswerTime
            if appended.isDuplicate {
                answer = state.replica.repeated(end: appended.lastOffset + 1, needs: needs)
            } else {
                if batch.header.isTransactional { Self.appended(batch.header, transaction, &state) }
                answer = grew(&state, by: batch.bytes.readableBytes, needs, wall: wall, now: now, &after)
                // A segment that is full is made durable in the background: the recovery point follows, and a crash scans little.
                if state.log.segmentCount != segments { after.flushes = true }
            }
            switch answer {
            case .now(let code):
                outcome.code = code
                after.outcome = outcome
            case .later(let token): state.producers.add(WaitingProducer(outcome: outcome, done: done), as: token)
            }
        } catch {
            (after.outcome, after.failure) = refusal(error, &state, now)
        }
        return after
    }

    /// Tells the machine that the log has grown.
    private static func grew(
        _ state: inout State,
        by bytes: Int,
        _ needs: AnswerConditions,
        wall: Int64,
        now: MonotonicTime,
        _ after: inout AfterAppend
    ) -> AnswerTime {
        state.hiddenBytes += bytes
        after.followers = state.followers
        if state.unflushedSince == 0 { state.unflushedSince = wall }
        let effects = state.replica.appended(end: state.log.logEndOffset, needs: needs, now: now)
        if effects.hasMovedWatermark {
            state.log.highWatermarkMoved(to: state.replica.highWatermark)
            after.arrivedBytes = state.hiddenBytes
            state.hiddenBytes = 0
            after.readers = state.readers
        }
        after.flushes =
            effects.flushes || state.log.logEndOffset - state.log.flushedOffset >= state.log.config.flushMessages
        return effects.answer
    }

    /// For how long a gap in a producer's sequence counts as made by a batch that was refused.
    private static let gapMillis: Int64 = 5000

    /// What a producer is told that is not known here and does not begin with its first sequence; nil where it is taken. Its first batch may have been
    /// refused, by this replica or before there was one: if a later one were taken, the client would hear of a sequence that is out of order when it
    /// sends the first again, behind what was acknowledged, and take it for acknowledged too (librdkafka).
    private static func gap(_ state: borrowing State, _ now: MonotonicTime) -> ErrorCode? {
        if let code = recentRefusal(state, now) { return code }
        return now.milliseconds(since: state.openedAt) < gapMillis ? .notLeaderOrFollower : nil
    }

    /// What producers may have been told just now.
    static func recentRefusal(_ state: borrowing State, _ now: MonotonicTime) -> ErrorCode? {
        state.refused.flatMap { now.milliseconds(since: $0.at) < gapMillis ? $0.code : nil }
    }

    private static func refusal(
        _ error: LogError,
        _ state: inout State,
        _ now: MonotonicTime
    ) -> (ProduceOutcome, StorageError?) {
        switch error {
        case .refused(let record):
            // Its producer sent it before it knew that the one before was refused, and will send both again. Told of the gap, librdkafka would
            // begin anew with another epoch, under which what waits for other partitions could be there twice.
            if record.code == .outOfOrderSequenceNumber, let code = recentRefusal(state, now) {
                let reason = "\(record.reason); a batch before it may have been refused with \(code)"
                return (ProduceOutcome(code: code, message: reason), nil)
            }
            return (ProduceOutcome(code: record.code, message: record.reason), nil)
        case .storage(let failure):
            if failure.kind == .noSpace || failure.kind == .tooManyOpenFiles {
                state.refused = (now, .kafkaStorageError)
            }
            return (ProduceOutcome(code: .kafkaStorageError, message: "\(failure)"), failure)
        case .outOfRange, .corrupt:
            return (ProduceOutcome(code: .unknownServerError, message: "\(error)"), nil)
        }
    }

    /// A record, or what has to be durable with it, could not be written.
    func handle(_ failure: StorageError) {
        directory.handle(failure)
        if failure.kind == .noSpace { store?.foundNoSpace(self) }
    }

    // MARK: Durability

    /// Blocks until what was appended so far is durable; runs on the directory's thread.
    func flushNow() {
        guard let work = state.withLock({ $0.replica.offlineReason == nil ? $0.log.beginFlush() : nil }) else { return }
        do throws(StorageError) {
            if !Sabotage.ackBeforeFsync.isOn { try work.run() }
            finish(
                state.withLock { state in
                    state.log.completeFlush(work)
                    state.unflushedSince = 0
                    return take(state.replica.durable(upTo: state.log.flushedOffset), &state)
                }
            )
        } catch {
            // The topic was deleted meanwhile, and the files with it.
            if error.kind == .notFound, state.withLock({ $0.replica.offlineReason == .deleted }) { return }
            // A full disk has no room for the leader epochs; nothing is lost, and nothing counts as durable until a later flush.
            if error.kind == .noSpace {
                state.withLock { $0.log.postponeFlush(work) }
                return handle(error)
            }
            if Sabotage.fsyncRetried.isOn {
                state.withLock { $0.log.postponeFlush(work) }
                return directory.flush(self)
            }
            // An fsync that failed may have dropped the pages: trying again would only seem to succeed.
            directory.fail("\(error)")
            fail()
        }
    }

    /// The log cannot be trusted any more: those who wait are told so.
    func fail() {
        finish(
            state.withLock { state in
                var after = take(state.replica.ended(.logFailed), &state)
                after.fetches = true
                return after
            }
        )
    }

    /// Flushes when `flush.ms` asks for it, or when answers wait for a flush that found no space; and makes the change of the log that found
    /// none.
    func flushIfDue(wall: Int64) {
        let (isDue, postponed) = state.withLock { state -> (Bool, (LogChange, LeaderEpoch)?) in
            defer { state.postponed = nil }
            return (Self.isFlushDue(state, wall: wall), state.postponed)
        }
        if isDue { directory.flush(self) }
        if let postponed { behindFlushes { [self] in carryOut(postponed.0, postponed.1) } }
    }

    private static func isFlushDue(_ state: borrowing State, wall: Int64) -> Bool {
        guard state.log.needsFlush else { return false }
        if state.log.config.flushesBeforeAck { return true }
        return state.unflushedSince > 0 && state.log.config.flushMillis < Int64.max
            && wall - state.unflushedSince >= state.log.config.flushMillis
    }
}
