import KafkaClient
import KafkaProtocol

/// Has replicas moved between the log directories of their nodes, as an operator does, at rates that let faults come between.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class MoveDriver: @unchecked Sendable {
    private static let rate = "replica.alter.log.dirs.io.max.bytes.per.second"

    private let client: SimulatedClient
    private let run: Run

    init(_ client: SimulatedClient, _ run: Run) { (self.client, self.run) = (client, run) }

    func start() { client.administer(run, pause: 100...2500) { [self] admin in await act(admin) } }

    private func act(_ admin: Admin) async {
        if run.scheduler.happens(0.15) { return await setRate(admin) }
        guard let cluster = run.cluster,
            let directory = cluster.directories.randomElement(using: &run.scheduler.random),
            let broker = cluster.brokers.randomElement(using: &run.scheduler.random),
            let partition = partitions.randomElement(using: &run.scheduler.random)
        else { return }
        // Whatever comes of it: the replica may be elsewhere, the node away, the directory broken.
        let errors = try? await admin.alterLogDirs(of: Int32(broker), [partition: directory])
        if errors?.isEmpty == true {
            run.timeline.log(client.name, "\(partition) of node-\(broker) is to go to \(directory)")
        }
        if run.scheduler.happens(0.2) { _ = try? await admin.describeLogDirs(of: Int32(broker)) }
    }

    private var partitions: [TopicPartition] {
        let groups = (0..<Int32(2)).map { TopicPartition(History.groupsTopic, $0) }
        return Run.allPartitions + groups + (run.compacted == nil ? [] : CompactedTopics.partitions)
    }

    private func setRate(_ admin: Admin) async {
        let exponent = run.scheduler.draw(7...20)
        let value = run.isCalm || run.scheduler.happens(0.3) ? Int64.max : Int64(1) << exponent
        _ = try? await admin.alterConfig(.broker(nil), [Self.rate: .set("\(value)")])
    }
}
