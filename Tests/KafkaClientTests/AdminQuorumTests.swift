import KafkaProtocol
import NIOCore
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// Changes of the quorum's voters as the admin client asks for them.
struct AdminQuorumTests {
    private static let directory = KafkaUUID(high: 7, low: 4)

    private func addVoter(_ admin: Admin) async throws {
        let address = BrokerAddress(host: "four", port: 9093)
        try await admin.addQuorumVoter(4, directory: Self.directory, listeners: ["CONTROLLER": address])
    }

    private func description(_ voters: [Int32: KafkaUUID]) -> DescribeQuorumResponse {
        var partition = DescribeQuorumResponse.PartitionData()
        partition.leaderId = 1
        partition.currentVoters = voters.sorted { $0.key < $1.key }.map { id, directory in
            var state = DescribeQuorumResponse.ReplicaState()
            (state.replicaId, state.replicaDirectoryId) = (id, directory)
            return state
        }
        var topic = DescribeQuorumResponse.TopicData()
        topic.partitions = [partition]
        var response = DescribeQuorumResponse()
        response.topics = [topic]
        return response
    }

    /// The cluster is not named, and the leader gives up a little before the request does.
    @Test func aVoterIsNamedWithItsDirectoryAndAddress() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let request = Mutex<AddRaftVoterRequest?>(nil)
            broker.on(AddRaftVoterRequest.self) { message in
                request.withLock { $0 = message }
                var response = AddRaftVoterResponse()
                response.errorMessage = nil
                return response
            }
            try await addVoter(admin)
            let asked = try #require(request.withLock { $0 })
            #expect(asked.clusterId == nil && asked.voterId == 4 && asked.voterDirectoryId == Self.directory)
            #expect(asked.listeners.map(\.name) == ["CONTROLLER"] && asked.listeners.map(\.host) == ["four"])
            let limit = admin.cluster.configuration.requestTimeout.milliseconds
            #expect(asked.timeoutMs > 0 && Int64(asked.timeoutMs) < limit && asked.ackWhenCommitted)
        }
    }

    @Test func aRefusalSaysWhy() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            broker.on(AddRaftVoterRequest.self) { _ in
                var response = AddRaftVoterResponse()
                (response.errorCode, response.errorMessage) = (.duplicateVoter, "node 4 is a voter already")
                return response
            }
            await #expect(throws: KafkaError.refused(.duplicateVoter, "node 4 is a voter already")) {
                try await addVoter(admin)
            }
        }
    }

    /// The answer to the first request was lost with its leader, and the change was made.
    @Test func whatAnEarlierRequestDidIsNoFailure() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            let calls = Mutex((added: 0, removed: 0))
            let voters = Mutex([Int32(1): KafkaUUID(high: 7, low: 1)])
            broker.on(AddRaftVoterRequest.self) { _ in
                var response = AddRaftVoterResponse()
                let isFirst = calls.withLock { calls in
                    calls.added += 1
                    return calls.added == 1
                }
                response.errorCode = isFirst ? .notController : .duplicateVoter
                return response
            }
            broker.on(RemoveRaftVoterRequest.self) { message in
                #expect(message.clusterId == nil)
                var response = RemoveRaftVoterResponse()
                let isFirst = calls.withLock { calls in
                    calls.removed += 1
                    return calls.removed == 1
                }
                response.errorCode = isFirst ? .notController : .voterNotFound
                return response
            }
            broker.on(DescribeQuorumRequest.self) { [self] _ in description(voters.withLock { $0 }) }
            // Somebody else's, with another directory, is not what was asked for.
            voters.withLock { $0[4] = KafkaUUID(high: 8, low: 4) }
            await #expect(throws: KafkaError.self) { try await addVoter(admin) }
            calls.withLock { $0.added = 0 }
            voters.withLock { $0[4] = Self.directory }
            try await addVoter(admin)
            try await admin.removeQuorumVoter(4, directory: Self.directory)
            await #expect(throws: KafkaError.self) { try await admin.removeQuorumVoter(4, directory: Self.directory) }
        }
    }
}
