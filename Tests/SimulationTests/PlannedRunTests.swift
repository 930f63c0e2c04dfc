import Foundation
import Testing

@testable import Simulation

/// The list of runs that found something once.
struct PlannedRunTests {
    @Test func aLineHasSeedSecondsKindAndWhatWasFound() throws {
        let text = """
            # for readers

            11 60 - records were gone
            7   30 tornTailServed  a torn end
            8 60 compacted a tombstone
            9 60 5-nodes a vote
            9 60 3-brokers the same
            9 60 3-brokers-compacted the same
            9 60 3-disks a disk
            9 60 3-brokers-voters the same
            """
        var (many, apart) = (PlannedRun(seed: 9, seconds: 60), PlannedRun(seed: 9, seconds: 60))
        (many.nodes, apart.nodes, apart.isApart) = (5, 3, true)
        var compacted = apart
        compacted.isCompacting = true
        var disks = PlannedRun(seed: 9, seconds: 60)
        (disks.nodes, disks.hasSeveralDisks) = (3, true)
        var voters = apart
        voters.changesVoters = true
        let runs = [
            PlannedRun(seed: 11, seconds: 60), PlannedRun(seed: 7, seconds: 30, aim: "tornTailServed"),
            PlannedRun(seed: 8, seconds: 60, isCompacting: true), many, apart, compacted, disks, voters,
        ]
        #expect(try PlannedRun.list(text) == runs)
        let kinds = [
            "-", "tornTailServed", "compacted", "5-nodes", "3-brokers", "3-brokers-compacted", "3-disks",
            "3-brokers-voters",
        ]
        #expect(runs.map(\.kind) == kinds)
    }

    @Test(arguments: [
        "11 60 -", "x 60 - a", "11 0 - a", "11 60 nothing a", "-1 60 - a", "1 60 2-nodes a", "1 60 3x-nodes a",
        "1 60 3-nodes-brokers a",
        "1 60 3-compacted a", "1 60 3- a",
        "1 60 03-disks a",
        "1 60 3-voters a", "1 60 3-nodes-voter a",
    ])
    func anythingElseIsRefusedWithItsLine(_ line: String) throws {
        #expect(throws: PlannedRun.ListError(line: 2)) { try PlannedRun.list("1 1 - a\n" + line) }
    }

    @Test func whatIsKeptCanBeRead() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: tests.appendingPathComponent("Seeds.txt"), encoding: .utf8)
        let runs = try PlannedRun.list(text)
        #expect(!runs.isEmpty)
        #expect(Set(runs.map { "\($0)" }).count == runs.count, "none is there twice")
    }
}
