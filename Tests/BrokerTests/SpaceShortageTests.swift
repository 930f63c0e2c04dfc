import KafkaProtocol
import Testing
import World

@testable import Broker

/// When it is looked whether a full directory has space again.
struct SpaceShortageTests {
    private let one = TopicPartition("t", 0)
    private let two = TopicPartition("t", 1)
    private func at(_ millis: Int64) -> MonotonicTime { MonotonicTime(milliseconds: millis) }

    @Test func itIsLookedForSpaceEachSecondUntilThereIsEnough() {
        var shortage = SpaceShortage()
        #expect(!shortage.isDue(now: at(0)))
        let news = [(one, 0), (one, 10), (two, 500)].map { shortage.found($0.0, now: at($0.1)) }
        #expect(news == [true, false, true])
        #expect(!shortage.isDue(now: at(999)) && shortage.isDue(now: at(1000)))
        let none = shortage.looked(isEnough: false, now: at(1000))
        #expect(none.isEmpty && shortage.replicas == [one, two])
        #expect(!shortage.isDue(now: at(1999)) && shortage.isDue(now: at(2000)))
        let all = shortage.looked(isEnough: true, now: at(2000))
        #expect(all == [one, two] && shortage.replicas.isEmpty && !shortage.isDue(now: at(100_000)))
    }

    /// A quota is not to be seen in the space of a file system.
    @Test func spaceThatIsGoneAtOnceIsLookedForLessOften() {
        var shortage = SpaceShortage()
        _ = shortage.found(one, now: at(0))
        _ = shortage.looked(isEnough: true, now: at(1000))
        let isNews = shortage.found(one, now: at(1100))
        #expect(isNews && !shortage.isDue(now: at(11_099)) && shortage.isDue(now: at(11_100)))
        let back = shortage.looked(isEnough: true, now: at(11_100))
        #expect(back == [one])
        _ = shortage.found(one, now: at(60_000))
        #expect(shortage.isDue(now: at(61_000)), "that is another time")
    }

    @Test func enoughIsA64thOfTheFileSystemWithinBounds() {
        func isEnough(_ total: Int64, _ usable: Int64) -> Bool {
            DiskSpace(totalBytes: total, usableBytes: usable).isEnough
        }
        #expect(!isEnough(6400 << 20, (100 << 20) - 1) && isEnough(6400 << 20, 100 << 20))
        #expect(!isEnough(1 << 20, (1 << 20) - 1) && isEnough(10 << 20, 1 << 20))
        #expect(!isEnough(1 << 50, (1 << 30) - 1) && isEnough(1 << 50, 1 << 30))
    }
}
