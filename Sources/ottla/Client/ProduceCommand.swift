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

    enum Codec: String, ExpressibleByArgument, CaseIterable { case none, gzip, snappy, lz4, zstd }

    enum Acks: String, ExpressibleByArgument, CaseIterable {
        case none = "0"
        case leader = "1"
        case all
    }

    func validate() throws {
        if let linger, linger < 0 { throw ValidationError("--linger is \(linger); it cannot be negative") }
        if keySeparator?.isEmpty == true { throw ValidationError("--key-separator is empty") }
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
            let count = try await withProducer(settings) { producer in try await send(producer, headers) }
            complain("\(count) records sent to '\(topic)'")
        }
    }

    private func send(_ producer: Producer, _ headers: [RecordHeader]) async throws -> Int {
        var count = 0
        while let line = readLine(strippingNewline: true) {
            var value = line[...]
            var key: ByteBuffer?
            if let keySeparator {
                guard let place = line.firstRange(of: keySeparator) else {
                    throw KafkaError(
                        .invalid,
                        "line \(count + 1) has no '\(keySeparator)' between key and value; the lines before it were sent"
                    )
                }
                key = ByteBuffer(substring: line[..<place.lowerBound])
                value = line[place.upperBound...]
            }
            try await producer.enqueue(
                ProducerRecord(
                    topic: topic,
                    partition: partition,
                    key: key,
                    value: ByteBuffer(substring: value),
                    headers: headers
                )
            )
            count += 1
        }
        return count
    }
}
