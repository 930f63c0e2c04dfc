import KafkaProtocol
import NIOCore
import TestSupport
import Testing

/// Bytes that no honest peer sends: none may trap, loop, or cost more memory than the frame could hold.
struct HostileInputTests {
    @Test func everyTruncationIsRefusedOrReadable() throws {
        for message in try GoldenMessage.all() where message.bytes.readableBytes < 400 {
            let type = try #require(message.type)
            for length in 0..<message.bytes.readableBytes {
                var reader = WireReader(try #require(message.bytes.getSlice(at: 0, length: length)))
                do {
                    _ = try type.decode(&reader, version: message.version)
                    Issue.record("\(message.name) v\(message.version) decodes from \(length) bytes")
                } catch {
                }
            }
        }
    }

    @Test func mutatedMessagesNeverTrapAndWhatDecodesRoundTrips() throws {
        var random = SeededGenerator(seed: 20_261_121)
        for message in try GoldenMessage.all() where message.bytes.readableBytes > 0 {
            let type = try #require(message.type)
            for _ in 0..<20 {
                var bytes = message.bytes
                for _ in 0...random.next(below: 3) {
                    let index = random.next(below: bytes.readableBytes)
                    let value: UInt8 = [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())][
                        random.next(below: 6)
                    ]
                    bytes.setInteger(value, at: index)
                }
                var reader = WireReader(bytes)
                guard let decoded = try? type.decode(&reader, version: message.version) else { continue }
                try expectRoundTrip(decoded, message.version)
            }
        }
    }

    private func expectRoundTrip<T: WireMessage>(_ value: T, _ version: Int16) throws {
        let bytes = try value.encoded(version: version)
        var reader = WireReader(bytes)
        let again = try T.decode(&reader, version: version)
        // Compared as bytes: a NaN is not equal to itself.
        #expect(try again.encoded(version: version) == bytes, "\(T.schema.name) v\(version)")
    }

    @Test func hugeCountsAreRefusedBeforeMemoryIsReserved() throws {
        var bytes = ByteBuffer()
        bytes.writeInteger(Int32.max)
        var reader = WireReader(bytes)
        #expect(throws: WireError.invalidLength(Int(Int32.max), remaining: 0)) {
            try MetadataRequest.decode(&reader, version: 0)
        }
        var compact = WireReader(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0x0f]))
        #expect(throws: WireError.self) { try MetadataRequest.decode(&compact, version: 9) }
    }

    @Test func oneFrameHoldsAMillionObjectsAtMost() throws {
        // Empty structures of one byte each: topics with a null name cost more, so tagged-only structures are used.
        var bytes = ByteBuffer()
        var writer = WireWriter(capacity: 8)
        writer.uvarint(1_000_002)
        bytes.writeImmutableBuffer(writer.buffer)
        bytes.writeRepeatingByte(0, count: 40_000_000)
        var reader = WireReader(bytes)
        #expect(throws: WireError.tooManyObjects(limit: WireReader.objectLimit)) {
            try MetadataRequest.decode(&reader, version: 12)
        }
    }

    @Test func taggedFieldsOutOfOrderAreRefused() throws {
        var reader = WireReader(ByteBuffer(bytes: [0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 2, 5, 0, 5, 0]))
        #expect(throws: WireError.malformedTag(5)) { try RequestHeader.decode(&reader, version: 2) }
    }

    @Test func varintsLongerThanTheirTypeAreRefused() throws {
        var reader = WireReader(ByteBuffer(bytes: [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]))
        #expect(reader.uvarint() == 0)
        #expect(throws: WireError.malformedVarint) { try reader.check() }
        var nonMinimal = WireReader(ByteBuffer(bytes: [0x81, 0x00]))
        #expect(nonMinimal.uvarint() == 1)
        try nonMinimal.check()
    }

    @Test func theFirstFailureStaysAndNothingIsReadBehindIt() throws {
        var reader = WireReader(ByteBuffer(bytes: [0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(reader.bytes(false) == ByteBuffer())
        #expect(reader.integer() as Int32 == 0 && reader.strings(true).isEmpty && reader.remaining == 0)
        #expect(throws: WireError.invalidLength(9, remaining: 8)) { try reader.check() }
    }

    @Test func stringsMustBeUTF8() throws {
        var reader = WireReader(ByteBuffer(bytes: [0, 2, 0xc3, 0x28]))
        #expect(reader.string(false).isEmpty)
        #expect(throws: WireError.invalidUTF8) { try reader.check() }
    }
}
