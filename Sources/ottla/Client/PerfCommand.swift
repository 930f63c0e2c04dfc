import ArgumentParser
import Glibc
import KafkaClient
import KafkaRecords
import NIOCore
import Synchronization

/// `ottla perf`.
struct Perf: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast a cluster is, as this client sees it.",
        discussion: """
            Progress goes to standard error, the result to standard output. Records are random bytes, the same for each.

            EXAMPLES
              ottla perf produce load --records 1000000 --size 1000
              ottla perf produce load --records 100000 --size 100 --rate 10000 --compression lz4
              ottla perf consume load
              ottla perf latency load --records 10000
              ottla perf transact load --producers 8 --records 100
            """,
        subcommands: [ProduceLoad.self, ConsumeLoad.self, Latency.self, TransactionLoad.self]
    )

    struct ProduceLoad: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "produce", abstract: "Send many records.")

        @Argument(help: "The topic's name.") var topic: String
        @Option(help: "The number of records.") var records = 1_000_000
        @Option(help: ArgumentHelp("The size of each value.", valueName: "bytes")) var size = 1000
        @Option(help: ArgumentHelp("Records per second; as many as possible otherwise.", valueName: "count")) var rate:
            Int?
        @Option(help: ArgumentHelp("none, gzip, snappy, lz4 or zstd.", valueName: "codec"))
        var compression: Produce.Codec?
        @Option(help: "When a record counts as sent: 0, 1 or all.") var acks: Produce.Acks?
        @OptionGroup var client: ClientOptions

        func validate() throws {
            if records < 1 || size < 1 || (rate ?? 1) < 1 {
                throw ValidationError("--records, --size and --rate have to be 1 or more")
            }
        }

        func run() async throws {
            let settings = try client.producerConfiguration([
                "acks": acks?.rawValue, "compression.type": compression?.rawValue,
            ])
            let value = try Perf.randomBytes(size, for: settings)
            try await client.reporting {
                let progress = Progress(bytesOfEach: size)
                // Looked up once: reading an option takes longer than handing over a record.
                let (topic, rate, records) = (topic, rate, records)
                try await withProducer(settings) { producer in
                    for number in 0..<records {
                        if let rate { await progress.pace(number, rate) }
                        try await producer.enqueue(ProducerRecord(topic: topic, value: value))
                        progress.count(number + 1)
                    }
                }
                progress.result(records, client.output)
            }
        }
    }

    struct ConsumeLoad: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consume",
            abstract: "Read all records that a topic has now."
        )

        @Argument(help: "The topic's name.") var topic: String
        @Flag(help: "Record by record instead of batch by batch.") var each = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let consumer = Consumer(try client.consumerConfiguration())
            do {
                try await client.withAdmin { admin in
                    let keys = try await admin.describeTopic(topic).partitions.map { TopicPartition(topic, $0.index) }
                    let starts = try await admin.listOffsets(keys, .earliest)
                    let ends = try await admin.listOffsets(keys, .latest)
                    try consumer.assign(starts.filter { $1 < ends[$0] ?? 0 })
                    if each { try await readEach(consumer, ends) } else { try await read(consumer, ends) }
                }
            } catch {
                await consumer.close()
                throw error
            }
            await consumer.close()
        }

        private func readEach(_ consumer: Consumer, _ ends: [TopicPartition: Int64]) async throws {
            var count = 0, bytes = 0
            var open = Swift.Set(consumer.assignment)
            let progress = Progress(bytesOfEach: 0)
            var last = TopicPartition("", -1), end = Int64.max
            for try await record in consumer.records {
                count += 1
                bytes += record.value?.readableBytes ?? 0
                progress.count(count)
                if record.partition != last { (last, end) = (record.partition, ends[record.partition] ?? 0) }
                if record.offset + 1 >= end {
                    open.remove(last)
                    if open.isEmpty { break }
                }
            }
            progress.add(bytes)
            progress.result(count, client.output)
        }

        private func read(_ consumer: Consumer, _ ends: [TopicPartition: Int64]) async throws {
            var count = 0
            let progress = Progress(bytesOfEach: 0)
            while let batch = try await consumer.next() {
                var bytes = 0
                try batch.forEach { record in
                    count += 1
                    bytes += record.value?.readableBytes ?? 0
                }
                progress.add(bytes)
                progress.count(count)
                if batch.nextOffset >= ends[batch.partition] ?? 0 { try consumer.unassign(batch.partition) }
            }
            progress.result(count, client.output)
        }
    }

    struct Latency: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show how long a record takes to be acknowledged: one sent after the other, or so many a second."
        )

        @Argument(help: "The topic's name.") var topic: String
        @Option(help: "The number of records.") var records = 10_000
        @Option(help: ArgumentHelp("The size of each value.", valueName: "bytes")) var size = 100
        @Option(
            help: "Records per second, whether or not earlier ones are acknowledged; one after the other otherwise."
        )
        var rate: Int?
        @Option(help: "When a record counts as sent: 1 or all.") var acks: Produce.Acks?
        @OptionGroup var client: ClientOptions

        func validate() throws {
            if records < 1 || size < 1 || (rate ?? 1) < 1 {
                throw ValidationError("--records, --size and --rate have to be 1 or more")
            }
            if acks == Produce.Acks.none {
                throw ValidationError(
                    "latency cannot be measured without acknowledgements: pass --acks 1 or --acks all"
                )
            }
        }

        func run() async throws {
            let settings = try client.producerConfiguration(["acks": acks?.rawValue, "linger.ms": "0"])
            let record = ProducerRecord(topic: topic, value: try Perf.randomBytes(size, for: settings))
            try await client.reporting {
                let spent = try await withProducer(settings) { producer in
                    // The first one finds the cluster; how long that takes is another question.
                    _ = try await producer.send(record)
                    return try await measure { _ = try await producer.send(record) }.sorted()
                }
                var table = Table("records", "p50_ms", "p95_ms", "p99_ms", "p99.9_ms", "max_ms")
                table.add(
                    Value(spent.count),
                    Perf.millis(spent, 0.5),
                    Perf.millis(spent, 0.95),
                    Perf.millis(spent, 0.99),
                    Perf.millis(spent, 0.999),
                    Perf.millis(spent, 1)
                )
                table.write(client.output)
            }
        }

        private func measure(_ send: @escaping @Sendable () async throws -> Void) async throws -> [Duration] {
            let clock = ContinuousClock()
            guard let rate else {
                var spent: [Duration] = []
                for _ in 0..<records {
                    let began = clock.now
                    try await send()
                    spent.append(clock.now - began)
                }
                return spent
            }
            let times = Times()
            let (progress, records) = (Progress(bytesOfEach: size), records)
            try await withThrowingDiscardingTaskGroup { group in
                for number in 0..<records {
                    await progress.pace(number, rate, slack: .zero)
                    let began = clock.now
                    group.addTask {
                        try await send()
                        times.note(clock.now - began)
                    }
                }
            }
            return times.all
        }

        private final class Times: Sendable {
            private let noted = Mutex<[Duration]>([])

            func note(_ time: Duration) { noted.withLock { $0.append(time) } }
            var all: [Duration] { noted.withLock { $0 } }
        }
    }
}

/// Counts, tells once a second how it goes, and sums up.
private final class Progress {
    private let clock = ContinuousClock()
    private let began = ContinuousClock().now
    private let bytesOfEach: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private var bytes = 0
    private var last: (time: ContinuousClock.Instant, count: Int)

    init(bytesOfEach: Int) {
        self.bytesOfEach = bytesOfEach
        last = (began, 0)
    }

    func add(_ more: Int) { bytes += more }

    /// Waits until the record of this number is due.
    ///
    /// - Parameter slack: what is due within it goes now. Sleeps are not exact, and cost more than sending does; but records that go together
    ///   wait for one another, so it is zero where latency is measured.
    func pace(_ number: Int, _ rate: Int, slack: Duration = .milliseconds(1)) async {
        let due = began + Duration.seconds(1) * number / rate
        if due - clock.now > slack { try? await clock.sleep(until: due, tolerance: slack) }
    }

    func count(_ count: Int) {
        // The clock is not asked for each record.
        guard isShown, count - last.count >= 1000 || bytesOfEach == 0 else { return }
        let now = clock.now
        guard now - last.time >= .seconds(1) else { return }
        let rate = Double(count - last.count) / ((now - last.time) / .seconds(1))
        let seconds = Value.decimal((now - began) / .seconds(1), digits: 1)
        complain("\(seconds.cell) s: \(count) records, \(Int(rate)) a second")
        last = (now, count)
    }

    func result(_ count: Int, _ output: OutputFormat) {
        let seconds = max((clock.now - began) / .seconds(1), 1e-6)
        let total = bytesOfEach > 0 ? count * bytesOfEach : bytes
        var table = Table("records", "bytes", "seconds", "records_per_second", "megabytes_per_second")
        table.add(
            Value(count),
            Value(total),
            .decimal(seconds, digits: 3),
            Value(Int(Double(count) / seconds)),
            .decimal(Double(total) / seconds / 1e6, digits: 1)
        )
        table.write(output)
    }
}

extension Perf {
    /// Of times in their order, the one below which so many are.
    static func millis(_ sorted: [Duration], _ share: Double) -> Value {
        .decimal(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] / .milliseconds(1), digits: 3)
    }

    /// - Throws: for a size that no record can have, before there is memory for it.
    static func randomBytes(_ count: Int, for settings: ProducerConfiguration) throws -> ByteBuffer {
        if count > settings.requestMaxBytes {
            throw KafkaError(
                .invalid,
                "records of \(count) bytes are larger than max.request.size, \(settings.requestMaxBytes)"
            )
        }
        var random = SystemRandomNumberGenerator()
        return ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}
