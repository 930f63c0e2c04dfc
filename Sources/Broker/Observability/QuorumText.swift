import KRaft
import KafkaProtocol

/// Why things happened in the quorum, for operators.
extension RaftReason {
    var sentence: String {
        func list(_ ids: [NodeId]) -> String { ids.isEmpty ? "nobody" : ids.map { "\($0)" }.joined(separator: ", ") }
        return switch self {
        case .started: "this node starts"
        case .higherEpoch(let peer): "\(peer.name) is in a later epoch"
        case .leaderFound(let peer): "told by \(peer.name)"
        case .voteGranted(let candidate): "it votes for \(candidate)"
        case .noLeader(let millis): "no leader for \(millis) ms"
        case .leaderSilent(let leader, let millis): "leader \(leader) silent for \(millis) ms"
        case .leaderRefusesConnections(let leader): "nobody listens at the address of leader \(leader)"
        case .leaderResigned(let leader): "leader \(leader) resigned"
        case .preVotesGranted(let ids): "pre-votes of \(list(ids))"
        case .votesGranted(let ids): "votes of \(list(ids))"
        case .votesRefused(let ids): "refused by \(list(ids))"
        case .electionTimedOut(let ids): "the election timed out with votes of \(list(ids))"
        case .noMajorityFetched(let millis, let ids): "no majority fetched for \(millis) ms; silent: \(list(ids))"
        case .removedFromVoters: "removed from the voters"
        case .shuttingDown: "this node stops"
        }
    }
}

extension RaftPeer {
    var name: String {
        switch self {
        case .node(let id): "node \(id)"
        case .bootstrap(let place): "bootstrap server \(place + 1)"
        case .connection: "a node that connected"
        }
    }
}
