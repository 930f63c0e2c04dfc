import Testing

@testable import Coordination

struct GroupSimulationTests {
    @Test func whatIsReplicatedIsWhatTheRecordsSayAndEveryoneIsAnswered() {
        for seed in RuntimeSimulationTests.seeds {
            let simulation = GroupSimulation(seed: seed)
            do throws(GroupSimulation.Failure) { try simulation.run() } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}
