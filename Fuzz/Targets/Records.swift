import KafkaProtocol
import KafkaRecords
import NIOCore

/// A batch as a producer sends it, its checksum and length made to fit half of the time: what is accepted must be readable
/// record by record, and be accepted again.
enum Batches {
    static func run(_ input: ByteBuffer) {
        var input = input
        guard let mode = input.readInteger(as: UInt8.self) else { return }
        if mode & 1 != 0, input.readableBytes >= RecordBatchHeader.size {
            input.setInteger(Int32(input.readableBytes - RecordBatchHeader.prefixSize), at: input.readerIndex + 8)
            let start = input.readerIndex
            input.setInteger(2 as Int8, at: start + 16)
            input.setInteger(CRC32C.of(input, from: RecordBatchHeader.crcStart), at: start + 17)
        }
        var rules = BatchRules()
        rules.timestampAfterMaxMillis = .max
        rules.isLogAppendTime = mode & 2 != 0
        rules.isCompacted = mode & 4 != 0
        for batch in RecordBatches(input) { _ = try? batch.records() }
        guard
            let valid = try? BatchValidation.validate(produced: input, rules: rules, now: 1 << 40, allowsZstd: true)
        else { return }
        var stored = valid.bytes
        var header = ByteBuffer()
        valid.header.write(into: &header)
        stored.setBuffer(header, at: stored.readerIndex)
        guard let batch = try? RecordBatch(stored), batch.isChecksumValid, let records = try? batch.allRecords() else {
            preconditionFailure("an accepted batch is not readable")
        }
        precondition(records.count == Int(batch.header.recordCount), "an accepted batch has other records")
        // As a producer would send it, which may not say that the broker gave the time.
        var sent = valid.header
        sent.attributes &= ~0x08
        sent.crc = sent.checksum(over: stored)
        header.clear()
        sent.write(into: &header)
        stored.setBuffer(header, at: stored.readerIndex)
        let again = try? BatchValidation.validate(produced: stored, rules: rules, now: 1 << 40, allowsZstd: true)
        precondition(again?.header == valid.header, "an accepted batch is not accepted again")
    }
}

/// A compressed stream; what it becomes must survive compression and decompression, and stay within the limit.
enum Codecs {
    private static let limit = 1 << 16

    static func run(_ input: ByteBuffer, _ codec: Compression) {
        guard let output = try? codec.decompress(input, limit: limit) else { return }
        precondition(output.readableBytes <= limit, "\(codec.name) exceeds its limit")
        guard output.readableBytes < 256, let packed = try? codec.compress(output) else { return }
        precondition((try? codec.decompress(packed, limit: limit)) == output, "\(codec.name) changes what it packs")
    }
}

/// Messages of the formats 0 and 1; the checksum of the first is made to fit half of the time.
enum Legacy {
    static func run(_ input: ByteBuffer) {
        var input = input
        guard let mode = input.readInteger(as: UInt8.self) else { return }
        let start = input.readerIndex
        if mode & 1 != 0, let size = input.getInteger(at: start + 8, as: Int32.self), size >= 4,
            let body = input.getSlice(at: start + 16, length: Int(size) - 4)
        {
            input.setInteger(CRC32.of(body), at: start + 12)
        }
        _ = try? LegacyRecords.decode(input)
    }
}
