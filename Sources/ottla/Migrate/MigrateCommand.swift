import ArgumentParser
import Broker
import KafkaClient

/// `ottla migrate`.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check each step from Apache Kafka to Ottla, or back, before it is made.",
        discussion: """
            Nodes of Apache Kafka 4 and of Ottla serve one cluster: a node is stopped in order and started as the other program on the same
            directories and configuration, brokers first and controllers last. docs/migration.md has the whole way, and the way back from each step.

            EXAMPLES
              ottla migrate check --to ottla --bootstrap kafka-1:9092 --config /etc/kafka/server.properties
              ottla migrate check --to kafka --role controller --bootstrap kafka-1:9092
              ottla migrate unset --dry-run --bootstrap kafka-1:9092
            """,
        subcommands: [Check.self, UnsetKeys.self]
    )

    /// Which program the node will be.
    enum Program: String, ExpressibleByArgument, CaseIterable {
        case ottla, kafka
    }

    enum Role: String, ExpressibleByArgument, CaseIterable {
        case broker, controller, both

        var isBroker: Bool { self != .controller }
        var isController: Bool { self != .broker }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check whether the next node can become one of the other program. Changes nothing.",
            discussion: """
                Looks at the cluster: levels of features, partitions that are offline or not in sync, settings, groups and security that the program
                does not serve, the voters of the metadata quorum. With --config also at the node: its configuration, the keys without an effect,
                and its log directories.

                EXIT CODES
                  0   nothing stands in the way; there may be warnings
                  1   something blocks the step, or could not be checked
                  69  the cluster could not be reached
                  78  --config cannot be read
                """
        )

        @Option(help: ArgumentHelp("The program that the node will be: ottla or kafka.", valueName: "program"))
        var to: Program

        @Option(
            help: ArgumentHelp(
                "What the node is: broker, controller or both. Default: process.roles of --config, else broker.",
                valueName: "role"
            )
        )
        var role: Role?

        @Option(help: ArgumentHelp("The server.properties of the node.", valueName: "file"))
        var config: String?

        @OptionGroup var client: ClientOptions

        func run() async throws {
            var node: NodeChecks?
            if let config { node = try NodeChecks(path: config, to: to) }
            var findings: [Finding] = node?.ofConfiguration ?? []
            try await client.withAdmin { admin in
                let checks = ClusterChecks(admin: admin, to: to, role: role ?? node?.role ?? .broker)
                findings += try await checks.all()
                if let node { findings += node.ofDirectories(clusterId: try await admin.describeCluster().clusterId) }
            }
            var table = Table("check", "result", "detail", "remedy")
            for finding in findings {
                table.add(
                    .text(finding.check),
                    .text(finding.grade.rawValue),
                    .text(finding.detail),
                    Value(finding.remedy)
                )
            }
            table.write(client.output)
            let blockers = findings.count { $0.grade == .blocked }
            if blockers == 0 { return }
            complain("ottla: \(blockers) of \(findings.count) checks block the step")
            throw ExitCode(ExitCodes.failed)
        }
    }

    /// What only Ottla knows is taken off before a controller of Kafka leads: it refuses all later changes of a resource that has such a key.
    struct UnsetKeys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unset",
            abstract: "Unset all keys of topics and brokers that only Ottla knows (ottla.*)."
        )

        @Flag(help: "Show the keys without changing anything.") var dryRun = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let own = try await ClusterChecks.ownKeys(admin)
                if own.isEmpty, client.output == .table {
                    say("no topic and no broker has a key that only Ottla knows")
                }
                for (resource, names) in own {
                    if !dryRun {
                        try await admin.alterConfig(
                            resource,
                            Dictionary(uniqueKeysWithValues: names.map { ($0, .unset) })
                        )
                    }
                    client.report(
                        "\(resource): \(names.joined(separator: ", ")) \(dryRun ? "would be unset" : "unset")",
                        [
                            "resource": .text(resource.argument), "keys": .list(names.map { .text($0) }),
                            "result": .text(dryRun ? "would be unset" : "unset"),
                        ]
                    )
                }
            }
        }
    }
}
