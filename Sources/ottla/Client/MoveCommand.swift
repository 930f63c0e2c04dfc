import ArgumentParser
import KafkaClient
import KafkaProtocol

extension BrokerCommand {
    struct Move: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move replicas of a broker to another of its log directories, and wait until they are there.",
            discussion: """
                The broker copies them while they are used as before, no faster than replica.alter.log.dirs.io.max.bytes.per.second, which is set \
                for all brokers: 'ottla config set broker replica.alter.log.dirs.io.max.bytes.per.second=50000000'. A move goes on when this \
                command ends, and after a restart of the broker. Moving a replica to where it is ends a move of it. Progress goes to standard \
                error, the result to standard output.

                EXAMPLES
                  ottla broker move 2 --topic orders --to /disk2/ottla
                  ottla broker move 2 --topic orders --partition 0 --partition 3 --to /disk2/ottla --output json
                """
        )

        @Argument(help: "The broker's id.") var id: Int32
        @Option(help: "The topic whose replicas are moved.") var topic: String
        @Option(name: .customLong("partition"), help: "Only this partition; may be repeated.") var partitions: [Int32] =
            []
        @Option(help: ArgumentHelp("The log directory, as 'ottla broker describe' shows it.", valueName: "directory"))
        var to: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                let wanted = try await replicas(admin)
                var watch = MoveWatch(wanted, to: try await directory(admin))
                let places = Dictionary(uniqueKeysWithValues: wanted.map { ($0, watch.target) })
                watch.note(refused: try await admin.alterLogDirs(of: id, places))
                try await wait(for: &watch, admin)
                watch.table(broker: id).write(client.output)
                if watch.hasFailed { throw ExitCode(ExitCodes.failed) }
            }
        }

        private func replicas(_ admin: Admin) async throws -> [TopicPartition] {
            let known = try await admin.describeTopic(topic).partitions
            if let number = partitions.first(where: { number in !known.contains { $0.index == number } }) {
                throw KafkaError(
                    .invalid,
                    "topic '\(topic)' has no partition \(number); it has \(known.count), from 0 on"
                )
            }
            let here = known.filter { $0.replicas.contains(id) }.map(\.index)
            if let number = partitions.first(where: { !here.contains($0) }) {
                throw KafkaError(.invalid, "broker \(id) has no replica of partition \(number) of '\(topic)'")
            }
            if here.isEmpty { throw KafkaError(.invalid, "broker \(id) has no replica of '\(topic)'") }
            let numbers = partitions.isEmpty ? here : partitions
            return Set(numbers).sorted().map { TopicPartition(topic, $0) }
        }

        private func directory(_ admin: Admin) async throws -> String {
            let known = try await admin.describeLogDirs(of: id).map(\.path)
            if known.contains(to) { return to }
            let names = known.joined(separator: ", ")
            throw KafkaError(.invalid, "broker \(id) has no log directory '\(to)'; it has \(names)")
        }

        private func wait(for watch: inout MoveWatch, _ admin: Admin) async throws {
            let clock = ContinuousClock()
            var (pause, told) = (Duration.milliseconds(50), clock.now)
            defer { if StatusLine.isShown { StatusLine.draw("") } }
            while watch.isWaiting {
                watch.update(try await admin.describeLogDirs(of: id))
                if !watch.isWaiting { return }
                if StatusLine.isShown {
                    StatusLine.draw(watch.progress)
                } else if clock.now - told >= .seconds(1) {
                    complain(watch.progress)
                    told = clock.now
                }
                try await clock.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(500))
            }
        }
    }
}

/// Where a broker has a replica, and where it is being moved to.
struct ReplicaPlaces {
    var current: (path: String, replica: LogDirDescription.Replica)?
    var future: (path: String, replica: LogDirDescription.Replica)?

    init(_ partition: TopicPartition, in directories: [LogDirDescription]) {
        for directory in directories {
            guard let found = directory.replicas[partition] else { continue }
            if found.isFuture { future = (directory.path, found) } else { current = (directory.path, found) }
        }
    }

    /// nil when nothing is being moved. The copy may be larger for a moment: what retention removes goes there later.
    var bytesLeft: Int64? {
        guard let current, let future else { return nil }
        return max(0, current.replica.bytes - future.replica.bytes)
    }
}

/// Replicas that are to be moved, until each is where it is to be, or stays where it was.
struct MoveWatch {
    private enum Outcome: Equatable {
        case waiting, moved
        case failed(String)
    }

    private struct Row {
        var partition: TopicPartition
        var outcome = Outcome.waiting
        var bytesLeft: Int64?
        /// How often nothing was to be seen of the move: at its very end, that is so for a moment.
        var absences = 0
    }

    let target: String
    private var rows: [Row]
    private static let absencesLimit = 5

    init(_ partitions: [TopicPartition], to target: String) {
        self.target = target
        rows = partitions.map { Row(partition: $0) }
    }

    var isWaiting: Bool { rows.contains { $0.outcome == .waiting } }
    var hasFailed: Bool { rows.contains { $0.outcome != .moved } }

    mutating func note(refused: PartitionErrors) {
        for index in rows.indices {
            if let error = refused[rows[index].partition] { rows[index].outcome = .failed("\(error)") }
        }
    }

    mutating func update(_ directories: [LogDirDescription]) {
        for index in rows.indices where rows[index].outcome == .waiting {
            let places = ReplicaPlaces(rows[index].partition, in: directories)
            rows[index].bytesLeft = places.bytesLeft
            if places.current?.path == target {
                rows[index].outcome = .moved
            } else if places.future?.path == target {
                rows[index].absences = 0
            } else {
                rows[index].absences += 1
                guard rows[index].absences >= Self.absencesLimit else { continue }
                let (topic, number) = (rows[index].partition.topic, rows[index].partition.partition)
                rows[index].outcome = .failed("the broker has given the move up; see 'ottla why \(topic)/\(number)'")
            }
        }
    }

    var progress: String {
        let waiting = rows.filter { $0.outcome == .waiting }
        let bytes = waiting.reduce(0) { $0 + ($1.bytesLeft ?? 0) }
        return "\(rows.count - waiting.count) of \(rows.count) replicas are there, \(bytes >> 20) MiB left"
    }

    func table(broker: Int32) -> Table {
        var table = Table(
            "topic",
            "partition",
            "directory",
            "result",
            "reason",
            of: ["broker": Value(broker)]
        )
        for row in rows {
            var reason: String?
            if case .failed(let why) = row.outcome { reason = why }
            table.add(
                .text(row.partition.topic),
                Value(row.partition.partition),
                .text(target),
                .text(row.outcome == .moved ? "moved" : "failed"),
                Value(reason)
            )
        }
        return table
    }
}
