import KafkaProtocol
import Testing

@testable import KRaft

/// Which voters may be removed, by who of them runs.
struct VoterRemovalTests {
    struct Row: CustomTestStringConvertible {
        var voters: Int32
        /// Those that fetch; node 1 leads.
        var alive: Set<Int32>
        var removed: Int32
        /// Without whom the rest would be no majority; nil: it may go.
        var silent: [NodeId]?
        var why: String

        init(_ voters: Int32, alive: Set<Int32>, remove removed: Int32, _ silent: [NodeId]?, _ why: String) {
            (self.voters, self.alive, self.removed, self.silent, self.why) = (voters, alive, removed, silent, why)
        }

        var testDescription: String { "\(removed) of \(voters), of which \(alive.sorted()) run: \(why)" }
    }

    static let table = [
        Row(3, alive: [1, 2, 3], remove: 2, nil, "two of two are left"),
        Row(3, alive: [1, 2, 3], remove: 1, nil, "the leader goes, two of two are left"),
        Row(3, alive: [1, 2], remove: 3, nil, "the one that is gone"),
        Row(3, alive: [1, 2], remove: 2, [3], "one of two would be left"),
        Row(3, alive: [1, 2], remove: 1, [3], "the leader is one that runs, too"),
        Row(2, alive: [1, 2], remove: 2, nil, "the leader alone is a majority"),
        Row(2, alive: [1, 2], remove: 1, nil, "the other alone is a majority"),
        Row(2, alive: [1], remove: 2, nil, "the one that is gone"),
        Row(2, alive: [1], remove: 1, [2], "nobody that runs would be left"),
        Row(4, alive: [1, 2, 3], remove: 2, nil, "two of three are left"),
        Row(4, alive: [1, 2, 3], remove: 4, nil, "three of three are left"),
        Row(4, alive: [1, 2], remove: 4, nil, "there is a majority again: two of three"),
        Row(4, alive: [1, 2], remove: 2, [3, 4], "one of three would be left"),
        Row(5, alive: [1, 2, 3], remove: 5, nil, "three of four are left"),
        Row(5, alive: [1, 2, 3], remove: 3, [4, 5], "two of four would be left"),
        Row(5, alive: [1, 2], remove: 5, nil, "no majority before or after"),
    ]

    /// A leader whose followers fetched a fetch timeout ago, or not in its epoch.
    private func leader(_ row: Row, fetchedMillisAgo: Int64 = 0) -> RaftReplica {
        let set = RaftVoterSet((1...row.voters).map { RaftSimulation.voter(NodeId($0)) })
        var history = VoterHistory(configured: RaftVoterSet())
        history.append(.kraftVersion(1), at: 0)
        history.append(.voters(set), at: 0)
        let log = RaftLog(endOffset: 10, epochs: [.init(1, from: 0)])
        let options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "c")
        let now = MonotonicTime(milliseconds: 100_000)
        let disk = RaftDisk(election: ElectionState(epoch: 1), log: log, voters: history)
        var replica = RaftReplica(options, disk: disk, now: now, random: 4)
        var leader = Leader(epochStart: 0, firstOffset: 1, isEstablished: true, isAnnounced: true, granted: [1])
        for key in set.keys where key.id != 1 {
            let fetch = now.adding(milliseconds: -fetchedMillisAgo)
            var progress = ReplicaProgress(key: key, lastFetch: fetch, beginDue: .never)
            // Who was not heard of in this epoch has the time of the election.
            if row.alive.contains(key.id.rawValue) { progress.offset = 10 }
            leader.progress[key.id] = progress
        }
        (replica.highWatermark, replica.committed) = (10, 10)
        replica.role = .leader(leader)
        return replica
    }

    /// What the leader did about the request: its answer, if there is one, and whether the voters are others now.
    private func remove(_ id: Int32, _ replica: inout RaftReplica) -> (
        error: ErrorCode?, reason: String?, isChanged: Bool
    ) {
        let before = replica.voters.current
        let request = RaftRequest.removeVoter(.init(clusterId: "c", voter: RaftSimulation.voter(NodeId(id)).key))
        let message = RaftMessage(.connection(1), 1, .request(request))
        let effects = replica.handle(.received(message), now: MonotonicTime(milliseconds: 100_000), random: 4)
        for case .answer(.removeVoter(let error, let reason)) in effects.messages.map(\.body) {
            return (error, reason, replica.voters.current != before)
        }
        return (nil, nil, replica.voters.current != before)
    }

    @Test(arguments: table) func whoMayGo(_ row: Row) {
        var replica = leader(row)
        let result = remove(row.removed, &replica)
        guard let silent = row.silent else {
            #expect(result.isChanged && (result.error ?? ErrorCode.none) == ErrorCode.none, "\(row.why): \(result)")
            return
        }
        let left = RaftVoterSet((1...row.voters).map { RaftSimulation.voter(NodeId($0)) })
            .removing(RaftSimulation.voter(NodeId(row.removed)).key)
        let refusal = VoterChangeRefusal.noMajorityLeft(
            RaftSimulation.voter(NodeId(row.removed)).key,
            left,
            silent: silent,
            timeoutMillis: 2000
        )
        #expect(!result.isChanged && result.error == .invalidRequest, "\(row.why): \(result)")
        #expect(result.reason == "\(refusal)")
    }

    /// Whoever fetched within the time in which a leader is missed counts.
    @Test(arguments: [Int64(2000), 2001]) func aFollowerIsGoneAfterTheFetchTimeout(_ millis: Int64) {
        var replica = leader(Row(3, alive: [1, 2, 3], remove: 1, nil, ""), fetchedMillisAgo: millis)
        let result = remove(1, &replica)
        #expect(result.isChanged == (millis == 2000), "\(result)")
    }

    /// One with another disk fetches under the voter's id: the voter is gone.
    @Test func aReplacedDiskCountsForNobody() {
        var replica = leader(Row(3, alive: [1, 2, 3], remove: 2, nil, ""))
        replica.leader?.progress[3]?.key = RaftSimulation.voter(3, disk: 1).key
        #expect(remove(2, &replica).error == .invalidRequest)
        #expect(remove(3, &replica).isChanged)
    }
}
