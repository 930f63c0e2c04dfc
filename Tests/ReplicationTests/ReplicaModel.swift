import KafkaProtocol

@testable import Replication

struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

/// A record of the model's logs.
struct Entry: Equatable {
    var epoch: Int32
    var value: Int
}

/// A broker with one replica, as its shell is: the log, and what survives a crash.
final class ModelNode {
    let id: NodeId
    var replica: Replica
    var log: [Entry] = []
    var durable = 0
    var checkpoint: Int64 = 0
    var brokerEpoch: Int64
    var isAlive = true
    /// What waits for an answer: the value, by its token.
    var waiting: [AnswerToken: Int] = [:]
    var lastFetch: [NodeId: MonotonicTime] = [:]

    init(_ id: Int32, settings: ReplicaSettings) {
        self.id = NodeId(id)
        brokerEpoch = Int64(id)
        replica = Replica(
            nodeId: NodeId(id),
            log: LogPosition(start: 0, end: 0, durableEnd: 0, lastEpoch: nil),
            highWatermark: 0,
            settings: settings
        )
    }

    var position: LogPosition {
        LogPosition(
            start: 0,
            end: Int64(log.count),
            durableEnd: Int64(min(durable, log.count)),
            lastEpoch: log.last.map { LeaderEpoch($0.epoch) }
        )
    }

    /// The end of the largest epoch that is at most `epoch`. A leader's own epoch counts from where it began.
    func end(of epoch: Int32) -> EpochEnd? {
        var starts: [(epoch: Int32, offset: Int)] = []
        for (offset, entry) in log.enumerated() where starts.last?.epoch != entry.epoch {
            starts.append((entry.epoch, offset))
        }
        let own = replica.epoch.rawValue
        if replica.isLeader, starts.last?.epoch ?? -1 < own { starts.append((own, log.count)) }
        guard let latest = starts.last else { return nil }
        if latest.epoch == epoch { return EpochEnd(epoch: LeaderEpoch(epoch), offset: Int64(log.count)) }
        guard let next = starts.first(where: { $0.epoch > epoch }) else { return nil }
        let floor = starts.last { $0.epoch <= epoch }?.epoch ?? epoch
        return EpochEnd(epoch: LeaderEpoch(floor), offset: Int64(next.offset))
    }
}

/// The controller of the model: what it decides is committed at once, and brokers hear of it later.
struct ModelController {
    var leader: NodeId?
    var leaderEpoch: Int32 = 0
    var partitionEpoch: Int32 = 0
    var isr: [NodeId]
    var fenced: Set<NodeId> = []
    var brokerEpochs: [NodeId: Int64]
    let replicas: [NodeId]

    var metadata: ReplicaMetadata {
        ReplicaMetadata(
            leader: leader,
            leaderEpoch: LeaderEpoch(leaderEpoch),
            partitionEpoch: partitionEpoch,
            isr: isr,
            replicas: replicas.map {
                ReplicaMember($0, brokerEpoch: brokerEpochs[$0] ?? -1, isFenced: fenced.contains($0))
            }
        )
    }

    /// A broker is not there any more, or seems so: it leaves the in-sync set unless it is the last, and leads no more.
    mutating func fence(_ id: NodeId, using generator: inout SeededGenerator) {
        fenced.insert(id)
        if isr.contains(id), isr.count > 1 {
            isr.removeAll { $0 == id }
            partitionEpoch += 1
        }
        if leader == id { elect(using: &generator) }
    }

    mutating func unfence(_ id: NodeId, using generator: inout SeededGenerator) {
        fenced.remove(id)
        if leader == nil { elect(using: &generator) }
    }

    /// Only who is in sync can be elected.
    mutating func elect(using generator: inout SeededGenerator) {
        let candidates = isr.filter { !fenced.contains($0) }
        leader = candidates.isEmpty ? nil : candidates[generator.below(candidates.count)]
        leaderEpoch += 1
        partitionEpoch += 1
    }

    mutating func answer(_ request: IsrRequest, from sender: NodeId) -> IsrAnswer {
        guard request.leaderEpoch.rawValue == leaderEpoch, leader == sender else { return .refused(.fencedLeaderEpoch) }
        guard request.partitionEpoch == partitionEpoch else { return .refused(.invalidUpdateVersion) }
        for member in request.isr where member.id != sender {
            if fenced.contains(member.id) { return .refused(.ineligibleReplica) }
            if member.brokerEpoch >= 0, member.brokerEpoch != brokerEpochs[member.id] {
                return .refused(.ineligibleReplica)
            }
        }
        isr = request.isr.map(\.id)
        partitionEpoch += 1
        return .accepted(
            leaderEpoch: LeaderEpoch(leaderEpoch),
            partitionEpoch: partitionEpoch,
            isr: isr
        )
    }
}

/// What is on its way.
enum ModelMessage {
    case fetch(from: NodeId, to: NodeId, brokerEpoch: Int64, FetchPosition)
    case data(to: NodeId, brokerEpoch: Int64, asked: FetchPosition, entries: [Entry], mark: Int64)
    case diverging(to: NodeId, brokerEpoch: Int64, asked: FetchPosition, EpochEnd, mark: Int64)
    case hasNot(to: NodeId, brokerEpoch: Int64, asked: FetchPosition, end: Int64)
    case isrRequest(from: NodeId, brokerEpoch: Int64, IsrRequest)
    case isrAnswer(to: NodeId, brokerEpoch: Int64, UInt64, IsrAnswer)
}
