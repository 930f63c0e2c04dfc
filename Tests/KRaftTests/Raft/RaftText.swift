import KafkaProtocol

@testable import KRaft

/// Effects in words, for transcripts.
enum RaftText {
    static func lines(_ effects: RaftEffects) -> [String] {
        effects.disk.map { "disk #\(effects.ticket): \(work($0))" }
            + effects.messages.map { "now to \(peer($0.peer)): \(body($0.body))" }
            + effects.promises.map { "after #\($0.ticket) to \(peer($0.message.peer)): \(body($0.message.body))" }
            + effects.notices.map { "tell: \(notice($0))" }
    }

    static func state(_ replica: RaftReplica) -> String {
        "\(replica.roleKind.rawValue), epoch \(replica.election.epoch), leader \(id(replica.leaderId)),"
            + " voted \(replica.election.voted.map { "\($0.id)" } ?? "nobody"), log \(replica.log.startOffset)..\(replica.log.end)"
            + " synced \(replica.log.syncedOffset), high watermark \(replica.highWatermark),"
            + " committed \(replica.committed), voters \(set(replica.voters.current))"
    }

    private static func id(_ id: NodeId?) -> String { id.map { "\($0)" } ?? "nobody" }
    private static func set(_ set: RaftVoterSet) -> String { set.keys.map { "\($0.id)" }.joined(separator: ",") }

    private static func peer(_ peer: RaftPeer) -> String {
        switch peer {
        case .node(let id): "\(id)"
        case .bootstrap(let place): "bootstrap \(place)"
        case .connection: "admin"
        }
    }

    private static func work(_ work: RaftDiskWork) -> String {
        switch work {
        case .append(let batch):
            "append \(batch.baseOffset)..<\(batch.nextOffset) epoch \(batch.epoch)"
                + batch.controls.map { " " + control($0) }.joined()
        case .truncate(let offset): "truncate to \(offset)"
        case .writeElection(let state):
            "election epoch \(state.epoch) leader \(id(state.leader)) voted \(id(state.voted?.id))"
        case .trim(let snapshot): "trim to \(snapshot)"
        case .storeChunk(let snapshot, let position, let length, _):
            "store \(snapshot) bytes \(position)..<\(position + length)"
        case .install(let snapshot): "install \(snapshot)"
        }
    }

    private static func control(_ control: RaftControl) -> String {
        switch control {
        case .leaderChange(let leader, _, let granting):
            "LeaderChange(\(leader), granted by \(granting.map { "\($0.id)" }.joined(separator: ",")))"
        case .kraftVersion(let version): "KRaftVersion(\(version))"
        case .voters(let voters): "Voters(\(set(voters)))"
        }
    }

    private static func body(_ body: RaftMessage.Body) -> String {
        switch body {
        case .request(let request): self.request(request)
        case .answer(let answer): self.answer(answer)
        }
    }

    private static func request(_ request: RaftRequest) -> String {
        switch request {
        case .vote(let vote): "\(vote.isPreVote ? "PreVote" : "Vote") epoch \(vote.epoch) last \(vote.last)"
        case .beginEpoch(let begin): "BeginQuorumEpoch \(begin.epoch)"
        case .endEpoch(let end):
            "EndQuorumEpoch \(end.epoch) candidates \(end.candidates.map { "\($0.id)" }.joined(separator: ","))"
        case .fetch(let fetch):
            "Fetch epoch \(fetch.epoch) offset \(fetch.offset)@\(fetch.lastFetchedEpoch) high watermark \(fetch.highWatermark)"
        case .fetchSnapshot(let fetch): "FetchSnapshot \(fetch.snapshot) position \(fetch.position)"
        case .addVoter(let add): "AddRaftVoter \(add.voter.key.id)"
        case .removeVoter(let remove): "RemoveRaftVoter \(remove.voter.id)"
        case .updateVoter(let update): "UpdateRaftVoter \(update.voter.key.id)"
        }
    }

    private static func hint(_ error: ErrorCode, _ hint: LeaderHint) -> String {
        "\(error) (epoch \(hint.epoch) leader \(id(hint.leader)))"
    }

    private static func answer(_ answer: RaftAnswer) -> String {
        switch answer {
        case .vote(let vote): "vote \(vote.isGranted ? "granted" : "refused") \(hint(vote.error, vote.hint))"
        case .beginEpoch(let error, let leader): "begun \(hint(error, leader))"
        case .endEpoch(let error, let leader): "ended \(hint(error, leader))"
        case .fetch(let fetch):
            "fetched \(hint(fetch.error, fetch.hint))"
                + (fetch.offsets.isEmpty ? "" : " records \(fetch.offsets.lowerBound)..<\(fetch.offsets.upperBound)")
                + (fetch.diverging.map { " diverging \($0)" } ?? "") + (fetch.snapshot.map { " snapshot \($0)" } ?? "")
                + " high watermark \(fetch.highWatermark)"
        case .fetchSnapshot(let fetch):
            "snapshot \(fetch.snapshot) position \(fetch.position) \(hint(fetch.error, fetch.hint))"
        case .addVoter(let error, _): "added \(error)"
        case .removeVoter(let error, _): "removed \(error)"
        case .updateVoter(let error, _): "updated \(error)"
        }
    }

    private static func notice(_ notice: RaftNotice) -> String {
        switch notice {
        case .committed(let offset): "committed up to \(offset)"
        case .leadershipGained(let epoch, let first): "leads epoch \(epoch) from \(first)"
        case .leadershipLost(let epoch, let why): "leads epoch \(epoch) no more: \(reason(why))"
        case .proposed(_, let offset): offset.map { "proposed at \($0)" } ?? "not proposed"
        case .upgraded(_, let refusal): "upgrade \(refusal?.error ?? .none)"
        case .role(let kind, let epoch, let why): "\(kind.rawValue) in epoch \(epoch): \(reason(why))"
        case .ignored(let peer, let violation):
            "ignored \(self.peer(peer)): " + "\(violation)".replacing("KRaft.", with: "")
        }
    }

    private static func reason(_ reason: RaftReason) -> String {
        "\(reason)".replacing("KRaft.RaftPeer.", with: "").replacing("KRaft.", with: "")
    }
}
