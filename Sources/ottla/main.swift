import ArgumentParser
import CPlatform

/// The command line. Commands parse, call and print; what they do lies in the libraries below.
struct Ottla: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ottla",
        abstract: "A distributed, durable event log that speaks Kafka.",
        discussion: """
            EXAMPLES
              ottla serve                                  a single node, data in ./ottla-data, on 127.0.0.1:9092
              ottla serve --listen 0.0.0.0:9092 --data /var/lib/ottla
              ottla serve --config server.properties --set num.partitions=6
              ottla log dump --verify /var/lib/ottla
            """,
        version: "ottla 0.1.0",
        subcommands: [Serve.self, Log.self]
    )
}

ottla_tune_allocator()
Ottla.main()
