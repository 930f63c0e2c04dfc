import Broker
import Glibc
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import World

/// One node of a local cluster: where it is reached, and its files.
struct DevNode: Sendable, Equatable {
    let id: Int32
    let directory: String
    var port = 0
    var controllerPort = 0

    var config: String { Path.join(directory, "server.properties") }
    var data: String { Path.join(directory, "data") }
    /// What it prints.
    var log: String { Path.join(directory, "ottla.log") }
    var pidFile: String { Path.join(directory, "pid") }
    var address: String { "127.0.0.1:\(port)" }
    var voter: String { "\(id)@127.0.0.1:\(controllerPort)" }
}

/// The files of a local cluster, `DIR/node-1` and so on: what `ottla dev up` makes once and finds again.
struct DevLayout: Sendable {
    let directory: String
    let nodes: [DevNode]
    private let files: any FileSystem

    private static let nodePrefix = "node-"
    /// Controllers listen so far above the brokers.
    private static let controllerDistance = 1000

    var bootstrap: String { nodes.map(\.address).joined(separator: ",") }

    /// A cluster that is there already; nil when there is none.
    ///
    /// - Throws: `ValidationError` when its files cannot be understood.
    init?(existing directory: String, _ files: any FileSystem) throws {
        guard files.exists(directory) else { return nil }
        let ids = try files.list(directory).compactMap { name in
            name.hasPrefix(Self.nodePrefix) ? Int32(name.dropFirst(Self.nodePrefix.count)) : nil
        }
        if ids.isEmpty { return nil }
        self.directory = directory
        self.files = files
        nodes = try ids.sorted().map { id in
            let node = DevNode(id: id, directory: Path.join(directory, Self.nodePrefix + "\(id)"))
            return try Self.read(node)
        }
    }

    /// - Parameters:
    ///   - directory: where it goes; made when it is missing.
    ///   - port: the first broker's, the others' follow; 0 takes free ones.
    ///   - settings: for each node's configuration.
    init(new directory: String, count: Int, port: Int, settings: [String], _ files: any FileSystem) throws {
        self.directory = directory
        self.files = files
        let ports = try port == 0 ? Self.freePorts(2 * count) : Self.ports(from: port, count)
        nodes = (1...count).map { id in
            DevNode(
                id: Int32(id),
                directory: Path.join(directory, Self.nodePrefix + "\(id)"),
                port: ports[id - 1],
                controllerPort: ports[count + id - 1]
            )
        }
        var random = SystemRandomNumberGenerator()
        let clusterId = "\(KafkaUUID.random(using: &random))"
        let configs = nodes.map { lines(of: $0) + settings }
        // What is refused leaves nothing behind.
        for lines in configs { _ = try BrokerConfig(try NodeSettings.values(config: nil, settings: lines, data: nil)) }
        try files.createDirectory(directory)
        for (node, lines) in zip(nodes, configs) { try write(node, lines, clusterId) }
    }

    private static func ports(from first: Int, _ count: Int) -> [Int] {
        (0..<count).map { first + $0 } + (0..<count).map { first + controllerDistance + $0 }
    }

    /// Ports that nobody listens on. All are held until the last is found, so that they differ.
    private static func freePorts(_ count: Int) throws -> [Int] {
        var held: [any Listener] = []
        for _ in 0..<count {
            held.append(try World.real.network.listen(host: "127.0.0.1", port: 0, buffers: SocketBuffers()))
        }
        return withExtendedLifetime(held) { held.map(\.port) }
    }

    private func lines(of node: DevNode) -> [String] {
        let replicas = min(3, nodes.count)
        return [
            "node.id=\(node.id)",
            "process.roles=broker,controller",
            "listeners=PLAINTEXT://\(node.address),CONTROLLER://127.0.0.1:\(node.controllerPort)",
            "controller.listener.names=CONTROLLER",
            "controller.quorum.voters=\(nodes.map(\.voter).joined(separator: ","))",
            "log.dirs=\(node.data)",
            "default.replication.factor=\(replicas)",
            "min.insync.replicas=\(max(1, replicas - 1))",
            "offsets.topic.replication.factor=\(replicas)",
            "offsets.topic.num.partitions=10",
            "group.initial.rebalance.delay.ms=0",
        ]
    }

    private func write(_ node: DevNode, _ lines: [String], _ clusterId: String) throws {
        try files.createDirectory(node.directory)
        let text = ["# A node of a local cluster, written by 'ottla dev up'. Changes are kept."] + lines
        try files.writeAtomically(ByteBuffer(string: text.joined(separator: "\n") + "\n"), to: node.config)
        var options = StorageFormatter.Options()
        options.clusterId = clusterId
        let quiet = Logger(label: "ottla") { _ in SwiftLogNoOpLogHandler() }
        let config = try BrokerConfig(try NodeSettings.values(config: node.config, settings: [], data: nil))
        _ = try StorageFormatter(config, logger: quiet).format(options)
    }

    private static func read(_ node: DevNode) throws -> DevNode {
        var node = node
        let values = try NodeSettings.values(config: node.config, settings: [], data: nil)
        for text in (values["listeners"] ?? "").split(separator: ",") {
            guard let endpoint = Endpoint(String(text)) else { continue }
            if endpoint.listener == "CONTROLLER" {
                node.controllerPort = endpoint.port
            } else {
                node.port = endpoint.port
            }
        }
        guard node.port > 0, node.controllerPort > 0 else {
            throw ConfigurationError(
                "\(node.config) has no listeners with ports; remove \(node.directory) to begin anew"
            )
        }
        return node
    }

    // MARK: Processes

    /// The process that runs a node, if one does.
    func process(of node: DevNode) -> pid_t? {
        guard let bytes = try? files.contents(node.pidFile), let pid = pid_t(String(buffer: bytes).trimmed) else {
            return nil
        }
        // The number may be another process's by now.
        guard let command = try? smallFile("/proc/\(pid)/cmdline"), String(buffer: command).contains(node.config) else {
            return nil
        }
        return pid
    }

    func note(_ pid: pid_t, of node: DevNode) throws {
        try files.writeAtomically(ByteBuffer(string: "\(pid)\n"), to: node.pidFile)
    }

    /// Deletes what is below the nodes' directories, and nothing else that lies beside them.
    func removeFiles() throws {
        for node in nodes { try remove(node.directory) }
        // Stays when somebody put something there.
        rmdir(directory)
    }

    private func remove(_ tree: String) throws {
        var facts = stat()
        // A link goes, not what it points to.
        let isDirectory = lstat(tree, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
        if isDirectory { for name in try files.list(tree) { try remove(Path.join(tree, name)) } }
        try files.remove(tree)
    }
}

extension String {
    fileprivate var trimmed: Substring { self[...].drop { $0.isWhitespace }.prefix { !$0.isWhitespace } }
}
