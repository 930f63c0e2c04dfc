import Foundation
import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

/// Directories that Apache Kafka wrote hold exactly what its own consumer read from them.
struct FixtureTests {
    private func rows(_ log: PartitionLog, partition: Int32, committed: Bool) throws -> [[Any]] {
        let upTo = committed ? min(log.logEndOffset, log.producers.firstUnstableOffset ?? .max) : log.logEndOffset
        let aborted = committed ? try log.abortedTransactions(from: 0, upTo: upTo) : []
        var result: [[Any]] = []
        var offset = log.logStartOffset
        while let slice = try log.read(from: offset, maxBytes: 1 << 20, upTo: upTo, isFirstBatchWhole: true) {
            for batch in RecordBatches(try slice.bytes()) {
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
            opening.cleanedOffset = compacted[partition]
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

    /// What is derived from a log, Kafka's code and ours derive alike: byte by byte.
    @Test func derivedFilesAreKafkasByteByByte() throws {
        let temporary = try TemporaryDirectory()
        let path = try Fixture.unpack("clean", into: temporary)
        let disk = LinuxFileSystem()
        let directory = try LogDirectory(path, fileSystem: disk)
        let starts = try directory.checkpoint(OffsetCheckpoint.logStart)
        let points = try directory.checkpoint(OffsetCheckpoint.recoveryPoint)
        let metadata = TopicPartition(LogDirectory.metadataTopic, 0)
        // The cleaner writes other indexes than appends do.
        let partitions = try directory.partitions().filter { $0.topic != "compacted" } + [metadata]
        let derived = [".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint"]
        var compared = 0
        for partition in partitions {
            let folder = directory.directory(of: partition)
            func contents() throws -> [String: [UInt8]] {
                let names = try disk.list(folder).filter { name in derived.contains { name.hasSuffix($0) } }
                return Dictionary(
                    uniqueKeysWithValues: try names.map {
                        ($0, Array(try disk.contents(Path.join(folder, $0)).readableBytesView))
                    }
                )
            }
            let kafkas = try contents()
            for name in kafkas.keys { try disk.remove(Path.join(folder, name)) }
            let log = try PartitionLog.open(
                disk,
                directory: folder,
                config: LogConfig(),
                opening: opening(recoveryPoint: points[partition] ?? 0, start: starts[partition])
            )
            try log.close()
            let ours = try contents()
            for (name, bytes) in kafkas {
                // Snapshots of segments that were rolled are for the state then; only that of the end can be made again.
                if name.hasSuffix(".snapshot"), ours[name] == nil { continue }
                // Kafka notes an epoch when it begins, we when there is a record of it.
                if name == "leader-epoch-checkpoint", log.logEndOffset == 0 { continue }
                #expect(ours[name] == bytes, "\(partition) \(name)")
                compared += 1
            }
        }
        #expect(compared > 60)
    }

    @Test func checkpointsAreKafkasByteByByte() throws {
        let temporary = try TemporaryDirectory()
        let path = try Fixture.unpack("clean", into: temporary)
        let directory = try LogDirectory(path, fileSystem: LinuxFileSystem())
        for name in OffsetCheckpoint.names {
            let kafkas = String(buffer: try LinuxFileSystem().contents(directory.file(name)))
            let ours = String(buffer: OffsetCheckpoint.encode(try directory.checkpoint(name)))
            // Kafka's rows are in the order of a hash table.
            func rows(_ text: String) -> [String] { text.components(separatedBy: "\n").sorted() }
            #expect(rows(ours) == rows(kafkas), "\(name)")
        }
        try LinuxFileSystem().open(directory.file(OffsetCheckpoint.cleaner), .replace).truncate(to: 0)
        #expect(try directory.checkpoint(OffsetCheckpoint.cleaner).isEmpty, "made before anything was cleaned")
        let meta = try #require(try directory.metaProperties())
        let kafkas = String(buffer: try LinuxFileSystem().contents(directory.file(MetaProperties.fileName)))
        func properties(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.hasPrefix("#") } }
        #expect(properties(meta.text) == properties(kafkas))
    }
}
