import Foundation
import KafkaProtocol
import TestSupport
import Testing

@testable import Replication

/// Runs the commands of a transcript against one fetcher, and writes down what it asks and when it wants to be asked again.
final class FetcherTranscript {
    private var fetcher = ReplicaFetcher()
    private var now: Int64 = 0

    func run(_ command: Transcript.Command) -> [String] {
        now = command.number("at", now)
        let time = MonotonicTime(milliseconds: now)
        switch command.name {
        case "fetcher":
            fetcher = ReplicaFetcher(
                options: .init(
                    patienceMillis: command.number("patience", 100),
                    firstBackoffMillis: command.number("first-backoff", 10),
                    maxBackoffMillis: command.number("backoff", 1000)
                )
            )
            return []
        case "follow":
            fetcher.follow(id(command), topicId: topicId(command), position(command), now: time)
            return []
        case "busy":
            fetcher.follow(id(command), topicId: topicId(command), nil, now: time)
            return []
        case "forget": fetcher.forget(id(command))
        case "answered": fetcher.answered(session: command.number("session"))
        case "refused": fetcher.refused(id(command), Self.code(command.word(1)), now: time)
        case "succeeded": fetcher.succeeded(id(command))
        case "failed": fetcher.failed(command.words.first.map { Self.code($0) }, now: time)
        case "next": return next(time)
        default: return ["no such command"]
        }
        return []
    }

    private func next(_ time: MonotonicTime) -> [String] {
        guard let request = fetcher.next(now: time) else {
            let wake = fetcher.wakeTime
            return [wake == .never ? "nothing to ask" : "nothing to ask before \(wake.milliseconds)"]
        }
        let wait = request.maxWaitMillis < 500 ? ", waiting \(request.maxWaitMillis) ms" : ""
        return ["session \(request.session) epoch \(request.epoch)\(wait)"]
            + request.parts.map { part in
                let (position, last) = (part.position, part.position.lastFetchedEpoch?.description ?? "none")
                return
                    "fetch \(name(part.id, part.topicId)) from \(position.offset), epoch \(position.leaderEpoch), last \(last)"
            } + request.forgotten.map { "forget \(name($0.id, $0.topicId))" }
    }

    private static func code(_ word: String) -> ErrorCode {
        switch word {
        case "fenced": .fencedLeaderEpoch
        case "unknown-epoch": .unknownLeaderEpoch
        case "not-leader": .notLeaderOrFollower
        case "session-gone": .fetchSessionIdNotFound
        case "session-epoch": .invalidFetchSessionEpoch
        default: .unknownServerError
        }
    }

    private func name(_ id: TopicPartition, _ topicId: KafkaUUID) -> String { "\(id)/\(topicId.low)" }

    private func id(_ command: Transcript.Command) -> TopicPartition {
        TopicPartition(directoryName: command.word(0)) ?? TopicPartition(command.word(0), 0)
    }

    private func topicId(_ command: Transcript.Command) -> KafkaUUID {
        KafkaUUID(high: 0, low: command.number("topic", 1))
    }

    private func position(_ command: Transcript.Command) -> FetchPosition {
        FetchPosition(
            leader: 1,
            leaderEpoch: LeaderEpoch(command.number("epoch")),
            offset: command.number("from"),
            lastFetchedEpoch: command["last"].flatMap { Int32($0) }.map { LeaderEpoch($0) },
            logStart: 0
        )
    }
}

struct FetcherTranscriptTests {
    static let files = Transcript.files("fetcher-", beside: #filePath)

    @Test(arguments: files) func asksAsIsWritten(_ file: URL) throws {
        let transcript = FetcherTranscript()
        #expect(try Transcript.difference(file) { transcript.run($0) } == nil)
    }

    @Test func thereAreTranscripts() { #expect(Self.files.count >= 4) }
}
