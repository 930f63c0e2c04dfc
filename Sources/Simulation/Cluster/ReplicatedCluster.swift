import Broker
import KafkaProtocol
import World

/// Several nodes with replicas: what each is to the cluster, and what all are configured with.
struct ReplicatedCluster {
    static let clusterId = "c2ltdWxhdGVkY2x1c3Rlcg"
    static let controllerPort = 9093
    static let replicas: Int16 = 3
    static let minInSync = 2
    static let partControllers = 3

    let brokers: [Int]
    let controllers: [Int]
    /// Of each node; the metadata log lies in the first one.
    let directories: [String]
    /// Of the controllers those that vote at first, where the log names them (`kraft.version` 1); nil where the configuration does.
    let initialVoters: [Int]?
    /// Controllers that do not vote join by themselves.
    private(set) var joins = false

    /// - Parameters:
    ///   - isApart: controllers are nodes of their own, behind the brokers.
    ///   - hasSeveralDisks: each node has several log directories.
    ///   - changesVoters: the log names the voters, and there is a controller more, which does not vote at first.
    init(brokers count: Int, isApart: Bool, hasSeveralDisks: Bool = false, changesVoters: Bool = false) {
        directories = hasSeveralDisks ? [SimulatedNode.directory, "/second", "/third"] : [SimulatedNode.directory]
        brokers = Array(1...count)
        let voters = isApart ? (1...Self.partControllers).map { count + $0 } : brokers
        initialVoters = changesVoters ? voters : nil
        controllers = changesVoters ? voters + [count + (isApart ? Self.partControllers : 0) + 1] : voters
    }

    /// Where controllers are apart, each broker stands in a rack of its own, and consumers read in theirs.
    private var hasRacks: Bool { Set(brokers).isDisjoint(with: controllers) }

    private func rack(of broker: Int) -> String { "rack-\(broker)" }

    /// Where a client runs: always the same for a name.
    func rack(ofClient name: String) -> String? {
        let sum = name.utf8.reduce(0) { $0 + Int($1) }
        return hasRacks ? rack(of: brokers[sum % brokers.count]) : nil
    }

    var nodes: [Int] { Array(Set(brokers + controllers)).sorted() }

    static func name(_ id: Int) -> String { "node-\(id)" }

    /// What all nodes are configured with.
    mutating func settings(_ scheduler: Scheduler) -> [String: String] {
        if initialVoters != nil { joins = scheduler.happens(0.5) }
        let addresses = controllers.map { "\(Self.name($0)):\(Self.controllerPort)" }
        let voters = zip(controllers, addresses).map { "\($0)@\($1)" }
        let quorum =
            initialVoters == nil
            ? ["controller.quorum.voters": voters.joined(separator: ",")]
            : ["controller.quorum.bootstrap.servers": addresses.joined(separator: ",")]
        return quorum.merging([
            "controller.listener.names": "CONTROLLER",
            "default.replication.factor": "\(Self.replicas)", "min.insync.replicas": "\(Self.minInSync)",
            "offsets.topic.replication.factor": "\(Self.replicas)",
            "replica.lag.time.max.ms": "\(scheduler.draw(2000...15_000))",
            "broker.session.timeout.ms": "\(scheduler.draw(3000...9000))",
            "broker.heartbeat.interval.ms": "\(scheduler.draw(500...2000))",
            "controller.quorum.election.timeout.ms": "\(scheduler.draw(300...1000))",
            "controller.quorum.fetch.timeout.ms": "\(scheduler.draw(500...2000))",
            "leader.imbalance.check.interval.seconds": "\(scheduler.draw(1...30))",
        ]) { $1 }
    }

    /// Of runs that look for something: all that waits for time is short.
    static let quick = [
        "replica.lag.time.max.ms": "2000", "broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500",
        "controller.quorum.election.timeout.ms": "300", "controller.quorum.fetch.timeout.ms": "500",
    ]

    /// What one node is, and where it is reached.
    func roles(of id: Int) -> [String: String] {
        var roles: [String] = []
        var listeners: [String] = []
        if brokers.contains(id) {
            roles.append("broker")
            listeners.append("PLAINTEXT://\(Self.name(id)):\(SimulatedNode.port)")
        }
        if controllers.contains(id) {
            roles.append("controller")
            listeners.append("CONTROLLER://\(Self.name(id)):\(Self.controllerPort)")
        }
        let own = [
            "process.roles": roles.joined(separator: ","), "listeners": listeners.joined(separator: ","),
            "log.dirs": directories.joined(separator: ","),
        ]
        let standing =
            hasRacks && brokers.contains(id)
            ? [
                "broker.rack": rack(of: id),
                "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
            ] : [:]
        let joining = joins && controllers.contains(id) ? ["controller.quorum.auto.join.enable": "true"] : [:]
        return own.merging(joining) { $1 }.merging(standing) { $1 }
    }

    /// How a node's directory is formatted.
    ///
    /// - Parameter isFirst: it is the first one that the node has.
    func format(of id: Int, isFirst: Bool) -> StorageFormatter.Options {
        var options = StorageFormatter.Options()
        options.clusterId = Self.clusterId
        guard let initialVoters, controllers.contains(id) else { return options }
        let initial = initialVoters.compactMap { voter in
            let directory = KafkaUUID(high: 77, low: UInt64(voter))
            return InitialController("\(voter)@\(Self.name(voter)):\(Self.controllerPort):\(directory)")
        }
        options.voters = isFirst && initialVoters.contains(id) ? .initial(initial) : StorageFormatter.Voters.none
        return options
    }
}
