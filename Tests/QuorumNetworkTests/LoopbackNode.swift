import Dispatch
import KRaft
import KafkaConnection
import KafkaProtocol
import LogStorage
import NIOCore
import QuorumNetwork
import Synchronization
import World

/// A quorum's node with its thread, its port and its connections.
final class LoopbackNode: Sendable {
    struct State {
        var values: [String] = []
        var leading: LeaderEpoch?
        var leader: Int32 = -1
        var epoch: Int32 = 0
        var proposals: [String] = []
        var isStopping = false
        /// Why its role changed.
        var reasons: [RaftReason] = []
        var failure: String?
    }

    let id: NodeId
    let disk: MemoryFileSystem
    let port: ControllerPort
    let connections: QuorumConnections
    let state = Mutex(State())
    private let inbox = RaftInbox()
    private let loops: any EventLoopGroup
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ id: NodeId, _ port: ControllerPort, disk: MemoryFileSystem) {
        (self.id, self.port, self.disk) = (id, port, disk)
        let world = World.real
        loops = world.network.makeEventLoops(1)
        var settings = ConnectionSettings(clientId: "raft-client-\(id)")
        settings.connectTimeout = .seconds(2)
        settings.requestTimeout = .seconds(3)
        connections = QuorumConnections(
            desk: RaftRequestDesk(inbox),
            inbox: inbox,
            fetching: PeerConnections(settings, world, on: loops),
            calling: PeerConnections(settings, world, on: loops),
            listener: ControllerPort.listener
        )
    }

    func start(_ voters: RaftVoterSet, newest: @escaping @Sendable (ApiKey) -> Int16?) throws {
        try port.serve(connections.desk, on: loops, newest: newest)
        let thread = DispatchQueue(label: "quorum \(id)")
        thread.async { self.live(voters) }
    }

    /// All calls of the quorum are this thread's.
    private func live(_ voters: RaftVoterSet) {
        defer { ended.signal() }
        do {
            let quorum = try makeQuorum(voters)
            quorum.onEvents = { [wake] in wake.signal() }
            while !state.withLock({ $0.isStopping }) {
                while let event = try quorum.next() { take(event) }
                try propose(quorum)
                let status = quorum.status
                state.withLock { ($0.leader, $0.epoch) = (status.leaderId, status.leaderEpoch) }
                let pause = quorum.deadline.milliseconds(since: World.real.time.now)
                _ = wake.wait(timeout: .now() + .milliseconds(Int(min(max(pause, 1), 50))))
            }
            try quorum.close()
        } catch {
            state.withLock { $0.failure = "\(error)" }
        }
    }

    private func makeQuorum(_ voters: RaftVoterSet) throws -> RaftQuorum {
        let own = RaftVoter(
            ReplicaKey(id, KafkaUUID(high: 9, low: UInt64(id.rawValue))),
            endpoints: voters.voter(id)?.endpoints ?? []
        )
        let options = RaftOptions(own: own, clusterId: "loopback")
        return try RaftQuorum(
            directory: "/d",
            fileSystem: disk,
            nodeId: id.rawValue,
            directoryId: own.key.directoryId,
            bootstrap: QuorumBootstrap(values: []),
            endpoints: own.endpoints,
            time: World.real.time,
            random: World.real.random,
            peers: RaftPeers(voters: voters, options: options, transport: connections, inbox: inbox) { notice in
                if case .role(_, _, let reason) = notice { self.state.withLock { $0.reasons.append(reason) } }
            }
        ) { _ in }
    }

    private func take(_ event: QuorumEvent) {
        state.withLock { state in
            switch event {
            case .snapshot(let snapshot): state.values = snapshot.values.map { String(buffer: $0) }
            case .committed(let batches): state.values += batches.flatMap(\.values).map { String(buffer: $0) }
            case .leading(let epoch, _): state.leading = epoch
            case .following: state.leading = nil
            }
        }
    }

    private func propose(_ quorum: RaftQuorum) throws {
        let (epoch, texts) = state.withLock { state in
            defer { state.proposals = [] }
            return (state.leading, state.proposals)
        }
        guard let epoch, !texts.isEmpty else { return }
        let values = texts.map { ByteBuffer(string: $0) }
        do throws(ProposalError) {
            _ = try quorum.propose(values, epoch: epoch, now: World.real.time.wall)
        } catch {
            return state.withLock { $0.proposals = texts + $0.proposals }
        }
        while let event = try quorum.next() { take(event) }
    }

    func propose(_ text: String) {
        state.withLock { $0.proposals.append(text) }
        wake.signal()
    }

    /// Ends the quorum, which hands over its leadership as long as it is connected.
    func end() async {
        state.withLock { $0.isStopping = true }
        wake.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [ended] in
                ended.wait()
                continuation.resume()
            }
        }
    }

    /// Nobody is heard any more, and nobody listens.
    func disconnect() async throws {
        try await port.close()
        await withCheckedContinuation { continuation in
            connections.close(on: loops.next()) { continuation.resume() }
        }
        try await loops.shutdownGracefully()
    }
}
