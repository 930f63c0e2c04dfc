import KafkaClient
import KafkaProtocol

/// Asks now and then what the group has committed.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class Auditor: @unchecked Sendable {
    private let client: SimulatedClient
    private let run: Run

    init(_ client: SimulatedClient, _ run: Run) {
        self.client = client
        self.run = run
    }

    func start() {
        client.administer(run, pause: 20...600) { [self] admin in await look(admin) }
    }

    private func look(_ admin: Admin) async {
        if run.watch?.isQuiet == false { return }
        let before = run.history.promise(of: Run.group)
        do throws(KafkaError) {
            let found = try await admin.committedOffsets(of: Run.group).mapValues(\.offset)
            if run.watch?.isQuiet != false { run.history.audit(Run.group, found, before) }
        } catch {
            run.noteFailure(client.name, "asking for offsets", error)
        }
    }
}
