import KafkaProtocol
import KafkaRecords
import NIOCore
import TestSupport
import Testing

@testable import KRaft

/// Who votes, by what the log says at each offset.
struct VoterHistoryTests {
    private func set(_ ids: Int32...) -> RaftVoterSet { RaftVoterSet(ids.map { RaftSimulation.voter(NodeId($0)) }) }

    /// Beside a list of all that was said, read from its beginning each time.
    @Test func theHistoryIsThatOfTheModel() {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let configured = set(1, 2, 3)
            var history = VoterHistory(configured: configured)
            var said: [(offset: Int64, control: RaftControl)] = []
            var floor: Int64 = 0
            for step in 0..<60 {
                let end = max(floor, said.last?.offset ?? 0) + 1
                switch random.next(below: 6) {
                case 0, 1, 2:
                    let ids = (0...random.next(below: 4)).map { _ in NodeId(Int32(1 + random.next(below: 6))) }
                    say(.voters(RaftVoterSet(ids.map { RaftSimulation.voter($0) })), at: end, &history, &said)
                case 3: say(.kraftVersion(1), at: end, &history, &said)
                case 4:
                    let offset = floor + Int64(random.next(below: Int(end - floor) + 1))
                    history.truncate(to: offset)
                    said.removeAll { $0.offset >= offset }
                default:
                    floor = min(floor + Int64(random.next(below: 4)), end)
                    history.forget(before: floor)
                }
                let expected = state(said, configured)
                #expect(history.kraftVersion == expected.version, "seed \(seed), step \(step)")
                #expect(history.current == expected.set, "seed \(seed), step \(step)")
                for offset in floor...(end + 1) {
                    let below = state(said.filter { $0.offset < offset }, configured)
                    let content = history.content(at: offset)
                    #expect(content.kraftVersion == below.version, "seed \(seed), step \(step), offset \(offset)")
                    if below.version > 0, let voters = below.named { #expect(content.voters == voters) }
                }
            }
        }
    }

    private func say(
        _ control: RaftControl,
        at offset: Int64,
        _ history: inout VoterHistory,
        _ said: inout [(offset: Int64, control: RaftControl)]
    ) {
        history.append(control, at: offset)
        said.append((offset, control))
    }

    private func state(_ said: [(offset: Int64, control: RaftControl)], _ configured: RaftVoterSet) -> (
        version: Int16, set: RaftVoterSet, named: RaftVoterSet?
    ) {
        var version: Int16 = 0
        var named: RaftVoterSet?
        for (_, control) in said {
            switch control {
            case .kraftVersion(let new): version = new
            case .voters(let set): named = set
            case .leaderChange: break
            }
        }
        return (version, version > 0 ? named ?? configured : configured, named)
    }

    @Test func aSnapshotTakesThePlaceOfAllThatWasSaid() {
        var history = VoterHistory(configured: set(1))
        history.append(.kraftVersion(1), at: 3)
        history.append(.voters(set(1, 2)), at: 4)
        history.restart(at: 20, kraftVersion: 1, voters: set(2, 3))
        #expect(history.current == set(2, 3) && history.lastChange == 19 && !history.isUnwritten)
        history.truncate(to: 20)
        #expect(history.current == set(2, 3), "what a snapshot says cannot be cut away")
        history.restart(at: 30, kraftVersion: 0, voters: nil)
        #expect(history.current == set(1) && history.lastChange == nil)
    }

    @Test func whatOnlyFormattingSaysIsNotInTheLog() {
        var history = VoterHistory(configured: RaftVoterSet())
        history.append(.kraftVersion(1), at: VoterHistory.unwritten)
        history.append(.voters(set(1, 2)), at: VoterHistory.unwritten)
        #expect(history.isUnwritten && history.current == set(1, 2))
        history.append(.voters(set(1, 2)), at: 2)
        #expect(!history.isUnwritten)
        history.truncate(to: 0)
        #expect(history.isUnwritten && history.current == set(1, 2))
    }

    @Test func oneThatIsTakenOutLeavesUntilThatIsCommitted() {
        var history = VoterHistory(configured: RaftVoterSet())
        history.append(.kraftVersion(1), at: 0)
        history.append(.voters(set(1, 2, 3)), at: 1)
        history.append(.voters(set(1, 2)), at: 8)
        let gone = RaftSimulation.voter(3).key
        #expect(history.isLeaving(gone, committed: 8) && !history.isLeaving(gone, committed: 9))
        #expect(!history.isLeaving(RaftSimulation.voter(1).key, committed: 8))
        #expect(!history.isLeaving(RaftSimulation.voter(9).key, committed: 8))
    }

    // MARK: Sets

    @Test func aSetIsInOrderAndHasAnIdOnce() {
        let other = RaftVoter(ReplicaKey(2, KafkaUUID(high: 1, low: 1)))
        let voters = RaftVoterSet([RaftSimulation.voter(3), other, RaftSimulation.voter(2), RaftSimulation.voter(1)])
        #expect(voters.keys.map(\.id) == [1, 2, 3] && voters.voter(2) == other)
        #expect(voters.removing(RaftSimulation.voter(2).key) == voters, "another directory is another replica")
        #expect(voters.removing(other.key) == set(1, 3))
        #expect(voters.updating(RaftSimulation.voter(2)) == set(1, 2, 3))
        #expect(voters.updating(RaftSimulation.voter(7)) == voters)
    }

    @Test func anUnknownDirectoryIsAnyDirectory() {
        let (known, unknown) = (RaftSimulation.voter(1).key, ReplicaKey(1))
        #expect(known.matches(unknown) && unknown.matches(known) && known != unknown)
        #expect(!known.matches(ReplicaKey(1, KafkaUUID(high: 9, low: 9))) && !known.matches(ReplicaKey(2)))
        #expect(set(1).contains(unknown) && set(1).isOnly(unknown) && !set(1, 2).isOnly(unknown))
    }

    @Test func aMajorityIsMoreThanHalf() {
        for count in 1...7 as ClosedRange<Int32> {
            let voters = RaftVoterSet((1...count).map { RaftSimulation.voter(NodeId($0)) })
            #expect(voters.majority == Int(count) / 2 + 1)
            // Of the values 1 to n, the one that a majority reaches.
            let reached = voters.reachedByMajority { $0.id.rawValue }
            #expect(reached == count - Int32(voters.majority) + 1)
            #expect((1...count).filter { $0 >= reached ?? 0 }.count == voters.majority)
        }
        #expect(RaftVoterSet().reachedByMajority { $0.id } == nil)
    }

    // MARK: Records

    @Test func controlRecordsSayWhatTheySaid() throws {
        let controls: [RaftControl] = [
            .leaderChange(leader: 2, voters: [ReplicaKey(1), ReplicaKey(2)], granting: [ReplicaKey(2)]),
            .kraftVersion(1), .voters(set(1, 2, 3)), .voters(RaftVoterSet()),
        ]
        for control in controls {
            let record = try control.record()
            let batch = try ControlRecord.batch([record], offset: 7, epoch: 3, now: 5)
            let found = try RecordBatch(batch).allRecords()
            #expect(found.count == 1 && found[0].offset == 7)
            #expect(try RaftControl(found[0]) == control)
        }
    }

    @Test func aControlRecordThatCannotBeReadIsDamage() throws {
        let kinds: [ControlRecordKind] = [.leaderChange, .kraftVersion, .kraftVoters]
        for kind in kinds {
            var builder = RecordBatchBuilder(baseOffset: 0, leaderEpoch: 1)
            builder.setControl()
            builder.append(timestamp: 1, key: kind.key, value: ByteBuffer(string: "\u{0}"))
            let record = try #require(try RecordBatch(try builder.build()).allRecords().first)
            #expect(throws: RecordError.self) { _ = try RaftControl(record) }
        }
        for kind in [.snapshotHeader, .snapshotFooter, .abort, .commit] as [ControlRecordKind] {
            var builder = RecordBatchBuilder(baseOffset: 0, leaderEpoch: 1)
            builder.setControl()
            builder.append(timestamp: 1, key: kind.key, value: nil)
            let record = try #require(try RecordBatch(try builder.build()).allRecords().first)
            #expect(try RaftControl(record) == nil, "\(kind) says nothing to the quorum")
        }
    }
}
