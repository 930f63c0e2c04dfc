import ArgumentParser
import KafkaClient

/// `ottla why`.
struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell why something is as it is: the last decisions about it, from all nodes.",
        discussion: """
            TARGET is TOPIC/PARTITION, a topic, a broker's id, a group, or 'quorum' for the controllers; without one, all is told. topic:NAME, \
            broker:ID and group:NAME say what a name means; without that a name is both a topic's and a group's.

            Leaders that are elected and why, in-sync sets, fencing, registrations, logs that are cut, members that groups lose, rebalances, logs that \
            are not compacted, elections of a controller. Each node remembers its last ones since its start: 4096 about partitions, 1024 about \
            groups, 512 about brokers and the quorum. They are in the order of the nodes' clocks. A node that does not answer is named.

            EXAMPLES
              ottla why orders/3
              ottla why 2
              ottla why group:billing --limit 20
              ottla why quorum --output json
            """
    )

    @Argument(help: "What it is about.") var target: String?
    @Option(help: "How many decisions at most; 1 to 1000.") var limit: Int32 = 50
    @OptionGroup var client: ClientOptions

    /// How long one node may take: those that are down, or stand still, are what is asked about.
    private static let longestAnswer = 5

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit is \(limit); it has to be from 1 to 1000") }
        if let target, DecisionTarget(target) == nil {
            throw ValidationError("'\(target)' is no TOPIC/PARTITION, topic, broker or group")
        }
    }

    func run() async throws {
        let target = target.flatMap { DecisionTarget($0) }
        let seconds = "\(min(client.timeout, Self.longestAnswer))000"
        let quick = ["request.timeout.ms": seconds, "socket.connection.setup.timeout.ms": seconds]
        try await client.withAdmin(quick) { admin in
            let found = try await admin.describeDecisions(about: target?.subjects, limit: limit)
            let text = DecisionsText(found)
            if !found.rows.isEmpty || client.output == .json { text.table.write(client.output) }
            for line in text.silence { complain(line) }
            guard found.rows.isEmpty else { return }
            // A name that was mistyped is the likeliest reason.
            if case .partition(let topic, let number) = target, found.silent.isEmpty {
                try await Self.check(topic, number, admin)
            }
            complain(text.nothing(about: target))
        }
    }

    private static func check(_ topic: String, _ number: Int32, _ admin: Admin) async throws {
        let partitions = try await admin.describeTopic(topic).partitions
        if partitions.contains(where: { $0.index == number }) { return }
        throw KafkaError(.invalid, "topic '\(topic)' has no partition \(number); it has \(partitions.count), from 0 on")
    }
}
