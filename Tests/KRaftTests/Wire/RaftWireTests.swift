import KafkaProtocol
import NIOCore
import Testing

@testable import KRaft

/// What each version can say, and what it can't.
struct RaftWireTests {
    static let directory = KafkaUUID(high: 3, low: 4)
    static let own = ReplicaKey(1, directory)
    static let peer = ReplicaKey(2, KafkaUUID(high: 5, low: 6))
    static let endpoint = VoterEndpoint(listener: "CONTROLLER", host: "b", port: 9093)
    static let elsewhere = VoterEndpoint(listener: "OTHER", host: "c", port: 9094)

    static func vote(pre: Bool) -> RaftRequest.Vote {
        .init(
            clusterId: "c",
            candidate: own,
            epoch: 7,
            voter: peer,
            last: LogPosition(epoch: 6, endOffset: 42),
            isPreVote: pre
        )
    }

    static let fetch = RaftRequest.Fetch(
        clusterId: "c",
        replica: own,
        epoch: 7,
        offset: 42,
        lastFetchedEpoch: 6,
        highWatermark: 40,
        maxWaitMillis: 500,
        maxBytes: 1000
    )

    static let requests: [RaftRequest] = [
        .vote(vote(pre: true)), .vote(vote(pre: false)),
        .beginEpoch(.init(clusterId: "c", voter: peer, leader: 1, epoch: 7, endpoints: [endpoint, elsewhere])),
        .endEpoch(.init(clusterId: "c", leader: 1, epoch: 7, candidates: [peer], endpoints: [endpoint])),
        .fetch(fetch),
        .fetchSnapshot(
            .init(
                clusterId: "c",
                replica: own,
                epoch: 7,
                snapshot: SnapshotId(endOffset: 30, epoch: 5),
                position: 100,
                maxBytes: 1000
            )
        ),
        .addVoter(
            .init(
                clusterId: "c",
                voter: RaftVoter(own, endpoints: [endpoint]),
                timeoutMillis: 5,
                acknowledgesWhenCommitted: true
            )
        ),
        .removeVoter(.init(clusterId: "c", voter: own)),
        .updateVoter(.init(clusterId: "c", epoch: 7, voter: RaftVoter(own, endpoints: [endpoint], maxKRaftVersion: 0))),
    ]

    static let hint = LeaderHint(epoch: 7, leader: 2, endpoints: [endpoint])

    static var answers: [RaftAnswer] {
        var records = RaftAnswer.Fetch(error: .none, hint: hint)
        (records.highWatermark, records.logStartOffset) = (40, 10)
        var diverging = records
        diverging.diverging = LogPosition(epoch: 5, endOffset: 41)
        var snapshot = records
        snapshot.snapshot = SnapshotId(endOffset: 30, epoch: 5)
        let part = RaftAnswer.FetchSnapshot(
            error: .none,
            hint: hint,
            snapshot: SnapshotId(endOffset: 30, epoch: 5),
            position: 100,
            size: 200
        )
        let nobody = LeaderHint(epoch: 7, leader: nil)
        return [
            .vote(.init(error: .none, hint: hint, isGranted: false)),
            .vote(.init(error: .none, hint: nobody, isGranted: true)),
            .vote(.init(error: .fencedLeaderEpoch, hint: hint, isGranted: false)),
            .beginEpoch(.invalidVoterKey, hint), .endEpoch(.none, hint),
            .fetch(records), .fetch(diverging), .fetch(snapshot),
            .fetch(.init(error: .notLeaderOrFollower, hint: nobody)),
            .fetch(.init(error: .unknownLeaderEpoch, hint: hint)),
            .fetchSnapshot(part), .addVoter(.none, nil), .addVoter(.duplicateVoter, "it is"),
            .removeVoter(.none, nil), .removeVoter(.voterNotFound, "it is not"),
            .updateVoter(.none, hint), .updateVoter(.notLeaderOrFollower, nobody),
        ]
    }

    static func type(_ answer: RaftAnswer) -> any RaftRequestMessage.Type {
        switch answer {
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

    // MARK: Requests

    @Test(arguments: requests) func theNewestVersionOfARequestLosesNothing(_ request: RaftRequest) throws {
        let api = try #require(RecordedWire.api(request))
        let version = request.messageType.raftVersions.upperBound
        let bytes = try #require(try RecordedWire.bytes(request, version))
        #expect(try RecordedWire.request(api, version, bytes) == request)
    }

    /// What a version has no field for, the receiver doesn't know; nothing else changes.
    @Test(arguments: requests) func olderVersionsOfARequestLeaveOutWhatTheyLack(_ request: RaftRequest) throws {
        let api = try #require(RecordedWire.api(request))
        for version in request.messageType.raftVersions {
            guard let bytes = try RecordedWire.bytes(request, version) else {
                #expect(api == .vote && version < 2, "\(api) v\(version)")
                continue
            }
            #expect(
                try RecordedWire.request(api, version, bytes) == Self.reduced(request, version),
                "\(api) v\(version)"
            )
        }
    }

    private static func reduced(_ request: RaftRequest, _ version: Int16) -> RaftRequest {
        switch request {
        case .vote(var vote) where version < 1:
            (vote.voter, vote.candidate.directoryId) = (nil, .zero)
            return .vote(vote)
        case .beginEpoch(var begin) where version < 1:
            (begin.voter, begin.endpoints) = (nil, [])
            return .beginEpoch(begin)
        case .endEpoch(var end) where version < 1:
            end.candidates = end.candidates.map { ReplicaKey($0.id) }
            end.endpoints = []
            return .endEpoch(end)
        case .fetch(var fetch):
            if version < 17 { fetch.replica.directoryId = .zero }
            if version < 18 { fetch.highWatermark = RaftRequest.Fetch.unknownHighWatermark }
            return .fetch(fetch)
        case .fetchSnapshot(var fetch) where version < 1:
            fetch.replica.directoryId = .zero
            return .fetchSnapshot(fetch)
        default: return request
        }
    }

    /// A peer that knows no pre-vote would vote. It isn't asked, and the replica hears what lets it go on.
    @Test func aPreVoteIsNeverSaidAsAVote() throws {
        let preVote = RaftRequest.vote(Self.vote(pre: true))
        #expect(preVote.message(version: 0) == nil && preVote.message(version: 1) == nil)
        guard case .vote(let answer) = try #require(preVote.answerOfOldPeer) else {
            Issue.record("another answer")
            return
        }
        #expect(answer.error == .unsupportedVersion && !answer.isGranted && answer.hint == .none)
        for request in Self.requests where request != preVote { #expect(request.answerOfOldPeer == nil) }
    }

    /// Two of three voters know no pre-vote: the third one stands for election all the same, in a new epoch.
    @Test func aVoterAmongOldOnesBecomesCandidate() throws {
        let set = RaftVoterSet([1, 2, 3].map { RaftSimulation.voter($0) })
        let options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "c")
        var replica = RaftReplica(
            options,
            disk: RaftDisk(voters: VoterHistory(configured: set)),
            now: MonotonicTime(milliseconds: 0),
            random: 4
        )
        let late = MonotonicTime(milliseconds: 2500)
        let asked = (replica.handle(.tick, now: late, random: 4)).promises.compactMap { promise -> RaftMessage? in
            guard case .request(.vote(let vote)) = promise.message.body, vote.isPreVote else { return nil }
            return promise.message
        }
        #expect(asked.count == 2)
        let first = try #require(asked.first)
        guard case .request(let request) = first.body else { return }
        let answer = try #require(request.answerOfOldPeer)
        _ = replica.handle(.received(.init(first.peer, first.correlation, .answer(answer))), now: late, random: 4)
        #expect(replica.roleKind == .candidate && replica.election.epoch == 1)
    }

    // MARK: Answers

    @Test(arguments: answers) func theNewestVersionOfAnAnswerLosesNothing(_ answer: RaftAnswer) throws {
        let api = try #require(ApiKey(rawValue: Self.type(answer).schema.key))
        let version = Self.type(answer).raftVersions.upperBound
        let hasBytes = api == .fetch || api == .fetchSnapshot
        let sent = hasBytes ? ByteBuffer(string: "some bytes") : ByteBuffer()
        let bytes = try RecordedWire.bytes(answer, version, records: sent)
        let back = try RecordedWire.answer(api, version, bytes)
        #expect(back.answer == answer && back.bytes == sent)
    }

    @Test(arguments: answers) func olderVersionsOfAnAnswerHaveNoAddresses(_ answer: RaftAnswer) throws {
        let api = try #require(ApiKey(rawValue: Self.type(answer).schema.key))
        for version in Self.type(answer).raftVersions {
            let back = try RecordedWire.answer(api, version, RecordedWire.bytes(answer, version)).answer
            let hasAddresses = api == .updateRaftVoter || version >= (api == .fetch ? 16 : 1)
            #expect(back == (hasAddresses ? answer : Self.withoutAddresses(answer)), "\(api) v\(version)")
        }
    }

    private static func withoutAddresses(_ answer: RaftAnswer) -> RaftAnswer {
        func bare(_ hint: LeaderHint) -> LeaderHint { LeaderHint(epoch: hint.epoch, leader: hint.leader) }
        switch answer {
        case .vote(var vote):
            vote.hint = bare(vote.hint)
            return .vote(vote)
        case .beginEpoch(let error, let hint): return .beginEpoch(error, bare(hint))
        case .endEpoch(let error, let hint): return .endEpoch(error, bare(hint))
        case .fetch(var fetch):
            fetch.hint = bare(fetch.hint)
            return .fetch(fetch)
        case .fetchSnapshot(var fetch):
            fetch.hint = bare(fetch.hint)
            return .fetchSnapshot(fetch)
        case .addVoter, .removeVoter, .updateVoter: return answer
        }
    }

    /// Of the leader's addresses, that of the listener which the peer has come by: others may not be reachable from there.
    @Test func anAnswerNamesTheAddressOfTheListenerThatWasAsked() throws {
        let both = LeaderHint(epoch: 7, leader: 2, endpoints: [Self.elsewhere, Self.endpoint])
        let answer = RaftAnswer.beginEpoch(.none, both)
        func named(_ listener: String) throws -> [VoterEndpoint] {
            let message = answer.message(version: 1, listener: listener, bytes: ByteBuffer())
            guard case .beginEpoch(_, let hint) = try message.raftAnswer(listener: listener).0 else { return [] }
            return hint.endpoints
        }
        #expect(try named("CONTROLLER") == [Self.endpoint])
        #expect(try named("OTHER") == [Self.elsewhere])
        #expect(try named("THIRD") == [])
    }

    /// Who belongs to another cluster hears of it at the top of the message, and nothing else.
    @Test func anotherClusterHearsNothingOfThisOne() throws {
        for answer in Self.answers {
            let foreign = Self.withError(.inconsistentClusterId, answer)
            let message = foreign.message(
                version: Self.type(answer).raftVersions.upperBound,
                listener: "CONTROLLER",
                bytes: .init()
            )
            #expect(message.errorCode == .inconsistentClusterId)
            let text = "\(message)"
            #expect(!text.contains("9093") && !text.contains("__cluster_metadata"), "\(text)")
            let back = try message.raftAnswer(listener: "CONTROLLER").0
            #expect(back.error == .inconsistentClusterId)
        }
    }

    private static func withError(_ error: ErrorCode, _ answer: RaftAnswer) -> RaftAnswer {
        switch answer {
        case .vote(var vote):
            vote.error = error
            return .vote(vote)
        case .beginEpoch(_, let hint): return .beginEpoch(error, hint)
        case .endEpoch(_, let hint): return .endEpoch(error, hint)
        case .fetch(var fetch):
            fetch.error = error
            return .fetch(fetch)
        case .fetchSnapshot(var fetch):
            fetch.error = error
            return .fetchSnapshot(fetch)
        case .addVoter(_, let reason): return .addVoter(error, reason)
        case .removeVoter(_, let reason): return .removeVoter(error, reason)
        case .updateVoter(_, let hint): return .updateVoter(error, hint)
        }
    }

    /// What has no room for a leader teaches a replica nothing, whatever its epoch.
    @Test func anErrorAtTheTopTeachesNothing() throws {
        let set = RaftVoterSet([1, 2, 3].map { RaftSimulation.voter($0) })
        let options = RaftOptions(own: RaftSimulation.voter(1), clusterId: "c")
        for epoch: LeaderEpoch in [0, 5] {
            var replica = RaftReplica(
                options,
                disk: RaftDisk(election: ElectionState(epoch: epoch), voters: VoterHistory(configured: set)),
                now: MonotonicTime(milliseconds: 0),
                random: 4
            )
            let before = replica.election
            for type in RecordedWire.types {
                let answer = try Self.refusal(type)
                let event = RaftEvent.received(.init(.node(2), 99, .answer(answer)))
                _ = replica.handle(event, now: MonotonicTime(milliseconds: 1), random: 4)
                #expect(replica.election == before, "\(type)")
            }
        }
    }

    private static func refusal<Message: RaftRequestMessage>(_ type: Message.Type) throws -> RaftAnswer {
        let reason = UnusableRaftMessage("it is not allowed", answer: .clusterAuthorizationFailed)
        let answer = try Message.Response(refusing: reason).raftAnswer(listener: "CONTROLLER").0
        #expect(answer.error == .clusterAuthorizationFailed)
        return answer
    }
}
