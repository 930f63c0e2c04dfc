import Foundation
import Testing

@testable import Replication

struct ReplicaSimulationTests {
    /// `REPLICA_SEEDS=from..to` for more.
    private static var seeds: ClosedRange<UInt64> {
        let bounds = ProcessInfo.processInfo.environment["REPLICA_SEEDS"]?.components(separatedBy: "..") ?? []
        guard bounds.count == 2, let first = UInt64(bounds[0]), let last = UInt64(bounds[1]) else { return 1...400 }
        return first...last
    }

    @Test func nothingThatWasAcknowledgedIsLost() {
        var acknowledged = 0
        for seed in Self.seeds {
            let simulation = ReplicaSimulation(seed: seed)
            do { try simulation.run(steps: 600) } catch {
                Issue.record("seed \(seed): \(error)\n\(simulation.story.suffix(60).joined(separator: "\n"))\n\(error)")
                return
            }
            acknowledged += simulation.acknowledgedCount
        }
        // A simulation in which nothing is acknowledged shows nothing.
        #expect(acknowledged > Self.seeds.count * 5)
    }

    #if DEBUG
        @Test(arguments: ReplicaFault.allCases) func aKnownFaultIsFound(_ fault: ReplicaFault) {
            for seed in UInt64(1)...300 {
                let simulation = ReplicaSimulation(seed: seed, fault: fault)
                do { try simulation.run(steps: 600) } catch {
                    print("\(fault) is found by seed \(seed): \(error)")
                    return
                }
            }
            Issue.record("\(fault) is not found")
        }
    #endif
}
