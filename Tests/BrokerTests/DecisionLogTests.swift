import KRaft
import KafkaProtocol
import LogStorage
import Logging
import Synchronization
import Testing
import World

@testable import Broker
@testable import ClusterMetadata
@testable import Coordination
@testable import Replication

/// What a node remembers of its decisions, and how it tells of them.
struct DecisionLogTests {
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        var lines: [String] { all.withLock { $0 } }
    }

    private struct Handler: LogHandler {
        var logLevel = Logger.Level.info
        var metadata = Logger.Metadata()
        let lines: Lines
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.add("\(event.level): \(event.message)") }
    }

    private let lines = Lines()
    private let ticks = VirtualTicks(nanoseconds: 1_000_000)

    private func log() -> DecisionLog {
        let lines = lines
        let time = World.manual(MemoryFileSystem(), ManualThreads(), ticks).time
        return DecisionLog(
            time: time,
            logger: Logger(label: "test") { _ in Handler(lines: lines) },
            metrics: BrokerMetrics()
        )
    }

    private let first = TopicPartition("t", 0)
    private let second = TopicPartition("t", 1)

    private func change(
        _ partition: TopicPartition,
        from before: Int32 = 1,
        to after: Int32 = 2,
        _ cause: DecisionCause = .brokerFenced(1, .refused(silentMillis: 312))
    ) -> ControllerDecision {
        let image = PartitionImage(replicas: [1, 2], isr: [1, 2], leader: before, leaderEpoch: 4, partitionEpoch: 7)
        var changed = image
        (changed.leader, changed.isr) = (after, [2])
        return .partition(
            PartitionDecision(
                partition: partition,
                before: image,
                after: changed,
                election: before == after ? .kept : .inSync,
                cause: cause,
                unavailableMillis: 312
            )
        )
    }

    // MARK: Bounds

    private func entry(_ number: Int64, _ decision: NodeDecision) -> DecisionShelf.Entry {
        let at = WallTime(milliseconds: number)
        return DecisionShelf.Entry(number: number, at: at, firstAt: at, decision: decision)
    }

    private func left(_ member: String, _ why: String = "") -> NodeDecision {
        .group(ExplainedGroup(group: "g", reason: .memberLeft(member, why)))
    }

    @Test func theLastAreKeptInTheirOrder() {
        var shelf = DecisionShelf(limit: 3)
        for number in 1...5 { shelf.add(entry(Int64(number), left("\(number)"))) }
        #expect(shelf.entries.map(\.number) == [3, 4, 5] && shelf.forgotten == 2)
    }

    @Test func textsAreBoundedAndOneThatIsTooLongIsNotKept() {
        var shelf = DecisionShelf(limit: 100, bytesLimit: 1000)
        for number in 1...20 { shelf.add(entry(Int64(number), left("\(number)", String(repeating: "x", count: 100)))) }
        #expect(shelf.entries.count == 9 && shelf.entries.last?.number == 20)
        shelf.add(entry(21, left("21", String(repeating: "x", count: 2000))))
        #expect(shelf.entries.isEmpty && shelf.forgotten == 21)
        shelf.add(entry(22, left("22")))
        #expect(shelf.entries.map(\.number) == [22])
    }

    @Test func whatIsNewSinceADecisionIsToldInOrder() {
        var shelf = DecisionShelf(limit: 3)
        for number in 1...5 { shelf.add(entry(Int64(number), left("\(number)"))) }
        #expect(shelf.after(0).map(\.number) == [3, 4, 5] && shelf.after(4).map(\.number) == [5])
        #expect(shelf.after(5).isEmpty)
        // One that comes again is new again.
        shelf.add(entry(6, left("4")))
        #expect(shelf.after(5).map(\.number) == [6] && shelf.after(4).map(\.number) == [5, 6])
    }

    @Test func theSameAgainIsOneThatIsCounted() {
        var shelf = DecisionShelf(limit: 100)
        for number in 1...6 { shelf.add(entry(Int64(number), left(number % 2 == 0 ? "even" : "odd"))) }
        #expect(shelf.entries.map(\.number) == [5, 6] && shelf.entries.map(\.count) == [3, 3])
        #expect(shelf.entries.map(\.firstAt.milliseconds) == [1, 2] && shelf.forgotten == 0)
        // What lies far behind is another occasion.
        for number in 7...30 { shelf.add(entry(Int64(number), left("\(number)"))) }
        shelf.add(entry(31, left("odd")))
        #expect(shelf.entries.last?.count == 1)
    }

    /// What docs/signals.md says of memory.
    @Test func whatIsRememberedIsSmall() {
        let entries = DecisionShelf.Kind.allCases.reduce(0) { $0 + $1.limit }
        let texts = DecisionShelf.Kind.allCases.count * DecisionShelf.bytesLimit
        print("a decision takes \(MemoryLayout<DecisionShelf.Entry>.stride) bytes")
        #expect(entries * MemoryLayout<DecisionShelf.Entry>.stride + texts < 5 << 20)
    }

    @Test func manyPartitionsDriveNoBrokerOut() {
        let log = log()
        log.note([.fenced(broker: 3, epoch: 9, .sessionEnded(silentMillis: 9001))])
        let all = (0..<Int32(DecisionShelf.Kind.partitions.limit + 10)).map { change(TopicPartition("many", $0)) }
        log.note(all)
        #expect(log.forgotten == 10)
        let found = log.last(10) { $0 == .broker(3) }
        #expect(found.map(\.number) == [1])
        #expect(log.last(.max).count == 1 + DecisionShelf.Kind.partitions.limit)
    }

    // MARK: What is asked for

    @Test func onlyWhatIsAskedForIsTold() {
        let log = log()
        log.note([change(first)])
        log.note([.asksToGrow(adding: [3], ends: [5], highWatermark: 5)], of: second)
        log.note([.registered(broker: 3, epoch: 1, previousEpoch: nil, isClean: false)])
        log.note(ExplainedGroup(group: "t", reason: .memberJoined("m")))
        log.note(.leader, in: 4, .votesGranted([1, 2]))
        log.note(.fenced(epoch: 3), of: 3)
        log.note(.fails(leader: 3, code: nil, reason: "refused", partitions: [first, second]))
        log.note(.setAside(reason: "damaged"), of: second)
        log.note(.opened(first))
        func numbers(_ limit: Int = 100, _ subjects: DecisionSubject...) -> [Int64] {
            log.last(limit) { subjects.contains($0) }.map(\.number)
        }
        #expect(numbers(100, .partition(first)) == [1, 7, 9])
        #expect(numbers(100, .partition(second)) == [2, 7, 8])
        #expect(numbers(100, .broker(3)) == [3, 6, 7])
        #expect(numbers(100, .group("t"), .quorum) == [4, 5])
        #expect(numbers(100, .broker(4), .group("x")) == [])
        #expect(numbers(2, .partition(first)) == [7, 9])
        #expect(numbers(0, .partition(first)) == [])
        #expect(log.last(100).map(\.number) == Array(1...9))
        #expect(log.last(100).map(\.decision.source).map(\.rawValue) == [0, 1, 0, 3, 4, 6, 2, 5, 7])
    }

    @Test func whatCameLateAndChangedNothingIsNotRemembered() {
        let log = log()
        log.note([.ignored(.isrAnswer(number: 3)), .ignored(.leaderAnswerOfEpoch(3))], of: first)
        #expect(log.last(10).isEmpty)
        log.note([.ignored(.divergenceBelowWatermark(offset: 3, highWatermark: 4))], of: first)
        #expect(log.last(10).map(\.decision.account.kind) == ["ignored"])
    }

    // MARK: Words

    private func told(_ decision: NodeDecision) -> String {
        let account = decision.account
        let evidence = account.evidence.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return "\(account.kind) \(account.reason ?? "-") \(evidence)"
    }

    @Test func electionsNameTheirReasonWithItsEvidence() {
        let election = NodeDecision.controller(change(first))
        #expect(
            told(election) == "election brokerFenced leader=2 leader_before=1 election=inSync isr=2 isr_before=1,2 "
                + "leader_epoch_before=4 partition_epoch_before=7 cause_broker=1 cause_reason=refusesConnections silent_ms=312 "
                + "unavailable_ms=312"
        )
        #expect(
            election.sentence == "t-0 (leader epoch 4, partition epoch 7) is led by 2, which is in sync, instead of 1, "
                + "in sync [2] instead of [1, 2], after 312 ms without a leader: broker 1 was fenced: its address refuses "
                + "connections, and no heartbeat came for 312 ms"
        )
        let isr = NodeDecision.controller(change(first, to: 1, .askedByLeader(1)))
        #expect(told(isr).hasPrefix("isrChange askedByLeader leader=1 leader_before=1 isr=2 isr_before=1,2"))
    }

    @Test func everyPartSaysWhy() {
        let lagging = LaggingFollower(id: 3, end: 4, millisBehind: 31_000)
        let rows: [(NodeDecision, String)] = [
            (
                .replica(first, .asksToShrink(removing: [lagging], leaderEnd: 9, limitMillis: 30_000)),
                "isrShrink behind removing=3 ends=4 behind_ms=31000 log_end=9 limit_ms=30000"
            ),
            (
                .replica(first, .watermarkStands(at: 4, inSync: 1, minimum: 2)),
                "watermarkStands minInsyncReplicas high_watermark=4 in_sync=1 required=2"
            ),
            (
                .replica(first, .truncates(to: 3, from: 8, leader: EpochEnd(epoch: 2, offset: 3), local: nil)),
                "truncates diverged to=3 from=8 leader_epoch=2 leader_end=3"
            ),
            (
                .controller(.fenced(broker: 2, epoch: 5, .sessionEnded(silentMillis: 9001))),
                "fenced sessionEnded epoch=5 silent_ms=9001"
            ),
            (
                .controller(.registered(broker: 2, epoch: 5, previousEpoch: 1, isClean: false)),
                "registered restartedWithoutStop epoch=5 previous_epoch=1"
            ),
            (
                .group(ExplainedGroup(group: "g", reason: .sessionExpired("m", afterMillis: 45_000))),
                "memberRemoved sessionExpired member=m silent_ms=45000"
            ),
            (
                .group(ExplainedGroup(group: "g", reason: .generation(3, members: 2, protocolName: "range"))),
                "rebalanced - generation=3 members=2 protocol=range"
            ),
            (
                .quorum(.candidate, 4, .leaderSilent(1, forMillis: 2000)),
                "candidate leaderSilent epoch=4 detail=leader 1 silent for 2000 ms"
            ),
            (
                .fetcher(.fails(leader: 2, code: .staleBrokerEpoch, reason: "old", partitions: [first])),
                "fetchFails STALE_BROKER_EPOCH leader=2 detail=old"
            ),
            (.fetcher(.refused(first, leader: 2, .corruptMessage)), "fetchRefused CORRUPT_MESSAGE leader=2"),
            (.broker(1, .shutdownEnded(afterMillis: 7)), "handedOver - after_ms=7"),
            (
                .storage(.cannotBeOpened(first, reason: "no space", isTriedAgain: true)),
                "notOpened noRoom detail=no space"
            ),
            (.cleaner(first, .setAside(reason: "damaged")), "setAside - detail=damaged"),
        ]
        for (decision, expected) in rows { #expect(told(decision) == expected) }
    }

    @Test func theLogTellsOfSomePartitionsAndOfAllBrokers() {
        let log = log()
        let changes = (0..<8).map { change(TopicPartition("t", $0)) }
        log.note([.fenced(broker: 1, epoch: 9, .refused(silentMillis: 312))] + changes)
        #expect(lines.lines.count == 7)
        #expect(
            lines.lines.first
                == "notice: broker 1 of epoch 9 is fenced: its address refuses connections, and no heartbeat came for 312 ms"
        )
        #expect(lines.lines.last == "info: and 3 partitions more, for the same reason")
        // All of them are remembered.
        #expect(log.last(100).count == 9)
    }
}
