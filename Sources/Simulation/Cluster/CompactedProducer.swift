import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// Writes records and tombstones of few keys, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class CompactedProducer: @unchecked Sendable {
    /// The header that names a record.
    static let header = "name"

    private let client: SimulatedClient
    private let kind: ProducerKind
    private let run: Run
    private let topics: CompactedTopics
    private var lastNumber = 0
    private var lastProducer = 0

    init(_ client: SimulatedClient, _ kind: ProducerKind, _ run: Run, _ topics: CompactedTopics) {
        (self.client, self.kind, self.run, self.topics) = (client, kind, run, topics)
    }

    func start() {
        client.run { [self] in
            while !run.isEnding { await live() }
            run.driverEnded(client.name)
        }
    }

    private func live() async {
        lastProducer += 1
        await Self.withProducer(client, kind) { [self] producer in
            for _ in 0..<run.scheduler.draw(20...400) where !run.isEnding {
                let records = (0..<run.scheduler.draw(1...4)).map { _ in makeRecord() }
                for (record, result) in zip(records, await producer.send(records)) { note(record, result) }
                await client.sleep(millis: run.options.pauseMillis)
            }
        }
    }

    /// Runs something with a producer, from its beginning to its end.
    static func withProducer(
        _ client: SimulatedClient,
        _ kind: ProducerKind,
        _ body: @escaping @Sendable (Producer) async -> Void
    ) async {
        var configuration = ProducerConfiguration(client.configuration)
        configuration.acks = kind.acks
        configuration.isIdempotent = kind == .idempotent
        configuration.deliveryTimeout = .seconds(20)
        configuration.allowsTopicCreation = false
        guard let producer = client.makeProducer(configuration) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            await body(producer)
            try? await producer.close()
        }
    }

    private func makeRecord() -> ProducerRecord {
        lastNumber += 1
        let name = "\(client.name)#\(lastNumber)"
        let partition = topics.somePartition()
        let padding = String(repeating: ".", count: Int(run.scheduler.draw(0...120)))
        let written = CompactedHistory.Written(
            key: topics.someKey(),
            value: run.scheduler.happens(0.25) ? nil : "\(name) \(padding)",
            timestamp: topics.wall
        )
        topics.history.begins(name, written, kind, "\(client.name)/\(lastProducer)", lastNumber, partition)
        return written.record(name, partition)
    }

    private func note(_ record: ProducerRecord, _ result: Result<RecordMetadata, KafkaError>) {
        let name = CompactedReader.name(of: record.headers)
        switch result {
        case .success(let metadata):
            topics.history.ended(name, .acknowledged(offset: metadata.offset, at: run.history.next()))
        case .failure(let error):
            topics.history.ended(name, error.code == .invalid ? .refused : .unknown)
            run.noteFailure(client.name, name, error)
        }
    }
}

extension CompactedHistory.Written {
    func record(_ name: String, _ partition: TopicPartition) -> ProducerRecord {
        ProducerRecord(
            topic: partition.topic,
            partition: partition.partition,
            key: ByteBuffer(string: key),
            value: value.map { ByteBuffer(string: $0) },
            headers: [RecordHeader(key: CompactedProducer.header, value: ByteBuffer(string: name))],
            timestamp: timestamp
        )
    }
}
