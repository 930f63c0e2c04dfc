import ArgumentParser
import KafkaClient
import KafkaProtocol

/// `ottla topic`.
struct Topic: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, describe, change, compact and delete topics.",
        discussion: """
            EXAMPLES
              ottla topic create orders --partitions 6 --config retention.ms=86400000
              ottla topic list
              ottla topic describe orders
              ottla topic add-partitions orders 12
              ottla topic alter orders --set cleanup.policy=compact --unset retention.ms
              ottla topic compact orders
              ottla topic delete orders
            """,
        subcommands: [Create.self, List.self, Describe.self, Alter.self, AddPartitions.self, Compact.self, Delete.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a topic.")

        @Argument(help: "The topic's name.") var name: String
        @Option(help: "The number of partitions; the cluster's default otherwise.") var partitions: Int32?
        @Option(help: "The replication factor; the cluster's default otherwise.")
        var replicationFactor: Int16?
        @Option(help: ArgumentHelp("A setting of the topic; may be repeated.", valueName: "name=value")) var config:
            [String] = []
        @Flag(help: "Succeed when the topic exists already.") var ifNotExists = false
        @Flag(help: "Validate the request without creating the topic.") var validateOnly = false
        @OptionGroup var client: ClientOptions

        func validate() throws { _ = try config.map(assignment) }

        func run() async throws {
            let configs = Dictionary(try config.map(assignment)) { $1 }
            let topic = NewTopic(name, partitions: partitions, replicationFactor: replicationFactor, configs: configs)
            try await client.withAdmin { admin in
                do {
                    try await admin.createTopic(topic, validateOnly: validateOnly)
                } catch let error as KafkaError where error.serverCode == .topicAlreadyExists && ifNotExists {
                    return report("exists")
                }
                report(validateOnly ? "could be created" : "created")
                if !validateOnly { await complainOfMinimum(name, admin) }
            }
        }

        private func report(_ result: String) {
            client.report("topic '\(name)' \(result)", ["topic": .text(name), "result": .text(result)])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List topics.")

        @Flag(help: "Include internal topics.") var `internal` = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                var table = Table("name", "partitions", "replication", "without_leader", "under_replicated")
                for topic in try await admin.listTopics(includingInternal: `internal`) {
                    table.add(
                        .text(topic.name),
                        Value(topic.partitions.count),
                        Value(topic.partitions.map(\.replicas.count).max()),
                        Value(topic.partitions.count { $0.leader == nil }),
                        Value(topic.partitions.count { $0.inSyncReplicas.count < $0.replicas.count })
                    )
                }
                table.write(client.output)
            }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a topic's partitions, the settings that differ from the defaults, and its compaction."
        )

        @Argument(help: "The topic's name.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let topic = try await admin.describeTopic(name)
                let partitions = topic.partitions.filter { $0.leader != nil }.map { TopicPartition(name, $0.index) }
                let starts = try await admin.listOffsets(partitions, .earliest)
                let ends = try await admin.listOffsets(partitions, .latest)
                let settings = try await admin.describeConfig(.topic(name)).filter { $0.source == .topic }
                let compaction = try await compaction(of: topic, admin)
                if client.output == .table {
                    say("\(name)  id \(topic.id ?? "-")\(topic.isInternal ? "  internal" : "")")
                    say(settings.map { "  \($0.name)=\(Value($0.value ?? "").cell)" })
                }
                var table = Table(
                    "partition",
                    "leader",
                    "epoch",
                    "replicas",
                    "in_sync",
                    "offline",
                    "start",
                    "end",
                    "state",
                    details: ["compaction"],
                    of: ["topic": .text(name)]
                )
                for entry in topic.partitions {
                    let key = TopicPartition(name, entry.index)
                    table.add(
                        Value(entry.index),
                        Value(entry.leader),
                        Value(entry.leaderEpoch),
                        Value(entry.replicas),
                        Value(entry.inSyncReplicas),
                        entry.offlineReplicas.isEmpty ? .none : Value(entry.offlineReplicas),
                        Value(starts[key]),
                        Value(ends[key]),
                        Value(entry.trouble),
                        compaction[entry.index].map { .list($0.map(\.fields)) } ?? .none
                    )
                }
                table.write(client.output)
                if client.output == .json || compaction.isEmpty { return }
                var passes = CompactionText.table
                for replica in compaction.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
                    replica.add(to: &passes)
                }
                say("compaction")
                passes.write(client.output)
            }
        }

        /// How the replicas stand to compaction, by partition; empty when the topic is not compacted, or the cluster does not tell.
        private func compaction(of topic: TopicDescription, _ admin: Admin) async throws -> [Int32: [CompactionText]] {
            var found: [Int32: [CompactionText]] = [:]
            let brokers = topic.partitions.flatMap { entry in
                entry.replicas.filter { !entry.offlineReplicas.contains($0) }
            }
            for broker in Swift.Set(brokers).sorted() {
                do throws(KafkaError) {
                    for partition in try await admin.describeCompaction(of: name, on: broker)
                    where partition.isCompacted {
                        found[partition.partitionIndex, default: []].append(
                            CompactionText(broker: broker, partition: partition)
                        )
                    }
                } catch {
                    // Kafka's brokers, and earlier ones of ours, do not tell.
                    if error.code != .unsupported { throw error }
                }
            }
            return found
        }
    }

    struct Alter: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Change a topic's settings.")

        @Argument(help: "The topic's name.") var name: String
        @Option(name: .customLong("set"), help: ArgumentHelp("A new value; may be repeated.", valueName: "name=value"))
        var sets: [String] = []
        @Option(
            name: .customLong("unset"),
            help: ArgumentHelp("A setting to reset to its default; may be repeated.", valueName: "name")
        ) var unsets: [String] = []
        @OptionGroup var client: ClientOptions

        func validate() throws { _ = try ConfigChanges(sets, unsets) }

        func run() async throws {
            try await ConfigChanges(sets, unsets).apply(to: .topic(name), client)
            guard sets.contains(where: { $0.hasPrefix("min.insync.replicas=") }) else { return }
            try await client.withAdmin { await complainOfMinimum(name, $0) }
        }
    }

    struct AddPartitions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add partitions to a topic.",
            discussion: "Their number never shrinks, and records with a key go to other partitions than before."
        )

        @Argument(help: "The topic's name.") var name: String
        @Argument(help: "The new number of partitions.") var count: Int32
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                try await admin.createPartitions(name, count: count)
                client.report(
                    "topic '\(name)' has \(count) partitions",
                    ["topic": .text(name), "partitions": Value(count)]
                )
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete topics and all their records.")

        @Argument(help: "The topics' names.") var names: [String]
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try confirm("Delete \(names.map { "'\($0)'" }.joined(separator: ", ")) and all records?", yes: yes)
            try await client.withAdmin { admin in
                for name in names {
                    try await admin.deleteTopic(name)
                    client.report(
                        "topic '\(name)' deleted",
                        ["topic": .text(name), "result": .text("deleted")]
                    )
                }
            }
        }
    }
}

extension TopicDescription.Partition {
    /// What an operator has to look at; nil when all is well.
    fileprivate var trouble: String? {
        if leader == nil { return "offline" }
        return inSyncReplicas.count < replicas.count ? "under-replicated" : nil
    }
}

/// Says so when no partition can ever have as many replicas in sync as `min.insync.replicas` asks for: brokers take such a setting, and then refuse
/// every write with acks=all.
private func complainOfMinimum(_ name: String, _ admin: Admin) async {
    guard let topic = try? await admin.describeTopic(name),
        let settings = try? await admin.describeConfig(.topic(name)),
        let minimum = settings.first(where: { $0.name == "min.insync.replicas" })?.value.flatMap({ Int($0) }),
        let replicas = topic.partitions.map(\.replicas.count).min(), minimum > replicas
    else { return }
    complain(
        "ottla: min.insync.replicas of topic '\(name)' is \(minimum), and its partitions have \(replicas) replica\(replicas == 1 ? "" : "s"): every write with acks=all will be refused"
    )
}
