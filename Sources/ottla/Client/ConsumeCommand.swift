import ArgumentParser
import Glibc
import KafkaClient
import NIOCore
import NIOPosix
import Synchronization
import UnixSignals

/// `ottla consume`.
struct Consume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print records of a topic.",
        discussion: """
            Reads from the beginning to the end offsets that the topic has now, and stops; --follow continues. With --group it is a member of a
            consumer group: it reads the partitions that it is assigned, from the committed offsets, until it is stopped.

            EXAMPLES
              ottla consume orders                                    values, one a line
              ottla consume orders --from end --follow                records produced from now on
              ottla consume orders --from 1500 --partition 2 --limit 10
              ottla consume orders --from -5                          the last 5 of each partition
              ottla consume orders --from time:1767225600000
              ottla consume orders --format '%p %o %k=%v'
              ottla consume orders --output json
              ottla consume orders --group billing                    shares the partitions with the other members
              ottla consume orders --group billing --idle 10          stops when no record came for 10 seconds

            FORMAT
              %t topic  %p partition  %o offset  %T timestamp (milliseconds since 1970)  %k key  %v value  %h headers  %% a percent sign
              %K %S  bytes of the key and of the value, -1 for null
              \\n, \\r, \\t, \\0, \\\\ and \\xHH (a byte) mean what they mean in C; each record ends with a line feed, or with --line-end.
              Keys, values and headers are printed as raw bytes.

            JSON
              What is no text is in base 64, in key_base64 and value_base64 instead of key and value, also in headers; 'ottla produce --input json' reads it back.

            EXIT CODES
              0   everything that was wanted was printed, or nobody reads it any more ('| head')
              1   something failed: the message says what. A group has only committed what could be written.
              64  the command line is invalid
              69  the cluster could not be reached
            """
    )

    @Argument(help: "The topic's name.") var topic: String
    @Option(help: "The partition; all otherwise.") var partition: Int32?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "beginning, end, an offset (beyond the end: the end), -COUNT for so many before the end, or time:MILLISECONDS since 1970.",
            valueName: "place"
        )
    )
    var from: Place = .beginning
    @Flag(name: .shortAndLong, help: "Don't stop at the end.") var follow = false
    @Option(help: "Stop after this many records.") var limit: Int?
    @Option(help: "How a record is printed; see FORMAT.") var format: String?
    @Option(help: ArgumentHelp("With --format: printed for null; nothing otherwise.", valueName: "text"))
    var null: String?
    @Option(help: ArgumentHelp("What is printed after each record; a line feed otherwise.", valueName: "text"))
    var lineEnd: String?
    @Flag(help: "Include records of open and aborted transactions (read_uncommitted).") var uncommitted = false
    @Option(help: ArgumentHelp("Read as a member of this group, and commit what was printed.", valueName: "name"))
    var group: String?
    @Option(
        help: ArgumentHelp(
            "With --group: range, roundrobin, sticky or cooperative-sticky. Default: partition.assignment.strategy, or cooperative-sticky.",
            valueName: "name"
        )
    )
    var assignor: Assignor?
    @Option(
        help: ArgumentHelp("With --group: stop when no record came for this long.", valueName: "seconds")
    )
    var idle: Int?
    @OptionGroup var client: ClientOptions

    enum Assignor: String, ExpressibleByArgument, CaseIterable {
        case range, roundrobin, sticky
        case cooperativeSticky = "cooperative-sticky"
    }

    enum Place: ExpressibleByArgument, Equatable {
        case beginning, end
        case offset(Int64)
        case last(Int64)
        case time(Int64)

        init?(argument: String) {
            switch argument {
            case "beginning": self = .beginning
            case "end": self = .end
            case _ where argument.hasPrefix("time:"):
                guard let millis = Int64(argument.dropFirst(5)), millis >= 0 else { return nil }
                self = .time(millis)
            case _ where argument.hasPrefix("-"):
                guard let count = Int64(argument.dropFirst()), count > 0 else { return nil }
                self = .last(count)
            default:
                guard let offset = Int64(argument), offset >= 0 else { return nil }
                self = .offset(offset)
            }
        }

        var defaultValueDescription: String { "beginning" }
    }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it has to be 1 or more") }
        if let idle, idle < 1 { throw ValidationError("--idle is \(idle); it has to be 1 or more") }
        try ArgumentBytes.requireText(topic)
        try ArgumentBytes.requireText(group ?? "")
        if group?.isEmpty ?? false { throw ValidationError("--group is empty") }
        if group == nil, idle != nil { throw ValidationError("--idle needs --group") }
        if group != nil {
            if partition != nil {
                throw ValidationError("with --group the group chooses the partitions, not --partition")
            }
            if from != .beginning, from != .end {
                throw ValidationError("with --group, --from is for what has no committed offset: beginning or end")
            }
        }
        if client.output == .json, format != nil || null != nil || lineEnd != nil {
            throw ValidationError("--format, --null and --line-end are for text, not for --output json")
        }
        _ = try recordText()
    }

    private func recordText() throws -> RecordText {
        if client.output == .json { return .json }
        return .format(
            try RecordFormat(
                format ?? "%v",
                null: null.map(ArgumentBytes.bytes) ?? [],
                lineEnd: lineEnd.map(ArgumentBytes.unescaped) ?? [0x0a]
            )
        )
    }

    func run() async throws {
        let settings = [
            "isolation.level": uncommitted ? "read_uncommitted" : "read_committed",
            "auto.offset.reset": group != nil && from == .end ? "latest" : "earliest",
            "group.id": group, "partition.assignment.strategy": assignor?.rawValue,
        ]
        let configuration = try client.consumerConfiguration(group: group, settings)
        if group != nil { return try await consumeAsMember(configuration) }
        let consumer = Consumer(configuration)
        do {
            try await client.withAdmin { admin in
                let (starts, ends) = try await range(admin)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await closeWhenUnread(consumer) }
                    try await show(consumer, starts, until: follow ? nil : ends)
                    group.cancelAll()
                }
            }
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
    }

    /// Where to begin, and where the partitions end now.
    private func range(_ admin: Admin) async throws -> ([TopicPartition: Int64], [TopicPartition: Int64]) {
        let keys = try await admin.describeTopic(topic).partitions.map { TopicPartition(topic, $0.index) }
            .filter { partition == nil || $0.partition == partition }
        if keys.isEmpty { throw KafkaError(.invalid, "topic '\(topic)' has no partition \(partition ?? 0)") }
        let ends = try await admin.listOffsets(
            keys,
            .latest,
            isolation: uncommitted ? .readUncommitted : .readCommitted
        )
        let starts = try await admin.listOffsets(keys, .earliest)
        switch from {
        case .beginning: return (starts, ends)
        case .end: return (ends, ends)
        case .offset(let offset):
            // What is beyond the end would be out of range, for which a consumer begins anew.
            return (starts.merging(ends) { start, end in max(start, min(offset, end)) }, ends)
        case .last(let count):
            return (starts.merging(ends) { start, end in count < end - start ? end - count : start }, ends)
        case .time(let millis):
            // A partition without a record that late is read from its end.
            return (ends.merging(try await admin.listOffsets(keys, .time(millis))) { $1 }, ends)
        }
    }

    private func show(
        _ consumer: Consumer,
        _ starts: [TopicPartition: Int64],
        until ends: [TopicPartition: Int64]?
    ) async throws {
        let text = try recordText()
        var rest = limit ?? .max
        let open = starts.filter { key, start in ends.map { start < $0[key] ?? 0 } ?? true }
        try consumer.assign(open)
        while rest > 0, let batch = try await consumer.next() {
            let end = ends?[batch.partition] ?? .max
            let printed = try await PrintedBatch.write(batch, as: text, limit: rest, until: end)
            if let failure = printed.failure { throw failure }
            rest -= printed.count
            if batch.nextOffset >= end { try consumer.unassign(batch.partition) }
        }
    }

    private func closeWhenUnread(_ consumer: Consumer) async {
        await StandardOutput.untilReaderIsGone()
        if !Task.isCancelled { await consumer.close() }
    }

    // MARK: In a group

    private func consumeAsMember(_ configuration: ConsumerConfiguration) async throws {
        // Says which topic was probably meant, which a member would wait for instead.
        try await client.withAdmin { admin in _ = try await admin.describeTopic(topic) }
        try await client.reporting {
            try await withConsumer(configuration) { consumer in
                try consumer.subscribe(to: [topic])
                let activity = Activity()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await closeAtSignal(consumer) }
                    group.addTask { await closeWhenIdle(consumer, activity) }
                    group.addTask { await closeWhenUnread(consumer) }
                    try await show(consumer, activity, commits: configuration.autoCommit)
                    group.cancelAll()
                }
            }
        }
    }

    private func show(_ consumer: Consumer, _ activity: Activity, commits: Bool) async throws {
        let text = try recordText()
        var rest = limit ?? .max
        while rest > 0, let batch = try await consumer.next() {
            activity.begin()
            let printed = try await PrintedBatch.write(batch, as: text, limit: rest)
            rest -= printed.count
            activity.end()
            if let failure = printed.failure {
                // Of this batch nothing is committed by itself.
                if printed.count > 0, commits {
                    try? await consumer.commit([batch.partition: CommittedOffset(printed.nextOffset)])
                }
                throw failure
            }
            if rest == 0 { try await consumer.commit([batch.partition: CommittedOffset(printed.nextOffset)]) }
        }
    }

    private func closeAtSignal(_ consumer: Consumer) async {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            await consumer.close()
            // What was being printed is printed still, unless nobody takes it; it is not committed.
            if (try? await Task.sleep(for: .seconds(2))) != nil { Glibc.exit(0) }
            return
        }
    }

    private func closeWhenIdle(_ consumer: Consumer, _ activity: Activity) async {
        guard let idle else { return }
        while true {
            // A broker lets the first member wait for others, for three seconds by default: nothing can come meanwhile.
            if (try? consumer.groupMetadata()) == nil { activity.end() }
            let left = .seconds(idle) - activity.silence
            if left <= .zero { return await consumer.close() }
            guard (try? await Task.sleep(for: min(left, .milliseconds(100)))) != nil else { return }
        }
    }

    /// When there was last something to do. A reader that takes its time makes nobody idle.
    private final class Activity: Sendable {
        private let state = Mutex((isBusy: false, last: ContinuousClock.now))

        func begin() { state.withLock { $0.isBusy = true } }
        func end() { state.withLock { $0 = (false, .now) } }
        var silence: Duration { state.withLock { $0.isBusy ? .zero : .now - $0.last } }
    }
}

/// What became of a batch that was to be printed.
private struct PrintedBatch: Sendable {
    /// Records that were written.
    var count = 0
    /// The first that was not.
    var nextOffset: Int64
    var failure: OutputFailure?

    private static let chunk = 64 << 10

    /// Writes the batch's records below `end`, as many as `limit` allows. Not on the thread of the caller, which others need while a reader
    /// takes its time.
    static func write(
        _ batch: ConsumedBatch,
        as text: RecordText,
        limit: Int,
        until end: Int64 = .max
    ) async throws -> PrintedBatch {
        try await NIOThreadPool.singleton.runIfActive { try writeNow(batch, text, limit, end) }
    }

    private static func writeNow(
        _ batch: ConsumedBatch,
        _ text: RecordText,
        _ limit: Int,
        _ end: Int64
    ) throws -> PrintedBatch {
        var printed = PrintedBatch(nextOffset: .min)
        var bytes = ByteBuffer()
        // What is printed when the buffer is written.
        var taken = printed
        var firstLeft = batch.nextOffset
        func flush() throws(OutputFailure) {
            try StandardOutput.write(bytes)
            bytes.clear()
            printed = taken
        }
        do {
            try batch.forEach { record in
                guard taken.count < limit, record.offset < end else {
                    firstLeft = min(firstLeft, record.offset)
                    return
                }
                text.write(record, batch.partition, to: &bytes)
                taken.count += 1
                taken.nextOffset = record.offset + 1
                if bytes.readableBytes >= chunk { try flush() }
            }
            try flush()
            printed.nextOffset = firstLeft
        } catch let failure as OutputFailure {
            printed.failure = failure
        }
        return printed
    }
}
