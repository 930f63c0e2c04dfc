import ArgumentParser
import KafkaClient

/// `ottla cluster`.
struct Cluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Describe the cluster, and change its features.",
        discussion: """
            EXAMPLES
              ottla cluster describe
              ottla cluster describe --bootstrap kafka-1:9092,kafka-2:9092 --output json
              ottla cluster features describe
            """,
        subcommands: [Describe.self, Features.self]
    )

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the brokers and the metadata quorum.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let cluster = try await admin.describeCluster()
                var quorum: QuorumDescription?
                do {
                    quorum = try await admin.describeQuorum()
                } catch let error as KafkaError where error.code == .unsupported {
                    // A cluster without KRaft has none to show.
                }
                if client.output == .table {
                    say("cluster \(cluster.clusterId ?? "-")")
                    if let quorum {
                        let voters = quorum.voters.map { "\($0.id)" }.joined(separator: ", ")
                        say(
                            "metadata: leader \(quorum.leaderId), epoch \(quorum.leaderEpoch), high watermark \(quorum.highWatermark), voters \(voters)"
                        )
                    }
                }
                var table = Table("broker", "address", "rack", "roles")
                for broker in cluster.brokers {
                    let isVoter = quorum?.voters.contains { $0.id == broker.id } ?? false
                    table.add(
                        Value(broker.id),
                        .text("\(broker.address)"),
                        Value(broker.rack),
                        .text(
                            isVoter
                                ? (quorum?.leaderId == broker.id ? "broker,controller*" : "broker,controller")
                                : "broker"
                        )
                    )
                }
                table.write(client.output)
            }
        }
    }
}
