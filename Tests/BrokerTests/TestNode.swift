import Dispatch
import Glibc
import KafkaProtocol
import LogStorage
import NIOCore
import Synchronization
import Testing
import World

@testable import Broker

/// A node in this process, on a disk in memory, with a real socket.
final class TestNode: Sendable {
    let disk: MemoryFileSystem
    let running: RunningNode
    let fatal = Mutex<[String]>([])

    init(
        _ disk: MemoryFileSystem = MemoryFileSystem(),
        directories: [String] = ["/one"],
        settings: [String: String] = [:],
        quota: any RequestQuota = UnlimitedQuota()
    ) throws {
        self.disk = disk
        var values = settings
        values["listeners"] = "PLAINTEXT://127.0.0.1:0"
        values["log.dirs"] = directories.joined(separator: ",")
        values["num.network.threads"] = "2"
        values["offsets.topic.num.partitions"] = "2"
        values["group.initial.rebalance.delay.ms"] = "0"
        let reasons = FatalReasons()
        running = try RunningNode.started(
            try BrokerConfig(values),
            world: .real(files: disk),
            quota: quota
        ) { reasons.add($0) }
        self.reasons = reasons
    }

    private let reasons: FatalReasons
    var fatalReasons: [String] { reasons.all }

    func client() throws -> TestClient { try TestClient(port: running.ready.port) }
}

extension RunningNode {
    /// Starts a node and waits until it is ready.
    static func started(
        _ config: BrokerConfig,
        world: World,
        quota: any RequestQuota = UnlimitedQuota(),
        onFatal: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> RunningNode {
        let start = NodeStarting()
        let node = try start.begin(config, world: world, quota: quota, onFatal: onFatal)
        do {
            _ = try start.wait()
            return node
        } catch {
            node.stop()
            throw error
        }
    }

    /// Of a broker.
    var node: Node {
        guard let broker else { preconditionFailure("the node has no broker") }
        return broker.node
    }

    /// Stops, and waits until it has.
    func stop() {
        let stopped = DispatchSemaphore(value: 0)
        stop { stopped.signal() }
        stopped.wait()
    }
}

/// A node on its way to be ready.
final class NodeStarting: Sendable {
    private let result = Mutex<Result<RunningNode.Ready, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    func begin(
        _ config: BrokerConfig,
        world: World,
        quota: any RequestQuota = UnlimitedQuota(),
        onFatal: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> RunningNode {
        try RunningNode.start(
            config,
            world: world,
            logger: .silent,
            quota: quota,
            metricsText: { "" },
            onFatal: onFatal,
            onReady: { [self] found in
                result.withLock { $0 = found }
                isDone.signal()
            }
        )
    }

    struct TooLate: Error {}

    @discardableResult
    func wait() throws -> RunningNode.Ready {
        guard isDone.wait(timeout: .now() + 60) == .success, let found = result.withLock({ $0 }) else {
            throw TooLate()
        }
        return try found.get()
    }
}

private final class FatalReasons: Sendable {
    private let state = Mutex<[String]>([])
    func add(_ reason: String) { state.withLock { $0.append(reason) } }
    var all: [String] { state.withLock { $0 } }
}

/// A blocking client that speaks the generated messages.
final class TestClient {
    private let descriptor: Int32
    private var correlation: Int32 = 0

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // NIO's address: which module owns the members of `sockaddr_in` depends on what a clean build compiles first.
        let result = try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { address, size in
            connect(descriptor, address, socklen_t(size))
        }
        try #require(result == 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ request: some RequestMessage, version: Int16) throws {
        correlation += 1
        try send(request.frame(version: version, correlationId: correlation, clientId: "test").buffer)
    }

    func send(_ bytes: ByteBuffer) throws {
        let sent = bytes.withUnsafeReadableBytes { write(descriptor, $0.baseAddress, $0.count) }
        try #require(sent == bytes.readableBytes)
    }

    /// Whether some of an answer has come.
    var hasAnswer: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// The next answer; nil when the connection was closed.
    func receive<Response: ResponseMessage>(_ type: Response.Type, version: Int16) throws -> Response? {
        guard let head = read(4), let size = head.getInteger(at: 0, as: Int32.self), let body = read(Int(size)) else {
            return nil
        }
        let api = try #require(ApiKey(rawValue: Response.schema.key))
        var reader = WireReader(body)
        _ = try ResponseHeader(from: &reader, version: api.responseHeaderVersion(version))
        let response = try Response.decode(&reader, version: version)
        #expect(reader.remaining == 0, "\(Response.schema.name) version \(version)")
        return response
    }

    func call<Response: ResponseMessage>(_ request: some RequestMessage, _ type: Response.Type, version: Int16) throws
        -> Response
    {
        try send(request, version: version)
        return try #require(try receive(type, version: version))
    }

    private func read(_ count: Int) -> ByteBuffer? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: done), count - done, 0)
            }
            if got <= 0 { return nil }
            done += got
        }
        return ByteBuffer(bytes: bytes)
    }
}
