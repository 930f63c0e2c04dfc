import ArgumentParser
import Glibc
import KafkaClient
import KafkaRecords
import NIOCore

/// `ottla produce`.
struct Produce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send records, one for each line of standard input.",
        discussion: """
            EXAMPLES
              echo hello | ottla produce greetings
              ottla produce orders --key-separator : < orders.txt         'key:value' in each line
              ottla produce events --header source=import --compression zstd --acks all < events.txt
              ottla consume events --output json | ottla produce copy --input json    keys, headers and timestamps go along
              ottla produce orders -X transactional.id=import-7 < orders.txt         all lines count together, or none does

            EXIT CODES
              0   every record was acknowledged as --acks says
              1   at least one was not; the message says why
              64  the command line is not understood
              69  the cluster could not be reached
            """
    )

    @Argument(help: "The topic's name.") var topic: String
    @Option(help: ArgumentHelp("What divides key and value; a line without it is a mistake.", valueName: "text"))
    var keySeparator: String?
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
        if keySeparator?.isEmpty == true { throw ValidationError("--key-separator is empty") }
        if keySeparator != nil, input == .json { throw ValidationError("--key-separator is for --input text") }
        if let rate, rate < 1 { throw ValidationError("--rate is \(rate); it has to be 1 or more") }
    }

    func run() async throws {
        let settings = try client.producerConfiguration([
            "acks": acks?.rawValue, "compression.type": compression?.rawValue, "linger.ms": linger.map { "\($0)" },
        ])
        let headers = try header.map { entry in
            let (name, value) = try assignment(entry)
            return RecordHeader(key: name, value: ByteBuffer(string: value))
        }
        try await client.reporting {
            let count = try await withProducer(settings) { producer in
                if settings.transactionalId == nil { return try await send(producer, headers, asOne: false) }
                return try await withTransaction(of: producer) { try await send(producer, headers, asOne: true) }
            }
            complain("\(count) records sent to '\(topic)'")
        }
    }

    /// - Parameter asOne: whether all lines are one transaction.
    private func send(_ producer: Producer, _ headers: [RecordHeader], asOne: Bool) async throws -> Int {
        var count = 0
        let clock = ContinuousClock()
        let began = clock.now
        while let line = readLine(strippingNewline: true) {
            if let rate {
                try await clock.sleep(until: began + .nanoseconds(Int64(count) * 1_000_000_000 / Int64(rate)))
            }
            var record: ProducerRecord
            do throws(Unusable) {
                record = input == .json ? try parsed(line) : try split(line)
            } catch {
                let others = asOne ? "nothing was sent" : "the lines before it were sent"
                throw KafkaError(.invalid, "line \(count + 1) \(error.what); \(others)")
            }
            record.headers += headers
            try await producer.enqueue(record)
            count += 1
        }
        return count
    }

    /// What is wrong with a line.
    private struct Unusable: Error { var what: String }

    private func split(_ line: String) throws(Unusable) -> ProducerRecord {
        guard let keySeparator else {
            return ProducerRecord(topic: topic, partition: partition, value: ByteBuffer(string: line))
        }
        guard let place = line.firstRange(of: keySeparator) else {
            throw Unusable(what: "has no '\(keySeparator)' between key and value")
        }
        return ProducerRecord(
            topic: topic,
            partition: partition,
            key: ByteBuffer(substring: line[..<place.lowerBound]),
            value: ByteBuffer(substring: line[place.upperBound...])
        )
    }

    private func parsed(_ line: String) throws(Unusable) -> ProducerRecord {
        let value: Value
        do { value = try JSONReader.read(line) } catch {
            throw Unusable(what: "is no JSON: \(error.what) at byte \(error.position)")
        }
        guard case .fields(let fields) = value else { throw Unusable(what: "is no object") }
        var record = ProducerRecord(topic: topic, partition: partition, value: nil)
        var hasValue = false
        for (name, field) in fields {
            switch (name, field) {
            case ("value", _): (record.value, hasValue) = (try bytes(name, field), true)
            case ("key", _): record.key = try bytes(name, field)
            case ("timestamp", .number(let millis)): record.timestamp = millis >= 0 ? millis : nil
            case ("partition", .number(let number)): record.partition = partition ?? Int32(clamping: number)
            case ("headers", .list(let entries)):
                for case .fields(let pair) in entries {
                    guard case .text(let key)? = pair.first(where: { $0.0 == "key" })?.1 else {
                        throw Unusable(what: "has a header without a key")
                    }
                    let value = pair.first { $0.0 == "value" }?.1 ?? .none
                    record.headers.append(RecordHeader(key: key, value: try bytes("header", value)))
                }
            case ("topic", _), ("offset", _): break
            default: throw Unusable(what: "has a field '\(name)' that can't be used, or not with this value")
            }
        }
        if !hasValue { throw Unusable(what: "has no value; null is a tombstone") }
        return record
    }

    private func bytes(_ name: String, _ value: Value) throws(Unusable) -> ByteBuffer? {
        switch value {
        case .text(let text): ByteBuffer(string: text)
        case .none: nil
        case .fields, .list, .number, .flag: ByteBuffer(string: value.json)
        }
    }
}
