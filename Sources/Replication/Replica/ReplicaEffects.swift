import KafkaProtocol

/// Who waits for an answer: numbered one by one, so that whoever keeps the callers finds them by their place.
package typealias AnswerToken = UInt64

/// An answer that goes out now.
package struct ReplicaReply: Equatable, Sendable {
    package var token: AnswerToken
    package var code: ErrorCode
}

/// Why an append is refused before it is made.
package enum AppendRefusal: Equatable, Sendable {
    case notServed(ErrorCode)
    case notEnoughReplicas(inSync: Int, minimum: Int)

    package var code: ErrorCode {
        switch self {
        case .notServed(let code): code
        case .notEnoughReplicas: .notEnoughReplicas
        }
    }
}

/// When the answer to an append goes.
package enum AnswerTime: Equatable, Sendable {
    case now(ErrorCode)
    case later(AnswerToken)
}

/// What follows from an append: small, because every append has one.
package struct AppendEffects: Equatable, Sendable {
    package var answer: AnswerTime
    package var hasMovedWatermark = false
    /// The log has to reach the disk before what was appended counts.
    package var flushes = false
}

/// The change of the in-sync set that a leader asks the controller for.
package struct IsrRequest: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package var id: NodeId
        /// Of its last fetch, so that the controller takes no later incarnation for it (KIP-903); -1 where it is not known.
        package var brokerEpoch: Int64
    }

    /// Comes back with the answer.
    package var number: UInt64
    package var leaderEpoch: LeaderEpoch
    package var partitionEpoch: Int32
    package var isr: [Member]
}

/// What a follower's log has to do before it fetches on.
package enum LogChange: Equatable, Sendable {
    /// Answered by `truncated`.
    case truncate(to: Int64)
    /// The leader has nothing of what this log holds: it begins anew there. Answered by `truncated`.
    case restart(at: Int64)
    case deletePrefix(before: Int64)
}

/// Where a follower goes on: one question to its leader.
package struct FetchPosition: Equatable, Sendable {
    package var leader: NodeId
    package var leaderEpoch: LeaderEpoch
    package var offset: Int64
    package var lastFetchedEpoch: LeaderEpoch?
    package var logStart: Int64
}

/// What an event leads to. Empty lists cost nothing.
package struct ReplicaEffects: Equatable, Sendable {
    package var answers: [ReplicaReply] = []
    package var hasMovedWatermark = false
    /// Those who wait to read have to look again, whatever they wait for.
    package var wakesReaders = false
    package var flushes = false
    package var isrRequest: IsrRequest?
    package var logChange: LogChange?
    package var fetch: FetchPosition?
    package var decisions: [ReplicaDecision] = []

    package init() {}
}

/// A follower that is too far behind, and what shows it.
package struct LaggingFollower: Equatable, Sendable {
    package var id: NodeId
    package var end: Int64
    package var millisBehind: Int64
}

/// What was decided, with the evidence: for the log and for `why`.
package enum ReplicaDecision: Equatable, Sendable {
    case leads(epoch: LeaderEpoch, isr: [NodeId], end: Int64, highWatermark: Int64)
    case follows(NodeId, epoch: LeaderEpoch, end: Int64, highWatermark: Int64)
    case offline(OfflineReason, epoch: LeaderEpoch)
    case asksToShrink(removing: [LaggingFollower], leaderEnd: Int64, limitMillis: Int64)
    case asksToGrow(adding: [NodeId], ends: [Int64], highWatermark: Int64)
    case inSync([NodeId], partitionEpoch: Int32)
    case isrRefused(ErrorCode, willRepeat: Bool)
    case watermarkStands(at: Int64, inSync: Int, minimum: Int)
    case truncates(to: Int64, from: Int64, leader: EpochEnd, local: EpochEnd?)
    case beginsAnew(at: Int64, from: Int64, leaderStart: Int64, leaderEnd: Int64)
    case ignored(IgnoredEvent)
}

/// An event without effect, and why it has none.
package enum IgnoredEvent: Equatable, Sendable {
    case metadataOfEpoch(LeaderEpoch, partitionEpoch: Int32)
    /// Each leader has an epoch of its own.
    case secondLeader(NodeId?, epoch: LeaderEpoch)
    case isrAnswer(number: UInt64)
    case isrOfEpoch(LeaderEpoch, partitionEpoch: Int32)
    case leaderAnswerOfEpoch(LeaderEpoch)
    /// The leader wants what it has called committed in this epoch to be cut off.
    case divergenceBelowWatermark(offset: Int64, highWatermark: Int64)
}

/// Why a replica neither leads nor follows.
package enum OfflineReason: Equatable, Sendable {
    case noLeader
    /// The disk or the log on it.
    case logFailed
    case deleted
    /// The node stops.
    case stopped

    package var code: ErrorCode {
        switch self {
        case .noLeader, .stopped: .notLeaderOrFollower
        case .logFailed: .kafkaStorageError
        case .deleted: .unknownTopicOrPartition
        }
    }

    /// No metadata brings the replica back.
    var isFinal: Bool { self != .noLeader }
}

extension ReplicaDecision: CustomStringConvertible {
    package var description: String {
        switch self {
        case .leads(let epoch, let isr, let end, let mark):
            "leader in epoch \(epoch): ISR \(list(isr)), log end \(end), high watermark \(mark)"
        case .follows(let leader, let epoch, let end, let mark):
            "follower of \(leader) in epoch \(epoch): log end \(end), high watermark \(mark)"
        case .offline(let reason, let epoch): "offline in epoch \(epoch): \(reason)"
        case .asksToShrink(let removing, let end, let limit):
            "shrinks the ISR: behind log end \(end) for more than \(limit) ms: "
                + removing.map { "\($0.id) at \($0.end) for \($0.millisBehind) ms" }.joined(separator: ", ")
        case .asksToGrow(let adding, let ends, let mark):
            "expands the ISR: has reached high watermark \(mark): "
                + zip(adding, ends).map { "\($0) at \($1)" }.joined(separator: ", ")
        case .inSync(let isr, let epoch): "ISR \(list(isr)), partition epoch \(epoch)"
        case .isrRefused(let code, let willRepeat):
            "AlterPartition refused: \(code)\(willRepeat ? ", will be retried" : "")"
        case .watermarkStands(let mark, let inSync, let minimum):
            "high watermark does not advance from \(mark): \(inSync) in sync, \(minimum) required"
        case .truncates(let to, let from, let leader, let local):
            "truncates from \(from) to \(to): the leader's epoch \(leader.epoch) ends at \(leader.offset), "
                + (local.map { "this log's epoch \($0.epoch) at \($0.offset)" } ?? "this log has no such epoch")
        case .beginsAnew(let at, let from, let start, let end):
            "starts a new log at \(at): this log ends at \(from), the leader's spans \(start) to \(end)"
        case .ignored(let event): "ignored: \(event)"
        }
    }

    private func list(_ ids: [NodeId]) -> String { ids.map(\.description).joined(separator: ",") }
}

extension IgnoredEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .metadataOfEpoch(let epoch, let partition): "metadata of epoch \(epoch), partition epoch \(partition)"
        case .secondLeader(let leader, let epoch):
            "metadata that names \(leader.map(\.description) ?? "nobody") as another leader of epoch \(epoch)"
        case .isrAnswer(let number): "an answer to request \(number)"
        case .isrOfEpoch(let epoch, let partition): "an ISR of epoch \(epoch), partition epoch \(partition)"
        case .leaderAnswerOfEpoch(let epoch): "a leader's answer of epoch \(epoch)"
        case .divergenceBelowWatermark(let offset, let mark):
            "the leader's log leaves this one at \(offset), below the high watermark \(mark) of the same epoch"
        }
    }
}
