import ArgumentParser
import KafkaClient
import KafkaProtocol

extension Topic {
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compact a topic's logs now, and wait until it is done.",
            discussion: """
                Whatever the dirty ratio is. The active segment is ended first, so that its records are compacted too; min.compaction.lag.ms \
                and log.cleaner.io.max.bytes.per.second hold as ever. A pass that is under way is joined, and goes on when this command ends. \
                Progress goes to standard error, the result to standard output. Only Ottla's nodes can be asked.

                EXAMPLES
                  ottla topic compact customers
                  ottla topic compact customers --partition 0 --partition 3 --output json
                """
        )

        @Argument(help: "The topic's name.") var name: String
        @Option(name: .customLong("partition"), help: "Only this partition; may be repeated.") var partitions: [Int32] =
            []
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withAdmin { admin in
                var watch = CompactionWatch()
                for (broker, numbers) in try replicas(of: try await admin.describeTopic(name)) {
                    watch.note(try await start(numbers, broker, admin), on: broker)
                }
                if let refusal = watch.commonRefusal { throw refusal }
                for line in watch.rolls { complain(line) }
                try await wait(for: &watch, admin)
                watch.table(of: name).write(client.output)
                if watch.hasFailed { throw ExitCode(ExitCodes.failed) }
            }
        }

        /// The partitions that are wanted, by the brokers that have replicas which can be asked: each replica is compacted for itself.
        private func replicas(of topic: TopicDescription) throws -> [(Int32, [Int32])] {
            if let number = partitions.first(where: { number in !topic.partitions.contains { $0.index == number } }) {
                throw KafkaError(
                    .invalid,
                    "topic '\(name)' has no partition \(number); it has \(topic.partitions.count), from 0 on"
                )
            }
            var numbers: [Int32: [Int32]] = [:]
            for entry in topic.partitions where partitions.isEmpty || partitions.contains(entry.index) {
                for broker in entry.replicas where !entry.offlineReplicas.contains(broker) {
                    numbers[broker, default: []].append(entry.index)
                }
            }
            if numbers.isEmpty { throw KafkaError(.unreachable, "no replica of '\(name)' is online") }
            return numbers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        private func start(
            _ numbers: [Int32],
            _ broker: Int32,
            _ admin: Admin
        ) async throws -> [StartCompactionResponse.PartitionResult] {
            do throws(KafkaError) {
                return try await admin.startCompaction(of: name, numbers, on: broker)
            } catch {
                if error.code != .unsupported { throw error }
                throw KafkaError(
                    .unsupported,
                    "broker \(broker) cannot be asked to compact: it is not Ottla, or too old; min.cleanable.dirty.ratio says when it does so by itself"
                )
            }
        }

        private func wait(for watch: inout CompactionWatch, _ admin: Admin) async throws {
            let clock = ContinuousClock()
            var (pause, told) = (Duration.milliseconds(50), clock.now)
            defer { if StatusLine.isShown { StatusLine.draw("") } }
            while let broker = watch.brokers.first {
                for broker in [broker] + watch.brokers.dropFirst() {
                    let found = try await admin.describeCompaction(of: name, watch.waiting(on: broker), on: broker)
                    watch.update(found, on: broker)
                }
                if watch.brokers.isEmpty { return }
                if StatusLine.isShown {
                    StatusLine.draw(watch.progress.joined(separator: "; "))
                } else if clock.now - told >= .seconds(1) {
                    watch.progress.forEach(complain)
                    told = clock.now
                }
                try await clock.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(500))
            }
        }
    }
}

/// Passes that were asked for, until they are over.
struct CompactionWatch {
    private struct Row {
        var broker: Int32
        var start: StartCompactionResponse.PartitionResult
        var pass: DescribeCompactionResponse.PassUnderWay?
        var last: DescribeCompactionResponse.EndedPass?
        /// Why the pass was not made, or failed.
        var problem: KafkaError?
        var isOver = false
    }
    private var rows: [Row] = []

    mutating func note(_ results: [StartCompactionResponse.PartitionResult], on broker: Int32) {
        for start in results {
            var row = Row(broker: broker, start: start)
            if start.errorCode != .none { row.problem = Self.refusal(start.errorCode, start.errorMessage) }
            row.isOver = row.problem != nil || start.outcome == CompactionOutcome.nothing.rawValue
            rows.append(row)
        }
    }

    private static func refusal(_ code: ErrorCode, _ message: String?) -> KafkaError {
        KafkaError(.refused, message ?? code.message, serverCode: code)
    }

    /// Why nothing at all was begun, when that has one reason.
    var commonRefusal: KafkaError? {
        guard let first = rows.first?.problem, rows.allSatisfy({ $0.problem == first }) else { return nil }
        return first
    }

    var rolls: [String] {
        rows.filter { $0.start.rolledAtOffset >= 0 }.map {
            "partition \($0.start.partitionIndex): the active segment was ended at offset \($0.start.rolledAtOffset), so that its records are compacted too"
        }
    }

    /// Those that are still waited for.
    var brokers: [Int32] { Swift.Set(rows.filter { !$0.isOver }.map(\.broker)).sorted() }

    func waiting(on broker: Int32) -> [Int32] {
        rows.filter { $0.broker == broker && !$0.isOver }.map(\.start.partitionIndex)
    }

    mutating func update(_ found: [DescribeCompactionResponse.CompactedPartition], on broker: Int32) {
        for state in found {
            let place = rows.firstIndex {
                $0.broker == broker && $0.start.partitionIndex == state.partitionIndex && !$0.isOver
            }
            if let place { Self.update(&rows[place], state) }
        }
    }

    private static func update(_ row: inout Row, _ state: DescribeCompactionResponse.CompactedPartition) {
        row.pass = state.passUnderWay
        let wait = CompactionWait(rawValue: state.wait)
        if state.errorCode != .none {
            row.problem = refusal(state.errorCode, nil)
        } else if state.passesEnded >= row.start.pass {
            row.last = state.lastPass
            row.problem = state.lastPass?.errorMessage.map { KafkaError(.refused, $0) }
        } else if wait != .passUnderWay, wait != .turn {
            row.problem = KafkaError(
                .refused,
                "the pass was not made: the node was started again, or the topic changed"
            )
        } else {
            return
        }
        row.isOver = true
    }

    var hasFailed: Bool { rows.contains { $0.problem != nil } }

    /// A line for each pass under way; when there is none, how many are waited for.
    var progress: [String] {
        let running = rows.filter { !$0.isOver }
        let lines = running.compactMap { row in
            row.pass.map { "partition \(row.start.partitionIndex): \(CompactionText.progress($0))" }
        }
        return lines.isEmpty && !running.isEmpty ? ["\(running.count) passes wait for their turn"] : lines
    }

    func table(of topic: String) -> Table {
        var table = Table(
            "partition",
            "broker",
            "result",
            "rolled_at",
            "millis",
            "bytes_before",
            "bytes_after",
            "records_kept",
            "records_removed",
            "reason",
            of: ["topic": .text(topic)]
        )
        for row in rows.sorted(by: {
            ($0.start.partitionIndex, $0.broker) < ($1.start.partitionIndex, $1.broker)
        }) {
            let last = row.problem == nil ? row.last : nil
            let (result, reason) = Self.outcome(row)
            table.add(
                Value(row.start.partitionIndex),
                Value(row.broker),
                .text(result),
                row.start.rolledAtOffset >= 0 ? Value(row.start.rolledAtOffset) : .none,
                Value(last?.durationMs),
                Value(last?.bytesBefore),
                Value(last?.bytesAfter),
                Value(last?.recordsKept),
                Value(last.map { $0.recordsRead - $0.recordsKept }),
                Value(reason)
            )
        }
        return table
    }

    private static func outcome(_ row: Row) -> (String, String?) {
        if let problem = row.problem { return ("failed", "\(problem)") }
        if let last = row.last, last.segmentsBefore > 0 { return ("compacted", nil) }
        let wait = CompactionWait(rawValue: row.start.wait)
        return (
            "nothing to do", row.last == nil ? wait.map { CompactionText.words($0, until: row.start.waitUntilMs) } : nil
        )
    }
}
