import KafkaProtocol
import NIOCore
import Testing

@testable import KafkaRecords

/// What is accepted although it is odd, and what is refused with which code: as Kafka does it, but for what `BatchValidation` explains.
struct ProducedBatchTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var code: ErrorCode?
        var batch: ProducedBatch
        var testDescription: String { name }

        init(_ name: String, _ code: ErrorCode? = nil, _ change: (inout ProducedBatch) throws -> Void) rethrows {
            self.name = name
            self.code = code
            batch = ProducedBatch()
            try change(&batch)
        }

        /// A batch of one record.
        init(record name: String, _ code: ErrorCode? = nil, _ change: (inout RawRecord) -> Void) {
            var record = RawRecord()
            change(&record)
            self.name = name
            self.code = code
            batch = ProducedBatch([record])
        }
    }

    // MARK: Accepted

    static let fields: [Case] = [
        Case("nothing odd") { _ in },
        Case("a leader epoch, which the leader writes") { $0.header.partitionLeaderEpoch = 77 },
        Case("aiokafka: sequence 0 without a producer id") { $0.header.baseSequence = 0 },
        Case("epoch and sequence without a producer id") {
            $0.header.producerEpoch = 5; $0.header.baseSequence = 9
        },
        Case("the lowest epoch and sequence without a producer id") {
            $0.header.producerEpoch = .min; $0.header.baseSequence = .min
        },
        Case("a producer id below -1 is none") {
            $0.header.producerId = -7; $0.header.producerEpoch = 3; $0.header.baseSequence = 4
        },
        Case("the largest producer id, epoch and sequence, which wraps around") {
            $0.header.producerId = .max; $0.header.producerEpoch = .max; $0.header.baseSequence = .max
        },
        Case("a producer id without an epoch") {
            $0.header.producerId = 4; $0.header.baseSequence = 0
        },
        Case("a largest timestamp that is none of its records'") { $0.header.maxTimestamp = 0 },
        Case("the largest timestamp there is, in the header only") { $0.header.maxTimestamp = .max },
        Case("the least timestamp there is, in the header only") { $0.header.maxTimestamp = .min },
        Case("no timestamp") {
            $0.header.baseTimestamp = -1; $0.header.maxTimestamp = -1
        },
        Case("a time before 1970") { $0.header.baseTimestamp = -2 },
        Case("a time long before 1970") { $0.header.baseTimestamp = -5_000_000_000_000 },
        Case("1970") { $0.header.baseTimestamp = 0 },
        Case("an hour ahead") { $0.header.baseTimestamp = ProducedBatch.now + 3_600_000 },
        Case("any time where the broker gives it") {
            $0.header.baseTimestamp = .max; $0.rules.isLogAppendTime = true
        },
        Case("the beginning of time, where no bound is asked for") {
            $0.header.baseTimestamp = .min; $0.rules.timestampAfterMaxMillis = .max
        },
        Case("LogAppendTime in the attributes, with a time that is allowed") { $0.header.attributes = 0x08 },
        Case("a deletion horizon, which only compaction sets") { $0.header.attributes = 0x40 },
        Case("as large as a batch may be") { $0.rules.maxBatchBytes = $0.bytes.readableBytes },
        Case("keys on a compacted topic") { $0.rules.isCompacted = true },
    ]

    static let unusedAttributes = (7..<16).map { bit in
        Case("attribute bit \(bit), which has no meaning") {
            $0.header.attributes = Int16(truncatingIfNeeded: 1 << bit)
        }
    }

    static let records: [Case] = [
        Case(record: "record attributes, which have no meaning") { $0.attributes = 0xff },
        Case(record: "a null key") { $0.key = nil },
        Case(record: "a null value") { $0.value = nil },
        Case(record: "nothing at all") { ($0.key, $0.value) = (nil, nil) },
        Case(record: "an empty key and an empty value") { ($0.key, $0.value) = ([], []) },
        Case(record: "a header without a value") { $0.headers = [([0x68], nil)] },
        Case(record: "a header with an empty key") { $0.headers = [([], [1])] },
        Case(record: "a header with an empty key and no value") { $0.headers = [([], nil)] },
        Case(record: "the same header twice") { $0.headers = [([0x68], [1]), ([0x68], [2])] },
        Case(record: "a header whose key is no UTF-8") { $0.headers = [([0xff, 0xfe], [1])] },
        Case(record: "a time before that of the batch") { $0.timestampDelta = -500 },
    ]

    @Test(arguments: fields + unusedAttributes + records)
    func whatIsOddIsAccepted(_ odd: Case) throws {
        #expect(odd.batch.error() == nil)
        let stored = try odd.batch.stored()
        #expect(stored.isChecksumValid)
        #expect(stored.payload == odd.batch.payload)
        let sent = RecordCursor(payload: odd.batch.payload, header: odd.batch.header)
        #expect(try Self.contents(RecordCursor(payload: stored.payload, header: stored.header)) == Self.contents(sent))
    }

    /// Keys, values and headers of the records; offset and time are the leader's to give.
    private static func contents(_ cursor: RecordCursor) throws -> [Record] {
        var cursor = cursor
        var result: [Record] = []
        while let record = try cursor.next() {
            result.append(Record(key: record.key, value: record.value, headers: record.headers))
        }
        return result
    }

    @Test func theLeaderSaysWhatTheTimesAre() throws {
        func stored(_ change: (inout ProducedBatch) -> Void) throws -> RecordBatchHeader {
            var records = (0..<3).map { RawRecord(offsetDelta: $0) }
            records[1].timestampDelta = 7
            var batch = ProducedBatch(records)
            change(&batch)
            return try batch.stored().header
        }
        let base = ProducedBatch.now - 1000
        #expect(try stored { $0.header.maxTimestamp = 5 }.maxTimestamp == base + 7)
        #expect(try stored { $0.header.baseTimestamp = -50 }.maxTimestamp == -1, "as for batches without a time")
        #expect(try stored { $0.header.attributes = 0x4148 }.attributes == 0x4100, "bits without a meaning stay")
        let given = try stored { $0.rules.isLogAppendTime = true }
        #expect(given.maxTimestamp == ProducedBatch.now && given.isLogAppendTime)
    }

    /// Streams that codecs of other languages write, and that Kafka's consumers read.
    static let streams: [Case] = {
        var cases: [Case] = []
        for codec in Compression.allCases where codec != .none {
            let whole = try? Case("\(codec.name)") { try $0.compress(codec) }
            cases += whole.map { [$0] } ?? []
        }
        let (first, second) = (ProducedBatch([RawRecord()]).payload, ProducedBatch([RawRecord(offsetDelta: 1)]).payload)
        for codec in [Compression.gzip, .snappy, .zstd] {
            let twice = try? Case("\(codec.name), two streams one behind the other") {
                $0 = ProducedBatch([RawRecord(), RawRecord(offsetDelta: 1)])
                $0.header.attributes = Int16(codec.rawValue)
                $0.payload = try codec.compress(first)
                $0.payload.writeImmutableBuffer(try codec.compress(second))
            }
            cases += twice.map { [$0] } ?? []
        }
        return cases
    }()

    @Test(arguments: streams)
    func streamsThatConsumersReadAreAccepted(_ odd: Case) throws {
        #expect(Self.streams.count == 7)
        #expect(try odd.batch.stored().bytes.readableBytes == odd.batch.bytes.readableBytes)
    }

    // MARK: Refused

    static let badFields: [Case] = [
        Case("no batch", .invalidRecord) { $0.cut = 0 },
        Case("a few bytes", .invalidRecord) { $0.cut = 16 },
        Case("half a header", .invalidRecord) { $0.cut = 40 },
        Case("a cut off batch", .invalidRecord) { $0.cut = $0.bytes.readableBytes - 1 },
        Case("a length that is not there", .invalidRecord) { $0.length = 1_000_000_000 },
        Case("the largest length", .invalidRecord) { $0.length = .max },
        Case("no length", .corruptMessage) { $0.length = 0 },
        Case("a negative length", .corruptMessage) { $0.length = -1 },
        Case("a length below that of the header", .corruptMessage) { $0.length = 48 },
        Case("another batch behind it", .invalidRecord) { $0.rest = $0.bytes },
        Case("bytes behind it", .invalidRecord) { $0.rest = ByteBuffer(bytes: [0]) },
        Case("format 0", .invalidRecord) { $0.header.magic = 0 },
        Case("format 1", .invalidRecord) { $0.header.magic = 1 },
        Case("format 3", .corruptMessage) { $0.header.magic = 3 },
        Case("format -1", .corruptMessage) { $0.header.magic = -1 },
        Case("a wrong checksum", .corruptMessage) { $0.header.crc = 1 },
        Case("a base offset", .invalidRecord) { $0.header.baseOffset = 1 },
        Case("a negative base offset", .invalidRecord) { $0.header.baseOffset = -1 },
        Case("a codec that nobody knows", .invalidRecord) { $0.header.attributes = 5 },
        Case("control records", .invalidRecord) { $0.header.attributes = 0x20 },
        Case("no records", .invalidRecord) {
            $0.header.recordCount = 0; $0.header.lastOffsetDelta = -1
        },
        Case("fewer records than none", .invalidRecord) { $0.header.recordCount = -1 },
        Case("too few records", .invalidRecord) {
            $0.header.recordCount = 2; $0.header.lastOffsetDelta = 1
        },
        Case("too many records", .invalidRecord) {
            $0.header.recordCount = 4; $0.header.lastOffsetDelta = 3
        },
        Case("as many records as can be", .invalidRecord) {
            $0.header.recordCount = .max; $0.header.lastOffsetDelta = .max - 1
        },
        Case("a last offset below the last record's", .invalidRecord) { $0.header.lastOffsetDelta = 1 },
        Case("a last offset above the last record's", .invalidRecord) { $0.header.lastOffsetDelta = 3 },
        Case("a producer id without a sequence", .invalidRecord) {
            $0.header.producerId = 4; $0.header.producerEpoch = 0
        },
        Case("a transaction of nobody", .invalidRecord) { $0.header.attributes = 0x10 },
        Case("an hour and a bit ahead", .invalidTimestamp) { $0.header.baseTimestamp = ProducedBatch.now + 3_600_001 },
        Case("the end of time", .invalidTimestamp) { $0.header.baseTimestamp = .max },
        Case("so long ago that the difference overflows", .invalidTimestamp) { $0.header.baseTimestamp = .min },
        Case("too long ago for the topic", .invalidTimestamp) { $0.rules.timestampBeforeMaxMillis = 999 },
        Case("LogAppendTime without a time", .invalidTimestamp) {
            $0.header.attributes = 0x08; $0.header.maxTimestamp = -1
        },
        Case("LogAppendTime with a time that is not allowed", .invalidTimestamp) {
            $0.header.attributes = 0x08; $0.header.maxTimestamp = .max
        },
        Case("LogAppendTime where the broker gives it", .invalidTimestamp) {
            $0.header.attributes = 0x08; $0.rules.isLogAppendTime = true
        },
        Case("a byte too large", .messageTooLarge) { $0.rules.maxBatchBytes = $0.bytes.readableBytes - 1 },
    ]

    static let badRecords: [Case] = [
        Case(record: "an offset that is not the next", .invalidRecord) { $0.offsetDelta = 1 },
        Case(record: "a negative offset", .invalidRecord) { $0.offsetDelta = -1 },
        Case(record: "a key length that only Kafka takes for null", .invalidRecord) {
            ($0.key, $0.keyLength) = (nil, -2)
        },
        Case(record: "a value length that only Kafka takes for null", .invalidRecord) {
            ($0.value, $0.valueLength) = (nil, Int64(Int32.min))
        },
        Case(record: "a key longer than the record", .invalidRecord) { $0.keyLength = 100 },
        Case(record: "a value longer than the record", .invalidRecord) { $0.valueLength = Int64(Int32.max) },
        Case(record: "a negative number of headers", .invalidRecord) { $0.headerCount = -1 },
        Case(record: "more headers than bytes", .invalidRecord) { $0.headerCount = Int64(Int32.max) },
        Case(record: "a header without a key", .invalidRecord) { $0.headers = [(nil, [1])] },
        Case(record: "bytes behind the headers", .invalidRecord) { $0.rest = [0] },
        Case(record: "a record without a length", .invalidRecord) { $0.length = 0 },
        Case(record: "a negative record length", .invalidRecord) { $0.length = -1 },
        Case(record: "a record longer than the batch", .invalidRecord) { $0.length = 100 },
        Case(record: "a record length of more than 32 bits", .invalidRecord) { $0.length = 1 << 40 },
    ]

    @Test(arguments: badFields + badRecords)
    func whatIsWrongIsRefused(_ wrong: Case) {
        #expect(wrong.batch.error()?.code == wrong.code)
    }

    @Test(arguments: Compression.allCases.filter { $0 != .none })
    func whatIsWrongInsideACompressedBatchIsRefused(_ codec: Compression) throws {
        for wrong in Self.badRecords {
            var batch = wrong.batch
            try batch.compress(codec)
            #expect(batch.error()?.code == wrong.code, "\(wrong.name)")
        }
        var batch = ProducedBatch()
        try batch.compress(codec)
        let whole = batch.payload
        for length in 0..<whole.readableBytes {
            batch.payload = try #require(whole.getSlice(at: 0, length: length))
            #expect(batch.error()?.code == .invalidRecord, "cut to \(length): the same bytes again are no better")
        }
    }

    @Test func zstdNeedsANewerRequest() throws {
        var batch = ProducedBatch()
        try batch.compress(.zstd)
        #expect(batch.error(allowsZstd: false)?.code == .unsupportedCompressionType)
    }

    @Test func lz4FramesThatKafkasConsumersCannotReadAreRefused() throws {
        var batch = ProducedBatch()
        try batch.compress(.lz4)
        let frame = batch.payload
        #expect(LZ4.isReadableByAll(frame))
        let flags = try #require(frame.getInteger(at: 4, as: UInt8.self))
        for (name, changed) in [
            ("linked blocks", flags & ~0x20), ("a dictionary", flags | 1), ("a bit that is to be 0", flags | 2),
            ("another version", flags ^ 0xc0),
        ] {
            batch.payload.setInteger(changed, at: 4)
            #expect(batch.error()?.code == .invalidRecord, "\(name)")
        }
        batch.payload = frame
        batch.payload.writeImmutableBuffer(frame)
        #expect(batch.error()?.code == .invalidRecord, "a second frame")
        for length in 0..<frame.readableBytes {
            #expect(!LZ4.isReadableByAll(try #require(frame.getSlice(at: 0, length: length))))
        }
        #expect(try Compression.lz4.decompress(batch.payload).readableBytes > 0, "what is in old logs stays readable")
    }

    // MARK: Which records

    private func batch(_ count: Int32, withoutKey: Set<Int32> = [], late: Set<Int32> = []) -> ProducedBatch {
        var batch = ProducedBatch(
            (0..<count).map { index in
                var record = RawRecord(offsetDelta: index)
                if withoutKey.contains(index) { record.key = nil }
                if late.contains(index) { record.timestampDelta = 4_000_000 }
                return record
            }
        )
        batch.rules.isCompacted = true
        return batch
    }

    @Test(arguments: Compression.allCases)
    func everyRecordWithoutAKeyIsNamed(_ codec: Compression) throws {
        let wanted: Set<Int32> = [3, 14, 15, 26, 37, 48, 59, 60, 81, 99]
        var batch = batch(100, withoutKey: wanted)
        try batch.compress(codec)
        let error = try #require(batch.error())
        #expect(error.code == .invalidRecord)
        #expect(error.records.map(\.index) == wanted.sorted())
        #expect(error.records.allSatisfy { $0.reason == "it has no key, and the topic is compacted" })
        #expect(
            error.reason == "10 of the 100 records of the batch are refused; "
                + "the first is record 3: it has no key, and the topic is compacted"
        )
    }

    @Test func everyWrongTimestampIsNamed() throws {
        let error = try #require(batch(20, withoutKey: [5], late: [0, 7, 19]).error())
        #expect(error.code == .invalidTimestamp, "one of them makes it so")
        #expect(error.records.map(\.index) == [0, 5, 7, 19])
        let late = "timestamp \(ProducedBatch.now + 3_999_000) is 3999000 ms after now; the topic allows 3600000"
        #expect(error.records.map(\.reason) == [late, "it has no key, and the topic is compacted", late, late])
        var old = ProducedBatch()
        old.rules.timestampBeforeMaxMillis = 10
        let before = "timestamp \(ProducedBatch.now - 1000) is 1000 ms before now; the topic allows 10"
        #expect(old.error()?.records == (0..<3).map { RecordProblem(index: $0, reason: before) })
        let one = try #require(batch(2, withoutKey: [1]).error())
        #expect(
            one.reason == "1 of the 2 records of the batch is refused; "
                + "record 1: it has no key, and the topic is compacted"
        )
    }

    @Test func aTimestampTypeThatIsTheBrokersConcernsAllRecords() throws {
        var batch = batch(3)
        batch.header.attributes = 0x08
        batch.header.maxTimestamp = -1
        var error = try #require(batch.error())
        #expect(error.code == .invalidTimestamp && error.records.map(\.index) == [0, 1, 2])
        batch.header.maxTimestamp = ProducedBatch.now + 4_000_000
        error = try #require(batch.error())
        #expect(error.code == .invalidTimestamp && error.records.map(\.index) == [0, 1, 2])
    }

    @Test func aMalformedRecordIsNotOneAmongOthers() throws {
        var records = (0..<3).map { RawRecord(offsetDelta: $0) }
        records[0].key = nil
        records[2].keyLength = 100
        var batch = ProducedBatch(records)
        batch.rules.isCompacted = true
        let error = try #require(batch.error())
        #expect(error.code == .invalidRecord && error.records.isEmpty)
    }

    @Test func theRecordsThatAreNamedHaveABound() throws {
        var batch = batch(70_000, withoutKey: Set(0..<70_000))
        var error = try #require(batch.error())
        #expect(error.records.count == RecordError.namedLimit)
        #expect(error.reason.hasPrefix("70000 of the 70000 records"))
        try batch.compress(.zstd)
        error = try #require(batch.error())
        #expect(error.records.count == min(RecordError.namedLimit, batch.bytes.readableBytes + 1024))
    }

    // MARK: Limits

    /// 60 kB that gzip makes small.
    private func inflating() throws -> ProducedBatch {
        var record = RawRecord()
        record.value = Array(repeating: 7, count: 60_000)
        var batch = ProducedBatch([record])
        try batch.compress(.gzip)
        return batch
    }

    @Test func theLargestBatchIsOneOfWhatIsStored() throws {
        var batch = try inflating()
        batch.rules.maxBatchBytes = 10_000
        #expect(batch.error() == nil, "as the producer compressed it")
        for target in [Compression.gzip, .snappy, .lz4, .zstd] {
            batch.rules.storedCompression = target
            #expect(batch.error() == nil, "\(target.name)")
        }
        batch.rules.storedCompression = Compression.none
        let error = try #require(batch.error())
        #expect(error.code == .messageTooLarge)
        #expect(error.reason.hasSuffix("bytes as the topic stores it (none); max.message.bytes is 10000"))
        let stored = RecordBatchHeader.size + (try Compression.gzip.decompress(batch.payload)).readableBytes
        batch.rules.maxBatchBytes = stored
        #expect(try batch.stored().bytes.readableBytes == stored)
        batch.rules.maxBatchBytes = stored - 1
        #expect(batch.error()?.code == .messageTooLarge)
    }

    @Test func whatIsSentMayNotBeTooLargeEither() throws {
        var record = RawRecord()
        record.value = Array(repeating: 7, count: 60_000)
        var batch = ProducedBatch([record])
        batch.rules.maxBatchBytes = 10_000
        batch.rules.storedCompression = .gzip
        #expect(batch.error()?.code == .messageTooLarge)
    }
}
