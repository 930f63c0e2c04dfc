import Glibc
import KafkaProtocol
import LogStorage
import NIOCore
import Testing
import World

@testable import Broker

/// Nodes of one cluster in this process, each on a disk in memory, with real sockets.
final class TestCluster {
    static let clusterId = "Q0xVU1RFUl9GT1JfVEVTVA"

    private(set) var disks: [Int32: MemoryFileSystem]
    private(set) var nodes: [Int32: RunningNode] = [:]
    private let roles: [Int32: String]
    private let ports: [Int32: Int]
    private let settings: [String: String]
    /// The log names the voters, which find one another by `controller.quorum.bootstrap.servers`.
    private let isDynamic: Bool
    /// Who votes at first, where the log names them.
    private let initial: [Int32]
    /// Controllers that do not vote join by themselves.
    private let joins: Bool

    /// - Parameters:
    ///   - roles: of each node, by its id.
    ///   - initial: of the controllers those that vote at first; nil: all of them.
    init(
        _ roles: [Int32: String],
        isDynamic: Bool = false,
        initial: [Int32]? = nil,
        joins: Bool = false,
        settings: [String: String] = [:]
    ) throws {
        self.roles = roles
        self.isDynamic = isDynamic
        self.initial = initial ?? roles.filter { $0.value.contains("controller") }.keys.sorted()
        self.joins = joins
        self.settings = settings
        ports = try Self.freePorts(roles.keys.sorted())
        disks = roles.mapValues { _ in MemoryFileSystem() }
        for id in roles.keys.sorted() { try format(id) }
    }

    /// Ports that nobody has at the moment.
    private static func freePorts(_ ids: [Int32]) throws -> [Int32: Int] {
        let taken = try ids.map { id in
            (id, try World.real.network.listen(host: "127.0.0.1", port: 0, buffers: SocketBuffers()))
        }
        return Dictionary(uniqueKeysWithValues: taken.map { ($0, $1.port) })
    }

    func values(_ id: Int32) throws -> [String: String] {
        let role = try #require(roles[id])
        let controllers = try controllers.map { ($0, "127.0.0.1:\(try #require(ports[$0]))") }
        let quorum =
            isDynamic
            ? ["controller.quorum.bootstrap.servers": controllers.map(\.1).joined(separator: ",")]
            : ["controller.quorum.voters": controllers.map { "\($0)@\($1)" }.joined(separator: ",")]
        var listeners: [String] = []
        if role.contains("broker") { listeners.append("PLAINTEXT://127.0.0.1:0") }
        if role.contains("controller") { listeners.append("CONTROLLER://127.0.0.1:\(try #require(ports[id]))") }
        var own = [
            "node.id": "\(id)", "process.roles": role, "listeners": listeners.joined(separator: ","),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT", "log.dirs": "/data",
            "num.network.threads": "1", "offsets.topic.num.partitions": "2",
            "group.initial.rebalance.delay.ms": "0", "controller.quorum.election.timeout.ms": "300",
            "controller.quorum.fetch.timeout.ms": "600",
        ]
        if joins, role.contains("controller") { own["controller.quorum.auto.join.enable"] = "true" }
        return own.merging(quorum) { $1 }.merging(settings) { $1 }
    }

    private var controllers: [Int32] { roles.filter { $0.value.contains("controller") }.keys.sorted() }

    func controllerPort(_ id: Int32) throws -> UInt16 { UInt16(try #require(ports[id])) }

    /// Of the metadata log, of those who vote at first.
    static func directoryId(_ id: Int32) -> KafkaUUID { KafkaUUID(high: 77, low: UInt64(id)) }

    private func format(_ id: Int32) throws {
        var options = StorageFormatter.Options()
        if isDynamic, controllers.contains(id) {
            let initial = try initial.map { id in
                let text = "\(id)@127.0.0.1:\(try #require(ports[id])):\(Self.directoryId(id))"
                return try #require(InitialController(text))
            }
            options.voters = self.initial.contains(id) ? .initial(initial) : StorageFormatter.Voters.none
        }
        options.clusterId = Self.clusterId
        let config = try BrokerConfig(try values(id))
        _ = try StorageFormatter(config, world: .real(files: try #require(disks[id])), logger: .silent).format(options)
    }

    /// Gives a node that does not run an empty disk, on which it joins the others.
    func replaceDisk(_ id: Int32) throws {
        disks[id] = MemoryFileSystem()
        var options = StorageFormatter.Options()
        (options.clusterId, options.voters) = (Self.clusterId, StorageFormatter.Voters.none)
        let config = try BrokerConfig(try values(id))
        _ = try StorageFormatter(config, world: .real(files: try #require(disks[id])), logger: .silent).format(options)
    }

    // MARK: Life

    /// Begins to start nodes, and waits until all of them are ready.
    func start(_ ids: [Int32]? = nil) throws {
        let starting = try (ids ?? roles.keys.sorted()).map { id in
            let start = NodeStarting()
            nodes[id] = try start.begin(
                try BrokerConfig(try values(id)),
                world: .real(files: try #require(disks[id])),
                onFatal: { Issue.record("node \(id) failed: \($0)") }
            )
            return start
        }
        for start in starting { try start.wait() }
    }

    func stop(_ id: Int32) { nodes.removeValue(forKey: id)?.stop() }

    func stopAll() { for id in nodes.keys.sorted() { stop(id) } }

    struct TooLate: Error { var what: String }

    /// Waits until that is so, at most for a minute: the machine may be busy with others.
    func wait<Value>(_ what: String, _ value: () throws -> Value?) throws -> Value {
        let end = World.real.time.now.adding(milliseconds: 60_000)
        while World.real.time.now < end {
            if let found = try value() { return found }
            usleep(5000)
        }
        throw TooLate(what: what)
    }

    /// The one whose controller acts.
    func leader() throws -> Int32 {
        try wait("a controller acts") { nodes.keys.sorted().first { nodes[$0]?.core.metadata.isActive == true } }
    }

    func client(_ id: Int32) throws -> TestClient { try TestClient(port: try #require(nodes[id]).ready.port) }
}
