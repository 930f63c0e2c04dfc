import KafkaProtocol
import OrderedCollections

/// What a consumer asked for one partition.
package struct FetchPartitionRequest: Equatable, Sendable {
    package var topic: String
    package var topicId: KafkaUUID
    package var partition: Int32
    package var currentLeaderEpoch: Int32
    package var fetchOffset: Int64
    package var lastFetchedEpoch: Int32
    package var logStartOffset: Int64
    package var maxBytes: Int32

    package init(
        topic: String,
        topicId: KafkaUUID,
        partition: Int32,
        currentLeaderEpoch: Int32,
        fetchOffset: Int64,
        lastFetchedEpoch: Int32,
        logStartOffset: Int64,
        maxBytes: Int32
    ) {
        self.topic = topic
        self.topicId = topicId
        self.partition = partition
        self.currentLeaderEpoch = currentLeaderEpoch
        self.fetchOffset = fetchOffset
        self.lastFetchedEpoch = lastFetchedEpoch
        self.logStartOffset = logStartOffset
        self.maxBytes = maxBytes
    }
}

/// The partitions that a consumer fetches again and again, so that it need not name them each time (KIP-227).
package final class FetchSession {
    struct Key: Hashable {
        var topic: String
        var topicId: KafkaUUID
        var partition: Int32
    }

    struct Entry {
        var request: FetchPartitionRequest
        /// What the last answer said; -1 before the first.
        var highWatermark: Int64 = -1
        var logStartOffset: Int64 = -1
    }

    package let id: Int32
    package let usesTopicIds: Bool
    /// The epoch of the next request.
    package internal(set) var epoch: Int32 = 1
    var entries: OrderedDictionary<Key, Entry> = [:]
    var lastUsed: Int64

    init(id: Int32, usesTopicIds: Bool, now: Int64) {
        self.id = id
        self.usesTopicIds = usesTopicIds
        lastUsed = now
    }

    static func key(_ request: FetchPartitionRequest, usesTopicIds: Bool) -> Key {
        usesTopicIds
            ? Key(topic: "", topicId: request.topicId, partition: request.partition)
            : Key(topic: request.topic, topicId: .zero, partition: request.partition)
    }

    func update(_ requests: [FetchPartitionRequest], forgotten: [FetchPartitionRequest]) {
        for request in requests {
            let key = Self.key(request, usesTopicIds: usesTopicIds)
            if entries[key] != nil {
                entries[key]?.request = request
            } else {
                entries[key] = Entry(request: request)
            }
        }
        for request in forgotten { entries.removeValue(forKey: Self.key(request, usesTopicIds: usesTopicIds)) }
    }

    var partitions: [FetchPartitionRequest] { entries.values.map(\.request) }

    /// Whether an incremental answer has to mention the partition; notes what is said. Partitions that yield data go to the end, so
    /// that the others come first next time.
    func mentions(
        _ request: FetchPartitionRequest,
        highWatermark: Int64,
        logStartOffset: Int64,
        hasData: Bool,
        hasError: Bool
    ) -> Bool {
        let key = Self.key(request, usesTopicIds: usesTopicIds)
        guard var entry = entries[key] else { return true }
        let changed = entry.highWatermark != highWatermark || entry.logStartOffset != logStartOffset
        entry.highWatermark = hasError ? -1 : highWatermark
        entry.logStartOffset = logStartOffset
        if hasData {
            entries.removeValue(forKey: key)
        }
        entries[key] = entry
        return changed || hasData || hasError
    }
}
