import ArgumentParser
import KafkaClient
import KafkaProtocol
import NIOCore
import Synchronization

/// `ottla produce`.
struct Produce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send records, one for each line of standard input.",
        discussion: """
            EXAMPLES
              echo hello | ottla produce greetings
              ottla produce orders --key-separator : < orders.txt         'key:value' in each line
              ottla produce events --header source=import --compression zstd --acks all < events.txt
              ottla consume events --output json | ottla produce copy --input json    keys, headers and timestamps are kept
              ottla produce orders --key-separator '\\t' --null '' < orders.txt       an empty key or value is null
              ottla produce orders -X transactional.id=import-7 < orders.txt         all lines in one transaction

            INPUT
              Bytes, sent as they are: a line ends with a line feed and nothing else, unless --line-end says so. In --key-separator and --line-end
              \\n, \\r, \\t, \\0, \\\\ and \\xHH (a byte) mean what they mean in C. In JSON, value_base64 and key_base64 stand for bytes that
              are not UTF-8.

            EXIT CODES
              0   every record was acknowledged as --acks says
              1   at least one was not, a line cannot be sent, or the input cannot be read: the message says which, and how many were sent
              64  the command line is invalid
              69  the cluster could not be reached
            """
    )

    @Argument(help: "The topic's name.") var topic: String
    @Option(help: ArgumentHelp("The text between key and value; a line without it is an error.", valueName: "text"))
    var keySeparator: String?
    @Option(help: ArgumentHelp("A key or value that is exactly this is null.", valueName: "text")) var null: String?
    @Option(help: ArgumentHelp("What ends a line; a line feed otherwise.", valueName: "text")) var lineEnd: String?
    @Option(
        help: ArgumentHelp(
            "text: a line is a value. json: a line is an object with key, value, headers, timestamp and partition, as 'ottla consume --output json' prints it; all but value may be left out.",
            valueName: "format"
        )
    )
    var input: Input = .text
    @Option(help: "Records per second; as fast as possible otherwise.") var rate: Int?
    @Option(help: "The partition; by the key's hash, or else any.") var partition: Int32?
    @Option(help: ArgumentHelp("A header of each record; may be repeated.", valueName: "name=value")) var header:
        [String] = []
    @Option(
        help: ArgumentHelp("none, gzip, snappy, lz4 or zstd. Default: compression.type, or none.", valueName: "codec")
    )
    var compression: Codec?
    @Option(help: "When a record counts as sent: 0, 1 or all. Default: acks, or all.") var acks: Acks?
    @Option(
        help: ArgumentHelp(
            "How long a batch waits for more records. Default: linger.ms, or 5.",
            valueName: "milliseconds"
        )
    )
    var linger: Int?
    @OptionGroup var client: ClientOptions

    enum Input: String, ExpressibleByArgument, CaseIterable { case text, json }

    enum Codec: String, ExpressibleByArgument, CaseIterable { case none, gzip, snappy, lz4, zstd }

    enum Acks: String, ExpressibleByArgument, CaseIterable {
        case none = "0"
        case leader = "1"
        case all
    }

    func validate() throws {
        if let linger, linger < 0 { throw ValidationError("--linger is \(linger); it cannot be negative") }
        try ArgumentBytes.requireText(topic)
        if keySeparator?.isEmpty == true { throw ValidationError("--key-separator is empty") }
        if lineEnd?.isEmpty == true { throw ValidationError("--line-end is empty") }
        if input == .json, keySeparator != nil || lineEnd != nil || null != nil {
            throw ValidationError("--key-separator, --line-end and --null are for --input text")
        }
        if let rate, rate < 1 { throw ValidationError("--rate is \(rate); it has to be 1 or more") }
        _ = try header.map(Self.header)
    }

    func run() async throws {
        var settings = try client.producerConfiguration([
            "acks": acks?.rawValue, "compression.type": compression?.rawValue, "linger.ms": linger.map { "\($0)" },
        ])
        let tally = Tally()
        settings.interceptors.append(tally)
        let lines = InputLines(self, largest: settings.requestMaxBytes, headers: try header.map(Self.header))
        let isOne = settings.transactionalId != nil
        do {
            try await client.reporting(note: { tally.acknowledged > 0 && !isOne ? "; \(tally)" : "" }) {
                try await withProducer(settings) { producer in
                    if isOne {
                        try await withTransaction(of: producer) { try await send(lines, producer) }
                    } else {
                        try await send(lines, producer)
                    }
                }
            }
        } catch let error as StoppedInput {
            complain("ottla: \(error.why); \(isOne ? "0 records were sent: the transaction was aborted" : "\(tally)")")
            throw ExitCode(ExitCodes.failed)
        }
        complain("\(tally.acknowledged) records sent to '\(topic)'")
    }

    private func send(_ lines: InputLines, _ producer: Producer) async throws {
        var reader = LineReader(lineEnd: lines.lineEnd, longest: lines.longest)
        var count = 0
        let (rate, partition) = (rate, partition)
        let clock = ContinuousClock()
        let began = clock.now
        while true {
            let line: LineReader.Line
            do {
                guard let next = try reader.next() else { return }
                line = next
            } catch { throw StoppedInput(why: "\(error)") }
            if let rate { try await clock.sleep(until: began + Duration.seconds(1) * count / rate) }
            count += 1
            let record: ProducerRecord
            do throws(UnusableLine) { record = try lines.record(line) } catch {
                throw StoppedInput(why: "line \(count) \(error.what)")
            }
            do throws(KafkaError) { try await producer.enqueue(record) } catch {
                // Of a line, not of the command's options.
                if error.serverCode == .messageTooLarge || error.code == .invalid && partition == nil {
                    throw StoppedInput(why: "line \(count): \(error.message)")
                }
                throw error
            }
        }
    }

    /// Reads `name=value`, in which the value is bytes.
    private static func header(_ entry: String) throws -> RecordHeader {
        let (name, value) = try assignment(entry)
        try ArgumentBytes.requireText(name)
        return RecordHeader(key: name, value: ByteBuffer(bytes: ArgumentBytes.bytes(value)))
    }

    /// Why not all of the input was sent.
    private struct StoppedInput: Error { var why: String }

    /// Counts the records that were acknowledged.
    private final class Tally: ProducerInterceptor, CustomStringConvertible {
        private let count = Atomic(0)

        func willSend(_ record: inout ProducerRecord) {}

        func didSend(_ records: Int, to partition: TopicPartition, _ result: Result<Int64, KafkaError>) {
            if case .success = result { count.add(records, ordering: .relaxed) }
        }

        var acknowledged: Int { count.load(ordering: .relaxed) }
        var description: String { acknowledged == 1 ? "1 record was sent" : "\(acknowledged) records were sent" }
    }
}

/// What the lines of the input mean.
private struct InputLines {
    let lineEnd: [UInt8]
    /// Bytes of a line; what is longer cannot be sent.
    let longest: Int
    private let largest: Int
    private let headers: [RecordHeader]
    private let keySeparator: [UInt8]?
    private let null: [UInt8]?
    // Copies: looking an option up takes longer than sending a record.
    private let topic: String
    private let partition: Int32?
    private let isJSON: Bool

    init(_ command: Produce, largest: Int, headers: [RecordHeader]) {
        (topic, partition, isJSON) = (command.topic, command.partition, command.input == .json)
        self.largest = largest
        self.headers = headers
        lineEnd = command.lineEnd.map(ArgumentBytes.unescaped) ?? [0x0a]
        keySeparator = command.keySeparator.map(ArgumentBytes.unescaped)
        null = command.null.map(ArgumentBytes.bytes)
        // A byte takes six in JSON at most, and there are names.
        longest = isJSON ? 8 * largest + 4096 : largest + (keySeparator?.count ?? 0)
    }

    func record(_ line: LineReader.Line) throws(UnusableLine) -> ProducerRecord {
        guard case .bytes(let line) = line else {
            throw UnusableLine("is larger than max.request.size, \(largest), allows")
        }
        var record = isJSON ? try RecordJSON.record(line, topic: topic) : try split(line)
        if let partition { record.partition = partition }
        record.headers += headers
        return record
    }

    private func split(_ line: ByteBuffer) throws(UnusableLine) -> ProducerRecord {
        var record = ProducerRecord(topic: topic, value: line)
        if let keySeparator {
            guard let place = line.withUnsafeReadableBytes({ $0.firstPlace(of: keySeparator) }) else {
                throw UnusableLine("has no '\(String(decoding: keySeparator, as: UTF8.self))' between key and value")
            }
            let start = line.readerIndex
            record.key = line.getSlice(at: start, length: place)
            let rest = place + keySeparator.count
            record.value = line.getSlice(at: start + rest, length: line.readableBytes - rest)
        }
        if let null {
            if let key = record.key, key.readableBytesView.elementsEqual(null) { record.key = nil }
            if let value = record.value, value.readableBytesView.elementsEqual(null) { record.value = nil }
        }
        return record
    }
}
