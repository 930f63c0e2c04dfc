import KafkaClient
import KafkaProtocol
import NIOCore
import World

/// How a producer wants its records acknowledged.
enum ProducerKind: String, CaseIterable {
    case fireAndForget, leader, all, idempotent

    var acks: Acknowledgement {
        switch self {
        case .fireAndForget: .none
        case .leader: .leader
        case .all, .idempotent: .all
        }
    }

    /// Whether an answer promises that the record outlives a power cut, where `ottla.flush.policy` is `ack`.
    var isDurable: Bool { acks == .all }
}

/// Sends records, a few at a time, until the run is over.
/// Sendable: its tasks run on lanes, so only the thread of the scheduler touches it.
final class ProducerDriver: @unchecked Sendable {
    private let client: SimulatedClient
    private let kind: ProducerKind
    private let run: Run
    private var lastNumber = 0
    private var lastProducer = 0
    /// Sends that nobody waits for yet.
    private var underWay = 0
    /// Topics that the producer knows.
    private var known: Set<String> = []

    init(_ client: SimulatedClient, _ kind: ProducerKind, _ run: Run) {
        self.client = client
        self.kind = kind
        self.run = run
    }

    func start() {
        client.run { [self] in
            while !run.isEnding { await live() }
            run.driverEnded(client.name)
        }
    }

    /// One producer, from its beginning to its end.
    private func live() async {
        lastProducer += 1
        known = []
        var configuration = ProducerConfiguration(client.configuration)
        configuration.acks = kind.acks
        configuration.isIdempotent = kind == .idempotent
        configuration.deliveryTimeout = .seconds(20)
        configuration.batchBytes = run.options.batchBytes
        configuration.partitioner = RoundRobinPartitioner()
        configuration.allowsTopicCreation = false
        guard let producer = client.makeProducer(configuration) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await producer.run() }
            let sends = Int(run.scheduler.draw(20...400))
            for _ in 0..<sends where !run.isEnding {
                let records = makeRecords()
                // Sends that wait for their topic to be known may overtake each other; from then on their order holds.
                let areKnown = records.allSatisfy { known.contains($0.topic) }
                if !areKnown || underWay + 1 >= run.options.sendsAtOnce {
                    await send(records, producer)
                } else {
                    underWay += 1
                    group.addTask { [self] in
                        await send(records, producer)
                        underWay -= 1
                    }
                }
                await client.sleep(millis: run.options.pauseMillis)
            }
            try? await producer.close()
        }
    }

    private func makeRecords() -> [ProducerRecord] {
        let count = Int(run.scheduler.draw(1...4))
        var records: [ProducerRecord] = []
        for _ in 0..<count {
            lastNumber += 1
            let value = "\(client.name)#\(lastNumber)"
            let partition = Run.allPartitions[Int(run.scheduler.draw(0...Int64(Run.allPartitions.count - 1)))]
            let wall = client.world.time.wall.milliseconds
            run.history.begins(value, kind, "\(client.name)/\(lastProducer)", lastNumber, partition, wall: wall)
            var bytes = ByteBuffer(string: "\(value) ")
            bytes.writeRepeatingByte(UInt8(ascii: "."), count: Int(run.scheduler.draw(0...200)))
            records.append(ProducerRecord(topic: partition.topic, partition: partition.partition, value: bytes))
        }
        return records
    }

    private func send(_ records: [ProducerRecord], _ producer: Producer) async {
        let results = await producer.send(records)
        for (record, result) in zip(records, results) { note(record, result) }
    }

    private func note(_ record: ProducerRecord, _ result: Result<RecordMetadata, KafkaError>) {
        let value = Run.value(of: record.value)
        switch result {
        case .success(let metadata):
            known.insert(record.topic)
            if kind == .idempotent, let partition = record.partition {
                run.watch?.acknowledged(TopicPartition(record.topic, partition), metadata.offset)
            }
            run.history.ended(value, .acknowledged(offset: metadata.offset, at: run.history.next()))
        case .failure(let error):
            run.history.ended(value, error.code == .invalid ? .refused : .unknown)
            run.noteFailure(client.name, value, error)
            if error.serverCode == .outOfOrderSequenceNumber { run.history.denied(value) }
        }
    }
}
