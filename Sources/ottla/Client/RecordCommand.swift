import ArgumentParser
import KafkaClient

/// `ottla record`.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Delete records from the beginning of partitions.",
        discussion: """
            EXAMPLES
              ottla record delete orders --partition 0 --before 1000     everything below offset 1000
              ottla record delete orders --all                           all records that there are now, in all partitions
            """,
        subcommands: [Delete.self]
    )

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete all records below an offset.")

        @Argument(help: "The topic's name.") var topic: String
        @Option(help: "The partition; all otherwise.") var partition: Int32?
        @Option(parsing: .unconditional, help: "The new log start offset: records below it are deleted.") var before:
            Int64?
        @Flag(help: "Delete all records that the partitions have now.") var all = false
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            if (before == nil) != all { throw ValidationError("pass either --before OFFSET or --all") }
            if let before, before < 0 { throw ValidationError("--before is \(before); offsets begin with 0") }
        }

        func run() async throws {
            let what = before.map { "all records below offset \($0)" } ?? "all records"
            let place = partition.map { "'\(topic)', partition \($0)" } ?? "all partitions of '\(topic)'"
            try confirm("Delete \(what) in \(place)?", yes: yes)
            try await client.withAdmin { admin in
                let partitions = try await admin.describeTopic(topic).partitions.map(\.index).filter {
                    partition == nil || $0 == partition
                }
                if partitions.isEmpty {
                    complain("ottla: topic '\(topic)' has no partition \(partition ?? 0)")
                    throw ExitCode(ExitCodes.failed)
                }
                let offsets = Dictionary(
                    uniqueKeysWithValues: partitions.map { (TopicPartition(topic, $0), before ?? -1) }
                )
                let starts = try await admin.deleteRecords(before: offsets)
                var table = Table("partition", "start", of: ["topic": .text(topic)])
                for (key, start) in starts.sorted(by: { $0.key < $1.key }) {
                    table.add(Value(key.partition), Value(start))
                }
                table.write(client.output)
            }
        }
    }
}
