import KafkaProtocol
import LogStorage
import NIOCore

@testable import KRaft

extension MetadataQuorum {
    /// Proposes values in the present epoch and hears of all that is committed.
    @discardableResult
    func commit(_ values: String..., now: Int64 = 5) throws -> Int64 {
        let first = try propose(
            values.map { ByteBuffer(string: $0) },
            epoch: LeaderEpoch(status.leaderEpoch),
            now: WallTime(milliseconds: now)
        )
        _ = try values.isEmpty ? [] : content()
        return first
    }

    /// The values that are committed and were not handed out before, those of a snapshot too.
    func content() throws -> [String] {
        var result: [String] = []
        while let event = try next() {
            switch event {
            case .snapshot(let snapshot): result = snapshot.values.map { String(buffer: $0) }
            case .committed(let batches): result += batches.flatMap(\.values).map { String(buffer: $0) }
            case .leading, .following: break
            }
        }
        return result
    }

    /// A snapshot of all that is in the log.
    func store(_ values: [String], now: Int64 = 5) throws {
        let snapshot = QuorumSnapshot(
            id: SnapshotId(endOffset: status.logEndOffset, epoch: status.leaderEpoch),
            appendTime: WallTime(milliseconds: now),
            values: values.map { ByteBuffer(string: $0) },
            kraftVersion: status.kraftVersion
        )
        try store(snapshot, now: WallTime(milliseconds: now))
    }
}
