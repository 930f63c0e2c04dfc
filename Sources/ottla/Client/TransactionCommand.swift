import ArgumentParser
import KafkaClient
import World

/// `ottla transaction`.
struct Transaction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show transactions, find those that hold readers back, and end them.",
        discussion: """
            Readers with isolation.level=read_committed get nothing behind the first record of an open transaction: up to the last stable offset. A \
            transaction is open until its producer ends it, or its coordinator does after transaction.timeout.ms. It hangs when a partition has it open \
            and no coordinator knows of it any more.

            EXAMPLES
              ottla transaction list
              ottla transaction list --state Ongoing --longer-than 60
              ottla transaction list --pattern 'payments-.*'
              ottla transaction describe payments-1
              ottla transaction why payments/3
              ottla transaction find-hanging
              ottla transaction abort payments-1
              ottla transaction abort --partition payments/3 --producer-id 4711
            """,
        subcommands: [List.self, Describe.self, WhyHeld.self, FindHanging.self, Abort.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List transactional ids and how they stand.")

        @Option(help: "Only those in this state, such as Ongoing, PrepareCommit or CompleteAbort; may be repeated.")
        var state: [String] = []
        @Option(help: "Only transactions that are open for more than so many seconds.") var longerThan: Int64?
        @Option(help: "Only ids that match this regular expression as a whole (RE2's syntax; Kafka since 4.1).")
        var pattern: String?
        @OptionGroup var client: ClientOptions

        func validate() throws {
            if let longerThan, longerThan < 0 { throw ValidationError("--longer-than is \(longerThan) seconds") }
        }

        func run() async throws {
            try await client.withAdmin { admin in
                var table = Table("id", "state", "producer", "coordinator")
                let found = try await admin.listTransactions(
                    states: state,
                    openForMillis: longerThan.map { $0 * 1000 },
                    matching: pattern
                )
                for row in found {
                    table.add(
                        .text(row.transactionalId),
                        .text(row.state),
                        Value(row.producerId),
                        Value(row.coordinator)
                    )
                }
                table.write(client.output)
            }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what the coordinator knows of an id.")

        @Argument(help: "The transactional id.") var id: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let found = try await admin.describeTransaction(id)
                let age = found.startMillis.map { max(0, World.real.time.wall.milliseconds - $0) }
                if client.output == .json {
                    say(
                        Value.fields([
                            ("id", .text(id)), ("state", .text(found.state)),
                            ("producer", Value(found.producerId)), ("epoch", Value(found.producerEpoch)),
                            ("timeout_ms", Value(found.timeoutMillis)), ("open_ms", Value(age)),
                        ]).json
                    )
                } else {
                    let open = age.map { ", begun \($0) ms ago" } ?? ""
                    let isTwoPhase = found.timeoutMillis == .max
                    let limit =
                        isTwoPhase
                        ? "no time limit (two-phase commit)" : "transaction.timeout.ms \(found.timeoutMillis)"
                    say(
                        "\(id): \(found.state), producer \(found.producerId) epoch \(found.producerEpoch), \(limit)\(open)"
                            .escapingControls()
                    )
                }
                var table = Table("topic", "partition", of: ["id": .text(id)])
                for partition in found.partitions { table.add(.text(partition.topic), Value(partition.partition)) }
                table.write(client.output)
            }
        }
    }

    struct WhyHeld: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "why",
            abstract: "Tell who holds the last stable offset of a partition back, and for how long."
        )

        @Argument(help: "TOPIC/PARTITION.") var partition: String
        @OptionGroup var client: ClientOptions

        func validate() throws { _ = try Transaction.partition(partition) }

        func run() async throws {
            let key = try Transaction.partition(partition)
            try await client.withAdmin { admin in
                let end = try await admin.listOffsets([key], .latest)[key] ?? 0
                let stable = try await admin.listOffsets([key], .latest, isolation: .readCommitted)[key] ?? 0
                let open = try await OpenTransaction.find(in: [key], admin)
                var table = OpenTransaction.table
                for transaction in open { transaction.add(to: &table) }
                if !open.isEmpty || client.output == .json { table.write(client.output) }
                complain(
                    stable == end
                        ? "readers of committed records get all \(partition) has, up to offset \(end)"
                        : "readers of committed records get \(partition) up to offset \(stable), \(end - stable) before its end"
                )
            }
        }
    }

    struct FindHanging: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find transactions that are open in a partition and that no coordinator will end.",
            discussion: "Exits with 1 when there are some, so that it can be used in checks."
        )

        @Option(help: "Only in this topic.") var topic: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                var names = topic.map { [$0] } ?? []
                if topic == nil { names = try await admin.listTopics(includingInternal: true).map(\.name) }
                var keys: [TopicPartition] = []
                for name in names {
                    for partition in try await admin.describeTopic(name).partitions {
                        keys.append(TopicPartition(name, partition.index))
                    }
                }
                let hanging = try await OpenTransaction.find(in: keys, admin).filter { $0.isHanging }
                var table = OpenTransaction.table
                for transaction in hanging { transaction.add(to: &table) }
                if !hanging.isEmpty || client.output == .json { table.write(client.output) }
                if hanging.isEmpty { return complain("no transaction hangs in \(keys.count) partitions") }
                complain("ottla transaction abort --partition TOPIC/PARTITION --producer-id ID ends one of them")
                throw ExitCode(1)
            }
        }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Abort the open transaction of an id, or one that hangs in a partition.",
            discussion: """
                The producer of the id is fenced: what it sends from then on is refused. With --partition an abort marker is written there, whatever \
                coordinators know: only for transactions that find-hanging names.
                """
        )

        @Argument(help: "The transactional id.") var id: String?
        @Option(help: "TOPIC/PARTITION where a transaction hangs.") var partition: String?
        @Option(help: "Whose transaction hangs there.") var producerId: Int64?
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            if let partition { _ = try Transaction.partition(partition) }
            if (id == nil) == (partition == nil) || (partition == nil) != (producerId == nil) {
                throw ValidationError("pass a transactional id, or --partition and --producer-id")
            }
        }

        func run() async throws {
            if let id {
                try confirm("Abort the transaction of '\(id)' and fence its producer?", yes: yes)
                return try await client.withAdmin { admin in
                    try await admin.fenceProducer(id)
                    client.report("'\(id)' fenced", ["id": .text(id), "result": .text("fenced")])
                }
            }
            guard let partition, let producerId else { return }
            let key = try Transaction.partition(partition)
            try confirm("Write an abort marker of producer \(producerId) into \(partition)?", yes: yes)
            try await client.withAdmin { admin in
                guard
                    let producer = try await admin.describeProducers(of: key).first(where: {
                        $0.producerId == producerId && $0.transactionStartOffset != nil
                    })
                else {
                    throw KafkaError(.invalid, "producer \(producerId) has no open transaction in \(partition)")
                }
                try await admin.abortTransaction(of: producer, in: key)
                client.report(
                    "transaction of producer \(producerId) in \(partition) aborted",
                    ["partition": .text(partition), "producer": Value(producerId), "result": .text("aborted")]
                )
            }
        }
    }

    /// `TOPIC/PARTITION`.
    fileprivate static func partition(_ text: String) throws -> TopicPartition {
        guard case .partition(let topic, let number)? = DecisionTarget("topic:\(text)") else {
            throw ValidationError("'\(text)' is no TOPIC/PARTITION")
        }
        return TopicPartition(topic, number)
    }
}

/// A transaction that is open in a partition, and what its coordinator says of it.
struct OpenTransaction {
    let partition: TopicPartition
    let producer: ProducerDescription
    /// nil when no transactional id has the producer.
    let owner: TransactionDescription?

    /// No coordinator ends it: none knows the producer, or the partition is not part of what it knows.
    var isHanging: Bool {
        guard let owner else { return true }
        let isOpen = owner.state == "Ongoing" || owner.state.hasPrefix("Prepare")
        return !isOpen || !owner.partitions.contains(partition)
    }

    static func find(in partitions: [TopicPartition], _ admin: Admin) async throws -> [OpenTransaction] {
        var open: [(TopicPartition, ProducerDescription)] = []
        for partition in partitions {
            for producer in try await admin.describeProducers(of: partition)
            where producer.transactionStartOffset != nil { open.append((partition, producer)) }
        }
        if open.isEmpty { return [] }
        let ids = try await admin.listTransactions()
        var known: [Int64: TransactionDescription] = [:]
        let wanted = Set(open.map(\.1.producerId))
        for listing in ids where wanted.contains(listing.producerId) {
            known[listing.producerId] = try await admin.describeTransaction(listing.transactionalId)
        }
        return open.map { OpenTransaction(partition: $0, producer: $1, owner: known[$1.producerId]) }
            .sorted {
                ($0.partition, $0.producer.transactionStartOffset ?? 0)
                    < ($1.partition, $1.producer.transactionStartOffset ?? 0)
            }
    }

    static var table: Table {
        Table(
            "partition",
            "from",
            "producer",
            "epoch",
            "silent_ms",
            "id",
            "state",
            "hangs"
        )
    }

    func add(to table: inout Table) {
        table.add(
            .text("\(partition.topic)/\(partition.partition)"),
            Value(producer.transactionStartOffset),
            Value(producer.producerId),
            Value(producer.producerEpoch),
            Value(max(0, World.real.time.wall.milliseconds - producer.lastTimestamp)),
            Value(owner?.transactionalId),
            Value(owner?.state),
            .flag(isHanging)
        )
    }
}
