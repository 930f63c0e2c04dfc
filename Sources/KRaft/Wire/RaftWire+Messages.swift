import KafkaProtocol
import NIOCore

extension RaftRequest {
    /// Kafka's message for a request.
    ///
    /// - Parameter version: one of those that both sides know.
    /// - Returns: nil when the version cannot say it; see `answerOfOldPeer`.
    package func message(version: Int16) -> (any RaftRequestMessage)? {
        switch self {
        case .vote(let vote): VoteRequest(vote, version: version)
        case .beginEpoch(let begin): BeginQuorumEpochRequest(begin)
        case .endEpoch(let end): EndQuorumEpochRequest(end)
        case .fetch(let fetch): FetchRequest(fetch, version: version)
        case .fetchSnapshot(let fetch): FetchSnapshotRequest(fetch)
        case .addVoter(let add): AddRaftVoterRequest(add, version: version)
        case .removeVoter(let remove): RemoveRaftVoterRequest(remove)
        case .updateVoter(let update): UpdateRaftVoterRequest(update)
        }
    }

    package var messageType: any RaftRequestMessage.Type {
        switch self {
        case .vote: VoteRequest.self
        case .beginEpoch: BeginQuorumEpochRequest.self
        case .endEpoch: EndQuorumEpochRequest.self
        case .fetch: FetchRequest.self
        case .fetchSnapshot: FetchSnapshotRequest.self
        case .addVoter: AddRaftVoterRequest.self
        case .removeVoter: RemoveRaftVoterRequest.self
        case .updateVoter: UpdateRaftVoterRequest.self
        }
    }

    /// What takes the place of an answer when a peer knows no version that can say this request; nil: the request fails.
    ///
    /// A peer that knows no pre-vote (before Vote 2) would take one for a vote, and be bound by it: it is not asked, and
    /// the replica goes on as if it had agreed.
    package var answerOfOldPeer: RaftAnswer? {
        guard case .vote(let vote) = self, vote.isPreVote else { return nil }
        return .vote(.init(error: .unsupportedVersion, hint: .none, isGranted: false))
    }
}

extension RaftAnswer {
    /// Kafka's message for an answer.
    ///
    /// - Parameters:
    ///   - version: that of the request.
    ///   - listener: the one that the request came by.
    ///   - bytes: the records, or the part of a snapshot.
    package func message(version: Int16, listener: String, bytes: ByteBuffer) -> any RaftResponseMessage {
        // Who is of another cluster hears nothing of this one.
        if error == .inconsistentClusterId { return refusal(error) }
        let leader = LeaderOnWire(hint, listener)
        return switch self {
        case .vote(let vote): VoteResponse(vote, leader, version: version)
        case .beginEpoch(let error, _): BeginQuorumEpochResponse(error, leader, version: version)
        case .endEpoch(let error, _): EndQuorumEpochResponse(error, leader, version: version)
        case .fetch(let fetch): FetchResponse(fetch, leader, version: version, records: bytes)
        case .fetchSnapshot(let fetch): FetchSnapshotResponse(fetch, leader, version: version, part: bytes)
        case .addVoter(let error, let reason): AddRaftVoterResponse(error, reason)
        case .removeVoter(let error, let reason): RemoveRaftVoterResponse(error, reason)
        case .updateVoter(let error, _): UpdateRaftVoterResponse(error, leader)
        }
    }

    package var error: ErrorCode {
        switch self {
        case .vote(let vote): vote.error
        case .beginEpoch(let error, _), .endEpoch(let error, _), .updateVoter(let error, _): error
        case .fetch(let fetch): fetch.error
        case .fetchSnapshot(let fetch): fetch.error
        case .addVoter(let error, _), .removeVoter(let error, _): error
        }
    }

    private var hint: LeaderHint {
        switch self {
        case .vote(let vote): vote.hint
        case .beginEpoch(_, let hint), .endEpoch(_, let hint), .updateVoter(_, let hint): hint
        case .fetch(let fetch): fetch.hint
        case .fetchSnapshot(let fetch): fetch.hint
        case .addVoter, .removeVoter: .none
        }
    }

    /// An error at the top of the message, and nothing else.
    private func refusal(_ error: ErrorCode) -> any RaftResponseMessage {
        let reason = UnusableRaftMessage(error.message, answer: error)
        return switch self {
        case .vote: VoteResponse(refusing: reason)
        case .beginEpoch: BeginQuorumEpochResponse(refusing: reason)
        case .endEpoch: EndQuorumEpochResponse(refusing: reason)
        case .fetch: FetchResponse(refusing: reason)
        case .fetchSnapshot: FetchSnapshotResponse(refusing: reason)
        case .addVoter: AddRaftVoterResponse(refusing: reason)
        case .removeVoter: RemoveRaftVoterResponse(refusing: reason)
        case .updateVoter: UpdateRaftVoterResponse(refusing: reason)
        }
    }
}

/// Epoch and leader as a response has them, with the one address that it has room for.
struct LeaderOnWire {
    let id: Int32
    let epoch: Int32
    let endpoint: (id: Int32, host: String, port: UInt16)?

    init(_ hint: LeaderHint, _ listener: String) {
        id = hint.leaderOnWire
        epoch = hint.epoch.rawValue
        endpoint = hint.endpoint(listener)
    }
}
