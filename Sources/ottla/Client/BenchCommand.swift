import ArgumentParser
import KafkaClient

/// `ottla bench`.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure producing, consuming and latency, on a temporary topic.",
        discussion: """
            The same as 'ottla perf produce', 'perf consume' and 'perf latency', one after the other. What each prints goes to standard output in this
            order. If it is interrupted, the topic stays; its name is printed at the beginning.

            EXAMPLES
              ottla bench
              ottla bench --records 5000000 --size 100 --partitions 12 --acks all
              ottla bench --bootstrap kafka1:9092 -X compression.type=lz4
            """
    )

    @Option(help: "How many records are produced and consumed.") var records = 1_000_000
    @Option(help: ArgumentHelp("The size of each value.", valueName: "bytes")) var size = 1000
    @Option(help: "Partitions of the topic.") var partitions: Int32 = 4
    @Option(help: "Replicas of each; the cluster's default otherwise.") var replicationFactor: Int16?
    @Option(help: "When a record counts as sent: 0, 1 or all; for the latency 1 or all.") var acks: Produce.Acks?
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if records < 1 || size < 1 || partitions < 1 || (replicationFactor ?? 1) < 1 {
            throw ValidationError("--records, --size, --partitions and --replication-factor have to be 1 or more")
        }
    }

    func run() async throws {
        let topic = "ottla-bench-\(UInt32.random(in: 0 ... .max))"
        try await client.withAdmin { admin in
            try await admin.createTopic(
                NewTopic(topic, partitions: partitions, replicationFactor: replicationFactor ?? -1)
            )
        }
        complain("topic '\(topic)' created")
        do { try await measure(topic) } catch {
            try? await delete(topic)
            throw error
        }
        try await delete(topic)
    }

    private func measure(_ topic: String) async throws {
        complain("producing \(records) records of \(size) bytes")
        var produce = try Perf.ProduceLoad.parse([topic, "--records", "\(records)", "--size", "\(size)"])
        (produce.acks, produce.client) = (acks, client)
        try await produce.run()
        complain("consuming them")
        var consume = try Perf.ConsumeLoad.parse([topic])
        consume.client = client
        try await consume.run()
        let latencies = min(records, 10_000)
        complain("sending \(latencies) more, one after the other")
        var latency = try Perf.Latency.parse([topic, "--records", "\(latencies)", "--size", "\(size)"])
        // What is not acknowledged has no latency.
        (latency.acks, latency.client) = (acks?.rawValue == "0" ? nil : acks, client)
        try await latency.run()
    }

    private func delete(_ topic: String) async throws {
        try await client.withAdmin { admin in try await admin.deleteTopic(topic) }
        complain("topic '\(topic)' deleted")
    }
}
