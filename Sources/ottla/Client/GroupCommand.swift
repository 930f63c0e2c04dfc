import ArgumentParser
import KafkaClient

/// `ottla group`.
struct Group: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show consumer groups, their members and their lag, and reset their offsets.",
        discussion: """
            EXAMPLES
              ottla group list
              ottla group describe billing
              ottla group reset-offsets billing --topic orders --to-earliest --dry-run
              ottla group reset-offsets billing --topic orders --to-time 1767225600000 --yes
              ottla group delete billing
            """,
        subcommands: [List.self, Describe.self, ResetOffsets.self, Delete.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List groups.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                var table = Table("group", "state", "type", "protocol")
                for group in try await admin.listGroups() {
                    table.add(
                        .text(group.id),
                        Self.shown(group.state),
                        Self.shown(group.type),
                        Self.shown(group.protocolType)
                    )
                }
                table.write(client.output)
            }
        }

        private static func shown(_ text: String) -> Value { text.isEmpty ? .none : .text(text) }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a group's committed offsets, its lag and its members."
        )

        @Argument(help: "The group's name.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let group = try await admin.describeGroup(name)
                let offsets = try await positions(of: group, admin)
                var owners: [TopicPartition: GroupDescription.Member] = [:]
                for member in group.members { for key in member.assignment { owners[key] = member } }
                let existing = Swift.Set(try await admin.listTopics(includingInternal: true).map(\.name))
                let keys = Swift.Set(offsets.keys).union(owners.keys).sorted()
                let ends = try await admin.listOffsets(keys.filter { existing.contains($0.topic) }, .latest)
                say(client.output == .json ? fields(of: group).json : summary(of: group).escapingControls())
                var table = Table(
                    "topic",
                    "partition",
                    "committed",
                    "end",
                    "lag",
                    "member",
                    "host",
                    "client",
                    of: ["group": .text(name)]
                )
                for key in keys {
                    let offset = offsets[key]
                    var lag: Int64?
                    if let offset, let end = ends[key] { lag = max(0, end - offset) }
                    table.add(
                        .text(key.topic),
                        Value(key.partition),
                        Value(offset),
                        Value(ends[key]),
                        Value(lag),
                        Value(owners[key]?.instanceId ?? owners[key]?.id),
                        Value(owners[key]?.host),
                        Value(owners[key]?.clientId)
                    )
                }
                table.write(client.output)
            }
        }

        private func fields(of group: GroupDescription) -> Value {
            .fields([
                ("group", .text(name)), ("state", .text(group.state)), ("type", .text("\(group.kind)")),
                ("epoch", Value(group.epoch)), ("members", Value(group.members.count)),
                ("assignor", group.assignor.isEmpty ? .none : .text(group.assignor)),
                ("coordinator", Value(group.coordinator)),
            ])
        }

        private func summary(of group: GroupDescription) -> String {
            let assignor = group.assignor.isEmpty ? "" : ", assignor \(group.assignor)"
            let kind = group.kind == .classic ? "" : ", a \(group.kind) group of epoch \(group.epoch ?? 0)"
            return
                "\(name): \(group.state), \(group.members.count) members\(assignor)\(kind), coordinator \(group.coordinator)"
        }

        /// What it has committed; of a share group, the first records that are not done with.
        private func positions(
            of group: GroupDescription,
            _ admin: Admin
        ) async throws(KafkaError) -> [TopicPartition: Int64] {
            if group.kind != .share { return try await admin.committedOffsets(of: group.id).mapValues(\.offset) }
            return try await admin.shareOffsets(of: group.id).mapValues(\.start).filter { $0.value >= 0 }
        }
    }

    struct ResetOffsets: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reset a group's committed offsets; it must have no members.",
            discussion: "Shows the new offsets and asks before it commits them; --dry-run only shows."
        )

        @Argument(help: "The group's name.") var name: String
        @Option(help: "The topic; default: every topic with committed offsets.") var topic: String?
        @Option(help: "The partition; all otherwise.") var partition: Int32?
        @Flag(help: "To the first record.") var toEarliest = false
        @Flag(help: "To the end of the partitions: only records produced from now on.") var toLatest = false
        @Option(parsing: .unconditional, help: "To this offset.") var toOffset: Int64?
        @Option(
            parsing: .unconditional,
            help: "To the first record of this time or later, milliseconds since 1970."
        ) var toTime: Int64?
        @Option(parsing: .unconditional, help: "By this many records, backwards when negative.") var shift: Int64?
        @Flag(help: "Show the new offsets, commit nothing.") var dryRun = false
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            let ways = [toEarliest, toLatest, toOffset != nil, toTime != nil, shift != nil].count { $0 }
            if ways != 1 {
                throw ValidationError("pass one of --to-earliest, --to-latest, --to-offset, --to-time, --shift")
            }
            if let toOffset, toOffset < 0 { throw ValidationError("--to-offset is \(toOffset); offsets begin with 0") }
            if let toTime, toTime < 0 { throw ValidationError("--to-time is \(toTime); it cannot be negative") }
        }

        func run() async throws {
            try await client.withAdmin { admin in
                let committed = try await admin.committedOffsets(of: name)
                let keys = try await partitions(admin, committed)
                let starts = try await admin.listOffsets(keys, .earliest)
                let ends = try await admin.listOffsets(keys, .latest)
                let times = try await toTime.asyncMap { try await admin.listOffsets(keys, .time($0)) } ?? [:]
                var moved: [TopicPartition: CommittedOffset] = [:]
                var table = Table("topic", "partition", "before", "after", "end", of: ["group": .text(name)])
                for key in keys {
                    guard let start = starts[key], let end = ends[key] else { continue }
                    let target =
                        if toEarliest { start } else if toLatest { end } else if let toOffset {
                            toOffset
                        } else if toTime != nil { times[key] ?? end } else {
                            Self.sum(committed[key]?.offset ?? start, shift ?? 0)
                        }
                    let offset = min(max(target, start), end)
                    moved[key] = CommittedOffset(offset)
                    table.add(
                        .text(key.topic),
                        Value(key.partition),
                        Value(committed[key]?.offset),
                        Value(offset),
                        Value(end)
                    )
                }
                table.write(client.output)
                if dryRun { return }
                try confirm("Commit these offsets for '\(name)'?", yes: yes)
                try await admin.commitOffsets(of: name, moved)
                if client.output == .table { say("committed") }
            }
        }

        /// What no offset can be is as far as there are offsets.
        private static func sum(_ offset: Int64, _ shift: Int64) -> Int64 {
            let (sum, isTooFar) = offset.addingReportingOverflow(shift)
            return isTooFar ? shift < 0 ? .min : .max : sum
        }

        private func partitions(
            _ admin: Admin,
            _ committed: [TopicPartition: CommittedOffset]
        ) async throws -> [TopicPartition] {
            guard let topic else { return try chosen(from: committed.keys.sorted()) }
            let described = try await admin.describeTopic(topic)
            return try chosen(from: described.partitions.map { TopicPartition(topic, $0.index) })
        }

        private func chosen(from all: [TopicPartition]) throws -> [TopicPartition] {
            let chosen = all.filter { partition == nil || $0.partition == partition }
            if chosen.isEmpty {
                complain("ottla: group '\(name)' has no matching committed offsets; --topic names a topic")
                throw ExitCode(ExitCodes.failed)
            }
            return chosen
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete groups and their committed offsets.")

        @Argument(help: "The groups' names.") var names: [String]
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try confirm(
                "Delete \(names.map { "'\($0)'" }.joined(separator: ", ")) and their committed offsets?",
                yes: yes
            )
            try await client.withAdmin { admin in
                for name in names {
                    try await admin.deleteGroup(name)
                    client.report(
                        "group '\(name)' deleted",
                        ["group": .text(name), "result": .text("deleted")]
                    )
                }
            }
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        if let value = self { try await transform(value) } else { nil }
    }
}
