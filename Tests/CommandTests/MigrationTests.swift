import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import ottla

/// What `ottla migrate check` makes of a cluster.
struct MigrationTests {
    private func grades(_ findings: [Finding]) -> [String: Finding.Grade] {
        Dictionary(uniqueKeysWithValues: findings.map { ($0.check, $0.grade) })
    }

    @Test func levelsThatAreNotServedBlockTheWayToOttla() {
        let levels: [String: Int16] = [
            "metadata.version": 22, "kraft.version": 1, "group.version": 1, "transaction.version": 2,
            "share.version": 0,
        ]
        let findings = ClusterChecks.levels(levels, .ottla)
        #expect(
            grades(findings) == [
                "metadata.version": .ok, "kraft.version": .ok, "group.version": .blocked,
                "transaction.version": .ok,
            ]
        )
        let group = findings.first { $0.check == "group.version" }
        #expect(group?.remedy == "ottla cluster features downgrade --feature group.version=0")
        #expect(ClusterChecks.levels(levels, .kafka).map(\.grade) == [.ok])
        #expect(ClusterChecks.levels(levels, .kafka).first?.detail == "22: the node needs Kafka 4.0 or later")
    }

    @Test(arguments: [Int16.max, 1, 6])
    func levelsThatNobodyHereKnowsBlockIt(_ level: Int16) {
        #expect(ClusterChecks.levels(["metadata.version": level], .ottla).map(\.grade) == [.blocked])
    }

    @Test func aClusterWithoutKRaftIsNotMigrated() {
        for program in Migrate.Program.allCases {
            #expect(ClusterChecks.levels([:], program).map(\.grade) == [.blocked])
        }
    }

    @Test func theVotersThatAreLeftHaveToBeAMajorityThatIsNotBehind() {
        func voters(_ ends: [Int64], caughtUp: [Int64] = []) -> Finding.Grade {
            var partition = DescribeQuorumResponse.PartitionData()
            partition.highWatermark = 100
            partition.currentVoters = ends.enumerated().map { index, end in
                var voter = DescribeQuorumResponse.ReplicaState()
                (voter.replicaId, voter.logEndOffset) = (Int32(index), end)
                voter.lastCaughtUpTimestamp = caughtUp.isEmpty ? -1 : caughtUp[index]
                return voter
            }
            return ClusterChecks.voters(QuorumDescription(partition)).grade
        }
        #expect(voters([100, 100, 100]) == .ok && voters([120, 100, 110]) == .ok)
        #expect(voters([100, 100, 99]) == .blocked)
        #expect(voters([100, 100, 99], caughtUp: [9000, 8000, 8500]) == .ok, "a record of just now is no lag")
        #expect(voters([100, 100, 99], caughtUp: [9000, 8000, 3000]) == .blocked)
        #expect(voters([100, 100]) == .blocked, "one of two is no majority")
        #expect(voters([100]) == .warning)
        #expect(voters([100, 100, 100, 100, 7]) == .ok && voters([100, 100, 100, 7, 7]) == .blocked)
    }

    @Test func fewNamesOfMany() {
        #expect(few(["a", "b"]) == "a, b" && few(["a", "b", "c"], 2) == "a, b and 1 more" && few([]) == "")
    }
}
