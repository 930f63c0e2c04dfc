import ArgumentParser
import CPlatform

/// The command line. Commands parse, call and print; what they do lies in the libraries below.
struct Ottla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ottla",
        abstract: "A distributed, durable event log that speaks Kafka.",
        discussion: """
            EXAMPLES
              ottla serve                                  a single node, data in ./ottla-data, on 127.0.0.1:9092
              ottla serve --listen 0.0.0.0:9092 --data /var/lib/ottla
              ottla serve --config server.properties --set num.partitions=6
              ottla topic create orders --partitions 6      any Kafka cluster: --bootstrap or OTTLA_BOOTSTRAP says which
              echo hello | ottla produce orders
              ottla consume orders --follow
              ottla group describe billing
              ottla log dump --verify /var/lib/ottla
            """,
        version: "ottla 0.1.0",
        subcommands: [
            Serve.self, Produce.self, Consume.self, Perf.self, Bench.self, Topic.self, Group.self, Config.self,
            RecordCommand.self,
            Cluster.self, Log.self,
        ]
    )
}

@main
enum Main {
    /// `serve` has to run on the first thread, before there is another: it decides which signals all later threads take.
    @MainActor static func main() async {
        ottla_tune_allocator()
        do {
            var command = try Ottla.parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            Ottla.exit(withError: error)
        }
    }
}
