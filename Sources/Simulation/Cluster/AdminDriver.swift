import KafkaClient
import KafkaProtocol

/// Makes and deletes topics, and looks whether the cluster has those that it should have.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class AdminDriver: @unchecked Sendable {
    private enum Existence: Equatable {
        case exists, unknown
        /// The topic of this id. A repeated request to make it, that was held up on its way, may make another one of its name.
        case gone(String)
    }

    private let client: SimulatedClient
    private let run: Run
    private var topics: [String: Existence] = [:]
    private let prefix: String
    private var lastNumber = 0
    /// As far as is known.
    private var transactionVersion: Int64 = 2

    /// - Parameter prefix: of the names of its topics.
    init(_ client: SimulatedClient, _ run: Run, prefix: String = "extra") {
        self.client = client
        self.run = run
        self.prefix = prefix
    }

    func start() {
        client.administer(run, pause: run.aim?.adminMillis ?? 200...3000) { [self] admin in await act(admin) }
    }

    private func act(_ admin: Admin) async {
        if let transfers = run.transfers, transfers.changesVersion {
            let newest = run.aim?.newestTransactionVersion ?? 2
            if transactionVersion > newest || run.scheduler.happens(0.1) {
                return await changeTransactions(admin, upTo: newest)
            }
        }
        switch run.scheduler.draw(0...6) {
        case 0: await create(admin)
        case 1: await delete(admin)
        // Of several nodes one may not know yet what another one answered.
        case 2 where !run.isReplicated: await check(admin)
        case 3: await deleteRecords(admin)
        case 4: await lookAtStarts(admin)
        case 5: await lookAtGroup(admin)
        default: await look(admin)
        }
    }

    /// T3: producers go on, and nothing is lost, whatever `transaction.version` becomes meanwhile.
    private func changeTransactions(_ admin: Admin, upTo newest: Int64) async {
        let level = Int16(run.scheduler.draw(0...newest))
        do throws(KafkaError) {
            let known = try await admin.describeFeatures()["transaction.version"]?.finalizedLevel ?? 0
            try await admin.updateFeatures(["transaction.version": level], level < known ? .safeDowngrade : .upgrade)
            transactionVersion = Int64(level)
            run.timeline.log(client.name, "transaction.version is \(level)")
        } catch {
            run.timeline.log(client.name, "transaction.version was not changed: \(error)")
        }
    }

    private func create(_ admin: Admin) async {
        lastNumber += 1
        let name = "\(prefix)-\(lastNumber)"
        topics[name] = .unknown
        do {
            try await admin.createTopic(
                NewTopic(name, partitions: Int32(run.scheduler.draw(1...3)), replicationFactor: run.replicationFactor)
            )
            topics[name] = .exists
            run.timeline.log(client.name, "made \(name)")
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
            let id = try await admin.listTopics().first { $0.name == name }?.id
            try await admin.deleteTopic(name)
            if let id { topics[name] = .gone(id) }
            run.timeline.log(client.name, "deleted \(name)")
        } catch {
            run.timeline.log(client.name, "\(name) was not deleted: \(error)")
        }
    }

    /// M1: what was answered is so from then on.
    func check(_ admin: Admin) async {
        guard let listed = try? await admin.listTopics() else { return }
        let names = Set(listed.map(\.name))
        let ids = Set(listed.compactMap(\.id))
        for (name, existence) in topics.sorted(by: { $0.key < $1.key }) {
            if existence == .exists, !names.contains(name) {
                run.timeline.violated("M1", "topic \(name) was made, and is not there")
            }
            if case .gone(let id) = existence, ids.contains(id) {
                run.timeline.violated("M1", "topic \(name) was deleted, and is there")
            }
        }
        if !names.contains(Run.topic) { run.timeline.violated("M1", "topic \(Run.topic) is not there") }
    }

    /// I7: what is deleted on request goes, and nothing else.
    func deleteRecords(_ admin: Admin) async {
        let partition = Run.shortPartitions[Int(run.scheduler.draw(0...Int64(Run.shortPartitions.count - 1)))]
        guard let end = try? await admin.listOffsets([partition], .latest)[partition] else { return }
        var look = run.history.starts.look(partition)
        if end <= look.least { return }
        let offset = run.scheduler.draw(look.least...end)
        run.history.starts.asks(partition, before: offset)
        do {
            let answer = try await admin.deleteRecords(before: [partition: offset])
            guard let start = answer[partition] else { return }
            look.least = max(look.least, offset)
            run.timeline.log(client.name, "deleted records of \(partition) before \(offset): \(start)")
            run.saw(partition, start: start, look)
            run.history.starts.answered(partition, start, look)
        } catch {
            run.timeline.log(client.name, "records of \(partition) were not deleted: \(error)")
        }
    }

    private func lookAtStarts(_ admin: Admin) async {
        let looks = Run.allPartitions.map { run.history.starts.look($0) }
        guard let starts = try? await admin.listOffsets(Run.allPartitions, .earliest) else { return }
        for (partition, look) in zip(Run.allPartitions, looks) {
            if let start = starts[partition] { run.saw(partition, start: start, look) }
        }
    }

    /// G1, as the coordinator says it.
    private func lookAtGroup(_ admin: Admin) async {
        guard let group = try? await admin.describeGroup(Run.group) else { return }
        let conflicts = Ownership.conflicts(group.members.map { ($0.id, $0.assignment) })
        for conflict in conflicts { run.timeline.violated("G1", conflict) }
    }

    /// Of what it knows nothing is sure: its node has an older copy of its directory.
    func forget() { for name in topics.keys { topics[name] = .unknown } }

    /// Questions whose answers only have to come.
    private func look(_ admin: Admin) async {
        _ = try? await admin.describeCluster()
        _ = try? await admin.listGroups()
        _ = try? await admin.describeQuorum()
    }

    /// At the end, when nothing hinders it.
    func checkFinally() async {
        let admin = client.makeAdmin()
        await check(admin)
        await admin.close()
    }
}
