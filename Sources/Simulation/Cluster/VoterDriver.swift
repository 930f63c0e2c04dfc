import KafkaClient
import KafkaProtocol

/// Adds and removes voters of the metadata quorum, as an operator does, and replaces disks of controllers.
/// Sendable: only the thread of the scheduler touches it.
final class VoterDriver: @unchecked Sendable {
    private struct Lost {
        var id: Int32
        var directory: KafkaUUID?
    }

    /// So long a request whose answer did not come may still be carried out: connections are given up when nothing is acknowledged for 5 s.
    private static let unclearNanoseconds: Int64 = 60_000_000_000
    /// With fewer there is nothing left of a majority when one fails.
    private let fewest: Int

    private let client: SimulatedClient
    private let run: Run
    /// A voter whose disk is gone: no other one is taken out before it, or the rest may be no majority.
    private var lost: Lost?
    private var unclearUntil: Int64 = 0
    private var isComplete = false

    init(_ client: SimulatedClient, _ run: Run) {
        (self.client, self.run) = (client, run)
        fewest = run.aim?.fewestVoters ?? 2
    }

    func start() {
        client.run { [self] in
            let admin = client.makeAdmin()
            // In the end all vote, so that each may stop.
            while !run.isEnding || !isComplete {
                await act(admin)
                await client.sleep(millis: run.isCalm ? 300...1000 : run.options.voterMillis)
            }
            await admin.close()
            run.driverEnded(client.name)
        }
    }

    private func act(_ admin: Admin) async {
        guard let cluster = run.cluster, let quorum = try? await admin.describeQuorum() else { return }
        let observers = quorum.observers.filter { cluster.controllers.contains(Int($0.id)) }
        isComplete = observers.isEmpty && quorum.voters.count == cluster.controllers.count
        if let gone = lost, !quorum.voters.contains(where: { $0.id == gone.id && $0.directory == gone.directory }) {
            lost = nil
        }
        if let lost { return await remove(lost.id, lost.directory, admin) }
        if run.isCalm {
            if let observer = observers.first { await add(observer, admin) }
        } else if quorum.voters.count > max(2, fewest), run.scheduler.happens(0.15) {
            // Of two, the other one could do nothing without it.
            replaceDisk(quorum, cluster)
        } else if quorum.voters.count > fewest, observers.isEmpty || run.scheduler.happens(0.5) {
            let leader = run.scheduler.happens(0.4) ? quorum.voters.first { $0.id == quorum.leaderId } : nil
            guard let voter = leader ?? quorum.voters.randomElement(using: &run.scheduler.random) else { return }
            await remove(voter.id, voter.directory, admin)
        } else if let observer = observers.randomElement(using: &run.scheduler.random) {
            await add(observer, admin)
        }
    }

    private func add(_ observer: QuorumDescription.Replica, _ admin: Admin) async {
        guard let directory = observer.directory else { return }
        let name = ReplicatedCluster.name(Int(observer.id))
        let address = BrokerAddress(host: name, port: ReplicatedCluster.controllerPort)
        await change("add \(name)") { () async throws(KafkaError) in
            try await admin.addQuorumVoter(observer.id, directory: directory, listeners: ["CONTROLLER": address])
        }
    }

    private func remove(_ id: Int32, _ directory: KafkaUUID?, _ admin: Admin) async {
        guard let directory else { return }
        await change("remove \(ReplicatedCluster.name(Int(id)))") { () async throws(KafkaError) in
            try await admin.removeQuorumVoter(id, directory: directory)
        }
    }

    private func change(_ what: String, _ body: () async throws(KafkaError) -> Void) async {
        run.timeline.log(client.name, what)
        do throws(KafkaError) {
            try await body()
            run.timeline.log(client.name, "\(what): done")
        } catch {
            if error.serverCode != .duplicateVoter, error.serverCode != .voterNotFound {
                unclearUntil = run.scheduler.now + Self.unclearNanoseconds
            }
            run.noteFailure(client.name, what, error)
        }
    }

    /// One at a time, of a node that has nothing else on it.
    private func replaceDisk(_ quorum: QuorumDescription, _ cluster: ReplicatedCluster) {
        let known = quorum.voters + quorum.observers
        let victims = run.nodes.filter { cluster.controllers.contains($0.id) && !cluster.brokers.contains($0.id) }
        guard run.scheduler.now >= unclearUntil,
            let node = victims.randomElement(using: &run.scheduler.random),
            let replica = known.first(where: { Int($0.id) == node.id })
        else { return }
        lost = Lost(id: replica.id, directory: replica.directory)
        node.loseDisk()
        run.scheduler.after(nanoseconds: run.scheduler.draw(0...5_000_000_000)) { node.start() }
    }
}
