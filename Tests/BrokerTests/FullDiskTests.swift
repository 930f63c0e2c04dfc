import Glibc
import KafkaProtocol
import LogStorage
import Testing
import World

@testable import Broker

/// Starts of nodes on full disks.
struct FullDiskTests {
    private static let values = [
        "listeners": "PLAINTEXT://127.0.0.1:0", "log.dirs": "/one,/two", "num.network.threads": "2",
    ]

    /// A disk with a topic of two partitions, one in each directory, and a record in each.
    private func makeDisk(stopsInOrder: Bool) throws -> MemoryFileSystem {
        let node = try TestNode(directories: ["/one", "/two"])
        let client = try node.client()
        #expect(try client.createTopic("t", partitions: 2) == ErrorCode.none)
        for number in [0, 1] as [Int32] { #expect(try client.produce("t", number, "a").only.errorCode == .none) }
        #expect(node.disk.exists("/one/t-0") != node.disk.exists("/two/t-0"))
        if stopsInOrder { node.running.stop() }
        let copy = node.disk.forNextProcess()
        if !stopsInOrder { node.running.stop() }
        return copy
    }

    private static func isFull(_ operation: String) -> Bool { ["write", "create", "truncate"].contains(operation) }

    /// What is on the full disk can be read, and can be written once there is room.
    @Test(arguments: [true, false]) func aNodeStartsWhenADiskWithoutTheMetadataLogIsFull(stopsInOrder: Bool) throws {
        let disk = try makeDisk(stopsInOrder: stopsInOrder)
        let inFull: Int32 = disk.exists("/two/t-0") ? 0 : 1
        disk.setPlan { _, operation, path in
            path.hasPrefix("/two/") && Self.isFull(operation) ? .fail(errno: ENOSPC) : .proceed
        }
        let node = try RunningNode.started(try BrokerConfig(Self.values), world: .real(files: disk))
        let client = try TestClient(port: node.ready.port)
        #expect(try client.produce("t", 1 - inFull, "b").only.errorCode == .none)
        #expect(try client.produce("t", inFull, "b").only.errorCode == .kafkaStorageError)
        if stopsInOrder { #expect(try NodeTests().fetch(client, "t", inFull).1 == ["a"]) }
        disk.setPlan { _, _, _ in .proceed }
        try eventually("there is room again") { try client.produce("t", inFull, "b").only.errorCode == .none }
        #expect(try NodeTests().fetch(client, "t", inFull).1 == ["a", "b"])
        node.stop()
    }

    /// A start writes to the metadata log.
    @Test func aNodeWithoutRoomForItsMetadataLogSaysWhatToDo() throws {
        let disk = try makeDisk(stopsInOrder: true)
        disk.setPlan { _, operation, path in
            path.hasPrefix("/one/") && Self.isFull(operation) ? .fail(errno: ENOSPC) : .proceed
        }
        do {
            try RunningNode.started(try BrokerConfig(Self.values), world: .real(files: disk)).stop()
            Issue.record("it has started")
        } catch {
            let sentence = EndingReason(error).description
            #expect(sentence.contains("/one/") && sentence.contains("No space left on device"))
            #expect(sentence.contains("make room on that file system, and start the node again"))
        }
        disk.setPlan { _, _, _ in .proceed }
        disk.restartProcess()
        let node = try RunningNode.started(try BrokerConfig(Self.values), world: .real(files: disk))
        #expect(try TestClient(port: node.ready.port).produce("t", 0, "b").only.errorCode == .none)
        node.stop()
    }

    @Test func aMetadataLogThatFindsNoRoomWhileTheNodeRunsSaysWhatToDo() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        node.disk.setPlan { _, operation, path in
            path.contains("__cluster_metadata") && Self.isFull(operation) ? .fail(errno: ENOSPC) : .proceed
        }
        _ = try node.client().createTopic("t")
        #expect(node.fatalReasons.first?.contains("make room on that file system") == true)
    }
}
