import ClusterMetadata
import Coordination
import KRaft
import KafkaProtocol
import Replication

// What the parts of a node other than the controller decide.

extension ReplicaDecision {
    var account: DecisionAccount {
        func list(_ values: [some CustomStringConvertible]) -> String { DecisionAccount.list(values) }
        return switch self {
        case .leads(let epoch, let isr, let end, let mark):
            DecisionAccount(
                "leads",
                "metadata",
                ["leader_epoch": "\(epoch)", "isr": list(isr), "log_end": "\(end)", "high_watermark": "\(mark)"]
            )
        case .follows(let leader, let epoch, let end, let mark):
            DecisionAccount(
                "follows",
                "metadata",
                [
                    "leader": "\(leader)", "leader_epoch": "\(epoch)", "log_end": "\(end)", "high_watermark": "\(mark)",
                ]
            )
        case .offline(let reason, let epoch): DecisionAccount("offline", "\(reason)", ["leader_epoch": "\(epoch)"])
        case .asksToShrink(let removing, let end, let limit):
            DecisionAccount(
                "isrShrink",
                "behind",
                [
                    "removing": list(removing.map(\.id)), "ends": list(removing.map(\.end)),
                    "behind_ms": list(removing.map(\.millisBehind)), "log_end": "\(end)", "limit_ms": "\(limit)",
                ]
            )
        case .asksToGrow(let adding, let ends, let mark):
            DecisionAccount(
                "isrExpand",
                "caughtUp",
                ["adding": list(adding), "ends": list(ends), "high_watermark": "\(mark)"]
            )
        case .inSync(let isr, let epoch):
            DecisionAccount("isr", "controller", ["isr": list(isr), "partition_epoch": "\(epoch)"])
        case .isrRefused(let code, let willRepeat):
            DecisionAccount("isrRefused", code.name, ["repeated": "\(willRepeat)"])
        case .watermarkStands(let mark, let inSync, let minimum):
            DecisionAccount(
                "watermarkStands",
                "minInsyncReplicas",
                ["high_watermark": "\(mark)", "in_sync": "\(inSync)", "required": "\(minimum)"]
            )
        case .truncates(let to, let from, let leader, let local):
            DecisionAccount(
                "truncates",
                "diverged",
                [
                    "to": "\(to)", "from": "\(from)", "leader_epoch": "\(leader.epoch)",
                    "leader_end": "\(leader.offset)",
                    "own_epoch": local.map { "\($0.epoch)" }, "own_end": local.map { "\($0.offset)" },
                ]
            )
        case .beginsAnew(let at, let from, let start, let end):
            DecisionAccount(
                "beginsAnew",
                "outOfRange",
                ["at": "\(at)", "from": "\(from)", "leader_start": "\(start)", "leader_end": "\(end)"]
            )
        case .ignored(let event): DecisionAccount("ignored", nil, ["detail": "\(event)"])
        }
    }
}

extension FetcherFinding {
    var account: DecisionAccount {
        switch self {
        case .fails(let leader, let code, let reason, _):
            DecisionAccount("fetchFails", code?.name ?? "unreachable", ["leader": "\(leader)", "detail": reason])
        case .goesOn(let leader, _): DecisionAccount("fetchGoesOn", nil, ["leader": "\(leader)"])
        case .refused(_, let leader, let code): DecisionAccount("fetchRefused", code.name, ["leader": "\(leader)"])
        }
    }

    var sentence: String {
        switch self {
        case .fails(let leader, _, let reason, _):
            "cannot fetch from leader \(leader), tried again with pauses: \(reason)"
        case .goesOn(let leader, _): "fetches from leader \(leader) again"
        case .refused(_, let leader, let code): "a fetch from leader \(leader) is refused again: \(code)"
        }
    }
}

extension TransactionReason {
    var account: DecisionAccount {
        switch self {
        case .timedOut(let millis, let limit, let partitions):
            DecisionAccount(
                "aborted",
                "timedOut",
                ["open_ms": "\(millis)", "timeout_ms": "\(limit)", "partitions": "\(partitions)"]
            )
        case .fenced(let producer, let partitions):
            DecisionAccount(
                "aborted",
                "producerReplaced",
                ["producer": "\(producer.id)", "epoch": "\(producer.epoch)", "partitions": "\(partitions)"]
            )
        case .expired(let millis): DecisionAccount("forgotten", "unused", ["unused_ms": "\(millis)"])
        }
    }
}

extension GroupReason {
    var account: DecisionAccount {
        switch self {
        case .memberJoined(let id): DecisionAccount("memberJoined", nil, ["member": id])
        case .memberRejoined(let id): DecisionAccount("memberRejoined", nil, ["member": id])
        case .memberLeft(let id, let why):
            DecisionAccount("memberRemoved", "left", ["member": id, "detail": why.isEmpty ? nil : why])
        case .sessionExpired(let id, let millis):
            DecisionAccount("memberRemoved", "sessionExpired", ["member": id, "silent_ms": "\(millis)"])
        case .didNotRejoin(let ids, let millis):
            DecisionAccount("memberRemoved", "didNotRejoin", ["member": DecisionAccount.list(ids), "ms": "\(millis)"])
        case .didNotSync(let ids, let millis):
            DecisionAccount("memberRemoved", "didNotSync", ["member": DecisionAccount.list(ids), "ms": "\(millis)"])
        case .staticMemberReplaced(let instance, let old, let new):
            DecisionAccount("memberReplaced", "sameInstance", ["instance": instance, "old": old, "member": new])
        case .generation(let number, let count, let name):
            DecisionAccount("rebalanced", nil, ["generation": "\(number)", "members": "\(count)", "protocol": name])
        case .notWritten(let generation, let code):
            DecisionAccount("notWritten", code, ["generation": "\(generation)"])
        }
    }
}

extension BrokerLifeNote {
    var account: DecisionAccount {
        switch self {
        case .registered(let epoch, let millis):
            DecisionAccount("wasRegistered", nil, ["epoch": "\(epoch)", "after_ms": "\(millis)"])
        case .duplicate: DecisionAccount("registrationRefused", "duplicate")
        case .unfenced(let epoch, let offset):
            DecisionAccount("wasUnfenced", nil, ["epoch": "\(epoch)", "metadata_offset": "\(offset)"])
        case .fenced(let epoch): DecisionAccount("wasFenced", nil, ["epoch": "\(epoch)"])
        case .registersAgain(let epoch, let code): DecisionAccount("registersAgain", code.name, ["epoch": "\(epoch)"])
        case .replaced(let epoch, let other):
            DecisionAccount("registersAgain", "replaced", ["epoch": "\(epoch)", "by": "\(other)"])
        case .stopsAlone: DecisionAccount("stops", "alone")
        case .shutdownBegan: DecisionAccount("stops", "asked")
        case .shutdownEnded(let millis): DecisionAccount("handedOver", nil, ["after_ms": "\(millis)"])
        case .shutdownGivenUp(let millis): DecisionAccount("stops", "noController", ["after_ms": "\(millis)"])
        }
    }
}

extension LogFinding {
    var account: DecisionAccount {
        switch self {
        case .directoryFailed(_, let path, let reason):
            DecisionAccount("directoryFailed", nil, ["directory": path, "detail": reason])
        case .cannotBeOpened(_, let reason, let isTriedAgain):
            DecisionAccount("notOpened", isTriedAgain ? "noRoom" : "unusable", ["detail": reason])
        case .opened: DecisionAccount("opened")
        case .begunAnew(_, let former): DecisionAccount("begunAnew", nil, ["directory": former])
        case .recordsRefused(_, let reason): DecisionAccount("recordsRefused", nil, ["detail": reason])
        case .cannotBeChanged(_, let reason): DecisionAccount("logNotChanged", nil, ["detail": reason])
        case .cannotBeRead(_, let reason): DecisionAccount("logNotRead", nil, ["detail": reason])
        case .moved(_, let from, let to): DecisionAccount("moved", nil, ["from": from, "directory": to])
        case .notMoved(_, let to, let reason): DecisionAccount("notMoved", nil, ["directory": to, "detail": reason])
        case .damaged(_, let offsets, let reason):
            DecisionAccount("damaged", nil, ["offsets": Self.text(offsets), "detail": reason])
        case .repaired(_, let offsets, let broker):
            DecisionAccount("repaired", nil, ["offsets": Self.text(offsets), "from": "\(broker)"])
        case .notRepaired(_, let reason): DecisionAccount("notRepaired", nil, ["detail": reason])
        }
    }

    var sentence: String {
        switch self {
        case .directoryFailed(_, let path, let reason):
            "log directory \(path) failed, its partitions are offline: \(reason)"
        case .cannotBeOpened(_, let reason, let isTriedAgain):
            "its log cannot be opened\(isTriedAgain ? ", tried again" : ""): \(reason)"
        case .opened: "its log could be opened"
        case .begunAnew(_, let former):
            "its log was damaged, and it begins anew with what its leader has; the former one is \(former)"
        case .recordsRefused(_, let reason): "records of the leader are refused: \(reason)"
        case .cannotBeChanged(_, let reason): "the log cannot be changed as its leader asks: \(reason)"
        case .cannotBeRead(_, let reason): "the log cannot be read: \(reason)"
        case .moved(_, let from, let to): "it was moved from log directory \(from) to \(to)"
        case .notMoved(_, let to, let reason): "it was not moved to log directory \(to): \(reason)"
        case .damaged(_, let offsets, let reason): "its log is damaged at offsets \(Self.text(offsets)): \(reason)"
        case .repaired(_, let offsets, let broker):
            "offsets \(Self.text(offsets)) of its log were repaired with what broker \(broker) has"
        case .notRepaired(_, let reason): "its log is not repaired yet: \(reason)"
        }
    }

    private static func text(_ offsets: Range<Int64>) -> String {
        offsets.count < 2 ? "\(offsets.lowerBound)" : "\(offsets.lowerBound) to \(offsets.upperBound - 1)"
    }
}

extension RaftReason {
    var name: String {
        switch self {
        case .started: "started"
        case .higherEpoch: "higherEpoch"
        case .leaderFound: "leaderFound"
        case .voteGranted: "voteGranted"
        case .noLeader: "noLeader"
        case .leaderSilent: "leaderSilent"
        case .leaderRefusesConnections: "leaderRefusesConnections"
        case .leaderResigned: "leaderResigned"
        case .preVotesGranted: "preVotesGranted"
        case .votesGranted: "votesGranted"
        case .votesRefused: "votesRefused"
        case .electionTimedOut: "electionTimedOut"
        case .noMajorityFetched: "noMajorityFetched"
        case .removedFromVoters: "removedFromVoters"
        case .shuttingDown: "shuttingDown"
        }
    }
}
