import KafkaProtocol

/// What the machine knows of its log; whoever owns the log tells of every change.
package struct LogPosition: Equatable, Sendable {
    package var start: Int64
    package var end: Int64
    /// What lies below survives a power cut.
    package var durableEnd: Int64
    /// Of the last batch; nil while there is none. It is what a fetch names, so it always follows from the log and is never remembered
    /// apart from it.
    package var lastEpoch: LeaderEpoch?

    package init(start: Int64, end: Int64, durableEnd: Int64, lastEpoch: LeaderEpoch?) {
        self.start = start
        self.end = end
        self.durableEnd = durableEnd
        self.lastEpoch = lastEpoch
    }
}

/// The settings of a topic and its broker that a replica's decisions depend on.
package struct ReplicaSettings: Equatable, Sendable {
    /// `min.insync.replicas`
    package var minInSync: Int
    /// `ottla.flush.policy=ack`: an offset counts as this replica's once it is on its disk.
    package var syncsFirst: Bool
    /// `replica.lag.time.max.ms`
    package var lagLimitMillis: Int64
    /// `ottla.min.insync.replicas.scope=every-write`: with fewer than `minInSync` in sync, appends are refused that wait for nobody, too.
    package var refusesEveryWrite: Bool

    package init(
        minInSync: Int = 1,
        syncsFirst: Bool = false,
        lagLimitMillis: Int64 = 30_000,
        refusesEveryWrite: Bool = false
    ) {
        self.minInSync = minInSync
        self.syncsFirst = syncsFirst
        self.lagLimitMillis = lagLimitMillis
        self.refusesEveryWrite = refusesEveryWrite
    }
}

/// A replica of the partition as the cluster's metadata has it.
package struct ReplicaMember: Equatable, Sendable {
    package var id: NodeId
    /// Of the registration of its broker; -1 where it is not known.
    package var brokerEpoch: Int64
    package var isFenced: Bool
    /// Its broker is in controlled shutdown.
    package var isStopping: Bool
    /// Its log directory has failed, or is full: though it may fetch, it does not come in sync.
    package var isOffline: Bool

    package init(
        _ id: NodeId,
        brokerEpoch: Int64 = -1,
        isFenced: Bool = false,
        isStopping: Bool = false,
        isOffline: Bool = false
    ) {
        self.id = id
        self.brokerEpoch = brokerEpoch
        self.isFenced = isFenced
        self.isStopping = isStopping
        self.isOffline = isOffline
    }
}

/// A partition as the cluster's metadata has it.
package struct ReplicaMetadata: Equatable, Sendable {
    /// nil while nobody leads.
    package var leader: NodeId?
    package var leaderEpoch: LeaderEpoch
    package var partitionEpoch: Int32
    package var isr: [NodeId]
    package var replicas: [ReplicaMember]

    package init(
        leader: NodeId?,
        leaderEpoch: LeaderEpoch,
        partitionEpoch: Int32,
        isr: [NodeId],
        replicas: [ReplicaMember]
    ) {
        self.leader = leader
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
        self.isr = isr
        self.replicas = replicas
    }
}

/// What an answer to an append waits for, besides the append.
package struct AnswerConditions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// acks 0 and 1: the append itself.
    package static let appended: AnswerConditions = []
    /// On this replica's disk.
    package static let synced = AnswerConditions(rawValue: 1)
    /// Below the high watermark.
    package static let replicated = AnswerConditions(rawValue: 2)
}

/// A follower's fetch, as its leader sees it. The log has been compared before: it does not diverge.
package struct FollowerFetch: Equatable, Sendable {
    package var id: NodeId
    /// -1 from brokers that do not tell.
    package var brokerEpoch: Int64
    /// The epoch of the leader that is asked.
    package var leaderEpoch: LeaderEpoch
    /// All below is in the follower's log.
    package var offset: Int64
    package var now: MonotonicTime
    /// When the follower's session fetched last before this, whether it had to look at this partition or not.
    package var previousFetch: MonotonicTime?
    /// Where the follower's log begins; -1 where it does not tell.
    package var logStart: Int64

    package init(
        id: NodeId,
        brokerEpoch: Int64,
        leaderEpoch: LeaderEpoch,
        offset: Int64,
        now: MonotonicTime,
        previousFetch: MonotonicTime? = nil,
        logStart: Int64 = -1
    ) {
        self.id = id
        self.brokerEpoch = brokerEpoch
        self.leaderEpoch = leaderEpoch
        self.offset = offset
        self.now = now
        self.previousFetch = previousFetch
        self.logStart = logStart
    }
}

/// An epoch and the offset behind its last record.
package struct EpochEnd: Equatable, Sendable {
    package var epoch: LeaderEpoch
    package var offset: Int64

    package init(epoch: LeaderEpoch, offset: Int64) {
        self.epoch = epoch
        self.offset = offset
    }
}

/// A leader's answer to this follower's fetch. Its records, if any, are in the log already.
package struct LeaderAnswer: Equatable, Sendable {
    /// The epoch that was asked in.
    package var epoch: LeaderEpoch
    package var highWatermark: Int64
    package var logStart: Int64
    /// Where the leader's log leaves what this follower fetched from; nil where it does not.
    package var diverging: EpochEnd?
    /// What this log has of the largest epoch that is at most the diverging one; nil when it has none.
    package var local: EpochEnd?

    package init(
        epoch: LeaderEpoch,
        highWatermark: Int64,
        logStart: Int64,
        diverging: EpochEnd? = nil,
        local: EpochEnd? = nil
    ) {
        self.epoch = epoch
        self.highWatermark = highWatermark
        self.logStart = logStart
        self.diverging = diverging
        self.local = local
    }
}

/// What the controller says to a request for another in-sync set.
package enum IsrAnswer: Equatable, Sendable {
    case accepted(leaderEpoch: LeaderEpoch, partitionEpoch: Int32, isr: [NodeId])
    case refused(ErrorCode)
    /// The answer was lost: it is not known whether the request was.
    case lost
}
