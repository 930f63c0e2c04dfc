import ClusterMetadata
import Glibc
import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// Micro benchmarks of what the broker does most: prints a line of JSON for each, the CPU time of one operation in nanoseconds.
@main
enum Micro {
    static func main() throws {
        // First, while no memory is left from others.
        try LargeCluster.measure()
        try codec()
        try records()
        try log()
        try metadata()
        try compaction()
    }

    /// Runs `body` until it has used a tenth of a second, three times, and prints the fastest.
    private static func measure(_ name: String, bytes: Int = 0, _ body: () throws -> Void) rethrows {
        var count = 1
        var best = Double.infinity
        var rounds = 0
        while rounds < 3 {
            let start = cpuNanos()
            for _ in 0..<count { try body() }
            let took = cpuNanos() - start
            if took < 100_000_000 {
                count *= took < 10_000_000 ? 10 : 2
                continue
            }
            best = min(best, Double(took) / Double(count))
            rounds += 1
        }
        let rate = bytes > 0 ? ", \"megabytesPerSecond\": \((Double(bytes) / best * 1000).rounded())" : ""
        print("{\"name\": \"\(name)\", \"nanoseconds\": \((best * 10).rounded() / 10)\(rate)}")
    }

    static func cpuNanos() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    // MARK: Codec

    private static func codec() throws {
        var data = ProduceRequest.PartitionProduceData()
        data.records = .bytes(try batch(160, size: 100))
        var topic = ProduceRequest.TopicProduceData()
        topic.name = "a-topic-of-usual-length"
        topic.partitionData = [data]
        var produce = ProduceRequest()
        produce.acks = -1
        produce.topicData = [topic]
        try message("Produce request", produce, version: 9)

        var metadata = MetadataResponse()
        for index in 0..<100 {
            var row = MetadataResponse.MetadataResponseTopic()
            row.name = "topic-\(index)"
            for number in 0..<10 as Range<Int32> {
                var partition = MetadataResponse.MetadataResponsePartition()
                partition.partitionIndex = number
                partition.leaderId = 1
                partition.replicaNodes = [1, 2, 3]
                partition.isrNodes = [1, 2, 3]
                row.partitions.append(partition)
            }
            metadata.topics.append(row)
        }
        try message("Metadata answer of 1,000 partitions", metadata, version: 12)
    }

    private static func message<T: WireMessage>(_ name: String, _ value: T, version: Int16) throws {
        let bytes = try value.encoded(version: version)
        try measure("encode a \(name)") { _ = try value.encoded(version: version) }
        try measure("decode a \(name)") {
            var reader = WireReader(bytes)
            _ = try T.decode(&reader, version: version)
        }
    }

    // MARK: Records

    private static func batch(_ count: Int, size: Int, _ compression: Compression = .none) throws -> ByteBuffer {
        var builder = RecordBatchBuilder(compression: compression)
        var generator = UInt64(88_172_645_463_325_252)
        for index in 0..<count {
            var value = ByteBuffer()
            for _ in 0..<size {
                generator ^= generator << 13
                generator ^= generator >> 7
                generator ^= generator << 17
                // Half of the bits are random, as in text.
                value.writeInteger(UInt8(truncatingIfNeeded: generator & 0x0f) + 0x60)
            }
            builder.append(timestamp: 1_700_000_000_000 + Int64(index), key: nil, value: value)
        }
        return try builder.build()
    }

    private static func records() throws {
        let block = ByteBuffer(repeating: 0x5a, count: 16_384)
        measure("CRC32C of 16 KiB", bytes: 16_384) { _ = CRC32C.of(block, from: 0) }
        for (count, size) in [(160, 100), (16, 1000)] {
            let bytes = try batch(count, size: size)
            try measure("validate a batch of \(count) records of \(size) bytes", bytes: bytes.readableBytes) {
                _ = try BatchValidation.validate(
                    produced: bytes,
                    rules: BatchRules(),
                    now: 1_700_000_000_000,
                    allowsZstd: true
                )
            }
            let parsed = try RecordBatch(bytes)
            try measure("walk a batch of \(count) records of \(size) bytes", bytes: bytes.readableBytes) {
                var cursor = try parsed.records()
                while try cursor.next() != nil {}
            }
        }
        for codec in Compression.allCases where codec != .none {
            let plain = try batch(600, size: 100)
            let packed = try codec.compress(plain)
            try measure("compress 64 KiB with \(codec.name)", bytes: plain.readableBytes) {
                _ = try codec.compress(plain)
            }
            try measure("decompress 64 KiB with \(codec.name)", bytes: plain.readableBytes) {
                _ = try codec.decompress(packed)
            }
        }
    }

    // MARK: Log

    private static func log() throws {
        let fileSystem = LinuxFileSystem()
        let folder = "/tmp/ottla-micro-\(getpid())"
        try fileSystem.createDirectory(folder)
        defer { try? fileSystem.removeTree(folder) }
        var opening = LogOpening()
        opening.isClean = true
        let log = try PartitionLog.open(fileSystem, directory: folder + "/t-0", config: LogConfig(), opening: opening)
        let bytes = try batch(16, size: 1000)
        let validated = try BatchValidation.validate(
            produced: bytes,
            rules: BatchRules(),
            now: 1_700_000_000_000,
            allowsZstd: true
        )
        func append() throws {
            _ = try log.append(validated, leaderEpoch: 0, now: 1_700_000_000_000, isFromClient: true)
        }
        // At most so many bytes that the disk isn't asked to take part.
        let count = 20_000
        let start = cpuNanos()
        for _ in 0..<count { try append() }
        let each = Double(cpuNanos() - start) / Double(count)
        print("{\"name\": \"append a batch of 16 KiB\", \"nanoseconds\": \(each.rounded())}")
        var offset = Int64(0)
        try measure("find a mebibyte in a log of 320 MB") {
            offset = (offset &+ 48_271_337) % (log.logEndOffset - 100)
            _ = try log.read(from: offset, maxBytes: 1 << 20, upTo: log.logEndOffset, isFirstBatchWhole: true)
        }
        try log.close()
        opening.isClean = true
        try measure("open a log of 320 MB after an orderly stop") {
            let again = try PartitionLog.open(
                fileSystem,
                directory: folder + "/t-0",
                config: LogConfig(),
                opening: opening
            )
            precondition(again.logEndOffset == Int64(count) * 16, "the log lost its end")
        }
    }

    // MARK: Compaction

    /// A pass over records of 1,000 bytes of which a tenth have distinct keys: reading twice, the map, writing and syncing what is left.
    private static func compaction() throws {
        let directory = "/tmp/ottla-micro-\(getpid())"
        let fileSystem = LinuxFileSystem()
        try fileSystem.createDirectory(directory)
        defer { try? fileSystem.removeTree(directory) }
        var config = LogConfig()
        config.isCompacted = true
        let log = try PartitionLog.open(
            fileSystem,
            directory: directory + "/t-0",
            config: config,
            opening: LogOpening()
        )
        let count = 250_000
        var number = 0
        while number < count {
            var builder = RecordBatchBuilder(capacity: 17_000)
            for _ in 0..<16 {
                let key = "key \(number &* 7919 % (count / 10))"
                builder.append(
                    timestamp: 1_000_000,
                    key: ByteBuffer(string: key),
                    value: ByteBuffer(repeating: UInt8(truncatingIfNeeded: number), count: 1000)
                )
                number += 1
            }
            let batch = try ValidatedBatch(own: try builder.build())
            _ = try log.append(batch, leaderEpoch: 0, now: 1_000_000, isFromClient: true)
        }
        let bytes = Int(log.sizeBytes)
        try log.roll(now: 1_000_000)
        guard let plan = try log.planCompaction(lastStableOffset: log.logEndOffset, now: 2_000_000) else { return }
        // What was written is thrown away, so that each pass has the same to do.
        let host = CompactionHost(onLog: { _ throws(LogError) in false }, replaced: { _ in })
        try measure("a pass of compaction, 1000-byte records, a tenth of the keys distinct", bytes: bytes) {
            var pass = CompactionPass(plan, limits: CompactionLimits(), seed: (1, 2), host: host)
            _ = try pass.run()
        }
    }

    // MARK: Metadata

    /// One changed partition in an image of 200,000, while somebody holds the image before it.
    private static func metadata() throws {
        for (topics, partitions) in [(2_000, 100), (20, 10_000)] as [(UInt64, Int32)] {
            var image = MetadataImage()
            var delta = MetadataDelta()
            for topic in 0..<topics {
                var record = TopicRecord()
                record.name = "topic-\(topic)"
                record.topicId = KafkaUUID(high: 1, low: topic)
                try image.apply(.topic(record), &delta)
                for number in 0..<partitions {
                    var record = PartitionRecord()
                    record.topicId = KafkaUUID(high: 1, low: topic)
                    record.partitionId = number
                    record.replicas = [1, 2, 3]
                    record.isr = [1, 2, 3]
                    record.leader = 1
                    record.directories = [.zero, .zero, .zero]
                    try image.apply(.partition(record), &delta)
                }
            }
            var change = PartitionChangeRecord()
            var draw = UInt64(88_172_645_463_325_252)
            try measure("change a partition of 200,000 in \(topics) topics") {
                draw ^= draw << 13
                draw ^= draw >> 7
                draw ^= draw << 17
                change.topicId = KafkaUUID(high: 1, low: draw % topics)
                change.partitionId = Int32((draw >> 32) % UInt64(partitions))
                change.isr = [1, 2]
                var delta = MetadataDelta()
                let held = image
                try image.apply(.partitionChange(change), &delta)
                precondition(held.partitionCount == image.partitionCount, "a change is no new partition")
            }
        }
    }
}
