import Dispatch
import Glibc
import KafkaProtocol
import LogStorage
import Synchronization
import Testing
import World

@testable import Broker

/// What a start refuses, and that it leaves the disk as it was.
@Suite(.serialized)
struct StartTests {
    private func start(
        _ values: [String: String],
        on disk: MemoryFileSystem,
        threads: any Threads = World.real.threads
    ) throws -> RunningNode {
        let real = World.real
        return try RunningNode.started(
            try BrokerConfig(values.merging(["num.network.threads": "1"]) { old, _ in old }),
            world: World(
                time: real.time,
                random: real.random,
                files: disk,
                network: real.network,
                threads: threads,
                raiseOpenFileLimit: real.raiseOpenFileLimit
            )
        )
    }

    private func refusal(
        _ values: [String: String],
        on disk: MemoryFileSystem = MemoryFileSystem(),
        threads: any Threads = World.real.threads
    ) -> String? {
        do {
            try start(values, on: disk, threads: threads).stop()
            return nil
        } catch let error as ConfigurationError {
            return error.description
        } catch {
            Issue.record("\(error) has no sentence")
            return nil
        }
    }

    private struct NoThreads: Threads {
        func makeWorker(_ name: String, threads: Int) -> any Worker {
            World.real.threads.makeWorker(name, threads: threads)
        }
        var shared: any Worker { World.real.threads.shared }
        func canBegin(_ count: Int) -> Bool { false }
        func run(_ count: Int, _ body: @escaping @Sendable () -> Void) { body() }
    }

    @Test func aStartWithoutThreadsIsRefusedWithASentence() throws {
        let disk = MemoryFileSystem()
        let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/data"]
        let sentence = try #require(refusal(values, on: disk, threads: NoThreads()))
        #expect(sentence.contains("ulimit -u"))
        #expect(!disk.exists("/data"))
    }

    @Test(arguments: ["num.network.threads", "log.cleaner.threads"])
    func threadsThatAreConfiguredAreAskedFor(_ key: String) throws {
        let needed = try [2, 42].map { count in
            let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/data", key: "\(count)"]
            let sentence = try #require(refusal(values, threads: NoThreads()))
            let number = try #require(sentence.firstMatch(of: /the (\d+) threads/))
            return try #require(Int(number.1))
        }
        #expect(needed[1] - needed[0] == 40)
    }

    /// What was deleted would be there again: the checkpoint is in order, and nobody could read it.
    @Test(arguments: OffsetCheckpoint.names) func aCheckpointThatCannotBeReadIsNotIgnored(_ name: String) throws {
        var disk = MemoryFileSystem()
        let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/data"]
        try start(values, on: disk).stop()
        disk = disk.forNextProcess()
        try LogDirectory("/data", fileSystem: disk).write(checkpoint: name, [TopicPartition("t", 0): 7])
        disk = disk.forNextProcess()
        disk.setPlan { _, operation, path in
            operation == "read" && path.hasSuffix(name) ? .fail(errno: EIO) : .proceed
        }
        #expect(throws: LogError.self) { try start(values, on: disk).stop() }
        disk = disk.forNextProcess()
        try start(values, on: disk).stop()
        disk = disk.forNextProcess()
        disk.damage("/data/\(name)", at: 0, [UInt8(ascii: "x")])
        try start(values, on: disk).stop()
    }

    @Test func aNodeStopsOnceAndTellsAllWhoAsk() throws {
        let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/one"]
        let node = try start(values, on: MemoryFileSystem())
        let stopped = DispatchSemaphore(value: 0)
        node.stop { stopped.signal() }
        node.stop { stopped.signal() }
        for _ in 0..<2 { #expect(stopped.wait(timeout: .now() + 20) == .success) }
        node.stop { stopped.signal() }
        #expect(stopped.wait(timeout: .now() + 20) == .success, "long after it has")
    }

    @Test func aTakenPortIsFoundBeforeAnythingIsWritten() throws {
        let taken = try ListeningSocket(host: "127.0.0.1", port: 0)
        for key in ["listeners", "metrics.listener"] {
            let disk = MemoryFileSystem()
            var values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/data/one,/data/two"]
            values[key] = key == "listeners" ? "PLAINTEXT://127.0.0.1:\(taken.port)" : "127.0.0.1:\(taken.port)"
            #expect(refusal(values, on: disk)?.contains("Address already in use") == true)
            #expect(!disk.exists("/data"))
        }
    }

    @Test func aRefusedStartKeepsTheMarkOfTheLastCleanStopAndMakesNoDirectory() throws {
        let disk = MemoryFileSystem()
        let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/one", "node.id": "1"]
        try start(values, on: disk).stop()
        disk.restartProcess()
        let before = try disk.list("/one")
        #expect(before.contains(".kafka_cleanshutdown"))
        let other = values.merging(["node.id": "5", "log.dirs": "/one,/two/three"]) { $1 }
        #expect(refusal(other, on: disk)?.contains("belongs to node 1") == true)
        #expect(try disk.list("/one") == before && !disk.exists("/two"))
        try disk.createDirectory("/four/topic-0")
        let foreign = values.merging(["log.dirs": "/five,/four"]) { $1 }
        #expect(refusal(foreign, on: disk)?.contains("meta.properties") == true)
        #expect(!disk.exists("/five"))
        #expect(try disk.list("/four") == ["topic-0"])
    }

    /// Without its metadata a node would set all partitions aside.
    @Test func partitionsWithoutTheirMetadataAreRefusedAndLeftAlone() throws {
        let node = try TestNode()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        // A partition has files once something was written to it.
        #expect(try NodeTests().produce(client, "t", 0, "a").errorCode == ErrorCode.none)
        node.running.stop()
        let disk = node.disk
        let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/new,/one"]
        disk.restartProcess()
        #expect(refusal(values, on: disk)?.contains("/new, the first of log.dirs, holds no metadata log") == true)
        #expect(!disk.exists("/new") && disk.exists("/one/t-0"))
        let alone = values.merging(["log.dirs": "/one"]) { $1 }
        let log = "/one/__cluster_metadata-0/00000000000000000000.log"
        let content = try disk.contents(log)
        let file = try disk.open(log, .readWrite)
        try file.truncate(to: 0)
        disk.restartProcess()
        #expect(refusal(alone, on: disk)?.contains("holds no metadata log") == true)
        #expect(disk.exists("/one/t-0"))
        try disk.remove(log)
        disk.restartProcess()
        #expect(refusal(alone, on: disk)?.contains("holds no metadata log") == true)
        try disk.open(log, .create).write(content, at: 0)
        disk.restartProcess()
        try start(alone, on: disk).stop()
        #expect(disk.exists("/one/t-0"))
    }

    @Test func directoriesThatCannotBeUsedAreNamedInOneSentence() {
        #expect(refusal(["log.dirs": ""])?.contains("log.dirs") == true)
        #expect(refusal(["log.dirs": " "])?.contains("log.dirs") == true)
        let disk = MemoryFileSystem()
        for code in [ENOTDIR, EROFS, EACCES, ENAMETOOLONG, ELOOP] {
            disk.setPlan { _, operation, _ in operation == "create" ? .fail(errno: code) : .proceed }
            let values = ["listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/one"]
            #expect(refusal(values, on: disk)?.contains("/one") == true, "\(code)")
        }
    }

    @Test func addressesThatCannotBeUsedAreNamedInOneSentence() {
        #expect(refusal(["listeners": "PLAINTEXT://no-such-host.invalid:0"])?.contains("no-such-host.invalid") == true)
        #expect(refusal(["listeners": "PLAINTEXT://192.0.2.1:0"])?.contains("PLAINTEXT://192.0.2.1:0") == true)
        let metrics = ["listeners": "PLAINTEXT://127.0.0.1:0", "metrics.listener": "no-such-host.invalid:0"]
        #expect(refusal(metrics)?.contains("no-such-host.invalid") == true)
    }

    @Test(arguments: [
        "0.0.0.0", "0", "0.0", "0x0", "00.0.0.0", "[::]", "[0:0:0:0:0:0:0:0]", "[::0]", "[::0.0.0.0]",
        "[::ffff:0.0.0.0]", "[0::0%lo]",
    ])
    func theAddressOfAllInterfacesIsNotAdvertised(_ host: String) {
        let problem = refusal([
            "listeners": "PLAINTEXT://127.0.0.1:0", "advertised.listeners": "PLAINTEXT://\(host):9092",
        ])
        #expect(problem?.contains("all interfaces") == true, "\(host): \(problem ?? "accepted")")
    }

    @Test(arguments: ["127.0.0.1", "10.0.0.0", "[::1]", "[::ffff:1.0.0.0]", "[fe80::]", "broker.example", "0.example"])
    func otherAddressesAreAdvertised(_ host: String) throws {
        let config = try BrokerConfig(["advertised.listeners": "PLAINTEXT://\(host):9092"])
        #expect(config.advertised.first?.isEveryInterface == false)
    }

    @Test func whereNoHostIsSaidClientsAreToldTheNameOfTheMachine() throws {
        let sockets = [
            try Listeners.Socket(Endpoint(listener: "PLAINTEXT", host: "", port: 0), World.real.network)
        ]
        let port = try #require(sockets.first?.listener.port)
        for advertised in ["", "PLAINTEXT://:7777"] {
            let config = try BrokerConfig(["listeners": "PLAINTEXT://:0", "advertised.listeners": advertised])
            let endpoint = try #require(Listeners.advertised(config, sockets, World.real.network).first)
            #expect(!endpoint.isEveryInterface && endpoint.port == (advertised.isEmpty ? port : 7777))
        }
    }

    @Test func eachListenerHasItsOwnPort() throws {
        func problem(_ listeners: String) -> String? {
            do {
                _ = try BrokerConfig([
                    "listeners": listeners, "controller.listener.names": "CONTROLLER",
                    "listener.security.protocol.map": "A:PLAINTEXT,B:PLAINTEXT,CONTROLLER:PLAINTEXT",
                ])
                return nil
            } catch {
                return error.description
            }
        }
        #expect(problem("A://h:9092,B://h:9092")?.contains("same port") == true)
        #expect(problem("A://:9092,B://127.0.0.1:9092")?.contains("same port") == true)
        #expect(problem("A://:9092,CONTROLLER://:9092")?.contains("same port") == true)
        #expect(problem("A://127.0.0.1:9092,B://[::1]:9092") == nil)
        #expect(problem("A://h:0,B://h:0") == nil)
        #expect(problem("A://h:65536")?.contains("between 0 and 65535") == true)
        #expect(problem("A://h h:1")?.contains("NAME://host:port") == true)
    }

    @Test func aNodeThatMayOpenTooFewFilesIsRefused() throws {
        let config = try BrokerConfig(["num.network.threads": "3"])
        for limit in [0, 16, 64, 100] {
            #expect(throws: ConfigurationError.self) {
                _ = try FileBudget(limit: limit, config: config, logs: OpenSegmentFiles(), time: .real)
            }
        }
        _ = try FileBudget(limit: 128, config: config, logs: OpenSegmentFiles(), time: .real)
    }

    @Test func connectionsGetWhatPartitionsDoNotNeedAndHalfAtLeast() throws {
        let logs = OpenSegmentFiles()
        let budget = try FileBudget(
            limit: 1024,
            config: try BrokerConfig(["num.network.threads": "3"]),
            logs: logs,
            time: .real
        )
        let alone = budget.connectionLimit
        #expect(alone > 850 && alone < 1000)
        budget.partitionsChanged(to: 100)
        #expect(budget.connectionLimit == alone - 100)
        budget.partitionsChanged(to: 100_000)
        #expect(budget.connectionLimit > 450 && budget.connectionLimit < 512)
    }

    @Test func connectionsBeyondTheFilesAreRefused() throws {
        let config = try BrokerConfig(["num.network.threads": "1"])
        let files = try FileBudget(limit: 128, config: config, logs: OpenSegmentFiles(), time: .real)
        let registry = ConnectionRegistry(limit: 1000, limitPerHost: 1000, ratePerHost: 1000, files: files, time: .real)
        var admitted = 0
        while registry.admit(host: "h") == .admitted { admitted += 1 }
        #expect(admitted == files.connectionLimit && registry.admit(host: "other") == .noFiles)
        registry.release(host: "h")
        #expect(registry.admit(host: "h") == .admitted)
    }

    @Test func aTopicThatIsDeletedWhileItIsFlushedDoesNotTakeTheDirectoryAlong() throws {
        let node = try TestNode(settings: ["ottla.flush.policy": "ack"])
        defer { node.running.stop() }
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        let syncs = Mutex(0)
        node.disk.setPlan { _, operation, path in
            guard operation == "sync", path.hasSuffix("t-0/00000000000000000000.log") else { return .proceed }
            syncs.withLock { $0 += 1 }
            return .slow(millis: 300)
        }
        try client.send(try NodeTests().produceRequest("t", 0, "value"), version: 9)
        let other = try node.client()
        let deadline = ContinuousClock.now + .seconds(20)
        while syncs.withLock({ $0 == 0 }), ContinuousClock.now < deadline { usleep(1000) }
        try #require(syncs.withLock { $0 > 0 })
        #expect(try other.deleteTopic("t") == ErrorCode.none)
        _ = try client.receive(ProduceResponse.self, version: 9)
        #expect(try other.createTopic("u") == ErrorCode.none)
        #expect(try NodeTests().produce(other, "u", 0, "value").errorCode == .none)
        #expect(node.fatalReasons == [])
    }
}
