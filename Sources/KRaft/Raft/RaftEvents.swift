import KafkaProtocol

/// What a replica is told.
package enum RaftEvent: Hashable, Sendable {
    /// The clock; due at `RaftReplica.wakeUp`, harmless at any other time.
    case tick
    case received(RaftMessage)
    /// No answer comes to a request: its connection was closed, it timed out, or nobody could be reached.
    case failed(RaftPeer, correlation: UInt64)
    /// The leader's address refused a connection: nobody listens there, so that waiting for its answer is in vain.
    case leaderUnreachable(NodeId)
    /// All disk work up to this ticket is on disk.
    case diskDone(UInt64)
    /// Append these records if this node leads that epoch; `token` finds their bytes.
    case propose(epoch: LeaderEpoch, count: Int, token: UInt64)
    /// A snapshot of what is committed was stored here.
    case snapshotStored(SnapshotId)
    /// The snapshot that a leader sent is on disk, checked, and the log begins behind it.
    case snapshotInstalled(SnapshotId, kraftVersion: Int16, voters: RaftVoterSet?)
    /// What was received of a snapshot is damaged: it is fetched again from its beginning.
    case snapshotRejected(SnapshotId)
    /// Let the log name the voters from now on, this one with those addresses. `token` comes back with the outcome.
    case upgradeKRaftVersion(Int16, endpoints: [VoterEndpoint], token: UInt64)
    /// Give up leadership in order, as this process is about to end.
    case shutDown
}

/// What is written to disk, in this order.
package enum RaftDiskWork: Hashable, Sendable {
    case append(RaftBatch)
    case truncate(to: Int64)
    /// The file `quorum-state`.
    case writeElection(ElectionState)
    /// The directory holds nothing below this snapshot that anyone needs: neither older snapshots nor records.
    case trim(to: SnapshotId)
    /// Bytes of a snapshot on its way, at its end.
    case storeChunk(SnapshotId, position: Int64, length: Int64, token: UInt64)
    /// The received snapshot is whole: make it the newest one and let the log begin behind it, then tell `.snapshotInstalled`.
    case install(SnapshotId)
}

/// A message that promises something: that a vote is remembered, or that records survive. It goes out once the disk work with its ticket is done, and never before.
package struct RaftPromise: Hashable, Sendable {
    package let message: RaftMessage
    package let ticket: UInt64
}

/// What a replica wants done. `disk` in its order; `messages` at once; each of `promises` after its ticket; `notices` in their order.
package struct RaftEffects: Hashable, Sendable {
    package var disk: [RaftDiskWork] = []
    /// Of `disk`: `.diskDone` with it tells that all this, and all before, is on disk. 0 when there is none.
    package var ticket: UInt64 = 0
    package var messages: [RaftMessage] = []
    package var promises: [RaftPromise] = []
    package var notices: [RaftNotice] = []
}

/// What those above the quorum, and operators, hear.
package enum RaftNotice: Hashable, Sendable {
    /// Everything below is committed and on this disk; it never goes back.
    case committed(upTo: Int64)
    /// This node leads; all from `firstOffset` on is its own, beginning with a batch of the quorum's that is committed.
    case leadershipGained(LeaderEpoch, firstOffset: Int64)
    /// What was proposed and not told as committed may be lost.
    case leadershipLost(LeaderEpoch, RaftReason)
    /// A proposal lies in the log from this offset on; nil: this node doesn't lead that epoch, nothing was appended.
    case proposed(token: UInt64, offset: Int64?)
    /// The log names the voters, once that is committed; or why it goes on without.
    case upgraded(token: UInt64, VoterChangeRefusal?)
    case role(RaftRoleKind, LeaderEpoch, RaftReason)
    /// A peer said what cannot be; nothing was done about it.
    case ignored(RaftPeer, RaftViolation)
}

/// Why a role changed, with the evidence.
package enum RaftReason: Hashable, Sendable {
    case started
    case higherEpoch(from: RaftPeer)
    case leaderFound(by: RaftPeer)
    case voteGranted(to: ReplicaKey)
    case noLeader(forMillis: Int64)
    case leaderSilent(NodeId, forMillis: Int64)
    case leaderRefusesConnections(NodeId)
    case leaderResigned(NodeId)
    case preVotesGranted([NodeId])
    case votesGranted([NodeId])
    case votesRefused(by: [NodeId])
    case electionTimedOut(votes: [NodeId])
    case noMajorityFetched(forMillis: Int64, lastFetches: [NodeId])
    case removedFromVoters
    case shuttingDown
}

package enum RaftViolation: Hashable, Sendable {
    /// Cutting the log there would lose what was told as committed.
    case divergenceBelowHighWatermark(LogPosition, highWatermark: Int64)
    case divergenceWithoutProgress(LogPosition)
    case snapshotBelowHighWatermark(SnapshotId, highWatermark: Int64)
    case batchesOutOfOrder(at: Int64)
    case secondLeader(LeaderEpoch, known: NodeId, claimed: NodeId)
    /// It answers that its cluster id is another one.
    case otherCluster
}

/// Who leads and for whom this replica voted, in one epoch; what `quorum-state` holds.
package struct ElectionState: Hashable, Sendable {
    package var epoch: LeaderEpoch
    package var leader: NodeId?
    package var voted: ReplicaKey?

    package init(epoch: LeaderEpoch = 0, leader: NodeId? = nil, voted: ReplicaKey? = nil) {
        self.epoch = epoch
        self.leader = leader
        self.voted = voted
    }
}
