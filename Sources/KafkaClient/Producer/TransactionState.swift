import KafkaConnection
import KafkaProtocol

/// What a producer's transaction may do next, without IO (KIP-98, KIP-360, KIP-447, KIP-890). The coordinator aborts what nobody ends in time.
struct TransactionState {
    enum Phase: Equatable {
        /// The coordinator has not been asked for a producer id, which also ends what an earlier producer of this id left open.
        case unknown
        case idle
        case open
        /// All of it is with the brokers, and something outside decides how it ends.
        case prepared
        /// Something failed: it can only be aborted.
        case failed(KafkaError)
        /// The coordinator is told how it ends; until it has answered, only the same may be tried again.
        case ending(isCommit: Bool)
        /// Another producer took over, or what may not be happened: nothing more can be done.
        case fenced(KafkaError)
    }

    let id: String
    private(set) var phase = Phase.unknown
    /// Whether brokers add partitions to the transaction by themselves, and each end gives a new epoch: `transaction.version` 2.
    private(set) var isImplicit = false
    /// Partitions that the coordinator knows to belong to it.
    private(set) var partitions: Set<TopicPartition> = []
    private var hasOffsets = false
    /// The coordinator was asked to add something, so it may have, whatever came back.
    private var mayHaveContent = false
    /// What it is recognised by, once it was prepared.
    private(set) var prepared: PreparedTransaction?
    /// An earlier producer has left it: it has what that one sent.
    private var isRecovered = false
    /// Whether the coordinator is being told of partitions. Until it has answered nothing is ended: its answer would be taken for the next
    /// transaction's.
    var isAddingPartitions = false

    init(id: String) { self.id = id }

    // MARK: Beginning

    /// - Parameter version: the cluster's `transaction.version`.
    mutating func initialized(version: Int16) {
        isImplicit = version >= 2
        phase = .idle
    }

    /// What an earlier producer has left open can only be ended.
    mutating func recovered(_ prepared: PreparedTransaction) {
        isRecovered = true
        self.prepared = prepared
        phase = .prepared
    }

    /// - Throws: `.invalid` when one is open, `.aborted` and `.fenced` when that is so.
    mutating func begin() throws(KafkaError) {
        switch phase {
        case .idle: phase = .open
        case .prepared: throw Self.isPrepared
        case .unknown, .open: throw KafkaError(.invalid, "a transaction is already open; commit or abort it first")
        case .failed(let error): throw Self.aborted(error)
        case .ending(let isCommit): throw Self.undecided(isCommit)
        case .fenced(let error): throw error
        }
        partitions = []
        hasOffsets = false
        mayHaveContent = false
        isRecovered = false
        prepared = nil
    }

    /// Whether something can be added to it now.
    var takesRecords: Bool { phase == .open }

    /// - Throws: why nothing can be added to a transaction now.
    func checkOpen() throws(KafkaError) {
        switch phase {
        case .open: return
        case .prepared: throw Self.isPrepared
        case .unknown, .idle: throw KafkaError(.invalid, "no transaction is open; call beginTransaction before sending")
        case .failed(let error): throw Self.aborted(error)
        case .ending(let isCommit): throw Self.undecided(isCommit)
        case .fenced(let error): throw error
        }
    }

    // MARK: What belongs to it

    /// Whether records may be sent to a partition: the coordinator has to know of it first, or the broker tells it.
    func mayProduce(to key: TopicPartition) -> Bool { isImplicit || partitions.contains(key) }

    /// The coordinator is about to be asked to add something.
    mutating func adding() { mayHaveContent = true }

    mutating func added(_ keys: some Sequence<TopicPartition>) { partitions.formUnion(keys) }

    mutating func addedOffsets() { hasOffsets = true }

    /// Whether the coordinator certainly has something to end.
    var hasContent: Bool { !partitions.isEmpty || hasOffsets }

    // MARK: Failing

    /// Something of it failed for good.
    mutating func failed(_ error: KafkaError) {
        if Self.isFatal(error) {
            fence(error)
        } else if phase == .open || phase == .ending(isCommit: true) && error.serverCode == .transactionAbortable {
            phase = .failed(error)
        }
    }

    mutating func fence(_ error: KafkaError) {
        if case .fenced = phase { return }
        phase = .fenced(
            KafkaError(
                .fenced,
                "producer fenced: transactional.id '\(id)': \(error.message)",
                serverCode: error.serverCode
            )
        )
    }

    /// What a coordinator says to one that was replaced, or that it doesn't understand any more.
    static func isFatal(_ error: KafkaError) -> Bool {
        switch error.serverCode {
        case .producerFenced?, .transactionalIdAuthorizationFailed?, .invalidTxnState?, .transactionCoordinatorFenced?,
            .invalidProducerIdMapping?, .clusterAuthorizationFailed?:
            true
        default: error.code == .fenced
        }
    }

    // MARK: Ending

    /// Nothing more is added to it, and it stays until it is ended.
    ///
    /// - Throws: as `checkOpen` does.
    mutating func prepare(_ identity: ProducerEngine.Identity) throws(KafkaError) -> PreparedTransaction {
        if phase == .prepared, let prepared { return prepared }
        try checkOpen()
        let new = PreparedTransaction(producerId: identity.id, epoch: identity.epoch)
        prepared = new
        phase = .prepared
        return new
    }

    var isOpen: Bool {
        switch phase {
        case .open, .failed: true
        default: false
        }
    }

    /// Nothing more is added to it.
    ///
    /// - Throws: as `end` does.
    mutating func prepareAbort(_ error: KafkaError) throws(KafkaError) {
        try checkEnd(isCommit: false)
        if phase == .open { phase = .failed(error) }
    }

    /// How it has to end when this was decided on.
    ///
    /// - Throws: as `end` does, and `.invalid` when it was not prepared.
    func isCommitted(by decided: PreparedTransaction?) throws(KafkaError) -> Bool {
        guard let prepared else { throw KafkaError(.invalid, "no transaction is prepared") }
        try checkEnd(isCommit: prepared == decided)
        return prepared == decided
    }

    /// Decides how it ends.
    ///
    /// - Returns: whether the coordinator has to be told. If not, it has ended.
    /// - Throws: `.aborted` when it can't be committed, `.fenced`, and `.invalid` when there is nothing to end or the other end was tried.
    mutating func end(isCommit: Bool) throws(KafkaError) -> Bool {
        try checkEnd(isCommit: isCommit)
        if phase == .ending(isCommit: isCommit) { return true }
        // An abort of nothing does no harm; a transaction that stays open is aborted by its coordinator, and its producer with it.
        let hasToTell = hasContent || isRecovered || !isCommit && mayHaveContent
        phase = hasToTell ? .ending(isCommit: isCommit) : .idle
        return hasToTell
    }

    private func checkEnd(isCommit: Bool) throws(KafkaError) {
        switch phase {
        case .open, .prepared, .ending(isCommit): return
        case .failed(let error): if isCommit { throw Self.aborted(error) }
        case .ending(let other): throw Self.undecided(other)
        case .unknown, .idle: throw KafkaError(.invalid, "no transaction is open")
        case .fenced(let error): throw error
        }
    }

    /// The coordinator has ended it.
    mutating func ended() { phase = .idle }

    private static func aborted(_ error: KafkaError) -> KafkaError {
        KafkaError(.aborted, "the transaction must be aborted: \(error.message)", serverCode: error.serverCode)
    }

    private static let isPrepared = KafkaError(
        .invalid,
        "the transaction is prepared; complete, commit or abort it first"
    )

    private static func undecided(_ isCommit: Bool) -> KafkaError {
        let what = isCommit ? "commit" : "abort"
        return KafkaError(
            .invalid,
            "\(what) outcome unknown; \(what) again"
        )
    }
}
