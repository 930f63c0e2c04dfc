import ClusterMetadata
import Coordination
import CoreMetrics
import KRaft
import KafkaProtocol
import Logging
import Replication
import Synchronization
import World

/// What this node decides, and why: told in its log, counted, and the last of it remembered for `ottla why`.
///
/// What is remembered is bounded (`DecisionShelf`) and lost with the process. Any thread may use it; nothing is called with its lock held.
final class DecisionLog: Sendable {
    /// How many partitions one decision of the controller may tell of in the log.
    private static let partitionsTold = 5

    private struct State: Sendable {
        var shelves: [DecisionShelf.Kind: DecisionShelf]
        var count: Int64 = 0
    }

    /// Since when decisions are remembered.
    let began: WallTime
    private let time: WorldTime
    private let logger: Logger
    private let metrics: BrokerMetrics
    private let state: Mutex<State>

    init(time: WorldTime, logger: Logger, metrics: BrokerMetrics) {
        began = time.wall
        (self.time, self.logger, self.metrics) = (time, logger, metrics)
        let shelves = DecisionShelf.Kind.allCases.map { ($0, DecisionShelf(limit: $0.limit)) }
        state = Mutex(State(shelves: Dictionary(uniqueKeysWithValues: shelves)))
    }

    // MARK: What is decided

    /// What the active controller decided at one time.
    func note(_ decisions: [ControllerDecision]) {
        var partitions = 0
        for decision in decisions {
            if case .partition = decision {
                partitions += 1
                logger.log(level: partitions <= Self.partitionsTold ? .info : .debug, "\(decision)")
            } else {
                logger.notice("\(decision)")
            }
            metrics.controller.count(decision)
            remember(.controller(decision))
        }
        if partitions > Self.partitionsTold {
            logger.info("and \(partitions - Self.partitionsTold) partitions more, for the same reason")
        }
    }

    /// The controller's choice of a leader was committed so long after it was made.
    func elected(_ change: PartitionDecision, nanos: Int64) { metrics.controller.elected(change, nanos: nanos) }

    /// What a replica decided. Who leads is told for the curious only: a node has thousands.
    func note(_ decisions: [ReplicaDecision], of partition: TopicPartition) {
        for decision in decisions {
            logger.log(level: decision.level, "\(decision)", metadata: ["partition": "\(partition)"])
            switch decision {
            case .asksToShrink: metrics.isrShrinks.increment()
            case .asksToGrow: metrics.isrExpands.increment()
            case .truncates, .beginsAnew: metrics.truncations.increment()
            case .leads, .follows, .offline, .ignored, .inSync, .isrRefused, .watermarkStands: break
            }
            if decision.isRemembered { remember(.replica(partition, decision)) }
        }
    }

    func note(_ finding: FetcherFinding) {
        switch finding {
        case .fails(let leader, _, let reason, _):
            logger.warning(
                "cannot fetch from the leader; tried again with pauses",
                metadata: ["leader": "\(leader)", "reason": "\(reason)"]
            )
        case .goesOn(let leader, _):
            logger.notice("fetches from the leader again", metadata: ["leader": "\(leader)"])
        case .refused(let partition, let leader, let code):
            logger.info(
                "a fetch is refused again",
                metadata: ["partition": "\(partition)", "leader": "\(leader)", "code": "\(code)"]
            )
        }
        remember(.fetcher(finding))
    }

    func note(_ explained: ExplainedGroup) {
        logger.info("\(explained.reason)", metadata: ["group": "\(explained.group)"])
        remember(.group(explained))
    }

    func note(_ outcome: TransactionOutcome) { metrics.transactions.count(outcome) }

    func note(_ explained: ExplainedTransaction) {
        logger.info("\(explained.reason)", metadata: ["transactionalId": "\(explained.id)"])
        metrics.transactions.count(explained.reason)
        remember(.transaction(explained))
    }

    /// What this node became in the metadata quorum.
    func note(_ role: RaftRoleKind, in epoch: LeaderEpoch, _ reason: RaftReason) {
        let isQuiet = role == .prospective || role == .unattached
        logger.log(level: isQuiet ? .debug : .info, "quorum: \(role) in epoch \(epoch): \(reason.sentence)")
        metrics.quorum.count(role)
        remember(.quorum(role, epoch, reason))
    }

    func note(_ note: BrokerLifeNote, of broker: Int32) {
        logger.log(level: note.isWarning ? .warning : .info, "broker \(broker): \(note)")
        remember(.broker(broker, note))
    }

    /// What is told of it in the log, its finder says: with what else there is to say.
    func note(_ finding: LogFinding) { remember(.storage(finding)) }

    func note(_ finding: CleanerFinding, of partition: TopicPartition) { remember(.cleaner(partition, finding)) }

    private func remember(_ decision: NodeDecision) {
        let now = time.wall
        state.withLock { state in
            state.count += 1
            let entry = DecisionShelf.Entry(number: state.count, at: now, firstAt: now, decision: decision)
            state.shelves[decision.shelf]?.add(entry)
        }
    }

    // MARK: What is remembered

    /// The last decisions, the oldest first.
    ///
    /// - Parameters:
    ///   - limit: no more than so many.
    ///   - isWanted: says of which subjects.
    func last(_ limit: Int, about isWanted: (DecisionSubject) -> Bool = { _ in true }) -> [DecisionShelf.Entry] {
        let shelves = state.withLock { state in DecisionShelf.Kind.allCases.compactMap { state.shelves[$0]?.entries } }
        let found = shelves.flatMap { entries in
            entries.filter { entry in entry.decision.subjects.contains(where: isWanted) }.suffix(max(0, limit))
        }
        return found.sorted { $0.number < $1.number }.suffix(max(0, limit))
    }

    /// What was decided after a decision of that number, in order.
    func after(_ number: Int64) -> [DecisionShelf.Entry] {
        let shelves = state.withLock { state in
            state.count == number ? [] : DecisionShelf.Kind.allCases.compactMap { state.shelves[$0]?.after(number) }
        }
        return shelves.flatMap { $0 }.sorted { $0.number < $1.number }
    }

    /// How many had to make room for later ones.
    var forgotten: Int64 { state.withLock { state in state.shelves.values.reduce(0) { $0 + $1.forgotten } } }
}

extension ReplicaDecision {
    fileprivate var level: Logger.Level {
        switch self {
        case .leads, .follows, .offline, .ignored: .debug
        case .asksToShrink, .asksToGrow, .inSync, .isrRefused, .watermarkStands, .truncates, .beginsAnew: .info
        }
    }

    /// What came late and changed nothing explains nothing.
    fileprivate var isRemembered: Bool {
        switch self {
        case .ignored(.divergenceBelowWatermark), .ignored(.secondLeader): true
        case .ignored: false
        case .leads, .follows, .offline, .asksToShrink, .asksToGrow, .inSync, .isrRefused, .watermarkStands, .truncates,
            .beginsAnew:
            true
        }
    }
}
