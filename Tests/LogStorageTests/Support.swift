import Foundation
import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

func batch(
    _ values: [String],
    timestamp: Int64 = 1000,
    producer: (id: Int64, epoch: Int16, sequence: Int32)? = nil,
    transactional: Bool = false,
    compression: Compression = .none
) throws -> ValidatedBatch {
    var builder = RecordBatchBuilder(compression: compression)
    if let producer {
        builder.setProducer(
            id: producer.id,
            epoch: producer.epoch,
            baseSequence: producer.sequence,
            isTransactional: transactional
        )
    }
    for (index, value) in values.enumerated() {
        builder.append(timestamp: timestamp + Int64(index), key: nil, value: ByteBuffer(string: value))
    }
    return try ValidatedBatch(own: try builder.build())
}

extension PartitionLog {
    @discardableResult
    func add(_ values: [String], timestamp: Int64 = 1000, epoch: Int32 = 0) throws -> Appended {
        try append(try batch(values, timestamp: timestamp), leaderEpoch: epoch, now: timestamp, isFromClient: true)
    }

    /// All records below `upTo`, read as a consumer does.
    func readAll(from start: Int64? = nil, upTo: Int64? = nil, maxBytes: Int = 700) throws -> [Record] {
        var result: [Record] = []
        var offset = start ?? logStartOffset
        while let slice = try read(
            from: offset,
            maxBytes: maxBytes,
            upTo: upTo ?? logEndOffset,
            isFirstBatchWhole: true
        ) {
            let bytes = try slice.bytes()
            var next = offset
            for batch in RecordBatches(bytes) {
                #expect(batch.isChecksumValid)
                next = batch.header.nextOffset
                if batch.header.isControl { continue }
                result += try batch.allRecords().filter { $0.offset >= offset }
            }
            guard next > offset else { Issue.record("reading does not advance at \(offset)"); break }
            offset = next
        }
        return result
    }

    func values() throws -> [String] { try readAll().map { $0.value.map { String(buffer: $0) } ?? "" } }
}

func opening(clean: Bool = false, recoveryPoint: Int64 = 0, start: Int64? = nil) -> LogOpening {
    var result = LogOpening()
    result.isClean = clean
    result.recoveryPoint = recoveryPoint
    result.logStartOffset = start
    return result
}

enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// Unpacks a directory that Kafka wrote; the result is its path.
    static func unpack(_ name: String, into directory: TemporaryDirectory) throws -> String {
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = [
            "tar", "xzf", folder.appendingPathComponent("kafka-4.4-data-\(name).tar.gz").path, "-C", directory.path,
        ]
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        return directory.path + "/data"
    }

    /// topic -> isolation level -> facts.
    static func expected() throws -> [String: [String: Any]] {
        let bytes = ByteBuffer(bytes: try Data(contentsOf: folder.appendingPathComponent("expected.json.gz")))
        let json = try Gzip.expand(bytes, limit: 64 << 20)
        let object = try JSONSerialization.jsonObject(with: Data(json.readableBytesView)) as? [String: Any] ?? [:]
        return object.compactMapValues { $0 as? [String: Any] }
    }
}
