import KafkaClient
import KafkaProtocol
import NIOCore

/// Makes a topic, writes to it, deletes its records and then the topic itself, again and again under the same name: each has to be as new.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class TopicDriver: @unchecked Sendable {
    private static let name = "again"
    private static let partition = TopicPartition(name, 0)
    /// What a producer left on its way may arrive so late.
    private static let nanosecondsToLinger: Int64 = 60_000_000_000

    private let client: SimulatedClient
    private let run: Run
    /// Where the topic begins that is there, as DeleteRecords said.
    private var begin: Int64 = 0
    /// When it was last unknown whether a record was written.
    private var lastUnknown: Int64?

    init(_ client: SimulatedClient, _ run: Run) {
        self.client = client
        self.run = run
    }

    func start() {
        client.administer(run, pause: 100...1000) { [self] admin in await cycle(admin) }
    }

    /// A topic from its beginning to its end.
    private func cycle(_ admin: Admin) async {
        guard await make(admin) else { return }
        begin = 0
        await checkNew(admin)
        for _ in 0..<run.scheduler.draw(1...4) where !run.isEnding {
            await send()
            await deleteRecords(admin)
            await client.sleep(millis: 10...1500)
            await checkBegin(admin)
        }
        await remove(admin)
    }

    /// It is known that there is none.
    private func make(_ admin: Admin) async -> Bool {
        while !run.isEnding {
            do {
                try await admin.createTopic(NewTopic(Self.name, partitions: 1, replicationFactor: 1))
                return true
            } catch {
                // An earlier try, the answer to which was lost.
                if error.serverCode == .topicAlreadyExists { return true }
                run.noteFailure(client.name, "making \(Self.name)", error)
            }
            await client.sleep(millis: 200...200)
        }
        return false
    }

    private func remove(_ admin: Admin) async {
        while !run.isEnding {
            do { return try await admin.deleteTopic(Self.name) } catch {
                if error.serverCode == .unknownTopicOrPartition { return }
                run.noteFailure(client.name, "deleting \(Self.name)", error)
            }
            await client.sleep(millis: 200...200)
        }
    }

    /// M1: it is there. I5: nobody has written to it.
    private func checkNew(_ admin: Admin) async {
        if let topics = try? await admin.listTopics(), !topics.contains(where: { $0.name == Self.name }) {
            run.timeline.violated("M1", "topic \(Self.name) was made, and is not there")
        }
        if let lastUnknown, run.scheduler.now - lastUnknown < Self.nanosecondsToLinger { return }
        if let end = await offset(admin, .latest), end > 0 {
            run.timeline.violated("I5", "\(Self.name) was made just now, and ends at offset \(end)")
        }
    }

    private func offset(_ admin: Admin, _ spec: OffsetSpec) async -> Int64? {
        try? await admin.listOffsets([Self.partition], spec)[Self.partition]
    }

    /// Not waiting for the disk, so that the high watermark is behind.
    private func send() async {
        var configuration = ProducerConfiguration(client.configuration)
        configuration.acks = .leader
        configuration.isIdempotent = false
        configuration.deliveryTimeout = .seconds(5)
        guard let producer = client.makeProducer(configuration) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            let record = ProducerRecord(topic: Self.name, partition: 0, value: ByteBuffer(string: "again"))
            for result in await producer.send(Array(repeating: record, count: Int(run.scheduler.draw(1...3)))) {
                if case .failure = result { lastUnknown = run.scheduler.now }
            }
            try? await producer.close()
        }
    }

    private func deleteRecords(_ admin: Admin) async {
        do throws(KafkaError) {
            let start = try await admin.deleteRecords(before: [Self.partition: -1])[Self.partition] ?? 0
            begin = max(begin, start)
            if let end = await offset(admin, .latest), end < start {
                run.timeline.violated("I6", "\(Self.name) begins at \(start), and its high watermark is \(end)")
            }
        } catch {
            run.noteFailure(client.name, "deleting records", error)
        }
    }

    /// I7: it never begins earlier again.
    private func checkBegin(_ admin: Admin) async {
        if let start = await offset(admin, .earliest), start < begin {
            run.timeline.violated("I7", "\(Self.name) began at \(begin) before, and begins at \(start)")
        }
    }
}
