/// M5: nobody votes twice in an epoch, and an epoch has one leader, also after restarts.
struct Votes {
    private struct Ballot: Hashable {
        var node: String
        var epoch: Int32
    }

    private var given: [Ballot: Int32] = [:]
    /// The process of a node that led in an epoch.
    private var leaders: [Int32: String] = [:]

    /// What a node's `quorum-state` says.
    ///
    /// - Returns: what is wrong with that.
    mutating func saw(_ node: String, epoch: Int32, votedFor candidate: Int32) -> String? {
        let ballot = Ballot(node: node, epoch: epoch)
        guard let before = given[ballot], before != candidate else {
            given[ballot] = candidate
            return nil
        }
        return "\(node) voted for \(before) and for \(candidate) in epoch \(epoch)"
    }

    /// A process of a node leads: each has epochs of its own.
    mutating func leads(_ process: String, epoch: Int32) -> String? {
        guard let before = leaders[epoch], before != process else {
            leaders[epoch] = process
            return nil
        }
        return "\(before) led in epoch \(epoch), and so does \(process)"
    }

    /// The epochs of the `LeaderChange` records in a log.
    static func repeated(_ epochs: [Int32]) -> String? {
        for (before, next) in zip(epochs, epochs.dropFirst()) where next <= before {
            return "the log has a leader of epoch \(next) behind one of epoch \(before)"
        }
        return nil
    }

    /// A node knows nothing of what came after some moment.
    mutating func forget() { (given, leaders) = ([:], [:]) }
}
