import DequeModule
@_spi(Sabotage) import KafkaProtocol

/// What becomes of decisions: records gathered, replayed, committed, undone; answers parked and sent.
extension CoordinatorRuntime {
    mutating func carryOut(_ decision: Decision, at moment: Moment, _ effects: inout Effects) {
        effects.reasons += decision.reasons
        let start = lastPosition
        var isRefused = false
        if !decision.records.isEmpty { isRefused = !write(decision) }
        for (token, response) in decision.answers { park(token, response, at: moment, &effects) }
        if isRefused { fallBack(to: start, .recordListTooLarge, at: moment, &effects) }
        startAppend(&effects)
    }

    /// Replays the records and puts them into a batch, or several; false when there is none that they fit into.
    private mutating func write(_ decision: Decision) -> Bool {
        var start = lastPosition
        for record in decision.records { replay(record, decision.producer?.id) }
        let parts = parts(of: decision)
        guard parts.allSatisfy({ $0.bytes <= limits.batchBytes }) else { return false }
        let kind: Gathered.Kind = decision.producer.map { .transactional($0) } ?? .plain
        for part in parts {
            let end = start + Int64(part.records.count)
            gather(part.records, bytes: part.bytes, kind, start..<end)
            start = end
        }
        return true
    }

    /// The records by the batches that they go into.
    private func parts(of decision: Decision) -> [(records: ArraySlice<Shard.Record>, bytes: Int)] {
        let records = decision.records
        guard decision.isDivisible else { return [(records[...], records.reduce(0) { $0 + Shard.size(of: $1) })] }
        let limit = min(limits.sharedBytes, limits.batchBytes)
        var parts: [(records: ArraySlice<Shard.Record>, bytes: Int)] = []
        var (first, bytes) = (0, 0)
        for (index, record) in records.enumerated() {
            let size = Shard.size(of: record)
            if index > first, bytes + size > limit {
                parts.append((records[first..<index], bytes))
                (first, bytes) = (index, 0)
            }
            bytes += size
        }
        return parts + [(records[first...], bytes)]
    }

    /// - Parameter positions: those before the first record and of the last one.
    private mutating func gather(
        _ records: ArraySlice<Shard.Record>,
        bytes: Int,
        _ kind: Gathered.Kind,
        _ positions: Range<Int64>
    ) {
        let last = gathered.count - 1
        if last >= 0, gathered[last].kind == kind, gathered[last].bytes + bytes <= limits.sharedBytes {
            gathered[last].records += records
            gathered[last].bytes += bytes
            gathered[last].endPosition = positions.upperBound
        } else {
            gathered.append(
                Gathered(
                    kind: kind,
                    records: Array(records),
                    bytes: bytes,
                    startPosition: positions.lowerBound,
                    endPosition: positions.upperBound
                )
            )
        }
    }

    mutating func replay(_ content: CoordinatorAppend<Shard.Record>.Content) {
        switch content {
        case .records(let records): for record in records { replay(record, nil) }
        case .transactional(let records, let producer): for record in records { replay(record, producer.id) }
        case .marker(let marker):
            lastPosition += 1
            note(shard.replay(marker, position: lastPosition))
        }
    }

    private mutating func replay(_ record: Shard.Record, _ producerId: Int64?) {
        lastPosition += 1
        note(shard.replay(record, position: lastPosition, producerId: producerId))
    }

    private mutating func note(_ change: Shard.Change?) {
        if let change { changes.append((lastPosition, change)) }
    }

    mutating func startAppend(_ effects: inout Effects) {
        guard outstanding == nil, let batch = gathered.popFirst() else { return }
        appendCount += 1
        let id = CoordinatorAppend<Shard.Record>.Id(term: term, number: appendCount)
        outstanding = Outstanding(id: id, startPosition: batch.startPosition, endPosition: batch.endPosition)
        effects.append = CoordinatorAppend(id: id, content: batch.content)
    }

    // MARK: Answers

    private mutating func park(
        _ token: CoordinatorToken,
        _ response: Shard.Response,
        at moment: Moment,
        _ effects: inout Effects
    ) {
        let isOpen = open.remove(token) != nil
        precondition(isOpen, "token \(token) is answered twice, or never asked")
        let isEarly =
            Sabotage.commitAnsweredEarly.isOn || isBroken(.answersBeforeCommit)
            || (isBroken(.answersUnwrittenAtOnce) && gathered.isEmpty)
        if committedPosition == lastPosition || isEarly {
            effects.answers.append((token, .success(response)))
            if !isBroken(.answersTwice) { return }
        }
        let deadline = moment.now.adding(milliseconds: limits.commitTimeoutMillis)
        parked.append(Parked(position: lastPosition, token: token, response: response, deadline: deadline))
    }

    /// Takes in what is known to be committed.
    mutating func settle(_ effects: inout Effects) {
        while let span = spans.first, span.endOffset <= committedOffset {
            spans.removeFirst()
            committedPosition = span.endPosition
        }
        precondition(committedPosition <= lastPosition, "committed beyond what was replayed")
        while let first = changes.first, first.position <= committedPosition {
            changes.removeFirst()
            shard.commit(first.change)
        }
        while let first = parked.first, first.position <= committedPosition {
            parked.removeFirst()
            effects.answers.append((first.token, .success(first.response)))
        }
    }

    // MARK: Falling back

    /// Undoes everything after `position`, and fails the answers that say it or have seen it.
    mutating func fallBack(
        to position: Int64,
        _ code: ErrorCode,
        at moment: Moment,
        _ effects: inout Effects
    ) {
        precondition(position >= committedPosition, "what is committed is final")
        while let last = changes.last, last.position > position {
            changes.removeLast()
            shard.undo(last.change)
            if isBroken(.undoesOneChange) { break }
        }
        lastPosition = position
        var failed: [CoordinatorToken] = []
        while let last = parked.last, last.position > position {
            parked.removeLast()
            failed.append(last.token)
            if isBroken(.failsOneAnswer) { break }
        }
        for token in failed.reversed() { effects.answers.append((token, .failure(code))) }
        let decision = shard.fellBack(code, at: moment)
        precondition(decision.records.isEmpty, "falling back writes nothing")
        carryOut(decision, at: moment, &effects)
    }
}
