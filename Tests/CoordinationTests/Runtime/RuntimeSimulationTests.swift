import Foundation
import Testing

@testable import Coordination

struct RuntimeSimulationTests {
    /// `OTTLA_SEEDS=A..B` for other seeds than the usual ones.
    static var seeds: Range<UInt64> {
        let bounds = ProcessInfo.processInfo.environment["OTTLA_SEEDS"]?.split(separator: ".").compactMap { UInt64($0) }
        guard let bounds, bounds.count == 2, bounds[0] < bounds[1] else { return 0..<300 }
        return bounds[0]..<bounds[1]
    }

    @Test func whatWasAnsweredHoldsWhateverFails() {
        for seed in Self.seeds {
            var simulation = RuntimeSimulation(seed: seed)
            do throws(RuntimeSimulation.Failure) { try simulation.run() } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }

    @Test func theSameSeedIsTheSameHistory() throws {
        for seed in 0..<5 as Range<UInt64> {
            var (one, two) = (RuntimeSimulation(seed: seed), RuntimeSimulation(seed: seed))
            try one.run()
            try two.run()
            #expect(one.history.count == two.history.count)
            #expect(zip(one.history, two.history).allSatisfy { "\($0)" == "\($1)" })
        }
    }

    #if DEBUG
        /// The seed that finds a defect, if one of the first 300 does.
        private func finder(_ make: (UInt64) -> RuntimeSimulation) -> UInt64? {
            (0..<300 as Range<UInt64>).first { seed in
                var simulation = make(seed)
                do throws(RuntimeSimulation.Failure) {
                    try simulation.run()
                    return false
                } catch { return true }
            }
        }

        @Test(arguments: CoordinatorFault.allCases) func aDefectOfTheRuntimeIsFound(fault: CoordinatorFault) {
            #expect(finder { RuntimeSimulation(seed: $0, fault: fault) } != nil, "\(fault)")
        }

        @Test(arguments: CounterShard.Flaw.allCases) func aDefectOfAShardIsFound(flaw: CounterShard.Flaw) {
            #expect(finder { RuntimeSimulation(seed: $0, flaw: flaw) } != nil, "\(flaw)")
        }
    #endif
}
