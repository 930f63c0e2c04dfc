import KafkaProtocol

/// Who a replica is, and how long it waits for what.
package struct RaftOptions: Sendable, Equatable {
    package var own: RaftVoter
    package var clusterId: String?
    /// Addresses of `controller.quorum.bootstrap.servers`.
    package var bootstrapServers = 0
    /// `controller.quorum.auto.join.enable`: a controller that is no voter asks to become one.
    package var joinsVoters = false
    /// `controller.quorum.election.timeout.ms`
    package var electionTimeoutMillis: Int64 = 1000
    /// `controller.quorum.election.backoff.max.ms`
    package var electionBackoffMaxMillis: Int64 = 1000
    /// `controller.quorum.fetch.timeout.ms`
    package var fetchTimeoutMillis: Int64 = 2000
    /// `controller.quorum.request.timeout.ms`
    package var requestTimeoutMillis: Int64 = 2000
    /// `controller.quorum.retry.backoff.ms`
    package var retryBackoffMillis: Int64 = 20
    /// `controller.quorum.fetch.max.bytes`
    package var fetchMaxBytes: Int32 = 1 << 20
    /// `controller.quorum.fetch.snapshot.max.bytes`
    package var fetchSnapshotMaxBytes: Int32 = 1 << 20
    /// How long the leader lets a fetch wait for news.
    package var fetchWaitMillis: Int32 = 500
    package var snapshotsKept = 2
    /// How long the leader remembers a replica that fetches no more and is no voter.
    package var observerSessionMillis: Int64 = 300_000
    /// How many replicas that are no voters the leader remembers; others are served without that it waits for news for them.
    package var replicasRemembered = 10_000

    package init(own: RaftVoter, clusterId: String? = nil) {
        self.own = own
        self.clusterId = clusterId
    }
}

/// What was found on disk at start.
package struct RaftDisk: Sendable, Equatable {
    package var election: ElectionState
    package var log: RaftLog
    package var voters: VoterHistory

    package init(election: ElectionState = ElectionState(), log: RaftLog = RaftLog(), voters: VoterHistory) {
        self.election = election
        self.log = log
        self.voters = voters
    }
}
