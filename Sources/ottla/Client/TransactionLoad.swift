import ArgumentParser
import KafkaClient
import NIOCore
import Synchronization

/// `ottla perf transact`: how many transactions a cluster makes, and how long one takes from its begin to the end of its commit.
struct TransactionLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transact",
        abstract: "Make transactions, one after the other in each of several producers."
    )

    @Argument(help: "The topic's name.") var topic: String
    @Option(help: "Transactions of each producer.") var transactions = 1000
    @Option(help: "Producers at once, each with a transactional id of its own.") var producers = 1
    @Option(help: "Records in a transaction.") var records = 1
    @Option(help: ArgumentHelp("The size of each value.", valueName: "bytes")) var size = 1000
    @Flag(help: "Flush instead of committing: the same load without transactions, to compare with.") var flush = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if min(transactions, producers, records, size) < 1 {
            throw ValidationError("--transactions, --producers, --records and --size have to be 1 or more")
        }
    }

    func run() async throws {
        let settings = try (0..<producers).map { number in
            try client.producerConfiguration(["transactional.id": flush ? nil : "ottla-perf-\(topic)-\(number)"])
        }
        let value = try Perf.randomBytes(size, for: settings[0])
        let load = Load(topic: topic, transactions: transactions, records: records, value: value, commits: !flush)
        try await client.reporting {
            try await withThrowingTaskGroup { group in
                for setting in settings { group.addTask { try await load.run(setting) } }
                try await group.waitForAll()
            }
            let (times, elapsed) = load.times.all
            let seconds = max(elapsed / .seconds(1), 1e-6)
            var table = Table(
                "transactions",
                "seconds",
                "transactions_per_second",
                "megabytes_per_second",
                "p50_ms",
                "p99_ms",
                "max_ms"
            )
            table.add(
                Value(times.count),
                .decimal(seconds, digits: 3),
                Value(Int(Double(times.count) / seconds)),
                .decimal(Double(times.count * records * size) / seconds / 1e6, digits: 1),
                Perf.millis(times, 0.5),
                Perf.millis(times, 0.99),
                Perf.millis(times, 1)
            )
            table.write(client.output)
        }
    }

    /// Of one producer, and all of their times.
    private struct Load: Sendable {
        let topic: String
        let transactions: Int
        let records: Int
        let value: ByteBuffer
        let commits: Bool
        let times = Times()

        func run(_ settings: ProducerConfiguration) async throws {
            try await withProducer(settings) { producer in
                // The first one finds the cluster and its coordinator; how long that takes is another question.
                for number in 0...transactions {
                    let began = times.clock.now
                    if commits { try await producer.beginTransaction() }
                    for _ in 0..<records {
                        try await producer.enqueue(ProducerRecord(topic: topic, value: value))
                    }
                    if commits { try await producer.commitTransaction() } else { try await producer.flush() }
                    if number > 0 { times.note(began) }
                }
            }
        }
    }

    private final class Times: Sendable {
        private struct State {
            var spent: [Duration] = []
            var first: ContinuousClock.Instant?
            var last: ContinuousClock.Instant?
        }

        let clock = ContinuousClock()
        private let state = Mutex(State())

        func note(_ began: ContinuousClock.Instant) {
            let now = clock.now
            state.withLock { state in
                state.spent.append(now - began)
                state.first = min(state.first ?? began, began)
                state.last = now
            }
        }

        /// In their order, and from the first begin to the last end.
        var all: ([Duration], Duration) {
            state.withLock { state in
                guard let first = state.first, let last = state.last else { return ([], .zero) }
                return (state.spent.sorted(), last - first)
            }
        }
    }
}
