import KafkaProtocol
import NIOCore
import TestSupport
import Testing

@testable import KRaft

/// Peers may say anything: it is refused, or means something, and never ends the process.
struct RaftWireHostileTests {
    private static func problem<Message: RaftRequestMessage>(_ message: Message, _ version: Int16)
        -> UnusableRaftMessage?
    {
        do throws(UnusableRaftMessage) {
            _ = try message.raftRequest(version: version)
            return nil
        } catch {
            return error
        }
    }

    private static func message<Message>(_ request: RaftRequest, _ type: Message.Type) throws -> Message {
        try #require(request.message(version: request.messageType.raftVersions.upperBound) as? Message)
    }

    @Test func aRequestIsForOnePartitionOfTheMetadataLog() throws {
        let request = RaftRequest.vote(RaftWireTests.vote(pre: false))
        let vote = try Self.message(request, VoteRequest.self)
        #expect(Self.problem(vote, 2) == nil)
        var none = vote
        none.topics = []
        #expect(Self.problem(none, 2)?.error == .invalidRequest)
        var two = vote
        two.topics += two.topics
        #expect(Self.problem(two, 2)?.error == .invalidRequest)
        var twice = vote
        twice.topics[0].partitions += twice.topics[0].partitions
        #expect(Self.problem(twice, 2)?.error == .invalidRequest)
        var other = vote
        other.topics[0].topicName = "a"
        #expect(Self.problem(other, 2)?.error == .invalidRequest)
        var second = vote
        second.topics[0].partitions[0].partitionIndex = 1
        #expect(Self.problem(second, 2)?.error == .invalidRequest)
    }

    @Test func theMetadataLogIsFetchedByItsNameOrId() throws {
        let request = RaftRequest.fetch(RaftWireTests.fetch)
        var fetch = try Self.message(request, FetchRequest.self)
        #expect(fetch.isOfMetadataLog(version: 18) && fetch.isOfMetadataLog(version: 12))
        fetch.topics[0].topicId = KafkaUUID(high: 0, low: 2)
        #expect(!fetch.isOfMetadataLog(version: 18))
        #expect(Self.problem(fetch, 18)?.error == .invalidRequest)
        #expect(Self.problem(fetch, 12) == nil, "that version has the name")
        fetch.topics[0].topic = "a"
        #expect(Self.problem(fetch, 12)?.error == .invalidRequest)
        #expect(Self.problem(fetch, 11)?.error == .unsupportedVersion)
    }

    @Test func listsHaveBounds() throws {
        let many = (0..<65).map { VoterEndpoint(listener: "L\($0)", host: "h", port: 1) }
        let voter = RaftVoter(RaftWireTests.own, endpoints: many)
        let candidates = (0..<1025).map { ReplicaKey(NodeId($0)) }
        let requests: [RaftRequest] = [
            .beginEpoch(.init(clusterId: nil, voter: nil, leader: 1, epoch: 1, endpoints: many)),
            .endEpoch(.init(clusterId: nil, leader: 1, epoch: 1, candidates: candidates)),
            .endEpoch(.init(clusterId: nil, leader: 1, epoch: 1, candidates: [], endpoints: many)),
            .addVoter(.init(clusterId: nil, voter: voter, timeoutMillis: 1, acknowledgesWhenCommitted: true)),
            .updateVoter(.init(clusterId: nil, epoch: 1, voter: voter)),
        ]
        for request in requests {
            let message = try #require(request.message(version: request.messageType.raftVersions.upperBound))
            #expect(Self.problem(message, message.raftVersionOfTest)?.error == .invalidRequest, "\(type(of: message))")
        }
    }

    @Test func anAnswerThatCannotBeIsNone() throws {
        var fetch = RaftAnswer.Fetch(error: .none, hint: RaftWireTests.hint)
        func isUsable(_ change: (inout FetchResponse) -> Void) throws -> Bool {
            let message = RaftAnswer.fetch(fetch).message(version: 18, listener: "CONTROLLER", bytes: ByteBuffer())
            var response = try #require(message as? FetchResponse)
            change(&response)
            return (try? response.raftAnswer(listener: "CONTROLLER")) != nil
        }
        fetch.highWatermark = 3
        #expect(try isUsable { _ in })
        #expect(try !isUsable { $0.responses = [] })
        #expect(
            try !isUsable {
                $0.responses[0].topicId = .zero; $0.responses[0].topic = "a"
            }
        )
        #expect(try !isUsable { $0.responses[0].partitions[0].partitionIndex = 1 })
        #expect(try !isUsable { $0.responses[0].partitions[0].divergingEpoch.epoch = 3 })
        #expect(try !isUsable { $0.responses[0].partitions[0].divergingEpoch.endOffset = 3 })
        #expect(try !isUsable { $0.responses[0].partitions[0].snapshotId.epoch = 3 })
        #expect(try !isUsable { $0.responses[0].partitions[0].snapshotId.endOffset = .max })
        #expect(try isUsable { $0.nodeEndpoints[0].port = 70_000 })
    }

    @Test func anAddressThatNobodyCanConnectToIsNone() throws {
        for (host, port) in [("", 9093), ("b", 0), ("b", -1), ("b", 65_536)] as [(String, Int32)] {
            #expect(VoterEndpoint(listener: "C", host: host, checking: port) == nil)
        }
        var response = FetchResponse(refusing: UnusableRaftMessage(""))
        response.errorCode = .none
        #expect(throws: UnusableRaftMessage.self) { try response.raftAnswer(listener: "C") }
    }

    /// Bytes of real messages with some changed: a replica in each role takes whatever can be read of them, and goes on.
    @Test(arguments: 0..<8) func changedBytesEndNothing(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var taken = 0
        for _ in 0..<40 {
            var replicas = try Self.replicas()
            for _ in 0..<60 {
                let message = try Self.changed(&random)
                guard let message else { continue }
                taken += 1
                for index in replicas.indices {
                    let now = MonotonicTime(milliseconds: 3000)
                    let effects = replicas[index].handle(.received(message), now: now, random: random.next())
                    if effects.ticket > 0 {
                        _ = replicas[index].handle(.diskDone(effects.ticket), now: now, random: random.next())
                    }
                }
            }
        }
        #expect(taken > 500, "only \(taken) messages could be read")
    }

    /// A leader, a follower, and one that knows of nobody.
    private static func replicas() throws -> [RaftReplica] {
        let set = RaftVoterSet([1, 2].map { RaftVoter(ReplicaKey($0)) })
        let log = RaftLog(endOffset: 50, epochs: [.init(5, from: 0), .init(6, from: 41)])
        func replica(_ state: ElectionState, _ voters: RaftVoterSet) -> RaftReplica {
            let options = RaftOptions(
                own: RaftVoter(RaftWireTests.own, endpoints: [RaftWireTests.endpoint]),
                clusterId: "c"
            )
            let disk = RaftDisk(election: state, log: log, voters: VoterHistory(configured: voters))
            return RaftReplica(options, disk: disk, now: MonotonicTime(milliseconds: 2000), random: 4)
        }
        var follower = replica(ElectionState(epoch: 7, leader: 2), set)
        _ = follower.handle(.tick, now: MonotonicTime(milliseconds: 2001), random: 4)
        var leader = replica(ElectionState(epoch: 6), RaftVoterSet([RaftVoter(RaftWireTests.own)]))
        let effects = leader.handle(.tick, now: MonotonicTime(milliseconds: 2001), random: 4)
        _ = leader.handle(.diskDone(effects.ticket), now: MonotonicTime(milliseconds: 2001), random: 4)
        #expect(leader.isLeader)
        return [follower, leader, replica(ElectionState(epoch: 7), set)]
    }

    private static func changed(_ random: inout SeededGenerator) throws -> RaftMessage? {
        let pick = Int(random.next() % UInt64(RaftWireTests.requests.count + RaftWireTests.answers.count))
        if pick < RaftWireTests.requests.count {
            let request = RaftWireTests.requests[pick]
            let api = try #require(RecordedWire.api(request))
            let versions = request.messageType.raftVersions
            let version = Int16.random(in: versions, using: &random)
            guard let bytes = try RecordedWire.bytes(request, version) else { return nil }
            let read = try? RecordedWire.request(api, version, damaged(bytes, &random))
            return read.map { RaftMessage(.connection(1), 1, .request($0)) }
        }
        let answer = RaftWireTests.answers[pick - RaftWireTests.requests.count]
        let type = RaftWireTests.type(answer)
        let api = try #require(ApiKey(rawValue: type.schema.key))
        let version = Int16.random(in: type.raftVersions, using: &random)
        let bytes = try RecordedWire.bytes(answer, version)
        let read = try? RecordedWire.answer(api, version, damaged(bytes, &random)).answer
        return read.map { RaftMessage(.node(2), UInt64.random(in: 1...3, using: &random), .answer($0)) }
    }

    private static func damaged(_ bytes: ByteBuffer, _ random: inout SeededGenerator) -> ByteBuffer {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard result.readableBytes > 0 else { break }
            let place = result.readerIndex + Int.random(in: 0..<result.readableBytes, using: &random)
            let value = [0, 0xff, 0x7f, 0x80, 1, UInt8(truncatingIfNeeded: random.next())].randomElement(using: &random)
            result.setInteger(value ?? 0, at: place)
        }
        if random.next() % 8 == 0 {
            result = result.getSlice(at: result.readerIndex, length: result.readableBytes / 2) ?? result
        }
        return result
    }
}

extension RaftRequestMessage {
    fileprivate var raftVersionOfTest: Int16 { Self.raftVersions.upperBound }
}
