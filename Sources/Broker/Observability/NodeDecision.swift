import ClusterMetadata
import Coordination
import KRaft
import KafkaProtocol
import LogStorage
import Replication

/// What a part of this node has decided, as it was decided: words are made of it when somebody asks.
package enum NodeDecision: Equatable, Sendable {
    case controller(ControllerDecision)
    case replica(TopicPartition, ReplicaDecision)
    case fetcher(FetcherFinding)
    case group(ExplainedGroup)
    case transaction(ExplainedTransaction)
    case quorum(RaftRoleKind, LeaderEpoch, RaftReason)
    case broker(Int32, BrokerLifeNote)
    case storage(LogFinding)
    case cleaner(TopicPartition, CleanerFinding)
}

/// What became of copying from a leader.
package enum FetcherFinding: Equatable, Sendable {
    /// Nothing of these can be fetched for now; it is tried again, with pauses.
    ///
    /// - Parameter code: what the leader answered, if it did.
    case fails(leader: NodeId, code: ErrorCode?, reason: String, partitions: [TopicPartition])
    case goesOn(leader: NodeId, partitions: [TopicPartition])
    /// The leader, or the log here, refused one partition twice in a row.
    case refused(TopicPartition, leader: NodeId, ErrorCode)
}

/// What this node found about a log, or a log directory.
package enum LogFinding: Equatable, Sendable {
    case directoryFailed(broker: Int32, path: String, reason: String)
    case cannotBeOpened(TopicPartition, reason: String, isTriedAgain: Bool)
    case opened(TopicPartition)
    /// Its log was damaged, and is set aside under that name.
    case begunAnew(TopicPartition, former: String)
    case recordsRefused(TopicPartition, reason: String)
    /// As the leader asks for it.
    case cannotBeChanged(TopicPartition, reason: String)
    /// Where somebody wanted to read.
    case cannotBeRead(TopicPartition, reason: String)
    /// It lies in another log directory now, as AlterReplicaLogDirs asked for.
    case moved(TopicPartition, from: String, to: String)
    case notMoved(TopicPartition, to: String, reason: String)
    /// Bytes of its log are not what was written there.
    case damaged(TopicPartition, offsets: Range<Int64>, reason: String)
    /// What another broker has stands there again.
    case repaired(TopicPartition, offsets: Range<Int64>, from: Int32)
    /// It is tried again, with pauses.
    case notRepaired(TopicPartition, reason: String)
}

/// Why a log is not compacted though it should be.
package enum CleanerFinding: Equatable, Sendable {
    /// Left alone until the next start, or until somebody asks for it.
    case setAside(reason: String)
    case passFailed(reason: String)
}

/// What a decision is about.
enum DecisionSubject: Hashable, Sendable {
    case partition(TopicPartition)
    case broker(Int32)
    case group(String)
    case transaction(String)
    /// The metadata quorum, and the controller as such.
    case quorum
}

extension NodeDecision {
    var subjects: [DecisionSubject] {
        switch self {
        case .controller(.partition(let change)): [.partition(change.partition)]
        case .controller(let decision): [decision.broker.map { .broker($0) } ?? .quorum]
        case .replica(let partition, _), .cleaner(let partition, _): [.partition(partition)]
        case .fetcher(.fails(let leader, _, _, let partitions)), .fetcher(.goesOn(let leader, let partitions)):
            [.broker(leader.rawValue)] + partitions.map { .partition($0) }
        case .fetcher(.refused(let partition, _, _)): [.partition(partition)]
        case .group(let explained): [.group(explained.group)]
        case .transaction(let explained): [.transaction(explained.id)]
        case .quorum: [.quorum]
        case .broker(let id, _): [.broker(id)]
        case .storage(let finding): [finding.subject]
        }
    }

    /// Where it is kept: what comes in thousands must not drive out what is rare.
    var shelf: DecisionShelf.Kind {
        switch self {
        case .controller(.partition), .replica, .fetcher, .storage, .cleaner: .partitions
        case .controller, .quorum, .broker: .cluster
        case .group, .transaction: .groups
        }
    }

    /// Bytes of names and texts that others have chosen the length of.
    var textBytes: Int {
        switch self {
        case .controller, .replica, .quorum, .broker: 0
        case .fetcher(.fails(_, _, let reason, let partitions)): reason.utf8.count + partitions.count * 64
        case .fetcher(.goesOn(_, let partitions)): partitions.count * 64
        case .fetcher(.refused): 0
        case .group(let explained): explained.group.utf8.count + explained.reason.textBytes
        case .transaction(let explained): explained.id.utf8.count
        case .storage(let finding): finding.reason?.utf8.count ?? 0
        case .cleaner(_, .setAside(let reason)), .cleaner(_, .passFailed(let reason)): reason.utf8.count
        }
    }
}

extension ControllerDecision {
    /// nil when it is about a partition, or about no broker alone.
    var broker: Int32? {
        switch self {
        case .registered(let broker, _, _, _), .fenced(let broker, _, _), .unfenced(let broker, _, _),
            .shutdownBegan(let broker, _, _), .unregistered(let broker, _), .directoriesLost(let broker, _):
            broker
        case .partition, .sessionsRenewed: nil
        }
    }
}

extension GroupReason {
    fileprivate var textBytes: Int {
        func sum(_ texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count } }
        return switch self {
        case .memberJoined(let id), .memberRejoined(let id), .sessionExpired(let id, _): sum([id])
        case .memberLeft(let id, let why): sum([id, why])
        case .didNotRejoin(let ids, _), .didNotSync(let ids, _): sum(ids)
        case .staticMemberReplaced(let instance, let old, let new): sum([instance, old, new])
        case .generation(_, _, let name): sum([name ?? ""])
        case .notWritten(_, let code): sum([code])
        }
    }
}

extension LogFinding {
    var subject: DecisionSubject {
        switch self {
        case .directoryFailed(let broker, _, _): .broker(broker)
        case .cannotBeOpened(let partition, _, _), .opened(let partition), .recordsRefused(let partition, _),
            .cannotBeChanged(let partition, _), .cannotBeRead(let partition, _), .moved(let partition, _, _),
            .notMoved(let partition, _, _), .damaged(let partition, _, _), .repaired(let partition, _, _),
            .notRepaired(let partition, _), .begunAnew(let partition, _):
            .partition(partition)
        }
    }

    var reason: String? {
        switch self {
        case .directoryFailed(_, _, let reason), .cannotBeOpened(_, let reason, _), .recordsRefused(_, let reason),
            .cannotBeChanged(_, let reason), .cannotBeRead(_, let reason), .notMoved(_, _, let reason),
            .damaged(_, _, let reason), .notRepaired(_, let reason):
            reason
        case .opened, .begunAnew, .moved, .repaired: nil
        }
    }
}
