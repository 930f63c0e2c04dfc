import ArgumentParser
import KafkaClient
import KafkaRecords
import NIOCore
import Synchronization
import UnixSignals

/// `ottla consume`.
struct Consume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print records of a topic.",
        discussion: """
            Reads from the beginning to where the topic ends now, and stops; --follow goes on. With --group it is a member of a group, which
            divides the partitions among its members and keeps where they are: it goes on from there, until it is stopped.

            EXAMPLES
              ottla consume orders                                    values, one a line
              ottla consume orders --from end --follow                what comes from now on
              ottla consume orders --from 1500 --partition 2 --limit 10
              ottla consume orders --from time:1767225600000
              ottla consume orders --format '%p %o %k=%v'
              ottla consume orders --output json
              ottla consume orders --group billing                    shares the partitions with others that say the same
              ottla consume orders --group billing --idle 10          stops when nothing came for 10 seconds

            FORMAT
              %t topic  %p partition  %o offset  %T timestamp (milliseconds since 1970)  %k key  %v value  %h headers  %% a percent sign
              \\n and \\t mean what they do elsewhere; each record ends with a line end.
            """
    )

    @Argument(help: "The topic's name.") var topic: String
    @Option(help: "The partition; all otherwise.") var partition: Int32?
    @Option(help: ArgumentHelp("beginning, end, an offset, or time:MILLISECONDS since 1970.", valueName: "place"))
    var from: Place = .beginning
    @Flag(name: .shortAndLong, help: "Don't stop at the end.") var follow = false
    @Option(help: "Stop after so many records.") var limit: Int?
    @Option(help: "How a record is printed; see FORMAT.") var format = "%v"
    @Flag(help: "Records of transactions that were not committed, too.") var uncommitted = false
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
        help: ArgumentHelp("With --group: stop when, as its member, nothing came for so long.", valueName: "seconds")
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
        case time(Int64)

        init?(argument: String) {
            switch argument {
            case "beginning": self = .beginning
            case "end": self = .end
            case _ where argument.hasPrefix("time:"):
                guard let millis = Int64(argument.dropFirst(5)), millis >= 0 else { return nil }
                self = .time(millis)
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
        _ = try RecordFormat(format)
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
                try await show(consumer, starts, until: follow ? nil : ends)
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
        case .offset(let offset): return (starts.mapValues { max($0, offset) }, ends)
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
        let format = try RecordFormat(format)
        var rest = limit ?? .max
        let open = starts.filter { key, start in ends.map { start < $0[key] ?? 0 } ?? true }
        try consumer.assign(open)
        while rest > 0, let batch = try await consumer.next() {
            let end = ends?[batch.partition] ?? .max
            var lines: [String] = []
            try batch.forEach { record in
                guard rest > 0, record.offset < end else { return }
                rest -= 1
                lines.append(
                    client.output == .json ? json(record, batch.partition) : format.text(record, batch.partition)
                )
            }
            if !lines.isEmpty { say(lines.joined(separator: "\n")) }
            if batch.nextOffset >= end { try consumer.unassign(batch.partition) }
        }
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
                    try await show(consumer, activity)
                    group.cancelAll()
                }
            }
        }
    }

    private func show(_ consumer: Consumer, _ activity: Activity) async throws {
        let format = try RecordFormat(format)
        var rest = limit ?? .max
        while rest > 0, let batch = try await consumer.next() {
            activity.note()
            var lines: [String] = []
            var next = batch.nextOffset
            try batch.forEach { record in
                guard rest > 0 else { return next = min(next, record.offset) }
                rest -= 1
                lines.append(
                    client.output == .json ? json(record, batch.partition) : format.text(record, batch.partition)
                )
            }
            if !lines.isEmpty { say(lines.joined(separator: "\n")) }
            if rest == 0 { try await consumer.commit([batch.partition: CommittedOffset(next)]) }
        }
    }

    private func closeAtSignal(_ consumer: Consumer) async {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            await consumer.close()
            return
        }
    }

    private func closeWhenIdle(_ consumer: Consumer, _ activity: Activity) async {
        guard let idle else { return }
        while true {
            // A broker lets the first member wait for others, for three seconds by default: nothing can come meanwhile.
            if (try? consumer.groupMetadata()) == nil { activity.note() }
            let left = .seconds(idle) - activity.silence
            if left <= .zero { return await consumer.close() }
            guard (try? await Task.sleep(for: min(left, .milliseconds(100)))) != nil else { return }
        }
    }

    /// When something last came.
    private final class Activity: Sendable {
        private let last = Mutex(ContinuousClock.now)

        func note() { last.withLock { $0 = .now } }
        var silence: Duration { last.withLock { .now - $0 } }
    }

    private func json(_ record: RecordView, _ key: TopicPartition) -> String {
        let headers = record.headers.map {
            Value.fields([("key", .text($0.key)), ("value", Value($0.value.map { String(buffer: $0) }))])
        }
        return Value.fields([
            ("topic", .text(key.topic)), ("partition", Value(key.partition)), ("offset", Value(record.offset)),
            ("timestamp", Value(record.timestamp)), ("key", Value(record.key.map { String(buffer: $0) })),
            ("value", Value(record.value.map { String(buffer: $0) })), ("headers", .list(headers)),
        ]).json
    }
}

/// How a record is printed: text with placeholders.
struct RecordFormat {
    private enum Part {
        case text(String)
        case field(Character)
    }

    private var parts: [Part] = []

    /// - Throws: `ValidationError` that names the placeholder that is not known.
    init(_ template: String) throws {
        var text = ""
        var characters = template.makeIterator()
        while let character = characters.next() {
            switch (character, character == "%" || character == "\\" ? characters.next() : nil) {
            case ("%", "%"): text.append("%")
            case ("%", let field?) where "tpoTkvh".contains(field):
                parts += [.text(text), .field(field)]
                text = ""
            case ("%", let field):
                throw ValidationError(
                    "--format: '%\(field.map(String.init) ?? "")' is not known; see 'ottla consume --help'"
                )
            case ("\\", "n"): text.append("\n")
            case ("\\", "t"): text.append("\t")
            case ("\\", let other): text.append("\\" + (other.map(String.init) ?? ""))
            default: text.append(character)
            }
        }
        parts.append(.text(text))
    }

    func text(_ record: RecordView, _ key: TopicPartition) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .field("t"): result += key.topic
            case .field("p"): result += "\(key.partition)"
            case .field("o"): result += "\(record.offset)"
            case .field("T"): result += "\(record.timestamp)"
            case .field("k"): result += record.key.map { String(buffer: $0) } ?? ""
            case .field("h"):
                result += record.headers.map { "\($0.key)=\($0.value.map { String(buffer: $0) } ?? "")" }.joined(
                    separator: ","
                )
            case .field: result += record.value.map { String(buffer: $0) } ?? ""
            }
        }
        return result
    }
}
