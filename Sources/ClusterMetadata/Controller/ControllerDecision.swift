import KafkaProtocol

/// How a partition came to its leader.
package enum LeaderElection: Hashable, Sendable {
    /// It has the one that it had, or none, as before.
    case kept
    /// One of those in sync.
    case inSync
    /// One that was in sync when too few remained, and has all that was acknowledged (KIP-966).
    case eligible
    /// The last leader, which may have lost what it had.
    case lastKnown
    /// Who is there: records may be lost.
    case unclean
    /// There is none any more.
    case nobody
}

/// Why the controller changed something without being asked for just that.
package enum DecisionCause: Equatable, Sendable {
    case brokerFenced(Int32, FencingReason)
    case brokerUnfenced(Int32)
    case brokerStops(Int32)
    /// Another process of the broker registered; `isClean` when the one before has stopped in order.
    case brokerRestarted(Int32, isClean: Bool)
    case brokerUnregistered(Int32)
    case directoriesOffline(Int32, [KafkaUUID])
    /// The broker told where its replica is.
    case directoryTold(Int32)
    /// The broker told that its replica cannot be used: its directory failed, or has no space.
    case replicaOffline(Int32)
    /// The broker told of another directory than the one before, which it does not have any more.
    case directoryReplaced(Int32)
    /// The leader asked for another in-sync set.
    case askedByLeader(Int32)
    case askedForPreferred
    case askedForUnclean
    case uncleanAllowed
    case rebalance
}

/// Why a broker is fenced.
package enum FencingReason: Equatable, Sendable {
    /// Nothing was heard of it for so long.
    case sessionEnded(silentMillis: Int64)
    /// Nobody listens at its address, and nothing was heard of it for so long.
    case refused(silentMillis: Int64)
    /// It asked for it.
    case asked
    /// It stops, and leads nothing any more.
    case stopped
}

/// What the controller decided, with its evidence: one line of a log.
package enum ControllerDecision: Equatable, Sendable {
    case registered(broker: Int32, epoch: Int64, previousEpoch: Int64?, isClean: Bool)
    case fenced(broker: Int32, epoch: Int64, FencingReason)
    case unfenced(broker: Int32, epoch: Int64, metadataOffset: Int64)
    case shutdownBegan(broker: Int32, epoch: Int64, leaderships: Int)
    case unregistered(broker: Int32, epoch: Int64)
    case directoriesLost(broker: Int32, [KafkaUUID])
    case partition(PartitionDecision)
    /// This process did not run for so long: nobody is blamed for what could not be heard.
    case sessionsRenewed(absentMillis: Int64)

    /// Whether it is about a whole broker.
    package var isAboutBroker: Bool {
        if case .partition = self { return false }
        return true
    }
}

/// A partition's change, with its state before and after.
package struct PartitionDecision: Equatable, Sendable {
    package var partition: TopicPartition
    package var before: PartitionImage
    package var after: PartitionImage
    package var election: LeaderElection
    package var cause: DecisionCause
    /// For how long nobody led before the new leader, as far as this controller knows; nil when nobody was elected.
    package var unavailableMillis: Int64?
}

extension ControllerDecision: CustomStringConvertible {
    package var description: String {
        switch self {
        case .registered(let broker, let epoch, let previous, let isClean):
            "broker \(broker) registered with epoch \(epoch)"
                + (previous.map {
                    ", after epoch \($0), which ended \(isClean ? "in order" : "without an orderly stop")"
                }
                    ?? " for the first time")
        case .fenced(let broker, let epoch, let reason): "broker \(broker) of epoch \(epoch) is fenced: \(reason)"
        case .unfenced(let broker, let epoch, let offset):
            "broker \(broker) of epoch \(epoch) is unfenced: it has read the metadata up to offset \(offset)"
        case .shutdownBegan(let broker, let epoch, let count):
            "broker \(broker) of epoch \(epoch) stops: others take over what it leads, \(count) partitions"
        case .unregistered(let broker, let epoch): "broker \(broker) of epoch \(epoch) is no longer registered"
        case .directoriesLost(let broker, let ids):
            "broker \(broker) lost its log directories \(ids.map { "\($0)" }.joined(separator: ", "))"
        case .partition(let decision): "\(decision)"
        case .sessionsRenewed(let millis):
            "the sessions of all brokers begin anew: this controller did not run for \(millis) ms"
        }
    }
}

extension FencingReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .sessionEnded(let millis): "no heartbeat for \(millis) ms"
        case .refused(let millis): "its address refuses connections, and no heartbeat came for \(millis) ms"
        case .asked: "it asked for it"
        case .stopped: "it stops"
        }
    }
}

extension DecisionCause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .brokerFenced(let broker, let reason): "broker \(broker) was fenced: \(reason)"
        case .brokerUnfenced(let broker): "broker \(broker) was unfenced"
        case .brokerStops(let broker): "broker \(broker) stops"
        case .brokerRestarted(let broker, true): "broker \(broker) restarted"
        case .brokerRestarted(let broker, false): "broker \(broker) restarted without having stopped in order"
        case .brokerUnregistered(let broker): "broker \(broker) was unregistered"
        case .directoriesOffline(let broker, let ids): "\(ids.count) log directories of broker \(broker) failed"
        case .directoryTold(let broker): "broker \(broker) told where its replica is"
        case .replicaOffline(let broker):
            "broker \(broker) told that its replica is offline: its log directory failed, or is full"
        case .directoryReplaced(let broker):
            "broker \(broker) does not have the log directory any more in which its replica was: that begins empty in another one"
        case .askedByLeader(let broker): "the leader, broker \(broker), asked for it"
        case .askedForPreferred: "an administrator asked for the preferred leader"
        case .askedForUnclean: "an administrator asked for any leader"
        case .uncleanAllowed: "unclean.leader.election.enable allows it"
        case .rebalance: "the preferred leader is in sync again"
        }
    }
}

extension PartitionDecision: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        switch election {
        case .kept: break
        case .inSync:
            parts.append(
                "led by \(after.leader), which is in sync, instead of \(before.leader < 0 ? "nobody" : "\(before.leader)")"
            )
        case .eligible where before.replicas.count == 1: parts.append("led by \(after.leader), its only replica")
        case .eligible: parts.append("led by \(after.leader), which has all that was acknowledged")
        case .lastKnown: parts.append("led by \(after.leader), its last leader: records may be lost")
        case .unclean: parts.append("led by \(after.leader), which was not in sync: records may be lost")
        case .nobody: parts.append("led by nobody instead of \(before.leader)")
        }
        if after.isr != before.isr { parts.append("in sync \(after.isr) instead of \(before.isr)") }
        if after.eligibleLeaderReplicas != before.eligibleLeaderReplicas {
            parts.append("eligible \(after.eligibleLeaderReplicas)")
        }
        if after.leaderRecoveryState != before.leaderRecoveryState {
            parts.append(after.leaderRecoveryState == 0 ? "recovered" : "to be recovered")
        }
        if parts.isEmpty, after.lastKnownElr != before.lastKnownElr {
            parts.append("without a leader, and its last leader \(before.lastKnownElr) is no candidate any more")
        }
        if let millis = unavailableMillis, millis > 0 { parts.append("after \(millis) ms without a leader") }
        return "\(partition) (leader epoch \(before.leaderEpoch), partition epoch \(before.partitionEpoch)) is "
            + "\(parts.isEmpty ? "led by \(after.leader) in a new epoch" : parts.joined(separator: ", ")): \(cause)"
    }
}
