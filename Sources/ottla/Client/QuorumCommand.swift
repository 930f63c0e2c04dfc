import ArgumentParser
import KafkaClient
import World

/// `ottla quorum`.
struct Quorum: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Describe the metadata quorum, add and remove voters, and unregister controllers.",
        discussion: """
            A controller with a new or an empty disk joins like this: format it with 'ottla storage format --no-initial-controllers' and the
            cluster's id, start it with controller.quorum.bootstrap.servers naming other controllers, add it. With
            controller.quorum.auto.join.enable=true it adds itself. Changing the voters takes kraft.version 1.

            EXAMPLES
              ottla quorum describe
              ottla quorum add 4@four.example:9093
              ottla quorum remove 2 --bootstrap-controller one.example:9093
              ottla quorum unregister 2
            """,
        subcommands: [Describe.self, Add.self, Remove.self, Unregister.self]
    )

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the leader, and how far voters and observers are.",
            discussion: """
                LAG is how many records of the metadata log a node has not fetched; FETCHED and CAUGHT-UP say how many milliseconds ago it last
                asked the leader, and last had all that the leader had. DIRECTORY is the id of its metadata directory: a voter is a node with
                that very directory. Without one, controller.quorum.voters names the voters (kraft.version 0).
                """
        )

        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func run() async throws {
            try await client.withAdmin(controllers.settings) { admin in
                let quorum = try await admin.describeQuorum()
                if client.output == .table {
                    say(
                        "leader \(quorum.leaderId), epoch \(quorum.leaderEpoch), high watermark \(quorum.highWatermark)"
                    )
                }
                let now = World.real.time.wall.milliseconds
                let end = (quorum.voters + quorum.observers).map(\.logEndOffset).max() ?? 0
                var table = Table("node", "role", "log-end", "lag", "fetched", "caught-up", "directory", "address")
                func add(_ replica: QuorumDescription.Replica, _ role: String) {
                    let isKnown = replica.logEndOffset >= 0
                    table.add(
                        Value(replica.id),
                        .text(role),
                        isKnown ? Value(replica.logEndOffset) : .none,
                        isKnown ? Value(end - replica.logEndOffset) : .none,
                        Value(replica.lastFetchMillis.map { max(0, now - $0) }),
                        Value(replica.lastCaughtUpMillis.map { max(0, now - $0) }),
                        Value(replica.directory.map { "\($0)" }),
                        replica.addresses.isEmpty ? .none : .text(replica.addresses.joined(separator: " "))
                    )
                }
                for voter in quorum.voters { add(voter, voter.id == quorum.leaderId ? "leader" : "follower") }
                for observer in quorum.observers { add(observer, "observer") }
                table.write(client.output)
            }
        }
    }
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a controller to the voters of the metadata quorum.",
            discussion: """
                The controller has to run, and be an observer in 'ottla quorum describe'. It becomes a voter once it has caught up with the metadata
                log, for which the command waits (--timeout). Only one change is made at a time.
                """
        )

        @Argument(
            help: ArgumentHelp(
                "The controller's node id, the address of its controller listener, and the id of its metadata directory; without the latter, that of the observer with this node id.",
                valueName: "id@host:port[:directory]"
            )
        )
        var voter: VoterArgument

        @Option(
            help: ArgumentHelp("The name of its controller listener; the leader's otherwise.", valueName: "name")
        )
        var listener: String?

        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func run() async throws {
            try await client.withAdmin(controllers.settings) { admin in
                let name = if let listener { listener } else { try await admin.describeQuorum().leaderListener }
                let directory =
                    if let given = voter.directory { given } else { try await fetchingDirectory(admin) }
                try await admin.addQuorumVoter(
                    voter.id,
                    directory: directory,
                    listeners: [name ?? "CONTROLLER": voter.address]
                )
                client.report(
                    "node \(voter.id) is a voter of the metadata quorum, with the directory \(directory)",
                    ["node": Value(voter.id), "directory": .text("\(directory)"), "result": .text("added")]
                )
            }
        }

        /// The directory with which the node fetches the metadata log now.
        ///
        /// The leader lists observers for minutes after they have stopped, or have got another disk: only one that is seen to fetch counts.
        private func fetchingDirectory(_ admin: Admin) async throws -> KafkaUUID {
            let id = voter.id
            var quorum = try await admin.describeQuorum()
            let before = quorum.observers.first { $0.id == id }
            let patience = ContinuousClock.now + .seconds(min(client.timeout, Self.longestWaitForFetch))
            while true {
                if let known = quorum.voters.first(where: { $0.id == id }) {
                    let other = known.directory.map {
                        ", with the directory \($0); if it has another disk now, remove it first"
                    }
                    throw failure("node \(id) is a voter already\(other ?? "")")
                }
                if let now = quorum.observers.first(where: { $0.id == id }),
                    let fetched = now.lastFetchMillis, fetched != before?.lastFetchMillis
                {
                    // Where directories have no ids, the leader says why it cannot be added.
                    return now.directory ?? .zero
                }
                guard before != nil, ContinuousClock.now < patience else { break }
                try await Task.sleep(for: .milliseconds(100))
                quorum = try await admin.describeQuorum()
            }
            let state = before == nil ? "is no observer of" : "does not fetch"
            throw failure(
                "node \(id) \(state) the metadata quorum's log; start it, or give its directory id, which 'ottla storage info' shows"
            )
        }

        /// Seconds. A controller fetches at least each 500 ms; one that has just been started has to open its log first.
        private static let longestWaitForFetch = 10
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a controller from the voters of the metadata quorum.",
            discussion: """
                The controller may be gone; a majority of the others has to run. One that runs goes on as an observer, and the active
                controller hands over to another one first. Stop a controller before, if its controller.quorum.auto.join.enable is true: it would join again.
                """
        )

        @Argument(help: "The controller's node id.") var id: Int32

        @Option(
            help: ArgumentHelp(
                "The id of its metadata directory; that of the voter with this node id otherwise.",
                valueName: "id"
            )
        )
        var directory: DirectoryArgument?

        @OptionGroup var client: ClientOptions
        @OptionGroup var controllers: ControllerOptions

        func run() async throws {
            try await client.withAdmin(controllers.settings) { admin in
                var known = directory?.id
                if known == nil {
                    let quorum = try await admin.describeQuorum()
                    guard let voter = quorum.voters.first(where: { $0.id == id }) else {
                        let voters = quorum.voters.map { "\($0.id)" }.joined(separator: ", ")
                        throw failure("node \(id) is no voter of the metadata quorum; the voters are \(voters)")
                    }
                    // Without directories there is nothing to remove from: the leader says why.
                    known = voter.directory
                }
                try await admin.removeQuorumVoter(id, directory: known ?? .zero)
                client.report(
                    "node \(id) is a voter of the metadata quorum no more",
                    ["node": Value(id), "directory": Value(known.map { "\($0)" }), "result": .text("removed")]
                )
            }
        }
    }
}

private func failure(_ sentence: String) -> ExitCode {
    complain("ottla: \(sentence)")
    return ExitCode(ExitCodes.failed)
}

extension QuorumDescription {
    /// The name of the listener by which the leader's controller is reached.
    fileprivate var leaderListener: String? {
        let address = (voters.first { $0.id == leaderId } ?? voters.first)?.addresses.first
        return address?.firstRange(of: "://").flatMap { address?[..<$0.lowerBound] }.map { String($0) }
    }
}

/// A voter as `storage format --initial-controllers` has it, with or without its directory.
struct VoterArgument: ExpressibleByArgument {
    var id: Int32
    var address: BrokerAddress
    var directory: KafkaUUID?

    init?(argument: String) {
        guard let at = argument.firstIndex(of: "@"), let id = Int32(argument[..<at]), id >= 0 else { return nil }
        self.id = id
        let rest = argument[argument.index(after: at)...]
        let colon = rest.lastIndex(of: ":")
        if let colon, let directory = KafkaUUID(String(rest[rest.index(after: colon)...])), directory != .zero,
            let address = Self.address(rest[..<colon])
        {
            (self.address, self.directory) = (address, directory)
        } else if let address = Self.address(rest) {
            self.address = address
        } else {
            return nil
        }
    }

    /// There is no usual port of a controller.
    private static func address(_ text: Substring) -> BrokerAddress? {
        guard let colon = text.lastIndex(of: ":"), Int(text[text.index(after: colon)...]) != nil else { return nil }
        return BrokerAddress(String(text))
    }
}

/// A directory's id as `storage random-id` prints it.
struct DirectoryArgument: ExpressibleByArgument {
    var id: KafkaUUID

    init?(argument: String) {
        guard let id = KafkaUUID(argument), id != .zero else { return nil }
        self.id = id
    }
}
