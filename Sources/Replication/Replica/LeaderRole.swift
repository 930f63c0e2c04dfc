import KafkaProtocol

/// A follower as its leader knows it.
package struct FollowerProgress: Equatable, Sendable {
    package var member: ReplicaMember
    /// Of its last fetch; -1 before the first.
    package var brokerEpoch: Int64 = -1
    /// All below is in its log; -1 before its first fetch in this epoch.
    package var end: Int64 = -1
    /// Where its log began at its last fetch; -1 where that is not known.
    package var logStart: Int64 = -1
    /// When it was last known to have all that the leader had.
    package var caughtUpAt: MonotonicTime
    /// Since when it has not; nil while it has. A follower without news is where it was, and its session tells that it lives.
    package var behindSince: MonotonicTime?
    var fetchedAt: MonotonicTime
    var leaderEndAtFetch = Int64.max
    /// How often it has asked for the same in a row, although there was something.
    package var repeats = 0
    /// The controller has taken it out of the in-sync set, or does not want it there, since its last fetch.
    package var isTakenOut = false

    /// Whether the controller can take it into the in-sync set.
    var isEligible: Bool {
        if member.isFenced || member.isStopping || member.isOffline || isTakenOut { return false }
        return member.brokerEpoch == -1 || brokerEpoch == -1 || member.brokerEpoch == brokerEpoch
    }

    /// When it was caught up, given when its session fetched last.
    package func caughtUp(lastFetch: MonotonicTime?) -> MonotonicTime {
        guard let lastFetch, end >= leaderEndAtFetch else { return caughtUpAt }
        // What its session fetched after the leader's log went on says nothing about this partition.
        return max(caughtUpAt, min(lastFetch, behindSince ?? lastFetch))
    }
}

/// An in-sync set that the controller has been asked for.
struct IsrProposal: Equatable, Sendable {
    var request: IsrRequest
    /// Those that come in.
    var added: [NodeId]
    /// The answer was lost or asks for patience: the next tick repeats it.
    var isToRepeat = false
}

/// What a leader knows. A reference only so that it is changed in place: the replica that leads is its one owner.
package final class LeaderRole {
    package let epoch: LeaderEpoch
    package internal(set) var partitionEpoch: Int32
    /// Where this leadership began in the log.
    package let startOffset: Int64
    /// The in-sync set as the controller has it.
    package internal(set) var isr: [NodeId]
    var proposal: IsrProposal?
    package internal(set) var followers: [FollowerProgress]
    var waiting = WaitingAnswers()
    /// The smallest log end among the others that the high watermark waits for; .max when there are none.
    var othersEnd = Int64.max
    /// Followers that have all of the log.
    var caughtUpCount = 0
    /// Replicas that must be in sync for the high watermark to move.
    var minimum = 1
    var standsSince: Int64?

    init(_ metadata: ReplicaMetadata, nodeId: NodeId, end: Int64, now: MonotonicTime, minInSync: Int) {
        epoch = metadata.leaderEpoch
        partitionEpoch = metadata.partitionEpoch
        startOffset = end
        isr = metadata.isr
        followers = metadata.replicas.filter { $0.id != nodeId }.map { member in
            FollowerProgress(member: member, caughtUpAt: now, behindSince: now, fetchedAt: now)
        }
        minimum = min(minInSync, followers.count + 1)
    }

    /// Everyone who is in sync by what the controller has or may be about to have.
    package var maximalIsr: [NodeId] { isr + (proposal?.added ?? []) }

    func isInMaximalIsr(_ id: NodeId) -> Bool { isr.contains(id) || proposal?.added.contains(id) ?? false }

    func isInSync(
        _ follower: FollowerProgress,
        leaderEnd: Int64,
        now: MonotonicTime,
        limit: Int64,
        lastFetch: MonotonicTime?
    )
        -> Bool
    {
        follower.end == leaderEnd || now.milliseconds(since: follower.caughtUp(lastFetch: lastFetch)) <= limit
    }

    /// Looks anew at whom the high watermark waits for: all in the maximal in-sync set, and those who are about to get there.
    func findOthersEnd(leaderEnd: Int64, now: MonotonicTime, limit: Int64, fault: ReplicaFault?) {
        var lowest = Int64.max
        caughtUpCount = 0
        for follower in followers {
            if follower.behindSince == nil { caughtUpCount += 1 }
            let isMember =
                fault == .ignoresProposed ? isr.contains(follower.member.id) : isInMaximalIsr(follower.member.id)
            let holds =
                isMember
                || fault != .ignoresProposed && follower.end >= 0 && follower.isEligible
                    && isInSync(follower, leaderEnd: leaderEnd, now: now, limit: limit, lastFetch: nil)
            if holds { lowest = min(lowest, follower.end) }
        }
        othersEnd = lowest
    }

    /// Notes that the log has grown. Followers that had all of it no longer do.
    func logGrew(now: MonotonicTime) {
        if caughtUpCount == 0 { return }
        for index in followers.indices where followers[index].behindSince == nil {
            followers[index].behindSince = now
        }
        caughtUpCount = 0
    }

    func note(_ fetch: FollowerFetch, of index: Int, leaderEnd: Int64) {
        let seen = followers[index].caughtUp(lastFetch: fetch.previousFetch)
        let known = followers[index]
        let hadMore = known.leaderEndAtFetch != .max && fetch.offset < known.leaderEndAtFetch
        let isRepeat = hadMore && fetch.offset == known.end
        followers[index].repeats = isRepeat ? known.repeats + 1 : 0
        if fetch.offset >= leaderEnd {
            followers[index].caughtUpAt = max(followers[index].caughtUpAt, fetch.now)
            followers[index].behindSince = nil
        } else {
            // It has all that there was when it fetched before: it follows as fast as the leader appends.
            let hadAll = fetch.offset >= followers[index].leaderEndAtFetch
            followers[index].caughtUpAt = max(seen, hadAll ? followers[index].fetchedAt : seen)
            if followers[index].behindSince == nil { followers[index].behindSince = fetch.now }
        }
        followers[index].brokerEpoch = fetch.brokerEpoch
        followers[index].end = fetch.offset
        followers[index].logStart = fetch.logStart
        followers[index].fetchedAt = fetch.now
        followers[index].leaderEndAtFetch = leaderEnd
        followers[index].isTakenOut = false
    }

    /// Takes over the in-sync set that the controller has. What was asked for is settled by it.
    func adopt(isr newIsr: [NodeId], partitionEpoch newEpoch: Int32) {
        precondition(newEpoch > partitionEpoch, "partition epoch \(newEpoch) after \(partitionEpoch)")
        for index in followers.indices {
            let id = followers[index].member.id
            if isInMaximalIsr(id), !newIsr.contains(id) { followers[index].isTakenOut = true }
        }
        isr = newIsr
        partitionEpoch = newEpoch
        proposal = nil
    }

    /// Takes over who the replicas are and how their brokers do.
    func adopt(_ members: [ReplicaMember], nodeId: NodeId, now: MonotonicTime, minInSync: Int) {
        let known = followers
        followers = members.filter { $0.id != nodeId }.map { member in
            guard var progress = known.first(where: { $0.member.id == member.id }) else {
                return FollowerProgress(member: member, caughtUpAt: now, behindSince: now, fetchedAt: now)
            }
            // Another incarnation: what the one before had may be gone.
            if progress.brokerEpoch < member.brokerEpoch { (progress.end, progress.logStart) = (-1, -1) }
            progress.member = member
            return progress
        }
        minimum = min(minInSync, followers.count + 1)
    }
}
