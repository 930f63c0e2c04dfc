import KafkaClient
import NIOCore
import TestSupport
import Testing

@testable import ottla

struct TextTests {
    @Test func argumentsComeBackAsTheBytesThatTheyWere() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<2000 {
            let bytes = (0..<random.next(below: 12)).map { _ in
                random.next(below: 2) == 0 ? UInt8(random.next(below: 255) + 1) : UInt8(ascii: "a")
            }
            #expect(ArgumentBytes.bytes(ArgumentBytes.text(bytes)) == bytes)
        }
        for text in ["", "plain", "naïve 😀", "\u{10ff80}", "a\u{10ffff}b", "\u{301}"] {
            #expect(ArgumentBytes.bytes(ArgumentBytes.text(Array(text.utf8))) == Array(text.utf8))
        }
        #expect(ArgumentBytes.text(Array("naïve 😀".utf8)) == "naïve 😀")
    }

    @Test(arguments: [
        (#"\n\r\t\0\\"#, [0x0a, 0x0d, 0x09, 0, 0x5c]), (#"\x00\xfF"#, [0, 0xff]),
        (#"\N\x\xg1\"#, Array(#"\N\x\xg1\"#.utf8)), (":", [0x3a]),
    ])
    func escapes(_ text: String, _ bytes: [UInt8]) { #expect(ArgumentBytes.unescaped(text) == bytes) }

    @Test func formatsPrintBytesAndTellNullFromEmpty() throws {
        let record = ProducerRecord(
            topic: "t",
            key: ByteBuffer(),
            value: ByteBuffer(bytes: [0xff, 0]),
            headers: [
                RecordHeader(key: "a", value: ByteBuffer(bytes: [0x80])),
                RecordHeader(keyBytes: ByteBuffer(bytes: [0x62, 0xff]), value: nil),
            ],
            timestamp: 9
        )
        func printed(_ format: RecordFormat, _ record: ProducerRecord = record) throws -> [UInt8] {
            var buffer = ByteBuffer()
            format.write(try RecordJSONTests.view(record), TopicPartition("t", 3), to: &buffer)
            return Array(buffer.readableBytesView)
        }
        #expect(
            try printed(RecordFormat(#"%t %p %o %T %k|%K|%S|%%\x25p\t%v"#))
                == Array("t 3 0 9 |0|2|%%p\t".utf8) + [0xff, 0, 0x0a]
        )
        #expect(
            try printed(RecordFormat("%h", null: [0xfe], lineEnd: []))
                == Array("a=".utf8) + [0x80] + Array(",b".utf8) + [0xff] + Array("=".utf8) + [0xfe]
        )
        let null = ProducerRecord(topic: "t", value: nil)
        #expect(
            try printed(RecordFormat("%k,%v %K %S", null: Array("NULL".utf8)), null) == Array("NULL,NULL -1 -1\n".utf8)
        )
        #expect(throws: (any Error).self) { try RecordFormat("%z") }
        #expect(throws: (any Error).self) { try RecordFormat("%") }
    }

    @Test func aTerminalDoesNotObeyNames() {
        #expect("a\u{1b}[2J\u{9b}\r\nb\tü".escapingControls() == "a\\u{1B}[2J\\u{009B}\\r\\nb\\tü")
        #expect("a\u{1b}\nb\t".escapingControls(but: ["\n", "\t"]) == "a\\u{1B}\nb\t")
    }

    @Test func placesToBeginWith() {
        #expect(Consume.Place(argument: "-5") == .last(5))
        #expect(Consume.Place(argument: "5") == .offset(5))
        #expect(Consume.Place(argument: "time:5") == .time(5))
        for text in ["-0", "--5", "-", "", "5x", "time:-1", "time:", "middle", "-99999999999999999999"] {
            #expect(Consume.Place(argument: text) == nil, "\(text)")
        }
    }

    @Test func numbersOfJSONAreNumbers() {
        #expect(Value.decimal(0.0624, digits: 3).json == "0.062")
        #expect(Value.decimal(-1.25, digits: 1).json == "-1.3")
        #expect(Value.decimal(12, digits: 0).json == "12")
        #expect(Value.decimal(.infinity, digits: 1).json == "null")
        #expect(Value.decimal(.nan, digits: 1).json == "null")
        #expect(Value.decimal(1e300, digits: 1).json == "null")
    }

    @Test func eachRowOfATableNamesItsSubjectInJSON() {
        var table = Table("partition", "share", of: ["topic": .text("t")])
        table.add(.number(1), .decimal(0.5, digits: 2))
        table.add(.number(10), .none)
        #expect(
            table.lines(.json) == [
                #"{"topic":"t","partition":1,"share":0.50}"#, #"{"topic":"t","partition":10,"share":null}"#,
            ]
        )
        #expect(table.lines(.table) == ["PARTITION  SHARE", "        1   0.50", "       10      -"])
    }

    @Test func aNameCannotBreakARow() {
        var table = Table("group")
        table.add(.text("a\nb\u{1b}[2J\u{85}"))
        #expect(table.lines(.table) == ["GROUP", #"a\nb\u{1B}[2J\u{0085}"#])
        #expect(table.lines(.json) == [#"{"group":"a\nb\u001b[2J\u0085"}"#])
    }
}
