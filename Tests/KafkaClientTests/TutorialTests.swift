import Foundation
// Else the tutorial would need more imports than it shows.
import KafkaClient
import Testing

// tutorial: send
func sendLetters(to cluster: ClientConfiguration) async throws {
    let configuration = ProducerConfiguration(cluster)
    try await withProducer(configuration) { producer in
        // Returns when the record is acknowledged, and says where it is.
        let first = try await producer.send(
            ProducerRecord(topic: "letters", key: ByteBuffer(string: "anna"), value: ByteBuffer(string: "Dear Anna"))
        )
        print("partition \(first.partition), offset \(first.offset)")
        // Returns at once: many records make a batch. The end of `withProducer` waits for all, and throws if one was not taken.
        for number in 1...1000 {
            try await producer.enqueue(
                ProducerRecord(topic: "letters", value: ByteBuffer(string: "letter \(number)"))
            )
        }
    }
}
// tutorial: end

// tutorial: read
func readLetters(from cluster: ClientConfiguration, atMost limit: Int) async throws -> Int {
    var configuration = ConsumerConfiguration(cluster)
    configuration.groupId = "readers"
    configuration.reset = .earliest
    return try await withConsumer(configuration) { consumer in
        try consumer.subscribe(to: ["letters"])
        var count = 0
        for try await record in consumer.records {
            print(record.partition, record.offset, record.value.map { String(buffer: $0) } ?? "nothing")
            count += 1
            if count == limit { break }
        }
        // What was handed out before is committed by itself; the rest of a batch that is left in its middle is not.
        try await consumer.commit()
        return count
    }
}
// tutorial: end

// tutorial: batches
func countBytes(from cluster: ClientConfiguration, until end: Int64) async throws -> Int {
    let consumer = Consumer(ConsumerConfiguration(cluster))
    try consumer.assign([TopicPartition("letters", 0): 0])
    var bytes = 0
    while let batch = try await consumer.next(), batch.nextOffset < end {
        try batch.forEach { record in bytes += record.value?.readableBytes ?? 0 }
    }
    await consumer.close()
    return bytes
}
// tutorial: end

// tutorial: exactly once
func answerLetters(in cluster: ClientConfiguration) async throws {
    var reading = ConsumerConfiguration(cluster)
    reading.groupId = "answering"
    reading.isolation = .readCommitted
    reading.autoCommit = false
    var sending = ProducerConfiguration(cluster)
    // Each running copy of the program has a name of its own, and keeps it over restarts.
    sending.transactionalId = "answering-1"
    try await withProducer(sending) { producer in
        try await withConsumer(reading) { consumer in
            try consumer.subscribe(to: ["letters"])
            while let batch = try await consumer.next() {
                try await withTransaction(of: producer) {
                    var answers: [ProducerRecord] = []
                    try batch.forEach { letter in
                        answers.append(ProducerRecord(topic: "answers", key: letter.key, value: letter.value))
                    }
                    for answer in answers { try await producer.enqueue(answer) }
                    let read = [batch.partition: CommittedOffset(batch.nextOffset)]
                    try await producer.sendOffsets(read, of: try consumer.groupMetadata())
                }
            }
        }
    }
}
// tutorial: end

// tutorial: security
func secured(_ cluster: ClientConfiguration) -> ClientConfiguration {
    var cluster = cluster
    cluster.tls = TLSOptions()
    cluster.tls?.trust = .file("/etc/kafka/authority.pem")
    cluster.sasl = .scramSHA512(username: "anna", password: Secret("from somewhere safe"))
    return cluster
}
// tutorial: end

/// The tutorial's code is this file's, so it compiles; and it is run.
struct TutorialTests {
    @Test func whatTheTutorialShowsIsThisCode() throws {
        let file = URL(fileURLWithPath: #filePath)
        let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let article = root.appendingPathComponent("Sources/KafkaClient/KafkaClient.docc/GettingStarted.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let source = try String(contentsOf: file, encoding: .utf8)
        var shown = 0
        for part in source.components(separatedBy: "\n// tutorial: ").dropFirst() where !part.hasPrefix("end") {
            let code = part.drop { $0 != "\n" }.dropFirst()
            #expect(text.contains("```swift\n\(code)\n```"), "\(part.prefix(12))")
            shown += 1
        }
        #expect(shown == 5)
    }

    @Test func whatTheTutorialShowsWorks() async throws {
        try await LiveTests().withNode { cluster in
            try await withAdmin(cluster) { (admin) throws(KafkaError) in
                try await admin.createTopic(NewTopic("letters", partitions: 1))
            }
            try await sendLetters(to: cluster)
            #expect(try await readLetters(from: cluster, atMost: 1001) == 1001)
            #expect(try await countBytes(from: cluster, until: 1001) >= 9)
        }
    }
}
