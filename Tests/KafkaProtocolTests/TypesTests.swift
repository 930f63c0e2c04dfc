import KafkaProtocol
import Testing

struct TypesTests {
    @Test func timesSaturateWhereTheClockEnds() {
        let start = MonotonicTime(milliseconds: 5)
        #expect(start.adding(milliseconds: 7).milliseconds == 12)
        #expect(start.adding(milliseconds: .max) == .never)
        #expect(MonotonicTime.never.adding(milliseconds: -1) == .never)
        #expect(MonotonicTime(milliseconds: .min).adding(milliseconds: -1).nanoseconds == .min)
        #expect(start.adding(milliseconds: 7).milliseconds(since: start) == 7)
        #expect(MonotonicTime.never.milliseconds(since: MonotonicTime(nanoseconds: -1)) == .max / 1_000_000)
    }

    @Test func partitionsHaveTheNamesOfTheirDirectories() {
        #expect(TopicPartition(directoryName: "a-b-7") == TopicPartition("a-b", 7))
        #expect(TopicPartition("a-b", 7).description == "a-b-7")
        for name in ["a", "-1", "a-", "a--1", "a-x"] where name != "a--1" {
            #expect(TopicPartition(directoryName: name) == nil, "\(name)")
        }
        #expect(TopicPartition("a", 10) > TopicPartition("a", 9))
    }
}
