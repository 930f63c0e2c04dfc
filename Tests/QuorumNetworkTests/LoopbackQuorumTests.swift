import KRaft
import KafkaProtocol
import LogStorage
import QuorumNetwork
import Synchronization
import Testing
import World

/// Quorums over connections of the machine.
struct LoopbackQuorumTests {
    struct TooLate: Error { var what: String }

    /// Three nodes, of which each knows versions as it is told.
    final class Cluster {
        var nodes: [LoopbackNode] = []
        let voters: RaftVoterSet

        init(newest: @escaping @Sendable (NodeId, ApiKey) -> Int16? = { $1.versions.upperBound }) throws {
            let ports = try (0..<3).map { _ in try ControllerPort(World.real.network) }
            voters = RaftVoterSet(
                ports.enumerated().map { index, port in
                    let endpoint = VoterEndpoint(
                        listener: ControllerPort.listener,
                        host: "127.0.0.1",
                        port: UInt16(port.port)
                    )
                    return RaftVoter(ReplicaKey(NodeId(Int32(index + 1))), endpoints: [endpoint])
                }
            )
            for (index, port) in ports.enumerated() {
                let id = NodeId(Int32(index + 1))
                let node = LoopbackNode(id, port, disk: MemoryFileSystem())
                nodes.append(node)
                try node.start(voters) { newest(id, $0) }
            }
        }

        /// The one that leads, when all that run agree.
        var leader: LoopbackNode? {
            guard let leader = nodes.first(where: { node in node.state.withLock { $0.leading != nil } }) else {
                return nil
            }
            let agree = nodes.allSatisfy { node in node.state.withLock { $0.leader == leader.id.rawValue } }
            return agree ? leader : nil
        }

        func stop() async throws {
            for node in nodes { try await node.disconnect() }
            for node in nodes { await node.end() }
        }
    }

    /// Waits until that is so, at most for two minutes: the machine may be busy with others.
    static func wait<Value>(_ what: String, _ value: () -> Value?) async throws -> Value {
        let end = World.real.time.now.adding(milliseconds: 120_000)
        while World.real.time.now < end {
            if let found = value() { return found }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TooLate(what: what)
    }

    private static func hear(_ text: String, _ cluster: Cluster) async throws {
        _ = try await wait("all hear \(text)") {
            cluster.nodes.allSatisfy { node in node.state.withLock { $0.values.contains(text) } } ? true : nil
        }
    }

    @Test func threeControllersElectALeaderAndHearWhatItProposes() async throws {
        let cluster = try Cluster()
        let leader = try await Self.wait("someone leads") { cluster.leader }
        leader.propose("one")
        leader.propose("two")
        try await Self.hear("two", cluster)
        for node in cluster.nodes {
            #expect(node.state.withLock { $0.values } == ["one", "two"])
            #expect(node.state.withLock { $0.failure } == nil)
        }
        try await cluster.stop()
    }

    /// Nobody listens where the leader was: the others don't wait until they miss it.
    @Test(arguments: [false, true]) func aLeaderThatGoesIsFollowedByAnother(_ inOrder: Bool) async throws {
        let cluster = try Cluster()
        let old = try await Self.wait("someone leads") { cluster.leader }
        old.propose("one")
        try await Self.hear("one", cluster)
        cluster.nodes.removeAll { $0.id == old.id }
        if !inOrder { try await old.disconnect() }
        await old.end()
        let next = try await Self.wait("another leads") { cluster.leader }
        next.propose("two")
        try await Self.hear("two", cluster)
        #expect(next.id != old.id && next.state.withLock { $0.values } == ["one", "two"])
        // Not because the old one was silent for so long.
        let reasons = cluster.nodes.flatMap { node in node.state.withLock { $0.reasons } }
        #expect(reasons.contains(inOrder ? .leaderResigned(old.id) : .leaderRefusesConnections(old.id)))
        if inOrder { try await old.disconnect() }
        try await cluster.stop()
    }

    /// One controller knows only the first versions of Kafka's quorum: without pre-votes, addresses and directories.
    @Test func anOldControllerTakesPart() async throws {
        let cluster = try Cluster { id, api in
            guard id == 2 else { return api.versions.upperBound }
            return api == .fetch ? 12 : api.versions.lowerBound
        }
        let leader = try await Self.wait("someone leads") { cluster.leader }
        leader.propose("one")
        try await Self.hear("one", cluster)
        try await cluster.stop()
    }
}
