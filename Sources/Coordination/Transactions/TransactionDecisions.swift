@_spi(Sabotage) import KafkaProtocol

/// What becomes of one transactional id: functions of what it is. An error changes nothing.
enum TransactionDecisions {
    /// What an id becomes, in this order, and what is answered.
    struct Outcome {
        var records: [Transaction] = []
        var response: TransactionResponse

        init(_ records: [Transaction], _ response: TransactionResponse) {
            (self.records, self.response) = (records, response)
        }

        init(_ code: ErrorCode) { response = .failed(code) }
    }

    // MARK: A producer begins

    static func initProducer(_ known: Transaction?, _ request: InitTransactionalProducer, at wall: WallTime) -> Outcome
    {
        guard var transaction = known else {
            guard let fresh = request.fresh else { return Outcome([], .needsProducerId) }
            var new = Transaction(producerId: fresh, timeoutMillis: request.timeoutMillis, at: wall)
            new.epoch = 0
            return Outcome([new], .producer(new.producer))
        }
        if let expected = request.expected, !isKnown(expected, to: transaction) { return Outcome(.producerFenced) }
        switch transaction.status {
        case .prepareCommit, .prepareAbort: return Outcome(.concurrentTransactions)
        case .ongoing where request.keepsPrepared: return kept(transaction, request, at: wall)
        case .ongoing where !Sabotage.initDoesNotAbort.isOn:
            if let expected = request.expected, expected.epoch != transaction.client.epoch {
                return Outcome(.producerFenced)
            }
            // Whoever had the id is fenced by the epoch, and the new producer gets the next one when it asks again.
            return Outcome([fenced(transaction, at: wall)], .failed(.concurrentTransactions))
        case .ongoing, .empty, .completeCommit, .completeAbort, .dead, .prepareEpochFence: break
        }
        let old = transaction
        if let expected = request.expected, expected.id == old.producerId, expected.epoch != old.epoch {
            // The answer to this question was lost.
            guard expected.epoch == old.previousEpoch, old.status == .empty else { return Outcome(.producerFenced) }
            return Outcome([], .producer(old.producer))
        }
        if let expected = request.expected, expected.id != old.producerId {
            // The same, and the answer had another id.
            return old.status == .empty ? Outcome([], .producer(old.producer)) : Outcome(.producerFenced)
        }
        transaction.timeoutMillis = request.timeoutMillis
        transaction.becomeEmpty(at: wall)
        if old.isExhausted {
            guard let fresh = request.fresh else { return Outcome([], .needsProducerId) }
            (transaction.producerId, transaction.epoch) = (fresh, 0)
            transaction.previousProducerId = old.producerId
        } else {
            transaction.epoch += 1
            transaction.previousProducerId = old.producerId
        }
        return Outcome([transaction], .producer(transaction.producer))
    }

    /// The open transaction stays, for a producer that knows how it has to end: everybody else is fenced at the coordinator.
    private static func kept(_ open: Transaction, _ request: InitTransactionalProducer, at wall: WallTime) -> Outcome {
        var transaction = open
        guard transaction.advanceClient(fresh: request.fresh) else { return Outcome([], .needsProducerId) }
        if request.isTwoPhase { transaction.timeoutMillis = .max }
        transaction.lastUpdate = wall.milliseconds
        return Outcome([transaction], .kept(transaction.client, open: open.producer))
    }

    /// Whether who says so may be the producer that has the id, or had it before its epochs were used up.
    private static func isKnown(_ expected: TransactionalProducer, to transaction: Transaction) -> Bool {
        expected.id == transaction.client.id
            || (expected.id == transaction.previousProducerId && expected.epoch >= Transaction.lastEpoch
                && transaction.epoch == 0)
    }

    // MARK: Partitions

    /// nil: the markers of the transaction before are being written.
    static func add(
        _ known: Transaction?,
        _ member: TransactionMember,
        _ partitions: [TopicPartition],
        version: Int16,
        at wall: WallTime
    ) -> Outcome? {
        if let code = problem(known, member) { return Outcome(code) }
        guard var transaction = known else { return Outcome(.invalidProducerIdMapping) }
        // Who has taken it over only ends it.
        if transaction.status == .ongoing, transaction.isKept { return Outcome(.invalidTxnState) }
        switch transaction.status {
        case .prepareCommit, .prepareAbort:
            if !Sabotage.nextNotHeldBack.isOn { return nil }
            transaction.begin(at: wall)
        case .ongoing:
            if transaction.partitions.isSuperset(of: partitions) { return Outcome([], .done) }
        case .empty, .completeCommit, .completeAbort, .dead, .prepareEpochFence:
            transaction.begin(at: wall)
        }
        transaction.partitions.formUnion(partitions)
        transaction.lastUpdate = wall.milliseconds
        transaction.clientVersion = version
        return Outcome([transaction], .done)
    }

    static func verify(_ known: Transaction?, _ member: TransactionMember, _ partitions: [TopicPartition])
        -> TransactionResponse
    {
        if let code = problem(known, member) { return .failed(code) }
        guard let transaction = known else { return .failed(.invalidProducerIdMapping) }
        if transaction.status.isPrepared { return .failed(.concurrentTransactions) }
        let codes = partitions.map { partition -> (TopicPartition, ErrorCode) in
            let isIn = transaction.status == .ongoing && transaction.partitions.contains(partition)
            return (partition, isIn ? .none : .transactionAbortable)
        }
        return .verified(Dictionary(codes) { first, _ in first })
    }

    /// Why the member is not the one that has the id; nil when it is.
    private static func problem(_ known: Transaction?, _ member: TransactionMember) -> ErrorCode? {
        guard let known, known.client.id == member.producer.id else { return .invalidProducerIdMapping }
        return known.client.epoch == member.producer.epoch ? nil : .producerFenced
    }

    // MARK: The end

    static func end(_ known: Transaction?, _ request: EndTransaction, at wall: WallTime) -> Outcome {
        guard let transaction = known else { return Outcome(.invalidProducerIdMapping) }
        let producer = request.member.producer
        let growsEpoch = request.version >= 2
        // With an epoch for each transaction, that of the one before says that the request has come before.
        let isRetry = growsEpoch && transaction.wasEnded(by: producer)
        guard transaction.client.id == producer.id || isRetry else { return Outcome(.invalidProducerIdMapping) }
        guard isRetry || transaction.client.epoch == producer.epoch else { return Outcome(.producerFenced) }
        switch transaction.status {
        case .ongoing:
            if isRetry, !Sabotage.endTakenByEpochOfNext.isOn { return Outcome(.producerFenced) }
            return prepare(transaction, request, at: wall)
        case .prepareCommit, .prepareAbort:
            if growsEpoch, !isRetry { return Outcome(.producerFenced) }
            let isSame = request.isCommit == (transaction.status == .prepareCommit)
            return Outcome(isSame ? .concurrentTransactions : .invalidTxnState)
        case .completeCommit, .completeAbort:
            if growsEpoch, !isRetry {
                // Nothing was added to it yet. An abort is taken all the same, so that what may be on its way is fenced.
                return request.isCommit ? Outcome(.invalidTxnState) : abortEmpty(transaction, request, at: wall)
            }
            let isSame = request.isCommit == (transaction.status == .completeCommit)
            return isSame ? Outcome([], .producer(transaction.producer)) : Outcome(.invalidTxnState)
        case .empty, .dead, .prepareEpochFence:
            if isRetry { return Outcome(.producerFenced) }
            if !growsEpoch || request.isCommit { return Outcome(.invalidTxnState) }
            return abortEmpty(transaction, request, at: wall)
        }
    }

    private static func prepare(_ open: Transaction, _ request: EndTransaction, at wall: WallTime) -> Outcome {
        var transaction = open
        transaction.status = request.isCommit ? .prepareCommit : .prepareAbort
        transaction.lastUpdate = wall.milliseconds
        transaction.clientVersion = request.version
        var next = transaction.client
        if request.version >= 2, open.isKept {
            guard transaction.advanceClient(fresh: request.fresh) else { return Outcome([], .needsProducerId) }
            transaction.epoch = open.epochOfMarkers
            next = transaction.client
        } else if request.version >= 2 {
            if open.isExhausted {
                guard let fresh = request.fresh else { return Outcome([], .needsProducerId) }
                transaction.nextProducerId = fresh
            }
            transaction.epoch = open.epochOfMarkers
            let hasNext = transaction.nextProducerId >= 0
            next = hasNext ? TransactionalProducer(id: transaction.nextProducerId, epoch: 0) : transaction.producer
        }
        return Outcome([transaction], .producer(next))
    }

    private static func abortEmpty(_ idle: Transaction, _ request: EndTransaction, at wall: WallTime) -> Outcome {
        var open = idle
        open.start = wall.milliseconds
        open.partitions = []
        var outcome = prepare(open, request, at: wall)
        if let prepared = outcome.records.first { outcome.records.append(completed(prepared, at: wall)) }
        return outcome
    }

    /// Aborted by the coordinator: the epoch fences the producer.
    static func fenced(_ open: Transaction, at wall: WallTime) -> Transaction {
        var transaction = open
        transaction.status = .prepareAbort
        if !Sabotage.abortDoesNotFence.isOn { transaction.epoch = open.epochOfMarkers }
        if open.isKept, open.nextEpoch < .max { transaction.nextEpoch += 1 }
        transaction.lastUpdate = wall.milliseconds
        return transaction
    }

    /// All markers are written.
    static func completed(_ prepared: Transaction, at wall: WallTime) -> Transaction {
        var transaction = prepared
        transaction.status = prepared.status == .prepareCommit ? .completeCommit : .completeAbort
        transaction.partitions = []
        transaction.lastUpdate = wall.milliseconds
        if prepared.nextProducerId >= 0 {
            if !prepared.isKept { transaction.previousProducerId = prepared.producerId }
            (transaction.producerId, transaction.epoch) = (prepared.nextProducerId, max(0, prepared.nextEpoch))
            (transaction.nextProducerId, transaction.nextEpoch) = (-1, -1)
        }
        return transaction
    }
}

extension Transaction {
    /// As partitions know it.
    package var producer: TransactionalProducer { TransactionalProducer(id: producerId, epoch: epoch) }

    fileprivate var isKept: Bool { nextEpoch >= 0 }

    /// Behind its own; there is none behind the last one, which no producer ever has.
    fileprivate var epochOfMarkers: Int16 { epoch < .max ? epoch + 1 : .max }

    /// Who may end it: somebody else where it was kept.
    package var client: TransactionalProducer {
        isKept ? TransactionalProducer(id: nextProducerId, epoch: nextEpoch) : producer
    }

    /// The client's next epoch, while that of the open transaction stays; after the last one that of another producer id.
    ///
    /// - Returns: false when that is needed, and is not there.
    fileprivate mutating func advanceClient(fresh: Int64?) -> Bool {
        let old = client
        if old.epoch < Self.lastEpoch {
            (nextProducerId, nextEpoch) = (old.id, old.epoch + 1)
            return true
        }
        guard let fresh else { return false }
        previousProducerId = old.id
        (nextProducerId, nextEpoch) = (fresh, 0)
        return true
    }

    fileprivate mutating func begin(at wall: WallTime) {
        status = .ongoing
        partitions = []
        start = wall.milliseconds
    }

    fileprivate mutating func becomeEmpty(at wall: WallTime) {
        status = .empty
        partitions = []
        start = -1
        lastUpdate = wall.milliseconds
    }

    /// Whether the producer, with the epoch of a transaction, has ended that one, and this is what came of it.
    fileprivate func wasEnded(by producer: TransactionalProducer) -> Bool {
        if producer.id == client.id { return producer.epoch < .max && client.epoch == producer.epoch + 1 }
        return producer.id == previousProducerId && producer.epoch >= Self.lastEpoch && client.epoch == 0
    }
}
