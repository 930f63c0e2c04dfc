import KafkaClient
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import ottla

struct RecordJSONTests {
    static func view(_ record: ProducerRecord) throws -> RecordView {
        var builder = RecordBatchBuilder()
        builder.append(
            timestamp: record.timestamp ?? 0,
            key: record.key,
            value: record.value,
            headers: record.headers
        )
        var cursor = try RecordBatch(try builder.build()).records()
        return try #require(try cursor.next())
    }

    static func line(_ record: ProducerRecord) throws -> ByteBuffer {
        var line = ByteBuffer()
        RecordJSON.write(try view(record), TopicPartition(record.topic, record.partition ?? 0), to: &line)
        return line
    }

    /// Null, empty, bytes of all kinds, and text with everything that is written in another way.
    static func bytes(_ random: inout SeededGenerator) -> ByteBuffer? {
        switch random.next(below: 6) {
        case 0: return nil
        case 1: return ByteBuffer()
        case 2, 3:
            let pieces = [
                "\u{0}", "\u{1f}", "\n", "\r\n", "\t", "\"", "\\", "/", "\u{7f}", "\u{85}", "\u{9f}", "\u{a0}",
                "\u{2028}", "\u{2029}", "\u{feff}", "\u{301}", "é", "😀", "\u{10ffff}", "null", "ab", "\u{8}", "\u{c}",
            ]
            return ByteBuffer(
                string: (0..<random.next(below: 12)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
            )
        default: return ByteBuffer(bytes: (0..<random.next(below: 20)).map { _ in UInt8(random.next(below: 256)) })
        }
    }

    @Test func anyRecordComesBackAsItWas() throws {
        var random = SeededGenerator(seed: 15)
        for _ in 0..<3000 {
            let names = ["h", "h", "", "value", "naïve\u{2028}"]
            let record = ProducerRecord(
                topic: "t",
                partition: Int32(random.next(below: 5)),
                key: Self.bytes(&random),
                value: Self.bytes(&random),
                headers: (0..<random.next(below: 4)).map { _ in
                    random.next(below: 2) == 0
                        ? RecordHeader(key: names[random.next(below: names.count)], value: Self.bytes(&random))
                        : RecordHeader(keyBytes: Self.bytes(&random) ?? ByteBuffer(), value: Self.bytes(&random))
                },
                timestamp: Int64(random.next(below: 1 << 40))
            )
            let line = try Self.line(record)
            let text = String(buffer: line)
            #expect(
                text.unicodeScalars.allSatisfy {
                    !(0x7f...0x9f).contains($0.value) && $0.value != 0x2028 && $0.value != 0x2029
                }
            )
            #expect(text.unicodeScalars.count { $0.value < 0x20 } == 1, "the line end is the only control character")
            let read = try RecordJSON.record(line, topic: "t")
            #expect(read == record, "\(text)")
        }
    }

    @Test func whatIsNoTextIsInBase64() throws {
        let record = ProducerRecord(
            topic: "t",
            key: ByteBuffer(bytes: [0xff, 0xfe]),
            value: nil,
            headers: [
                RecordHeader(key: "h", value: ByteBuffer(bytes: [0x80])), RecordHeader(key: "n", value: nil),
                RecordHeader(keyBytes: ByteBuffer(bytes: [0xff]), value: nil),
            ],
            timestamp: 7
        )
        #expect(
            String(buffer: try Self.line(record))
                == #"{"topic":"t","partition":0,"offset":0,"timestamp":7,"key_base64":"//4=","value":null,"headers":[{"key":"h","value_base64":"gA=="},{"key":"n","value":null},{"key_base64":"/w==","value":null}]}"#
                + "\n"
        )
    }

    @Test(arguments: [
        ("", "is not JSON: a value is missing at byte 1"), ("{", "a field's name is missing at byte 2"),
        ("[1]", "is not a JSON object"),
        (#"{"value":1.5}"#, "the number is not whole"), (#"{"value":01}"#, "the number begins with 0"),
        (#"{"value":1-2}"#, "not a number"), (#"{"value":"\ud800"}"#, "an unpaired surrogate"),
        (#"{"value":"\ud800\u0041"}"#, "an unpaired surrogate"), (#"{"value":"\x"}"#, "is not an escape sequence"),
        (#"{"value":"\u12g4"}"#, "four hexadecimal digits"), (#"{"value":"a"} x"#, "something follows"),
        ("{\"value\":\"\u{1}\"}", "a control character"), (#"{"value":"a"#, "a string is not terminated"),
        (#"{"key":"a"}"#, "has no value"), (#"{"value":"a","value_base64":"YQ=="}"#, "has more than one 'value'"),
        (#"{"value":"a","value":"b"}"#, "has more than one 'value'"), (#"{"value_base64":"YQ"}"#, "is not base64"),
        (#"{"value_base64":"YR=="}"#, "is not base64"), (#"{"value_base64":5}"#, "is not base64"),
        (#"{"value":"a","extra":1}"#, "'extra'"), (#"{"value":"a","timestamp":"now"}"#, "'timestamp'"),
        (#"{"value":"a","timestamp_base64":1}"#, "'timestamp_base64'"),
        (#"{"value":"a","timestamp":-2}"#, "'timestamp'"), (#"{"value":"a","partition":2147483648}"#, "'partition'"),
        (#"{"value":"a","headers":[1]}"#, "a header that is not a JSON object"),
        (#"{"value":"a","headers":[{"value":"x"}]}"#, "a header without a key"),
        (#"{"value":"a","headers":[{"key":"x","val":"y"}]}"#, "a field 'val'"),
        (#"{"value":"a","headers":[{"key":"x","key_base64":"eA=="}]}"#, "'key_base64'"),
        (#"{"value":"a","headers":[{"key":null}]}"#, "'key'"),
        (#"{"value":"a","headers":[{"key":"x","value":"y","value_base64":""}]}"#, "'value_base64'"),
    ])
    func aLineThatCannotBeReadIsRefused(_ line: String, _ problem: String) {
        #expect(throws: UnusableLine.self) { try RecordJSON.record(ByteBuffer(string: line), topic: "t") }
        do { _ = try RecordJSON.record(ByteBuffer(string: line), topic: "t") } catch {
            #expect(error.what.contains(problem), "\(error.what)")
        }
    }

    @Test func textThatIsNoUTF8IsRefused() {
        let line = ByteBuffer(bytes: Array(#"{"value":""#.utf8) + [0xff] + Array(#""}"#.utf8))
        do {
            _ = try RecordJSON.record(line, topic: "t")
            Issue.record("it was taken")
        } catch { #expect(error.what.contains("not UTF-8")) }
    }

    @Test func whatOtherProgramsWriteIsRead() throws {
        let line =
            #" { "headers" : null, "value" : "\ud83d\ude00\/\u2028\b" , "timestamp":null,"partition":null, "offset":5 } "#
        let record = try RecordJSON.record(ByteBuffer(string: line), topic: "t")
        #expect(record == ProducerRecord(topic: "t", value: ByteBuffer(string: "😀/\u{2028}\u{8}")))
        let nested = try RecordJSON.record(ByteBuffer(string: #"{"value":{"a":[1,true,null]},"key":5}"#), topic: "t")
        #expect(nested.value.map { String(buffer: $0) } == #"{"a":[1,true,null]}"#)
        #expect(nested.key.map { String(buffer: $0) } == "5")
    }

    @Test(arguments: ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy"])
    func base64OfTheStandard(_ text: String, _ encoded: String) {
        var buffer = ByteBuffer()
        Base64.write(ByteBuffer(string: text).readableBytesView, to: &buffer)
        #expect(String(buffer: buffer) == encoded)
        #expect(Base64.read(encoded) == ByteBuffer(string: text))
    }

    @Test(arguments: ["Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9", "Zm9_", "=Zm9"])
    func whatIsNoBase64(_ text: String) { #expect(Base64.read(text) == nil) }
}
