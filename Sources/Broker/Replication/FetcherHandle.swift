import KafkaProtocol
import NIOCore
import Replication
import Synchronization

/// A fetcher as other threads have it: what they tell it, it hears on its event loop, all that has come at once.
final class FetcherHandle: Sendable {
    private struct Inbox: Sendable {
        var changed: [Partition] = []
        var followed: [(partition: Partition, result: Partition.Followed)] = []
        var isLeaderChanged = false
        var isOver = false
        /// Somebody has seen to it that the fetcher hears of all this.
        var isNoted = false
    }

    private let inbox = Mutex(Inbox())
    private let eventLoop: any EventLoop
    private let fetcher: NIOLoopBoundBox<LeaderFetcher?>
    private let id: LeaderFetcher.Id
    private let surroundings: FetcherSurroundings

    init(_ id: LeaderFetcher.Id, _ surroundings: FetcherSurroundings, on eventLoop: any EventLoop) {
        self.id = id
        self.surroundings = surroundings
        self.eventLoop = eventLoop
        fetcher = NIOLoopBoundBox.makeEmptyBox(valueType: LeaderFetcher.self, eventLoop: eventLoop)
    }

    /// Whom it follows, or that it may fetch on.
    func changed(_ partition: Partition) { post { $0.changed.append(partition) } }

    /// An answer was worked on elsewhere.
    func followed(_ partition: Partition, _ result: Partition.Followed) {
        post { $0.followed.append((partition, result)) }
    }

    /// The leader may be reached elsewhere, or again.
    func leaderChanged() { post { $0.isLeaderChanged = true } }

    func end() { post { $0.isOver = true } }

    private func post(_ change: @Sendable (inout Inbox) -> Void) {
        let isFirst = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isNoted = true }
            return !inbox.isNoted
        }
        if isFirst { eventLoop.execute { self.deliver() } }
    }

    private func deliver() {
        let news = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox
        }
        let fetcher = fetcher.value ?? LeaderFetcher(id, surroundings, self, on: eventLoop)
        self.fetcher.value = fetcher
        fetcher.take(news.changed)
        for (partition, result) in news.followed { fetcher.settleLate(partition, result) }
        if news.isLeaderChanged { fetcher.leaderChanged() }
        if news.isOver { fetcher.end() } else { fetcher.advance() }
    }
}
