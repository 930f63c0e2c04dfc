import Foundation
import KafkaProtocol
import Testing

@testable import KRaft

/// Our replica in the place of each node of a recorded quorum.
struct RecordedQuorumTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var node: NodeId
        /// The second in which its process was killed, stopped or paused.
        var end: Double?
        var voters: [NodeId]
        var port: UInt16
        var isDynamic: Bool
        var testDescription: String { "\(name) node \(node)" }
    }

    private static let lines: [Substring] = {
        let file = Recording.folder.appendingPathComponent("nodes.txt")
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
    }()

    /// Lines of a recording, the port, what names the voters, the voters, and the nodes, with the second in which each one's first life ended.
    static let cases: [Case] = lines.flatMap { line in
        let words = line.split(separator: " ").map(String.init)
        return words.dropFirst(4).map { word in
            let parts = word.split(separator: "@")
            return Case(
                name: words[0],
                node: NodeId(Int32(parts[0]) ?? 0),
                end: parts.count > 1 ? Double(parts[1]) : nil,
                voters: words[3].split(separator: ",").map { NodeId(Int32($0) ?? 0) },
                port: UInt16(words[1]) ?? 0,
                isDynamic: words[2] == "dynamic"
            )
        }
    }

    @Test(arguments: cases) func decidesAsTheNodeDid(_ example: Case) throws {
        let recording = try Recording(example.name)
        let setup = try RecordedSetup(
            recording,
            voters: example.voters,
            port: example.port,
            isDynamic: example.isDynamic
        )
        let node = try RecordedNode(example.node, recording, setup)
        try node.run(until: example.end.map { Int64($0 * 1e9) } ?? .max)
        if ProcessInfo.processInfo.environment["OTTLA_REPLAY"] == "1" {
            let agreed = node.agreed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            print(example.testDescription, agreed, "spared \(node.repeats)", node.differences.count)
            for line in node.differences.prefix(5) { print("   ", line) }
        }
        #expect(node.differences.isEmpty)
        #expect(node.agreed.values.reduce(0, +) > 15)
    }

    @Test func eachKindOfDecisionIsCompared() throws {
        var agreed: [String: Int] = [:]
        for example in Self.cases where example.name.hasPrefix("0") {
            let recording = try Recording(example.name)
            let setup = try RecordedSetup(
                recording,
                voters: example.voters,
                port: example.port,
                isDynamic: example.isDynamic
            )
            let node = try RecordedNode(example.node, recording, setup)
            try node.run(until: example.end.map { Int64($0 * 1e9) } ?? .max)
            agreed.merge(node.agreed) { $0 + $1 }
        }
        let kinds = [
            "VoteRequest", "vote answered", "BeginQuorumEpochRequest", "beginQuorumEpoch answered",
            "EndQuorumEpochRequest", "endQuorumEpoch answered", "FetchRequest", "Fetch answered", "Fetch refused",
            "UpdateRaftVoterRequest", "updateRaftVoter answered",
        ]
        for kind in kinds { #expect(agreed[kind, default: 0] > 2, "\(kind)") }
    }
}
