import ClusterMetadata
import KafkaProtocol
import LogStorage
import TestSupport
import Testing
import World

@testable import Broker

/// Replicas that go from one log directory of a node to another (AlterReplicaLogDirs).
@Suite(.serialized, .timeLimit(.minutes(10)))
struct MoveTests {
    private static let directories = ["/one", "/two"]
    private static let id = TopicPartition("t", 0)
    private let helper = NodeTests()

    private func start(
        _ disk: MemoryFileSystem = MemoryFileSystem(),
        _ settings: [String: String] = [:]
    ) throws -> TestNode {
        try TestNode(disk, directories: Self.directories, settings: settings)
    }

    private func move(_ client: TestClient, to path: String, topic: String = "t", partition: Int32 = 0) throws
        -> ErrorCode?
    {
        var request = AlterReplicaLogDirsRequest()
        request.dirs = [
            make(AlterReplicaLogDirsRequest.AlterReplicaLogDir()) { directory in
                directory.path = path
                directory.topics = [
                    make(AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic()) {
                        ($0.name, $0.partitions) = (topic, [partition])
                    }
                ]
            }
        ]
        try client.send(request, version: 2)
        let response = try client.receive(AlterReplicaLogDirsResponse.self, version: 2)
        return response?.results.first?.partitions.first?.errorCode
    }

    private func describe(_ client: TestClient) throws
        -> [String: [DescribeLogDirsResponse.DescribeLogDirsPartition]]
    {
        var request = DescribeLogDirsRequest()
        request.topics = nil
        let response = try client.call(request, DescribeLogDirsResponse.self, version: 4)
        let rows = response.results.map { row in
            (row.logDir, row.topics.filter { $0.name == "t" }.flatMap(\.partitions))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    private func place(_ node: TestNode) throws -> String {
        try #require(node.running.node.store[Self.id]).directory.path
    }

    private func other(_ path: String) -> String { path == "/one" ? "/two" : "/one" }

    private func awaitArrival(_ node: TestNode, _ path: String) throws {
        try eventually("the replica lies in \(path)") {
            try place(node) == path && node.running.node.store.mover.all.isEmpty
        }
    }

    /// A fetch gets what one segment has.
    private func values(_ client: TestClient, from start: Int64 = 0) throws -> [String] {
        var values: [String] = []
        while true {
            let (code, more) = try helper.fetch(client, "t", 0, offset: start + Int64(values.count))
            #expect(code == .none)
            if more.isEmpty { return values }
            values += more
        }
    }

    @Test func aReplicaGoesThereAndBackWhileItIsWrittenTo() throws {
        let node = try start()
        let client = try node.client()
        #expect(try client.createTopic("t", ["internal.segment.bytes": "16384"]) == ErrorCode.none)
        var written: [String] = []
        func write(_ count: Int) throws {
            for _ in 0..<count {
                written.append("value \(written.count) " + String(repeating: "x", count: 100))
                #expect(try client.produce("t", 0, written[written.count - 1]).only.errorCode == ErrorCode.none)
            }
        }
        try write(300)
        let first = try place(node)
        for target in [other(first), first] {
            #expect(try move(client, to: target) == ErrorCode.none)
            let end = WorldTime.real.now.milliseconds + 20_000
            while try place(node) != target, WorldTime.real.now.milliseconds < end { try write(1) }
            try awaitArrival(node, target)
            #expect(try values(client) == written)
            let (there, left) = (try node.disk.list(target), try node.disk.list(other(target)))
            #expect(there.contains("t-0") && !there.contains { $0.hasSuffix("-future") })
            #expect(!left.contains("t-0"))
            let rows = try describe(client)
            #expect(rows[target]?.map(\.isFutureKey) == [false] && rows[other(target)]?.isEmpty == true)
            // The controller had it before.
            let store = node.running.node.store
            let known = node.running.node.view.image.topic(named: "t")?.partitions[0]?.directory(of: 1)
            #expect(known == store[Self.id]?.directory.meta.directoryId)
        }
        try write(10)
        node.running.stop()
        // A start that checks everything.
        let disk = node.disk.forNextProcess()
        for file in [".kafka_cleanshutdown", "recovery-point-offset-checkpoint"] {
            for directory in Self.directories { try? disk.remove(directory + "/" + file) }
        }
        let again = try start(disk)
        #expect(try values(try again.client()) == written)
        again.running.stop()
    }

    @Test func whatCannotBeMovedIsRefusedAsKafkaDoes() throws {
        let node = try start()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        #expect(try move(client, to: "/three") == .logDirNotFound)
        #expect(try move(client, to: "/two", topic: "nobody") == .unknownTopicOrPartition)
        #expect(try move(client, to: "/two", partition: 7) == .unknownTopicOrPartition)
        // It is made where it was wanted, whichever directory has fewer replicas.
        for count in 0..<3 {
            #expect(try move(client, to: "/two", topic: "later \(count)".replacing(" ", with: "-")) != ErrorCode.none)
            #expect(try client.createTopic("later-\(count)") == ErrorCode.none)
            let replica = node.running.node.store[TopicPartition("later-\(count)", 0)]
            #expect(replica?.directory.path == "/two")
        }
        let directory = try #require(node.running.node.store.directories.last)
        directory.fail("a test")
        #expect(try move(client, to: "/two") == .kafkaStorageError)
        node.running.stop()
    }

    /// Nothing may be copied: the move stays where it is, and is seen.
    @Test func aMoveThatIsHeldUpIsSeenAndGivenUp() throws {
        let node = try start()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        for count in 0..<5 { #expect(try client.produce("t", 0, "v\(count)").only.errorCode == ErrorCode.none) }
        let (first, mover) = (try place(node), node.running.node.store.mover)
        #expect(try setRate(client, "0") == ErrorCode.none)
        try eventually("the rate is known") {
            node.running.node.view.resolver.brokerInt("replica.alter.log.dirs.io.max.bytes.per.second") == 0
        }
        #expect(try move(client, to: other(first)) == ErrorCode.none)
        let row = try describe(client)[other(first)]?.first
        #expect(row?.isFutureKey == true && row?.offsetLag == 5)
        // Compaction keeps away from it.
        try eventually("the move has begun") { mover.all.first?.phase == .copying }
        #expect(try !node.running.node.store.cleaner.reserve(#require(node.running.node.store[Self.id])))
        // Back to where it is.
        #expect(try move(client, to: first) == ErrorCode.none)
        #expect(try mover.all.isEmpty && describe(client)[other(first)]?.isEmpty == true)
        #expect(try node.running.node.store.cleaner.reserve(#require(node.running.node.store[Self.id])))
        // A topic that goes takes its move along.
        #expect(try move(client, to: other(first)) == ErrorCode.none)
        #expect(try client.deleteTopic("t") == ErrorCode.none)
        #expect(mover.all.isEmpty)
        #expect(try client.createTopic("t") == ErrorCode.none)
        #expect(try values(client) == [])
        node.running.stop()
    }

    private func setRate(_ client: TestClient, _ value: String) throws -> ErrorCode? {
        var request = IncrementalAlterConfigsRequest()
        request.resources = [
            make(IncrementalAlterConfigsRequest.AlterConfigsResource()) { resource in
                (resource.resourceType, resource.resourceName) = (4, "")
                resource.configs = [
                    make(IncrementalAlterConfigsRequest.AlterableConfig()) {
                        ($0.name, $0.value) = ("replica.alter.log.dirs.io.max.bytes.per.second", value)
                    }
                ]
            }
        ]
        let response = try client.call(request, IncrementalAlterConfigsResponse.self, version: 1)
        return response.responses.first?.errorCode
    }

    @Test func aMoveIsGivenUpWhenTheNewDirectoryFails() throws {
        let node = try start()
        let client = try node.client()
        #expect(try client.createTopic("t") == ErrorCode.none)
        #expect(try client.produce("t", 0, "a").only.errorCode == ErrorCode.none)
        // The metadata log lies in the first one.
        if try place(node) == "/two" {
            #expect(try move(client, to: "/one") == ErrorCode.none)
            try awaitArrival(node, "/one")
        }
        node.disk.setPlan { _, operation, path in
            operation == "write" && path.hasPrefix("/two/t-0.") ? .fail(errno: 5) : .proceed
        }
        #expect(try move(client, to: "/two") == ErrorCode.none)
        let store = node.running.node.store
        try eventually("it is given up") { store.mover.all.isEmpty && store.directories[1].isOffline }
        #expect(try place(node) == "/one")
        #expect(try client.produce("t", 0, "b").only.errorCode == ErrorCode.none)
        #expect(try values(client) == ["a", "b"])
        node.running.stop()
    }

    // MARK: Crashes

    private struct Told {
        var acknowledged: [String] = []
        var start: Int64 = 0
        /// What may have been deleted though no answer said so.
        var triedStart: Int64 = 0
    }

    /// Goes to the other directory and back, written to all the time, until the disk is gone.
    private func run(_ node: TestNode, _ told: inout Told) throws {
        let client = try node.client()
        func write(_ count: Int) throws -> Bool {
            for _ in 0..<count {
                let value = "v\(told.acknowledged.count)"
                guard try client.produce("t", 0, value).only.errorCode == .none else { return false }
                told.acknowledged.append(value)
            }
            return true
        }
        guard try write(3) else { return }
        let first = try place(node)
        for target in [other(first), first] {
            guard try move(client, to: target) == ErrorCode.none else { return }
            let end = WorldTime.real.now.milliseconds + 20_000
            while try place(node) != target, WorldTime.real.now.milliseconds < end {
                guard told.acknowledged.count < 100 ? try write(1) : true else { return }
                if node.running.node.store.directories.contains(where: \.isOffline) { return }
                WorldTime.real.pause(milliseconds: 2)
            }
            told.triedStart += 1
            guard try client.deleteRecords("t", before: told.start + 1)?.errorCode == ErrorCode.none else { return }
            told.start += 1
            guard try write(2) else { return }
        }
    }

    /// A node with the topic; the rest of the script is what may be interrupted.
    private func prepared() throws -> (TestNode, Int) {
        let node = try start(MemoryFileSystem(), ["ottla.flush.policy": "ack"])
        #expect(try node.client().createTopic("t") == ErrorCode.none)
        return (node, node.disk.operationCount)
    }

    /// After the power fails what was synced is there, after `kill -9` what was written.
    @Test(arguments: [true, false]) func everyCrashPointOfAMoveLeavesExactlyOneLog(losesPower: Bool) throws {
        let (whole, begin) = try prepared()
        var complete = Told()
        try run(whole, &complete)
        let count = whole.disk.operationCount - begin
        whole.running.stop()
        #expect(complete.start == 2 && count > 50, "\(count) operations")
        for point in stride(from: 0, to: count, by: 2) {
            let (node, begin) = try prepared()
            node.disk.setPlan { number, _, _ in number > begin + point ? .crash : .proceed }
            var told = Told()
            try run(node, &told)
            node.running.stop()
            if losesPower {
                var random = SeededGenerator(seed: UInt64(point))
                node.disk.crash(using: &random)
            } else {
                node.disk.restartProcess()
            }
            let again = try start(node.disk, ["ottla.flush.policy": "ack"])
            let client = try again.client()
            let first = try #require(again.running.node.store[Self.id]).facts.logStartOffset
            let found = try values(client, from: first)
            let wanted = Array(told.acknowledged.dropFirst(Int(first)))
            let context: Comment = "after operation \(point) of \(count): \(told)"
            #expect((told.start...told.triedStart).contains(first), "\(first)\n\(context)")
            #expect(found.starts(with: wanted) && found.count <= wanted.count + 1, "\(found)\n\(context)")
            // What is left of a move goes on, and comes to its end.
            try eventually("no move is left") { again.running.node.store.mover.all.isEmpty }
            #expect(try client.produce("t", 0, "end").only.errorCode == ErrorCode.none)
            let places = try Self.directories.filter { try again.disk.list($0).contains("t-0") }
            #expect(places == [try place(again)], context)
            #expect(try values(client, from: first) == found + ["end"], context)
            again.running.stop()
        }
    }
}
