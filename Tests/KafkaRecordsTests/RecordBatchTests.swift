import CPlatform
import KafkaProtocol
import NIOCore
import Testing

@testable import KafkaRecords

struct RecordBatchTests {
    static let records: [Record] = (0..<50).map { index in
        Record(
            offset: Int64(index),
            timestamp: 1_700_000_000_000 + Int64(index % 7),
            key: index % 3 == 0 ? nil : ByteBuffer(string: "key-\(index)"),
            value: index % 5 == 0 ? nil : ByteBuffer(repeating: UInt8(index), count: index * 20),
            headers: index % 4 == 0
                ? [Record.Header(key: "h\(index)", value: ByteBuffer(string: "ü")), .init(key: "", value: nil)] : []
        )
    }

    static func build(_ compression: Compression) throws -> ByteBuffer {
        var builder = RecordBatchBuilder(compression: compression)
        for record in records {
            builder.append(timestamp: record.timestamp, key: record.key, value: record.value, headers: record.headers)
        }
        return try builder.build()
    }

    @Test(arguments: Compression.allCases)
    func whatIsBuiltIsReadBack(_ compression: Compression) throws {
        let batch = try RecordBatch(try Self.build(compression))
        #expect(batch.isChecksumValid)
        #expect(batch.header.compression == compression)
        #expect(batch.header.recordCount == 50)
        #expect(batch.header.maxTimestamp == 1_700_000_000_006)
        #expect(try batch.allRecords() == Self.records)
    }

    @Test(arguments: Compression.allCases)
    func aValidBatchPassesValidation(_ compression: Compression) throws {
        let bytes = try Self.build(compression)
        let validated = try BatchValidation.validate(
            produced: bytes,
            rules: BatchRules(),
            now: 1_700_000_001_000,
            allowsZstd: true
        )
        #expect(validated.header.maxTimestamp == 1_700_000_000_006)
        #expect(validated.bytes == bytes)
    }

    @Test func everyBitFlipIsFound() throws {
        let bytes = try Self.build(.none)
        for index in 0..<min(bytes.readableBytes, 600) {
            for bit in 0..<8 {
                var flipped = bytes
                flipped.setInteger(try #require(bytes.getInteger(at: index, as: UInt8.self)) ^ (1 << bit), at: index)
                // The leader epoch is the leader's to write; the checksum doesn't cover it.
                if (12..<16).contains(index) { continue }
                #expect(throws: RecordError.self, "byte \(index) bit \(bit)") {
                    try BatchValidation.validate(
                        produced: flipped,
                        rules: BatchRules(),
                        now: 1_700_000_001_000,
                        allowsZstd: true
                    )
                }
            }
        }
    }

    @Test func appendTimeAndRecompressionChangeTheBatchAndItsChecksum() throws {
        var rules = BatchRules()
        rules.isLogAppendTime = true
        rules.storedCompression = .zstd
        let validated = try BatchValidation.validate(
            produced: try Self.build(.gzip),
            rules: rules,
            now: 42,
            allowsZstd: true
        )
        var bytes = validated.bytes
        var front = ByteBuffer()
        validated.header.write(into: &front)
        bytes.setBuffer(front, at: bytes.readerIndex)
        let batch = try RecordBatch(bytes)
        #expect(batch.isChecksumValid)
        #expect(batch.header.compression == .zstd)
        #expect(try batch.allRecords().allSatisfy { $0.timestamp == 42 })
    }

    @Test func damagedStreamsAreRefusedAndBombsStopAtTheLimit() throws {
        let bomb = ByteBuffer(repeating: 0, count: 200 << 20)
        for compression in Compression.allCases where compression != .none {
            let good = try compression.compress(ByteBuffer(repeating: 7, count: 5000))
            for length in 0..<good.readableBytes {
                let cut = try #require(good.getSlice(at: 0, length: length))
                let result = try? compression.decompress(cut)
                #expect(result.map { $0.readableBytes < 5000 } ?? true, "\(compression) cut to \(length)")
            }
            var garbage = good
            for index in stride(from: 0, to: good.readableBytes, by: 3) { garbage.setInteger(0xa5 as UInt8, at: index) }
            #expect(throws: RecordError.self) { try compression.decompress(garbage) }
            let packed = try compression.compress(bomb)
            #expect(
                throws: RecordError(
                    .messageTooLarge,
                    "the batch decompresses to more than \(Compression.sizeLimit(compressed: packed.readableBytes)) bytes"
                )
            ) {
                try compression.decompress(packed)
            }
        }
    }

    @Test func rawSnappyIsReadAndItsPreambleIsNotBelieved() throws {
        #expect(
            try Compression.snappy.decompress(ByteBuffer(bytes: [3, 8, 0x61, 0x62, 0x63])) == ByteBuffer(string: "abc")
        )
        #expect(throws: RecordError.self) {
            try Compression.snappy.decompress(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0x0f, 0]))
        }
        var frame = ByteBuffer(bytes: [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
        frame.writeInteger(Int32.max)
        #expect(throws: RecordError.self) { try Compression.snappy.decompress(frame) }
    }

    @Test func hardwareAndPortableChecksumsAgree() {
        #expect(CRC32C.of(ByteBuffer(string: "123456789")) == 0xe306_9283)
        for length in [0, 1, 7, 8, 9, 255, 256, 767, 768, 769, 4095, 12_287, 12_288, 40_000] {
            let bytes = ByteBuffer(bytes: (0..<length + 3).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            bytes.withUnsafeReadableBytes { all in
                for start in 0..<min(3, all.count) {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
                    #expect(
                        ottla_crc32c(0, part.baseAddress, length) == ottla_crc32c_portable(0, part.baseAddress, length)
                    )
                }
            }
        }
    }

    /// Found by fuzzing: the offset of a wrapper and the relative ones in it, as far apart as they can be.
    @Test func impossibleOffsetsOfOldMessagesAreRefused() throws {
        func message(offset: Int64, attributes: Int8, value: ByteBuffer) -> ByteBuffer {
            var body = ByteBuffer()
            body.writeMultipleIntegers(1 as Int8, attributes, 1000 as Int64, -1 as Int32, Int32(value.readableBytes))
            body.writeImmutableBuffer(value)
            var bytes = ByteBuffer()
            bytes.writeMultipleIntegers(offset, Int32(body.readableBytes + 4), CRC32.of(body))
            bytes.writeImmutableBuffer(body)
            return bytes
        }
        let inner = message(offset: 5, attributes: 0, value: ByteBuffer(string: "v"))
        let wrapper = message(offset: .min, attributes: 1, value: try Compression.gzip.compress(inner))
        #expect(throws: RecordError.self) { try LegacyRecords.decode(wrapper) }
    }

    @Test func formatZeroAndOneAreReadable() throws {
        func message(magic: Int8, attributes: Int8, offset: Int64, value: ByteBuffer) -> ByteBuffer {
            var body = ByteBuffer()
            body.writeMultipleIntegers(magic, attributes)
            if magic == 1 { body.writeInteger(99 as Int64) }
            body.writeInteger(-1 as Int32)
            body.writeInteger(Int32(value.readableBytes))
            body.writeImmutableBuffer(value)
            var message = ByteBuffer()
            message.writeMultipleIntegers(offset, Int32(body.readableBytes + 4), CRC32.of(body))
            message.writeImmutableBuffer(body)
            return message
        }
        var inner = message(magic: 1, attributes: 0, offset: 0, value: ByteBuffer(string: "a"))
        inner.writeImmutableBuffer(message(magic: 1, attributes: 0, offset: 1, value: ByteBuffer(string: "b")))
        var log = message(magic: 0, attributes: 0, offset: 4, value: ByteBuffer(string: "old"))
        log.writeImmutableBuffer(
            message(magic: 1, attributes: 1, offset: 6, value: try Compression.gzip.compress(inner))
        )
        let records = try LegacyRecords.decode(log)
        #expect(records.map(\.offset) == [4, 5, 6])
        #expect(records.map { $0.value.map { String(buffer: $0) } } == ["old", "a", "b"])
        #expect(records.map(\.timestamp) == [-1, 99, 99])
        log.setInteger(0 as UInt8, at: 20)
        log.setInteger(0xff as UInt8, at: 25)
        #expect(throws: RecordError.self) { try LegacyRecords.decode(log) }
    }

    @Test func transactionMarkersKeepTheirMeaning() throws {
        let bytes = try EndTransactionMarker(isCommit: true, coordinatorEpoch: 7)
            .batch(producerId: 12, producerEpoch: 3, timestamp: 5)
        let batch = try RecordBatch(bytes)
        #expect(EndTransactionMarker(batch) == EndTransactionMarker(isCommit: true, coordinatorEpoch: 7))
        #expect(batch.header.isControl && batch.header.isTransactional && batch.header.producerId == 12)
    }
}
