import ClusterMetadata
import Coordination
import KRaft
import KafkaProtocol
import Replication

/// A decision as somebody is told it who asks: a sentence, and the same for programs.
struct DecisionAccount: Equatable {
    struct Evidence: Equatable {
        var name: String
        var value: String
    }

    /// What was decided: a name that stays.
    var kind: String
    /// Why: a name that stays; nil where the kind says it.
    var reason: String?
    var evidence: [Evidence]

    /// - Parameter evidence: without what is nil.
    init(_ kind: String, _ reason: String? = nil, _ evidence: KeyValuePairs<String, String?> = [:]) {
        (self.kind, self.reason) = (kind, reason)
        self.evidence = evidence.compactMap { name, value in value.map { Evidence(name: name, value: $0) } }
    }

    /// In the form of a list.
    static func list(_ values: [some CustomStringConvertible]) -> String {
        values.map(\.description).joined(separator: ",")
    }
}

extension NodeDecision {
    var source: DecisionSource {
        switch self {
        case .controller: .controller
        case .replica: .replica
        case .fetcher: .fetcher
        case .group: .group
        case .transaction: .transaction
        case .quorum: .quorum
        case .broker: .broker
        case .storage: .storage
        case .cleaner: .cleaner
        }
    }

    var account: DecisionAccount {
        switch self {
        case .controller(let decision): decision.account
        case .replica(_, let decision): decision.account
        case .fetcher(let finding): finding.account
        case .group(let explained): explained.reason.account
        case .transaction(let explained): explained.reason.account
        case .quorum(let role, let epoch, let reason):
            DecisionAccount(role.rawValue, reason.name, ["epoch": "\(epoch)", "detail": reason.sentence])
        case .broker(_, let note): note.account
        case .storage(let finding): finding.account
        case .cleaner(_, .setAside(let reason)): DecisionAccount("setAside", nil, ["detail": reason])
        case .cleaner(_, .passFailed(let reason)): DecisionAccount("passFailed", nil, ["detail": reason])
        }
    }

    /// In one sentence.
    var sentence: String {
        switch self {
        case .controller(let decision): "\(decision)"
        case .replica(_, let decision): "\(decision)"
        case .fetcher(let finding): finding.sentence
        case .group(let explained): "\(explained.reason)"
        case .transaction(let explained): "\(explained.reason)"
        case .quorum(let role, let epoch, let reason): "\(role) in epoch \(epoch): \(reason.sentence)"
        case .broker(_, let note): "\(note)"
        case .storage(let finding): finding.sentence
        case .cleaner(_, .setAside(let reason)):
            "not compacted until the next start, or until it is asked for: \(reason)"
        case .cleaner(_, .passFailed(let reason)): "a pass of compaction failed: \(reason)"
        }
    }
}

// MARK: The controller

extension ControllerDecision {
    fileprivate var account: DecisionAccount {
        switch self {
        case .registered(_, let epoch, let previous, let isClean):
            DecisionAccount(
                "registered",
                previous == nil ? "firstTime" : isClean ? "restarted" : "restartedWithoutStop",
                ["epoch": "\(epoch)", "previous_epoch": previous.map { "\($0)" }]
            )
        case .fenced(_, let epoch, let reason):
            DecisionAccount(
                "fenced",
                reason.name,
                ["epoch": "\(epoch)", "silent_ms": reason.silentMillis.map { "\($0)" }]
            )
        case .unfenced(_, let epoch, let offset):
            DecisionAccount("unfenced", "caughtUp", ["epoch": "\(epoch)", "metadata_offset": "\(offset)"])
        case .shutdownBegan(_, let epoch, let count):
            DecisionAccount("shutdownBegan", "asked", ["epoch": "\(epoch)", "leaderships": "\(count)"])
        case .unregistered(_, let epoch): DecisionAccount("unregistered", "asked", ["epoch": "\(epoch)"])
        case .directoriesLost(_, let ids):
            DecisionAccount("directoriesLost", "told", ["directories": DecisionAccount.list(ids)])
        case .partition(let change): change.account
        case .sessionsRenewed(let millis):
            DecisionAccount("sessionsRenewed", "controllerPaused", ["absent_ms": "\(millis)"])
        }
    }
}

extension PartitionDecision {
    fileprivate var account: DecisionAccount {
        let isNewLeader = before.leader != after.leader
        let kind = isNewLeader ? "election" : before.isr != after.isr ? "isrChange" : "change"
        return DecisionAccount(
            kind,
            cause.name,
            [
                "leader": "\(after.leader)", "leader_before": "\(before.leader)",
                "election": election == .kept ? nil : "\(election)", "isr": DecisionAccount.list(after.isr),
                "isr_before": DecisionAccount.list(before.isr),
                "eligible": after.eligibleLeaderReplicas.isEmpty
                    ? nil : DecisionAccount.list(after.eligibleLeaderReplicas),
                "leader_epoch_before": "\(before.leaderEpoch)", "partition_epoch_before": "\(before.partitionEpoch)",
                "cause_broker": cause.broker.map { "\($0)" }, "cause_reason": cause.fencing?.name,
                "silent_ms": cause.fencing?.silentMillis.map { "\($0)" },
                "unavailable_ms": unavailableMillis.map { "\($0)" },
            ]
        )
    }
}

extension FencingReason {
    fileprivate var name: String {
        switch self {
        case .sessionEnded: "sessionEnded"
        case .refused: "refusesConnections"
        case .asked: "asked"
        case .stopped: "stopped"
        }
    }

    fileprivate var silentMillis: Int64? {
        switch self {
        case .sessionEnded(let millis), .refused(let millis): millis
        case .asked, .stopped: nil
        }
    }
}

extension DecisionCause {
    var name: String {
        switch self {
        case .brokerFenced: "brokerFenced"
        case .brokerUnfenced: "brokerUnfenced"
        case .brokerStops: "brokerStops"
        case .brokerRestarted: "brokerRestarted"
        case .brokerUnregistered: "brokerUnregistered"
        case .directoriesOffline: "directoriesOffline"
        case .directoryTold: "directoryTold"
        case .replicaOffline: "replicaOffline"
        case .directoryReplaced: "directoryReplaced"
        case .askedByLeader: "askedByLeader"
        case .askedForPreferred: "askedForPreferred"
        case .askedForUnclean: "askedForUnclean"
        case .uncleanAllowed: "uncleanAllowed"
        case .rebalance: "rebalance"
        }
    }

    fileprivate var broker: Int32? {
        switch self {
        case .brokerFenced(let broker, _), .brokerUnfenced(let broker), .brokerStops(let broker),
            .brokerRestarted(let broker, _), .brokerUnregistered(let broker), .directoriesOffline(let broker, _),
            .directoryTold(let broker), .replicaOffline(let broker), .directoryReplaced(let broker),
            .askedByLeader(let broker):
            broker
        case .askedForPreferred, .askedForUnclean, .uncleanAllowed, .rebalance: nil
        }
    }

    fileprivate var fencing: FencingReason? {
        if case .brokerFenced(_, let reason) = self { reason } else { nil }
    }
}
