import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import KRaft

/// Quorums that hear one another by the bytes of Kafka's messages alone, in new and old versions.
struct QuorumOnTheWireTests {
    /// The versions that a node knows at most.
    enum Age: CaseIterable {
        case newest, oldest

        func version(_ type: any RaftRequestMessage.Type) -> Int16 {
            self == .newest ? type.raftVersions.upperBound : type.raftVersions.lowerBound
        }
    }

    private static func cluster(seed: UInt64, isDynamic: Bool, _ ages: [Age]) -> QuorumCluster {
        let cluster = QuorumCluster(seed: seed, isDynamic: isDynamic) { $0.bytesBetweenSnapshots = 2000 }
        cluster.translate = { message, bytes, target in
            guard case .node(let sender) = message.peer else { return (message, bytes) }
            let pair = [ages[target], ages[Int(sender.rawValue)]]
            return try Self.translate(message, bytes, pair.contains(.oldest) ? .oldest : .newest)
        }
        return cluster
    }

    private static func translate(
        _ message: RaftMessage,
        _ bytes: ByteBuffer,
        _ age: Age
    ) throws -> (RaftMessage, ByteBuffer)? {
        switch message.body {
        case .request(let request):
            let api = try #require(RecordedWire.api(request))
            let version = age.version(request.messageType)
            guard let said = try RecordedWire.bytes(request, version) else { return nil }
            let heard = try RecordedWire.request(api, version, said)
            return (RaftMessage(message.peer, message.correlation, .request(heard)), ByteBuffer())
        case .answer(let answer):
            let type = RaftWireTests.type(answer)
            let api = try #require(ApiKey(rawValue: type.schema.key))
            let version = age.version(type)
            let said = try RecordedWire.bytes(answer, version, records: bytes)
            let heard = try RecordedWire.answer(api, version, said)
            return (RaftMessage(message.peer, message.correlation, .answer(heard.answer)), heard.bytes)
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var isDynamic: Bool
        var ages: [Age]
        var seed: UInt64
        var testDescription: String { "\(isDynamic ? "dynamic" : "static") \(ages) \(seed)" }
    }

    static let cases: [Case] = [false, true].flatMap { isDynamic in
        [[Age.newest, .newest, .newest], [.newest, .oldest, .newest], [.oldest, .oldest, .oldest]].flatMap { ages in
            (1...4).map { Case(isDynamic: isDynamic, ages: ages, seed: $0) }
        }
    }

    @Test(arguments: cases) func aQuorumLivesThroughTrouble(_ example: Case) throws {
        let cluster = Self.cluster(seed: example.seed, isDynamic: example.isDynamic, example.ages)
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        for _ in 0..<3 {
            try cluster.propose(3)
            try cluster.run(milliseconds: 50)
        }
        try cluster.run("nine values are committed") { cluster.ledger.count >= 9 }
        for round in 0..<12 {
            cluster.loss = [0, 20, 0][round % 3]
            try cluster.propose(3)
            try cluster.run(milliseconds: 400)
            let index = Int.random(in: 0..<3, using: &cluster.random)
            switch round % 4 {
            case 0: cluster.members[index].isCutOff.toggle()
            case 1: cluster.crash(index)
            case 2:
                for index in cluster.members.indices where cluster.members[index].process == nil {
                    try cluster.start(index)
                }
            default: cluster.members[index].isCutOff = false
            }
        }
        try cluster.agree()
        #expect(cluster.ledger.count > 9)
        #expect(cluster.members.allSatisfy { $0.failure == nil })
    }

    /// One that comes back after the log was cut hears the snapshot's bytes.
    @Test(arguments: Age.allCases) func aSnapshotArrives(_ age: Age) throws {
        let cluster = Self.cluster(seed: 9, isDynamic: false, [age, age, age])
        try cluster.startAll()
        try cluster.run("someone leads") { cluster.leader != nil }
        let away = try #require(cluster.members.indices.first { $0 != cluster.leader })
        cluster.crash(away, losesPower: false)
        for _ in 0..<40 {
            try cluster.propose(3)
            try cluster.run(milliseconds: 50)
        }
        try cluster.agree()
        #expect(try !cluster.process(away).snapshotsHeard.isEmpty)
    }
}
