import KafkaConnection
import KafkaProtocol
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

extension GroupMembership.Settings {
    init(_ configuration: ConsumerConfiguration) {
        groupId = configuration.groupId ?? ""
        instanceId = configuration.groupInstanceId
        assignors = configuration.assignors
        sessionMillis = configuration.sessionTimeout.milliseconds
        heartbeatMillis = configuration.heartbeatInterval.milliseconds
        maxPollMillis = configuration.maxPollInterval.milliseconds
        watchMillis = configuration.client.metadataMaxAge.milliseconds
        retryMillis = configuration.client.retryBackoff.milliseconds
        retryMaxMillis = configuration.client.retryBackoffMax.milliseconds
        rackId = configuration.rackId
    }
}

extension Consumer: Service {
    private enum Work {
        /// With the number of the membership that wants it.
        case membership(GroupMembership.Action, turn: Int)
        case commit([TopicPartition: CommittedOffset])
        case wait(untilMillis: Int64)
    }

    /// Keeps the membership in the group and commits, until `close`, until the service that this is part of shuts down, or until the task is
    /// cancelled: then it closes.
    public func run() async {
        state.withLock { $0.isRunning = true }
        arrived.raise()
        await withGracefulShutdownHandler {
            while !Task.isCancelled, let work = nextWork() {
                switch work {
                case .membership(let action, let turn): await perform(action, turn)
                case .commit(let offsets):
                    await commitNow(offsets)
                    state.withLock { $0.isCommitting = false }
                    commitEnded.raise()
                case .wait(let time): await wait(untilMillis: time)
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.wake.raise()
        }
        await close()
        state.withLock { $0.isRunning = false }
    }

    private func nextWork() -> Work? {
        let now = now
        return state.withLock { state in
            if state.isClosed || state.isStopping { return nil }
            if !state.commits.isEmpty {
                state.isCommitting = true
                return .commit(state.takeCommits(of: nil))
            }
            var until = Int64.max
            if configuration.autoCommit, configuration.groupId != nil {
                if now >= state.nextAutoCommit {
                    state.nextAutoCommit = now + configuration.autoCommitInterval.milliseconds
                    let offsets = state.engine.uncommitted()
                    if !offsets.isEmpty {
                        state.isCommitting = true
                        return .commit(offsets.mapValues { CommittedOffset($0) })
                    }
                }
                until = state.nextAutoCommit
            }
            guard let action = state.membership?.action(nowMillis: now) else { return .wait(untilMillis: until) }
            if case .wait(let time) = action { return .wait(untilMillis: min(time, until)) }
            return .membership(action, turn: state.membershipTurn)
        }
    }

    private func wait(untilMillis time: Int64) async {
        let timer =
            time == .max
            ? nil
            : loop.scheduleTask(in: .milliseconds(max(1, time - now))) { [wake] in
                wake.raise()
            }
        await wake.wait()
        timer?.cancel()
    }

    private func perform(_ action: GroupMembership.Action, _ turn: Int) async {
        state.withLock { $0.isRebalancing = action != .heartbeat }
        defer { state.withLock { $0.isRebalancing = false } }
        do throws(KafkaError) {
            switch action {
            case .describe(let topics):
                let found = try await coordination.describeOnce(topics).filter {
                    $0.errorCode == .none && (topics != nil || !$0.isInternal)
                }
                let counts = found.map { ($0.name ?? "", Int32(clamping: $0.partitions.count)) }
                tell(turn) { $0.described(Dictionary(counts) { $1 }, nowMillis: $1) }
            case .join:
                // The answer waits for the other members, who have as long as this one.
                let timeout = configuration.maxPollInterval + configuration.client.requestTimeout
                let response = try await ask(timeout, turn) { $0.join(version: $1) }
                forgetCoordinator(after: response.errorCode)
                tell(turn) { $0.joined(response, nowMillis: $1) }
            case .sync(let assignments):
                let timeout = configuration.maxPollInterval + configuration.client.requestTimeout
                let response = try await ask(timeout, turn) { $0.sync(assignments, version: $1) }
                forgetCoordinator(after: response.errorCode)
                tell(turn) { $0.synced(response, nowMillis: $1) }
            case .heartbeat:
                let timeout = min(configuration.sessionTimeout, configuration.client.requestTimeout)
                let response = try await ask(timeout, turn) { $0.heartbeat(version: $1) }
                forgetCoordinator(after: response.errorCode)
                tell(turn) { $0.heartbeatAnswered(response.errorCode, nowMillis: $1) }
            case .leave:
                logger.warning(
                    "leaving the group: max.poll.interval.ms exceeded",
                    metadata: ["interval": "\(configuration.maxPollInterval)"]
                )
                let why = "max.poll.interval.ms exceeded"
                _ = try? await ask(configuration.client.requestTimeout, turn) { $0.leave(why, version: $1) }
                tell(turn) { membership, _ in membership.left() }
            case .wait: break
            }
        } catch {
            logger.debug("group membership step failed", metadata: ["step": "\(action)", "reason": "\(error)"])
            tell(turn) { $0.failed(error, nowMillis: $1) }
        }
        arrived.raise()
    }

    /// What comes of a membership that has ended is not for the next one.
    private func tell(_ turn: Int, _ body: (inout GroupMembership, Int64) -> Void) {
        let now = now
        state.withLock { state in
            guard state.membershipTurn == turn, var membership = state.membership else { return }
            body(&membership, now)
            state.membership = membership
        }
    }

    /// Asks the coordinator once.
    private func ask<Request: RequestMessage>(
        _ timeout: Duration,
        _ turn: Int,
        _ make: (GroupMembership, Int16) -> Request
    ) async throws(KafkaError) -> Request.Response {
        let group = configuration.groupId ?? ""
        guard let membership = state.withLock({ $0.membershipTurn == turn ? $0.membership : nil }) else {
            throw KafkaError(.closed, "the consumer has left its group")
        }
        do throws(KafkaError) {
            let connection = try await coordination.connection(to: .group(group))
            return try await connection.send(timeout: timeout) { make(membership, $0) }
        } catch {
            coordination.forgetCoordinator(of: group)
            throw error
        }
    }

    /// Who says that it is not the coordinator is not asked again before it is looked up who is.
    private func forgetCoordinator(after code: ErrorCode) {
        if [.notCoordinator, .coordinatorNotAvailable].contains(code), let group = configuration.groupId {
            coordination.forgetCoordinator(of: group)
        }
    }

    // MARK: Partitions that come and go

    /// Carries out what the group has decided, between two batches.
    func apply(_ change: GroupMembership.Change) async throws(KafkaError) {
        switch change {
        case .assign(let keys):
            let committed: [TopicPartition: CommittedOffset]
            do throws(KafkaError) {
                committed = try await self.committed(keys.sorted())
            } catch {
                state.withLock { $0.membership?.finishChange(isDone: false) }
                throw error
            }
            let now = now
            state.withLock { state in
                for key in keys {
                    let place = committed[key]
                    state.engine.add(key, at: place?.offset, epoch: place?.leaderEpoch ?? -1, nowMillis: now)
                }
            }
            await configuration.listener?.assigned(keys.sorted(), to: self)
        case .revoke(let keys):
            await commitProcessed(keys)
            await configuration.listener?.revoked(keys.sorted(), from: self)
            await commitRequested(keys)
            state.withLock { $0.engine.remove(keys) }
            metrics.forget(keys)
        case .lose(let keys):
            state.withLock { $0.engine.remove(keys) }
            dropCommits(of: keys)
            metrics.forget(keys)
            if !keys.isEmpty { await configuration.listener?.lost(keys.sorted(), by: self) }
            // By default a listener does what it does with those that are revoked.
            dropCommits(of: keys)
        }
        state.withLock { $0.membership?.finishChange(isDone: true) }
        metrics.noteChange()
        logger.info("partition assignment changed", metadata: ["change": "\(change)"])
        wake.raise()
    }

    // MARK: Leaving

    /// Commits what was processed, leaves the group and reads nothing more; then partitions may be assigned, or other topics subscribed to. Must not
    /// be called while `next` waits. A static member does not leave: its session continues.
    public func unsubscribe() async {
        guard state.withLock({ $0.membership != nil }) else { return }
        await leave("the consumer has unsubscribed")
        let before = state.withLock { state in
            state.membership = nil
            state.membershipTurn += 1
            let before = state.engine.keys
            state.engine.remove(before)
            return before
        }
        metrics.forget(before)
        wake.raise()
        arrived.raise()
    }

    /// Commits and sends LeaveGroup, so that the others take over at once. An unreachable broker is not waited for long.
    ///
    /// - Parameter why: told to the group's coordinator, which logs it.
    func leave(_ why: String) async {
        let timeout = min(Self.leaveTimeout, configuration.client.apiTimeout)
        await waitForCommit(timeout)
        guard let membership = state.withLock({ $0.membership }), let group = configuration.groupId else {
            return await commitProcessed(nil, timeout: timeout)
        }
        // While the coordinator lets this member wait for the others, it hears nothing more on the same connection.
        let connections = state.withLock { $0.isRebalancing } ? cluster : coordination
        let owned = membership.owned
        await commitProcessed(nil, through: connections, timeout: timeout)
        if membership.isMember, !owned.isEmpty {
            await configuration.listener?.revoked(owned.sorted(), from: self)
            await commitRequested(nil, through: connections, timeout: timeout)
        }
        guard !membership.memberId.isEmpty, membership.settings.instanceId == nil else { return }
        do throws(KafkaError) {
            let connection = try await connections.connection(to: .group(group))
            _ = try await connection.send(timeout: timeout) { membership.leave(why, version: $0) }
        } catch {
            logger.debug("leaving the group failed", metadata: ["reason": "\(error)"])
        }
    }

    private static let leaveTimeout = Duration.seconds(5)

    /// What `run` is committing must have got there before connections close.
    private func waitForCommit(_ timeout: Duration) async {
        let end = now + timeout.milliseconds
        let timer = loop.scheduleTask(in: TimeAmount(timeout)) { [commitEnded] in commitEnded.raise() }
        while !Task.isCancelled, now < end, state.withLock({ $0.isCommitting }) { await commitEnded.wait() }
        timer.cancel()
    }
}
