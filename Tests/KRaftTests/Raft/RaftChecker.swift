import KafkaProtocol

@testable import KRaft

/// Looks at all replicas from outside, after each step. The first thing that is wrong stays.
final class RaftChecker {
    private(set) var violation: String?
    /// What any replica knew to be committed, in order.
    private(set) var ledger: [RaftBatch] = []
    /// The epoch of the leader that committed each.
    private var committedIn: [LeaderEpoch] = []
    private var ledgerIndex: [Int64: Int] = [:]
    private var leaders: [LeaderEpoch: NodeId] = [:]
    private var votes: [Vote: ReplicaKey] = [:]
    private var contents: [LogPosition: (batch: RaftBatch, before: LeaderEpoch)] = [:]

    private struct Vote: Hashable {
        var epoch: LeaderEpoch
        var voter: ReplicaKey
    }

    var ledgerEnd: Int64 { ledger.last?.nextOffset ?? 0 }

    func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition, violation == nil { violation = message() }
    }

    /// Of two logs that have a batch of one offset and epoch, the batch is the same, and so is what precedes it.
    func appended(_ work: [RaftDiskWork], by node: RaftSimulation.Node) {
        var previous = node.disk.written.batches.last?.epoch ?? LeaderEpoch(-1)
        for case .append(let batch) in work {
            appended(batch, behind: previous, by: node)
            previous = batch.epoch
        }
    }

    private func appended(_ batch: RaftBatch, behind previous: LeaderEpoch, by node: RaftSimulation.Node) {
        let key = LogPosition(epoch: batch.epoch, endOffset: batch.baseOffset)
        guard let known = contents[key] else {
            contents[key] = (batch, previous)
            return
        }
        require(known.batch == batch, "two batches at \(key): \(known.batch) and, on \(node.id), \(batch)")
        let isComparable = previous >= 0 && known.before >= 0
        require(
            !isComparable || known.before == previous,
            "node \(node.id): \(key) follows \(previous), not \(known.before)"
        )
    }

    func check(_ node: RaftSimulation.Node, _ replica: RaftReplica) {
        require(replica.highWatermark >= node.highWatermark, "node \(node.id): the high watermark went back")
        if replica.highWatermark > node.highWatermark {
            commit(node, from: node.highWatermark, to: replica.highWatermark)
            node.highWatermark = replica.highWatermark
        }
    }

    /// Who votes is what the newest record of it in the log says.
    func checkVoters(_ node: RaftSimulation.Node) {
        guard let replica = node.replica, replica.installing == nil, replica.voters.kraftVersion > 0 else { return }
        for batch in node.disk.written.batches.reversed() {
            for case .voters(let set) in batch.controls.reversed() {
                return require(replica.voters.current == set, "node \(node.id) takes others for voters than its log")
            }
        }
    }

    private func commit(_ node: RaftSimulation.Node, from: Int64, to: Int64) {
        let image = node.disk.written
        var index = image.index(of: from)
        while index < image.batches.count, image.batches[index].nextOffset <= to {
            let batch = image.batches[index]
            if let place = ledgerIndex[batch.baseOffset] {
                require(
                    ledger[place] == batch,
                    "node \(node.id) committed \(batch) where \(ledger[place]) was committed"
                )
            } else {
                require(
                    batch.baseOffset == ledgerEnd,
                    "node \(node.id) committed \(batch) where the committed log ends at \(ledgerEnd)"
                )
                ledgerIndex[batch.baseOffset] = ledger.count
                ledger.append(batch)
                committedIn.append(node.replica?.election.epoch ?? 0)
            }
            index += 1
        }
    }

    /// One leader an epoch, and it has all that was committed in epochs before.
    func leads(_ node: RaftSimulation.Node, _ epoch: LeaderEpoch) {
        if let other = leaders[epoch] { require(false, "epoch \(epoch) is led by \(other) and by \(node.id)") }
        leaders[epoch] = node.id
        let image = node.disk.written
        // It may lead late, when a later leader has committed already.
        for (batch, commit) in zip(ledger, committedIn) where batch.baseOffset >= image.start && commit < epoch {
            let place = image.index(of: batch.baseOffset)
            let own = place < image.batches.count ? image.batches[place] : nil
            require(own == batch, "leader \(node.id) of epoch \(epoch) lacks \(batch)")
        }
    }

    /// A vote that left is the only one in its epoch.
    func sent(_ message: RaftMessage, by node: RaftSimulation.Node) {
        guard case .answer(.vote(let vote)) = message.body, vote.isGranted, let replica = node.replica,
            let voted = replica.election.voted, vote.hint.epoch == replica.election.epoch,
            case .node(let candidate) = message.peer, voted.id == candidate
        else { return }
        let key = Vote(epoch: vote.hint.epoch, voter: node.voter.key)
        if let before = votes[key] {
            require(before == voted, "node \(node.id) voted for \(before) and \(voted) in epoch \(key.epoch)")
        }
        votes[key] = voted
    }
}
