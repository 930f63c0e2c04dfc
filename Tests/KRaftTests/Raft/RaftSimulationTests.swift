import Foundation
import TestSupport
import Testing

@testable import KRaft

struct RaftSimulationTests {
    static func plan(_ seed: UInt64) -> RaftSimulation.Plan {
        var plan: RaftSimulation.Plan =
            switch seed % 5 {
            case 0: .init(voters: 3)
            case 1: .init(voters: 3, observers: 2, isDynamic: true)
            case 2: .init(voters: 5)
            case 3: .init(voters: 1, observers: 3, isDynamic: true)
            default: .init(voters: 3, observers: 1)
            }
        let flavors = RaftSimulation.Flavor.allCases
        plan.flavor = flavors[Int(seed / 5) % flavors.count]
        return plan
    }

    /// Where a fault shows.
    static func aim(_ fault: RaftFault) -> RaftSimulation.Plan {
        var plan: RaftSimulation.Plan
        switch fault {
        case .voteBeforeDisk, .fetchBeforeDisk, .leaderCountsUnsynced:
            plan = .init(flavor: .powerCuts, voters: 3)
        case .voteToShorterLog, .commitByMinority, .noDivergenceCheck, .staleFetchAnswer:
            plan = .init(flavor: .mixed, voters: 5)
        case .voteTwice, .preVoteCountsAsVote, .votesOfOtherRoundsCount:
            plan = .init(flavor: .contention, voters: 3)
        case .commitOfOlderEpoch: plan = .init(flavor: .smallSteps, voters: 3, chaosMillis: 8000)
        case .secondChangeBeforeCommit, .truncationKeepsVoters, .removedLeaderCounts:
            plan = .init(flavor: .voterChanges, voters: 3, observers: 2, isDynamic: true)
        }
        plan.faults = [fault]
        return plan
    }

    /// Seeds that found something.
    static let kept: [UInt64] = [3596, 4577, 12446, 20228, 25097, 37378, 71757, 103_924, 109_178]

    @Test(arguments: kept) func whatWasFoundStaysMended(_ seed: UInt64) {
        #expect(RaftSimulation(seed: seed, Self.plan(seed)).play() == nil)
    }

    /// `RAFT_SEEDS=1000..<101000` plays others than the usual ones; `RAFT_TRACE=1` shows what happens in the first of them.
    @Test func nothingCommittedIsLostUnderFaults() {
        let environment = ProcessInfo.processInfo.environment
        let bounds = (environment["RAFT_SEEDS"] ?? "0..<300").split(separator: "..<").compactMap { UInt64($0) }
        let isTraced = environment["RAFT_TRACE"] != nil
        var (steps, acknowledged, elections, failures) = (0, 0, 0, 0)
        for seed in bounds[0]..<bounds[1] {
            let simulation = RaftSimulation(seed: seed, Self.plan(seed), tracing: isTraced)
            if let violation = simulation.play() {
                Issue.record("\(violation)")
                failures += 1
                if let trace = simulation.trace { for line in trace.suffix(3000) { print(line) } }
                if failures > 5 { break }
            }
            steps += simulation.steps
            acknowledged += simulation.acknowledged
            elections += simulation.elections
        }
        print("\(bounds): \(steps) steps, \(acknowledged) acknowledged, \(elections) elections, \(failures) failures")
        #expect(acknowledged > 0 && elections > 0)
    }

    /// Controllers that join by themselves all vote in the end, with whatever disk, whoever died meanwhile.
    /// `RAFT_JOIN_SEEDS=1000..<101000` plays others.
    @Test func controllersThatJoinAllVoteInTheEnd() {
        let environment = ProcessInfo.processInfo.environment
        let bounds = (environment["RAFT_JOIN_SEEDS"] ?? "0..<100").split(separator: "..<").compactMap { UInt64($0) }
        let isTraced = environment["RAFT_TRACE"] != nil
        var (disks, failures) = (0, 0)
        for seed in bounds[0]..<bounds[1] where failures < 5 {
            let flavors = RaftSimulation.Flavor.allCases
            var plan = RaftSimulation.Plan(voters: seed % 2 == 0 ? 3 : 1, observers: 2, isDynamic: true, joins: true)
            plan.flavor = flavors[Int(seed / 2) % flavors.count]
            let simulation = RaftSimulation(seed: seed, plan, tracing: isTraced)
            if let violation = simulation.play() {
                Issue.record("\(violation)")
                failures += 1
                if let trace = simulation.trace { for line in trace.suffix(3000) { print(line) } }
            }
            disks += simulation.disksReplaced
        }
        print("\(bounds): \(disks) disks replaced, \(failures) failures")
        #expect(disks > 0)
    }

    #if DEBUG
        /// A fault that is put back is found within 300 seeds; without that, green seeds mean nothing.
        /// (One needs too rare a sequence of elections; the transcript `leading.txt` fails with it.)
        @Test(arguments: RaftFault.allCases.filter { $0 != .commitOfOlderEpoch })
        func faultThatIsPutBackIsFound(_ fault: RaftFault) {
            let found = firstFailure(Self.aim(fault))
            #expect(found != nil, "\(fault) is not found")
            print("\(fault): \(found ?? "not found")")
        }
    #endif

    @Test func votesThatAreForgottenAreFound() {
        var plan = RaftSimulation.Plan(flavor: .powerCuts, voters: 5)
        plan.forgetsVotes = true
        #expect(firstFailure(plan) != nil)
    }

    private func firstFailure(_ plan: RaftSimulation.Plan) -> String? {
        for seed in 0..<300 as Range<UInt64> {
            if let violation = RaftSimulation(seed: seed, plan).play() { return violation }
        }
        return nil
    }
}
