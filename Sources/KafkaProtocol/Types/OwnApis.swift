import NIOCore

extension ApiKey {
    /// Keys of APIs that Kafka does not have, far from those that it may yet have. ApiVersions lists them only to those who ask for them with
    /// `listsOwn`, so that other clients get what they get from Kafka.
    package static let own: ClosedRange<Int16> = 20_000...20_999

    package var isOwn: Bool { Self.own.contains(rawValue) }
}

extension ApiVersionsRequest {
    private static let ownTag: UInt32 = 20_000

    /// Whether Ottla's own APIs are asked for too: a tagged field, which others skip (KIP-482).
    package var listsOwn: Bool {
        get { unknownTaggedFields.contains { $0.tag == Self.ownTag } }
        set {
            unknownTaggedFields.removeAll { $0.tag == Self.ownTag }
            if newValue { unknownTaggedFields.append(TaggedField(tag: Self.ownTag, content: ByteBuffer())) }
        }
    }
}

/// What keeps a log from being compacted now. The raw values go over the wire.
package enum CompactionWait: Int8, Sendable, CaseIterable {
    /// Nothing is dirty.
    case nothingDirty = 0
    /// What is dirty lies in the active segment, which is never compacted.
    case activeSegment = 1
    /// `min.compaction.lag.ms`.
    case youngRecords = 2
    /// A transaction is open, or not all in-sync replicas have the records.
    case unstableRecords = 3
    /// Less than `min.cleanable.dirty.ratio` is dirty.
    case dirtyRatio = 4
    /// It is due, and its turn comes.
    case turn = 5
    /// A pass is under way.
    case passUnderWay = 6
    /// It could not be compacted, and is left alone until the next start or until somebody asks.
    case setAside = 7
    /// `log.cleaner.enable=false`.
    case cleanerOff = 8
}

/// Why a pass of compaction was made. The raw values go over the wire.
package enum CompactionCause: Int8, Sendable, CaseIterable {
    case dirtyRatio = 0
    /// A record was older than `max.compaction.lag.ms`.
    case maxCompactionLag = 1
    /// Somebody asked for it.
    case asked = 2
}

/// What came of asking for a pass. The raw values go over the wire.
package enum CompactionOutcome: Int8, Sendable, CaseIterable {
    /// Nothing can be compacted at the moment.
    case nothing = 0
    case started = 1
    /// One that was asked for before, or is under way, is waited for.
    case joined = 2
}

/// What a decision is about. The raw values go over the wire.
package enum DecisionSubjectKind: Int8, Sendable, CaseIterable {
    case partition = 0
    case broker = 1
    case group = 2
    /// The metadata quorum, and the controller as such.
    case quorum = 3
    /// A transactional id.
    case transaction = 4
}

/// Which part of a node decided. The raw values go over the wire.
package enum DecisionSource: Int8, Sendable, CaseIterable {
    case controller = 0
    /// A replica, as leader or follower.
    case replica = 1
    /// Who copies from a leader.
    case fetcher = 2
    case group = 3
    case quorum = 4
    /// Who compacts logs.
    case cleaner = 5
    /// The broker's life in the cluster.
    case broker = 6
    /// A log or its directory.
    case storage = 7
    /// The coordinator of transactions.
    case transaction = 8
}
