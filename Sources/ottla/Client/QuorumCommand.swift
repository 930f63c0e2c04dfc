import ArgumentParser
import KafkaClient
import World

/// `ottla quorum`.
struct Quorum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Describe the quorum that keeps the cluster's metadata.",
        discussion: """
            EXAMPLES
              ottla quorum describe
              ottla quorum describe --output json
            """,
        subcommands: [Describe.self]
    )

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the leader, and how far voters and observers are.",
            discussion: """
                LAG is how many records of the metadata log a node has not fetched; FETCHED and CAUGHT-UP say how many milliseconds ago it last
                asked the leader, and last had all that the leader had.
                """
        )

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let quorum = try await admin.describeQuorum()
                if client.output == .table {
                    say(
                        "leader \(quorum.leaderId), epoch \(quorum.leaderEpoch), high watermark \(quorum.highWatermark)"
                    )
                }
                let now = World.real.time.wall.milliseconds
                let end = (quorum.voters + quorum.observers).map(\.logEndOffset).max() ?? 0
                var table = Table("node", "role", "log-end", "lag", "fetched", "caught-up", "address")
                func add(_ replica: QuorumDescription.Replica, _ role: String) {
                    let isKnown = replica.logEndOffset >= 0
                    table.add(
                        Value(replica.id),
                        .text(role),
                        isKnown ? Value(replica.logEndOffset) : .none,
                        isKnown ? Value(end - replica.logEndOffset) : .none,
                        Value(replica.lastFetchMillis.map { max(0, now - $0) }),
                        Value(replica.lastCaughtUpMillis.map { max(0, now - $0) }),
                        replica.addresses.isEmpty ? .none : .text(replica.addresses.joined(separator: " "))
                    )
                }
                for voter in quorum.voters { add(voter, voter.id == quorum.leaderId ? "leader" : "follower") }
                for observer in quorum.observers { add(observer, "observer") }
                table.write(client.output)
            }
        }
    }
}
