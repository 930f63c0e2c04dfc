import ArgumentParser
import KafkaClient

/// `ottla broker`.
struct BrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "List and describe brokers, and move replicas between their log directories.",
        discussion: """
            EXAMPLES
              ottla broker list
              ottla broker describe 2 --output json
              ottla broker move 2 --topic orders --to /disk2/ottla
            """,
        subcommands: [List.self, Describe.self, Move.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the registered brokers, and what they lead and replicate.",
            discussion:
                "A fenced broker is registered but not in service. 'behind' counts replicas that are not in sync."
        )

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let brokers = try await admin.listBrokers()
                let placed = PlacedReplicas.on(try await admin.listTopics(includingInternal: true))
                var table = Table("broker", "address", "rack", "state", "leaders", "replicas", "behind")
                for broker in brokers {
                    let here = placed[broker.id] ?? PlacedReplicas()
                    table.add(
                        Value(broker.id),
                        .text("\(broker.address)"),
                        Value(broker.rack),
                        .text(broker.isFenced ?? false ? "fenced" : "active"),
                        Value(here.leaders),
                        Value(here.replicas),
                        Value(here.behind)
                    )
                }
                table.write(client.output)
            }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a broker's log directories and the replicas in them.",
            discussion: """
                'lag' is how many records a replica is behind the partition's high watermark. A replica that is being moved has the directory that \
                it goes to under 'moving_to', with how many bytes and records of it are still to be copied there.
                """
        )

        @Argument(help: "The broker's id.") var id: Int32
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let brokers = try await admin.listBrokers()
                guard let broker = brokers.first(where: { $0.id == id }) else {
                    let known = brokers.map { "\($0.id)" }.joined(separator: ", ")
                    complain("ottla: broker \(id) is not registered; registered are \(known)")
                    throw ExitCode(ExitCodes.failed)
                }
                if client.output == .table {
                    let rack = broker.rack.map { ", rack \($0)" } ?? ""
                    say("broker \(id) at \(broker.address)\(rack), \(broker.isFenced ?? false ? "fenced" : "active")")
                }
                let topics = try await admin.listTopics(includingInternal: true)
                if broker.isFenced ?? false {
                    // Nobody answers there.
                    return describe([], topics)
                }
                describe(try await admin.describeLogDirs(of: id), topics)
            }
        }

        private func describe(_ directories: [LogDirDescription], _ topics: [TopicDescription]) {
            if client.output == .table {
                for directory in directories {
                    let space =
                        directory.usableBytes.map { ", \($0 >> 20) MiB of \((directory.totalBytes ?? 0) >> 20) free" }
                        ?? ""
                    let state = directory.error.map { "offline: \($0)" } ?? "online"
                    say("  \(directory.path): \(state), \(directory.replicas.count) replicas\(space)")
                }
            }
            var table = Table(
                "topic",
                "partition",
                "role",
                "epoch",
                "in_sync",
                "directory",
                "bytes",
                "lag",
                "moving_to",
                "bytes_left",
                "records_left",
                of: ["broker": Value(id)]
            )
            for topic in topics {
                for partition in topic.partitions where partition.replicas.contains(id) {
                    let key = TopicPartition(topic.name, partition.index)
                    let places = ReplicaPlaces(key, in: directories)
                    table.add(
                        .text(topic.name),
                        Value(partition.index),
                        .text(partition.leader == id ? "leader" : "follower"),
                        Value(partition.leaderEpoch),
                        .flag(partition.inSyncReplicas.contains(id)),
                        Value(places.current?.path),
                        Value(places.current?.replica.bytes),
                        Value(places.current?.replica.offsetLag),
                        Value(places.future?.path),
                        Value(places.bytesLeft),
                        Value(places.future?.replica.offsetLag)
                    )
                }
            }
            table.write(client.output)
        }
    }
}
