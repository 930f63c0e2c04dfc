import ClusterMetadata
import Coordination
import KafkaProtocol
import NIOCore

/// Metadata records, each behind two bytes of length, applied to an image; a snapshot of the image must make the same image.
enum MetadataReplay {
    static func run(_ input: ByteBuffer) {
        var input = input
        var image = MetadataImage()
        var delta = MetadataDelta()
        while let value = input.readLengthPrefixedSlice(as: UInt16.self) {
            guard let record = try? MetadataRecord(decoding: value) else { continue }
            try? image.apply(record, &delta)
        }
        var copy = MetadataImage()
        for record in image.records() {
            guard let bytes = try? record.encoded(at: .latest), let decoded = try? MetadataRecord(decoding: bytes),
                (try? copy.apply(decoded, &delta)) != nil
            else { preconditionFailure("a snapshot of the image cannot be replayed at \(record)") }
        }
        // As bytes: a quota that is not a number is not equal to itself.
        let (before, after) = (
            image.records().map { try? $0.encoded(at: .latest) }, copy.records().map { try? $0.encoded(at: .latest) }
        )
        precondition(before == after, "a snapshot of the image makes another image")
    }
}

/// Records of `__consumer_offsets`, keys and values each behind two bytes of length; an empty value is a tombstone.
enum CoordinatorReplay {
    static func run(_ input: ByteBuffer) {
        var input = input
        var shard = GroupShard(GroupConfig())
        var changes: [GroupShard.Change] = []
        while let key = input.readLengthPrefixedSlice(as: UInt16.self),
            let value = input.readLengthPrefixedSlice(as: UInt16.self)
        {
            let record = CoordinatorRecord(key: key, value: value.readableBytes == 0 ? nil : value)
            if let change = shard.replay(record, position: Int64(changes.count), producerId: nil) {
                changes.append(change)
            }
        }
        // The first half is committed, the second one undone.
        let moment = Moment(now: MonotonicTime(milliseconds: 0), wall: WallTime(milliseconds: 0))
        shard.activate(at: moment)
        for change in changes.prefix(changes.count / 2) { shard.commit(change) }
        let committed = shard.reader.list(states: [], types: [])
        for change in changes.dropFirst(changes.count / 2).reversed() { shard.undo(change) }
        _ = shard.fellBack(.kafkaStorageError, at: moment)
        for group in committed { _ = shard.reader.describe(group.groupId, version: 6) }
        _ = shard.nextDeadline
    }
}
