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

    /// - Parameters:
    ///   - isApart: controllers are nodes of their own, behind the brokers.
    ///   - hasSeveralDisks: each node has several log directories.
    init(brokers count: Int, isApart: Bool, hasSeveralDisks: Bool = false) {
        directories = hasSeveralDisks ? [SimulatedNode.directory, "/second", "/third"] : [SimulatedNode.directory]
        brokers = Array(1...count)
        controllers = isApart ? (1...Self.partControllers).map { count + $0 } : brokers
    }

    var nodes: [Int] { Array(Set(brokers + controllers)).sorted() }

    static func name(_ id: Int) -> String { "node-\(id)" }

    /// What all nodes are configured with.
    func settings(_ scheduler: Scheduler) -> [String: String] {
        let voters = controllers.map { "\($0)@\(Self.name($0)):\(Self.controllerPort)" }
        return [
            "controller.listener.names": "CONTROLLER", "controller.quorum.voters": voters.joined(separator: ","),
            "default.replication.factor": "\(Self.replicas)", "min.insync.replicas": "\(Self.minInSync)",
            "offsets.topic.replication.factor": "\(Self.replicas)",
            "replica.lag.time.max.ms": "\(scheduler.draw(2000...15_000))",
            "broker.session.timeout.ms": "\(scheduler.draw(3000...9000))",
            "broker.heartbeat.interval.ms": "\(scheduler.draw(500...2000))",
            "controller.quorum.election.timeout.ms": "\(scheduler.draw(300...1000))",
            "controller.quorum.fetch.timeout.ms": "\(scheduler.draw(500...2000))",
            "leader.imbalance.check.interval.seconds": "\(scheduler.draw(1...30))",
        ]
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
        return [
            "process.roles": roles.joined(separator: ","), "listeners": listeners.joined(separator: ","),
            "log.dirs": directories.joined(separator: ","),
        ]
    }
}
