import KafkaProtocol

/// What one broker remembers of what this consumer asks it for again and again, so that a request names only what changed (KIP-227). Without IO.
struct ConsumerFetchSession {
    /// What to say in the next request.
    struct Change: Equatable {
        var id: Int32
        var epoch: Int32
        var parts: [FetchEngine.Part]
        /// Not wanted any more.
        var forgotten: [FetchEngine.Part]
    }

    /// A session of the broker; 0 when there is none.
    private(set) var id: Int32 = 0
    /// That of the next request; 0 asks for a new session with all partitions.
    private var epoch: Int32 = 0
    private var usesIds = false
    private var known: [TopicPartition: FetchEngine.Part] = [:]

    /// What to say so that the broker answers for exactly these partitions.
    ///
    /// - Parameter usesIds: whether topics are named by id in this version.
    mutating func next(_ parts: [FetchEngine.Part], usesIds: Bool) -> Change {
        if usesIds != self.usesIds { forget() }
        self.usesIds = usesIds
        let isNew = epoch == 0
        let old = isNew ? [:] : known
        known = Dictionary(parts.map { ($0.key, $0) }) { $1 }
        let changed = isNew ? parts : parts.filter { !Self.isSame(old[$0.key], $0) }
        let forgotten = old.values.filter { before in
            guard let now = known[before.key] else { return true }
            return usesIds && now.topicId != before.topicId
        }
        return Change(id: id, epoch: epoch, parts: changed, forgotten: forgotten.sorted { $0.key < $1.key })
    }

    private static func isSame(_ before: FetchEngine.Part?, _ now: FetchEngine.Part) -> Bool {
        before?.offset == now.offset && before?.topicId == now.topicId && before?.leaderEpoch == now.leaderEpoch
            && before?.lastEpoch == now.lastEpoch
    }

    /// The broker answered; 0 says that it keeps no session.
    mutating func answered(id: Int32) {
        if id == 0 { return forget() }
        self.id = id
        epoch = epoch == .max ? 1 : epoch + 1
    }

    /// What the broker knows is not certain any more. The next request ends its session and asks for another.
    mutating func forget() {
        epoch = 0
        known = [:]
    }

    /// Whether an answer is only about a session that there was: the same can be asked again at once.
    func isLost(_ code: ErrorCode) -> Bool {
        epoch != 0
            && [.fetchSessionIdNotFound, .invalidFetchSessionEpoch, .fetchSessionTopicIdError].contains(code)
    }
}
