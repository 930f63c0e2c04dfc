import KafkaProtocol
import LogStorage
import TestSupport
import Testing
import World

@testable import Broker

/// The power fails at each operation on the disk of a script that makes, fills, cuts, deletes and makes topics again; snapshots of the
/// metadata, checkpoints, deletions and the orderly stop are among them.
struct CrashPointTests {
    private static let settings = [
        "ottla.flush.policy": "ack", "metadata.log.max.record.bytes.between.snapshots": "300",
    ]
    private let node = NodeTests()

    /// What a client was told.
    private struct Told {
        /// Values of each life of the topic that were acknowledged, and the one whose answer was an error.
        var first: [String] = []
        var second: [String] = []
        var other: [String] = []
        var unsure: Set<String> = []
        var wasCut = false
        var triedToCut = false
        var wasDeleted = false
        var triedToDelete = false
        var wasMadeAgain = false
        var triedToMakeAgain = false
        var hasOther = false
        var hasFirst = false
    }

    private func produce(_ client: TestClient, _ topic: String, _ values: [String], _ told: inout Told) throws
        -> [String]
    {
        var acknowledged: [String] = []
        for value in values {
            if try node.produce(client, topic, 0, value).errorCode == .none {
                acknowledged.append(value)
            } else {
                told.unsure.insert(value)
            }
        }
        return acknowledged
    }

    /// The script; a step whose answer is an error ends it, as the disk is gone then.
    private func run(_ client: TestClient) throws -> Told {
        var told = Told()
        told.hasFirst = try client.createTopic("t") == ErrorCode.none
        guard told.hasFirst else { return told }
        told.first = try produce(client, "t", ["a", "b", "c"], &told)
        guard told.first.count == 3 else { return told }
        told.triedToCut = true
        told.wasCut = try client.deleteRecords("t", before: 2)?.errorCode == ErrorCode.none
        told.hasOther = try client.createTopic("u") == ErrorCode.none
        guard told.wasCut, told.hasOther else { return told }
        told.other = try produce(client, "u", ["x", "y"], &told)
        guard told.other.count == 2 else { return told }
        told.triedToDelete = true
        told.wasDeleted = try client.deleteTopic("t") == ErrorCode.none
        guard told.wasDeleted else { return told }
        told.triedToMakeAgain = true
        told.wasMadeAgain = try client.createTopic("t") == ErrorCode.none
        guard told.wasMadeAgain else { return told }
        told.second = try produce(client, "t", ["d", "e"], &told)
        return told
    }

    private func check(_ client: TestClient, _ told: Told, _ context: Comment) throws {
        if told.hasOther {
            let (code, values) = try node.fetch(client, "u", 0)
            #expect(code == .none && holds(values, told.other, told), "u: \(code) \(values)\n\(context)")
        }
        let (code, values) = try node.fetch(client, "t", 0)
        if told.wasMadeAgain {
            #expect(code == .none && holds(values, told.second, told), "t again: \(code) \(values)\n\(context)")
        } else if told.wasDeleted {
            #expect(
                code == .unknownTopicOrPartition || told.triedToMakeAgain && values.isEmpty,
                "deleted: \(code) \(values)\n\(context)"
            )
        } else if told.hasFirst, !told.triedToDelete {
            let rest = try node.fetch(client, "t", 0, offset: 2)
            if told.wasCut {
                #expect(code == .offsetOutOfRange && rest.1 == ["c"], "t cut: \(code) \(rest)\n\(context)")
            }
            if !told.triedToCut {
                #expect(code == .none && holds(values, told.first, told), "t: \(code) \(values)\n\(context)")
            }
        }
    }

    /// What was acknowledged comes first; a value whose answer was an error may follow.
    private func holds(_ values: [String], _ acknowledged: [String], _ told: Told) -> Bool {
        values.starts(with: acknowledged) && values.dropFirst(acknowledged.count).allSatisfy(told.unsure.contains)
    }

    @Test func everyCrashPointOfANodesLifeIsSurvived() throws {
        let whole = try TestNode(settings: Self.settings)
        let begin = whole.disk.operationCount
        let complete = try run(try whole.client())
        whole.running.stop()
        let end = whole.disk.operationCount
        #expect(complete.second == ["d", "e"] && end - begin > 100, "\(end - begin) operations")
        let metadata = try whole.disk.list("/one/__cluster_metadata-0")
        #expect(metadata.contains { $0.hasSuffix(".checkpoint") }, "the script makes no snapshot: \(metadata)")
        for point in begin..<end {
            let disk = MemoryFileSystem()
            let first = try TestNode(disk, settings: Self.settings)
            disk.setPlan { number, _, _ in number > point ? .crash : .proceed }
            let told = try run(try first.client())
            first.running.stop()
            var random = SeededGenerator(seed: UInt64(point))
            disk.crash(using: &random)
            let second = try TestNode(disk, settings: Self.settings)
            try check(try second.client(), told, "after operation \(point) of \(begin) to \(end): \(told)")
            second.running.stop()
        }
    }
}
