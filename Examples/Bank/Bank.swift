import Foundation
import KafkaClient
import NIOCore

/// A bank whose books are right whatever is killed: brokers, this program, or both.
///
/// An order, "anna ben 10", is a record of the topic `orders`. It becomes two entries of the topic `entries`, one for each account, with the account
/// as the key. Both entries and the offset of the order behind this one count together: after a crash the bank goes on with the first order that has
/// no entries, and nobody who reads what is committed ever sees one entry without the other.
@main
struct Bank {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        let bootstrap = arguments.dropFirst().first ?? "127.0.0.1:9092"
        switch arguments.first {
        case "run": await run(bootstrap)
        case "balances":
            do { try await balances(bootstrap) } catch {
                print("bank: \(error)")
                exit(1)
            }
        default: print("usage: bank run|balances [host:port]")
        }
    }

    // MARK: Orders become entries

    static func run(_ bootstrap: String) async {
        while true {
            // Whatever went wrong, a new producer of the same id ends what this one left open, and the group knows the next order.
            do { try await book(bootstrap) } catch { print("begins anew: \(error)") }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    static func book(_ bootstrap: String) async throws {
        let writing = try ClientProperties(["bootstrap.servers": bootstrap, "transactional.id": "bank"])
        let reading = try ClientProperties([
            "bootstrap.servers": bootstrap, "group.id": "bank", "auto.offset.reset": "earliest",
            "enable.auto.commit": "false", "session.timeout.ms": "6000",
            "isolation.level": "read_committed",
        ])
        try await withProducer(ProducerConfiguration(writing)) { producer in
            try await withConsumer(ConsumerConfiguration(reading)) { consumer in
                try consumer.subscribe(to: ["orders"])
                while let orders = try await consumer.next() {
                    var entries: [ProducerRecord] = []
                    try orders.forEach { entries += self.entries(of: text($0.value)) }
                    let (partition, next, member) = (orders.partition, orders.nextOffset, try consumer.groupMetadata())
                    try await withTransaction(of: producer) { [entries] in
                        for entry in entries { try await producer.enqueue(entry) }
                        try await producer.sendOffsets([partition: CommittedOffset(next)], of: member)
                    }
                }
            }
        }
    }

    /// Those of an order; none when it makes no sense.
    static func entries(of order: String) -> [ProducerRecord] {
        let words = order.split(separator: " ").map(String.init)
        guard words.count == 3, let amount = Int(words[2]), amount > 0 else { return [] }
        return [(words[0], -amount), (words[1], amount)].map { account, change in
            ProducerRecord(topic: "entries", key: ByteBuffer(string: account), value: ByteBuffer(string: "\(change)"))
        }
    }

    // MARK: Entries become balances

    static func balances(_ bootstrap: String) async throws {
        let reading = try ClientProperties(["bootstrap.servers": bootstrap, "isolation.level": "read_committed"])
        let admin = Admin(try ClientConfiguration(reading))
        let partitions = try await admin.describeTopic("entries").partitions.map { TopicPartition("entries", $0.index) }
        let ends = try await admin.listOffsets(partitions, .latest, isolation: .readCommitted)
        await admin.close()
        var balances: [String: Int] = [:]
        let consumer = Consumer(try ConsumerConfiguration(reading))
        try consumer.assign(ends.filter { $0.value > 0 }.mapValues { _ in 0 })
        while !consumer.assignment.isEmpty, let batch = try await consumer.next() {
            try batch.forEach { balances[text($0.key), default: 0] += Int(text($0.value)) ?? 0 }
            if batch.nextOffset >= ends[batch.partition] ?? 0 { try consumer.unassign(batch.partition) }
        }
        await consumer.close()
        for (account, balance) in balances.sorted(by: { $0.key < $1.key }) { print(account, balance) }
        print("total", balances.values.reduce(0, +))
    }

    static func text(_ bytes: ByteBuffer?) -> String { bytes.map { String(buffer: $0) } ?? "" }
}
