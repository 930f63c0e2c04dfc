import KafkaClient
import KafkaProtocol

/// Makes and deletes topics, and looks whether the cluster has those that it should have.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class AdminDriver: @unchecked Sendable {
    private enum Existence { case exists, gone, unknown }

    private let client: SimulatedClient
    private let run: Run
    private var topics: [String: Existence] = [:]
    private var lastNumber = 0

    init(_ client: SimulatedClient, _ run: Run) {
        self.client = client
        self.run = run
    }

    func start() {
        client.run { [self] in
            let admin = makeAdmin()
            while !run.isEnding {
                await act(admin)
                await client.sleep(millis: 200...3000)
            }
            await admin.close()
            run.driverEnded(client.name)
        }
    }

    private func makeAdmin() -> Admin {
        Admin(client.configuration, world: client.world, eventLoopGroup: client.loops, logger: client.logger)
    }

    private func act(_ admin: Admin) async {
        switch run.scheduler.draw(0...3) {
        case 0: await create(admin)
        case 1: await delete(admin)
        case 2: await check(admin)
        default: await look(admin)
        }
    }

    private func create(_ admin: Admin) async {
        lastNumber += 1
        let name = "extra-\(lastNumber)"
        topics[name] = .unknown
        do {
            try await admin.createTopic(
                NewTopic(name, partitions: Int32(run.scheduler.draw(1...3)), replicationFactor: 1)
            )
            topics[name] = .exists
        } catch {
            // Of a try that was repeated the first may have made it.
            run.timeline.log(client.name, "\(name) was not made: \(error)")
        }
    }

    private func delete(_ admin: Admin) async {
        let known = topics.filter { $0.value == .exists }.keys.sorted()
        guard let name = known.randomElement(using: &run.scheduler.random) else { return }
        topics[name] = .unknown
        do {
            try await admin.deleteTopic(name)
            topics[name] = .gone
        } catch {
            run.timeline.log(client.name, "\(name) was not deleted: \(error)")
        }
    }

    /// M1: what was answered is so from then on.
    func check(_ admin: Admin) async {
        guard let listed = try? await admin.listTopics() else { return }
        let names = Set(listed.map(\.name))
        for (name, existence) in topics.sorted(by: { $0.key < $1.key }) {
            if existence == .exists, !names.contains(name) {
                run.timeline.violated("M1", "topic \(name) was made, and is not there")
            }
            if existence == .gone, names.contains(name) {
                run.timeline.violated("M1", "topic \(name) was deleted, and is there")
            }
        }
        if !names.contains(Run.topic) { run.timeline.violated("M1", "topic \(Run.topic) is not there") }
    }

    /// Questions whose answers only have to come.
    private func look(_ admin: Admin) async {
        _ = try? await admin.describeCluster()
        _ = try? await admin.listGroups()
        _ = try? await admin.describeQuorum()
    }

    /// At the end, when nothing hinders it.
    func checkFinally() async {
        let admin = makeAdmin()
        await check(admin)
        await admin.close()
    }
}
