import KafkaProtocol

/// RemoveRaftVoter: a controller that votes becomes one that only follows; also one that is gone, and the leader itself, which hands over.
typealias RemoveRaftVoterHandler = VoterChangeHandler<RemoveRaftVoterRequest>

extension RemoveRaftVoterHandler {
    init(_ node: Node) { self.init(channel: node.controller, desk: node.quorumDesk) { _ in 0 } }
}
