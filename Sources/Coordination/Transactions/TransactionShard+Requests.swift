@_spi(Sabotage) import KafkaProtocol

/// What is asked, and what time does.
extension TransactionShard {
    private typealias Decisions = TransactionDecisions

    // MARK: Producers

    mutating func initProducer(
        _ request: InitTransactionalProducer,
        _ token: CoordinatorToken?,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        var request = request
        if request.isTwoPhase {
            guard config.allowsTwoPhase else {
                return decision.answer(token, .failed(.transactionalIdAuthorizationFailed))
            }
            request.timeoutMillis = .max
        } else if request.timeoutMillis <= 0 || Int64(request.timeoutMillis) > config.maxTimeoutMillis {
            return decision.answer(token, .failed(.invalidTransactionTimeout))
        }
        if request.keepsPrepared {
            // Who has had a producer id has no need of what another one left; without an epoch for each transaction nobody could be fenced.
            if request.expected != nil { return decision.answer(token, .failed(.invalidRequest)) }
            if config.level() < 2 { return decision.answer(token, .failed(.unsupportedVersion)) }
        }
        let id = ExactText(request.id)
        let old = table[id]
        let outcome = Decisions.initProducer(old, request, at: moment.wall)
        if let old, old.status == .ongoing, let ended = outcome.records.first, ended.status == .prepareAbort {
            explain(id, .fenced(old.producer, partitions: ended.partitions.count), &decision)
        }
        carryOut(id, outcome, token, &decision)
    }

    private func carryOut(
        _ id: ExactText,
        _ outcome: TransactionDecisions.Outcome,
        _ token: CoordinatorToken?,
        _ decision: inout Decision
    ) {
        let isWritten = write(id, outcome.records, &decision)
        decision.answer(token, isWritten ? outcome.response : .failed(.unknownServerError))
    }

    private func explain(_ id: ExactText, _ reason: TransactionReason, _ decision: inout Decision) {
        decision.reasons.append(ExplainedTransaction(id: id.text, reason: reason))
    }

    // MARK: Partitions

    mutating func add(_ waiter: Waiter, at moment: Moment, _ decision: inout Decision) {
        let id = ExactText(waiter.member.id)
        guard let outcome = added(id, table[id], waiter, at: moment) else {
            waiters[id, default: []].append(waiter)
            return appoint(id, at: waiter.deadline)
        }
        carryOut(id, outcome, waiter.token, &decision)
    }

    /// nil: it has to wait.
    private mutating func added(_ id: ExactText, _ known: Transaction?, _ waiter: Waiter, at moment: Moment)
        -> TransactionDecisions.Outcome?
    {
        let outcome = Decisions.add(
            known,
            waiter.member,
            waiter.partitions,
            version: waiter.version,
            at: moment.wall
        )
        if let begun = outcome?.records.first, known?.status != .ongoing { limit(id, begun, at: moment) }
        return outcome
    }

    // MARK: The end

    mutating func end(
        _ request: EndTransaction,
        _ token: CoordinatorToken?,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        let id = ExactText(request.member.id)
        carryOut(id, Decisions.end(table[id], request, at: moment.wall), token, &decision)
    }

    mutating func written(
        _ id: ExactText,
        _ producer: TransactionalProducer,
        _ partitions: [TopicPartition],
        at moment: Moment,
        _ decision: inout Decision
    ) {
        // Of a transaction that has ended since, by another way.
        guard let prepared = table[id], prepared.status.isPrepared, prepared.producer == producer,
            var rest = unwritten[id]
        else { return }
        rest.subtract(partitions)
        guard rest.isEmpty || Sabotage.firstMarkerCompletes.isOn else {
            unwritten[id] = rest
            return
        }
        let ended = Decisions.completed(prepared, at: moment.wall)
        guard write(id, [ended], &decision) else { return }
        (unwritten[id], limits[id]) = (nil, nil)
        resume(id, after: ended, at: moment, &decision)
    }

    /// Those who waited for the end come behind it.
    private mutating func resume(
        _ id: ExactText,
        after ended: Transaction,
        at moment: Moment,
        _ decision: inout Decision
    ) {
        var latest = ended
        for waiter in waiters.removeValue(forKey: id) ?? [] {
            guard let outcome = added(id, latest, waiter, at: moment) else { continue }
            carryOut(id, outcome, waiter.token, &decision)
            latest = outcome.records.last ?? latest
        }
    }

    // MARK: Time

    mutating func keepAppointment(_ id: ExactText, at moment: Moment, _ decision: inout Decision) {
        announce(id)
        endWaiting(id, at: moment, &decision)
        guard let open = table[id], open.status == .ongoing, !open.isTwoPhase, let limit = limits[id],
            limit.start == open.start
        else { return }
        if limit.time > moment.now { return appoint(id, at: limit.time) }
        let reason = TransactionReason.timedOut(
            afterMillis: moment.wall.milliseconds &- open.start,
            limitMillis: open.timeoutMillis,
            partitions: open.partitions.count
        )
        if write(id, [Decisions.fenced(open, at: moment.wall)], &decision) { explain(id, reason, &decision) }
    }

    private mutating func endWaiting(_ id: ExactText, at moment: Moment, _ decision: inout Decision) {
        guard let waiting = waiters[id] else { return }
        if let now = table[id], !now.status.isPrepared { return resume(id, after: now, at: moment, &decision) }
        var rest: [Waiter] = []
        for waiter in waiting {
            if waiter.deadline > moment.now {
                rest.append(waiter)
            } else {
                decision.answer(waiter.token, .failed(.concurrentTransactions))
            }
        }
        waiters[id] = rest.isEmpty ? nil : rest
        if let next = rest.map(\.deadline).min() { appoint(id, at: next) }
    }

    /// Forgets ids without a transaction that nobody has used for `transactional.id.expiration.ms`.
    mutating func expire(at moment: Moment, _ decision: inout Decision) {
        decision.isDivisible = true
        let old = table.entries.filter { _, transaction in
            switch transaction.status {
            case .empty, .completeCommit, .completeAbort:
                moment.wall.milliseconds &- transaction.lastUpdate >= config.idExpirationMillis
            case .ongoing, .prepareCommit, .prepareAbort, .dead, .prepareEpochFence: false
            }
        }
        for (id, transaction) in old.sorted(by: { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }) {
            guard let tombstone = try? CoordinatorRecord.tombstone(Transaction.key(id.text)) else { continue }
            decision.records.append(tombstone)
            explain(id, .expired(afterMillis: moment.wall.milliseconds &- transaction.lastUpdate), &decision)
        }
    }
}
