import KafkaProtocol
import NIOCore

/// A point in the log of metadata: what lies before it is known.
package struct MetadataPosition: Hashable, Sendable {
    package var endOffset: Int64
    /// Of the batch before it, as its time.
    package var epoch: LeaderEpoch
    package var appendTime: WallTime

    package init(endOffset: Int64, epoch: LeaderEpoch, appendTime: WallTime) {
        self.endOffset = endOffset
        self.epoch = epoch
        self.appendTime = appendTime
    }

    package static let start = MetadataPosition(endOffset: 0, epoch: 0, appendTime: WallTime(milliseconds: -1))
}

/// What every node does with the committed log of metadata, whether its controller is active or not: replays it into an image, and says
/// what there is to publish. Transactions of the log are resolved here: until one ends, the image is the one before it.
package struct MetadataLoader: Sendable {
    /// A new image, with what is different in it from the one that was published before.
    package struct Publication: Sendable {
        package var image: MetadataImage
        package var delta: MetadataDelta
        /// The last offset that the image reflects.
        package var offset: Int64
    }

    private struct Transaction: Sendable {
        var image: MetadataImage
        var delta = MetadataDelta()

        mutating func apply(_ record: MetadataRecord) throws(MetadataRecordError) { try image.apply(record, &delta) }
    }

    package private(set) var image = MetadataImage()
    /// Up to where the log was heard.
    package private(set) var position = MetadataPosition.start
    /// Whoever reads the log from here on has to begin with a snapshot: the records before have a form that it may not know.
    package private(set) var needsSnapshot = false
    private var transaction: Transaction?
    private var delta = MetadataDelta()
    /// The last offset that the image reflects.
    private var imageOffset: Int64 = -1
    private var publishedOffset: Int64 = -1

    package init() {}

    package var isInTransaction: Bool { transaction != nil }

    // MARK: Replay

    /// The state becomes that of a snapshot, whatever it was.
    package mutating func load(
        snapshot values: [ByteBuffer],
        kraftVersion: Int16,
        at position: MetadataPosition
    ) throws(MetadataRecordError) {
        var new = MetadataImage()
        var ignored = MetadataDelta()
        for value in values { try new.apply(try MetadataRecord(decoding: value), &ignored) }
        new.kraftVersion = kraftVersion
        delta.merge(MetadataDelta(from: image, to: new))
        image = new
        transaction = nil
        needsSnapshot = false
        advance(to: position)
    }

    /// Takes a committed batch: its records, and the `kraft.version` if it is one of the quorum's own that brings one.
    package mutating func take(
        _ values: [ByteBuffer],
        kraftVersion: Int16? = nil,
        to position: MetadataPosition
    ) throws(MetadataRecordError) {
        precondition(position.endOffset > self.position.endOffset, "the log of metadata goes on at \(position)")
        if let kraftVersion {
            image.kraftVersion = kraftVersion
            transaction?.image.kraftVersion = kraftVersion
            delta.changedFeatures = true
        }
        for value in values { try take(try MetadataRecord(decoding: value)) }
        advance(to: position)
    }

    private mutating func take(_ record: MetadataRecord) throws(MetadataRecordError) {
        switch record {
        case .beginTransaction:
            if transaction != nil {
                throw MetadataRecordError(description: "a transaction of the log begins inside of another")
            }
            transaction = Transaction(image: image)
        case .endTransaction:
            guard let ended = transaction else {
                throw MetadataRecordError(description: "a transaction of the log ends that has not begun")
            }
            noteLevel(from: image, to: ended.image)
            image = ended.image
            delta.merge(ended.delta)
            transaction = nil
        case .abortTransaction:
            guard transaction != nil else {
                throw MetadataRecordError(description: "a transaction of the log is aborted that has not begun")
            }
            transaction = nil
        default:
            if transaction != nil {
                try transaction?.apply(record)
            } else if case .featureLevel = record {
                let before = image
                try image.apply(record, &delta)
                noteLevel(from: before, to: image)
            } else {
                // No copy of the image lives on meanwhile: each change would copy what it touches.
                try image.apply(record, &delta)
            }
        }
    }

    /// Who only knows lower levels cannot read the records that said the higher one, and a log in which no level stood says which
    /// one counts only behind its records.
    private mutating func noteLevel(from old: MetadataImage, to new: MetadataImage) {
        guard let level = new.metadataVersion else { return }
        if let before = old.metadataVersion {
            if level < before { needsSnapshot = true }
        } else if !old.brokers.isEmpty || !old.topics.isEmpty || !old.configs.isEmpty {
            needsSnapshot = true
        }
    }

    private mutating func advance(to position: MetadataPosition) {
        self.position = position
        if transaction == nil { imageOffset = position.endOffset - 1 }
    }

    // MARK: What is done with it

    /// What has changed since the last call; nil for nothing.
    package mutating func publication() -> Publication? {
        guard imageOffset > publishedOffset else { return nil }
        publishedOffset = imageOffset
        defer { delta = MetadataDelta() }
        return Publication(image: image, delta: delta, offset: imageOffset)
    }

    /// The records that make the image from nothing, for a snapshot at `position`; nil inside of a transaction.
    package func snapshot() throws(WireError) -> [ByteBuffer]? {
        guard transaction == nil else { return nil }
        let level = image.metadataVersion ?? .latestStable
        var result: [ByteBuffer] = []
        for record in image.records() { result.append(try record.encoded(at: level)) }
        return result
    }

    package mutating func snapshotWasStored() { needsSnapshot = false }
}
