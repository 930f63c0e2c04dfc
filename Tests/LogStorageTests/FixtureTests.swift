import Foundation
import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import LogStorage

/// Directories that Apache Kafka wrote hold exactly what its own consumer read from them.
struct FixtureTests {
    private func rows(_ log: PartitionLog, partition: Int32, committed: Bool) throws -> [[Any]] {
        let upTo = committed ? min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max) : log.logEndOffset
        let aborted = committed ? try log.abortedTransactions(from: 0, upTo: upTo) : []
        var result: [[Any]] = []
        var offset = log.logStartOffset
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, upTo: upTo, isFirstBatchWhole: true) {
            for batch in RecordBatches(try slice.file.read(at: slice.position, count: slice.count)) {
                let header = batch.header
                #expect(batch.isChecksumValid)
                let isAborted =
                    header.isTransactional
                    && aborted.contains {
                        $0.producerId == header.producerId
                            && ($0.firstOffset...$0.lastOffset).contains(header.baseOffset)
                    }
                if !header.isControl, !isAborted {
                    for record in try batch.allRecords() where record.offset >= offset {
                        result.append(row(record, partition, header))
                    }
                }
                offset = header.nextOffset
            }
        }
        return result
    }

    private func row(_ record: Record, _ partition: Int32, _ header: RecordBatchHeader) -> [Any] {
        func hex(_ bytes: ByteBuffer?) -> Any {
            bytes.map { $0.readableBytesView.map { String(format: "%02x", $0) }.joined() } ?? NSNull()
        }
        return [
            Int(partition), Int(record.offset), header.isLogAppendTime ? 2 : 1, Int(record.timestamp), hex(record.key),
            hex(record.value),
            record.headers.map { [$0.key, hex($0.value)] },
        ]
    }

    @Test(arguments: ["clean", "crashed"])
    func everyTopicHoldsWhatKafkaRead(_ variant: String) throws {
        let temporary = try TemporaryDirectory()
        let path = try Fixture.unpack(variant, into: temporary)
        let directory = try LogDirectory(path, fileSystem: LinuxFileSystem())
        #expect(try directory.metaProperties()?.nodeId == 7)
        #expect(try directory.metaProperties()?.clusterId == "T3R0bGFGaXh0dXJlMDAwMQ")
        let isClean = directory.hasCleanShutdownMark
        #expect(isClean == (variant == "clean"))
        let points = try directory.checkpoint(OffsetCheckpoint.recoveryPoint)
        let starts = try directory.checkpoint(OffsetCheckpoint.logStart)
        let compacted = try directory.checkpoint(OffsetCheckpoint.cleaner)
        var logs: [TopicPartition: PartitionLog] = [:]
        var events: [RecoveryEvent] = []
        for partition in try directory.partitions() {
            var opening = opening(clean: isClean, recoveryPoint: points[partition] ?? 0, start: starts[partition])
            opening.allowsGaps = compacted[partition] != nil
            logs[partition] = try PartitionLog.open(
                LinuxFileSystem(),
                directory: directory.directory(of: partition),
                config: LogConfig(),
                opening: opening
            ) { events.append($0) }
            #expect(try directory.topicId(of: partition) != nil)
        }
        #expect(events.allSatisfy { if case .cut = $0 { false } else { true } }, "\(events)")
        var checked = 0
        for (topic, levels) in try Fixture.expected() where !topic.hasPrefix("_") {
            for (level, facts) in levels {
                guard let facts = facts as? [String: Any], let marks = facts["watermarks"] as? [[Int]] else { continue }
                var all: [[Any]] = []
                for (partition, mark) in marks.enumerated() {
                    let log = try #require(logs[TopicPartition(topic, Int32(partition))])
                    let committed = min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max)
                    let end = level == "read_committed" ? committed : log.logEndOffset
                    #expect([Int(log.logStartOffset), Int(end)] == mark, "\(topic)-\(partition)")
                    all += try rows(log, partition: Int32(partition), committed: level == "read_committed")
                }
                #expect(all.count == facts["records"] as? Int, "\(topic) \(level)")
                if let expected = facts["rows"] as? [[Any]] {
                    #expect((all as NSArray).isEqual(to: expected), "\(topic) \(level)")
                    checked += 1
                }
            }
        }
        #expect(checked >= 8)
        if variant == "crashed" { #expect(logs[TopicPartition("crash-only", 0)]?.logEndOffset == 500) }
        for log in logs.values { try log.close() }
    }
}
