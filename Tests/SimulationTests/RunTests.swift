import Simulation
import Testing

/// Whole nodes and clients under faults, a few seeds of them. `ottla-sim` runs as many as one likes.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RunTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func whatWasAnsweredHolds(seed: UInt64) {
        var options = RunOptions()
        options.seconds = 12
        let result = Run(seed: seed, options).run()
        #expect(result.violations == [], "seed \(seed)")
        #expect(result.acknowledged > 100 && result.reads > result.acknowledged, "seed \(seed)")
        // Far less than that passed outside.
        #expect(result.virtualSeconds >= 12)
    }
}
