@_spi(Sabotage) import KafkaProtocol

/// The partitions of a fetch session (KIP-227): a fetcher asks for them again and again and names only what has changed.
///
/// A fetch looks at those alone of which something new can be told: the ones that the request names, the ones that have changed
/// since the last look (they are marked), and the ones that had something left to read or an error to tell. All others would be read
/// in vain. Each partition has a place, a small number that stays its own as long as it is in the session.
package struct SessionPartitions: Sendable {
    private struct Key: Hashable {
        var topic: String
        var topicId: KafkaUUID
        var partition: Int32
    }

    private struct Entry {
        var request: FetchPartitionRequest
        var order: UInt64
        /// What the last answer said; -1 before the first, and after an error.
        var highWatermark: Int64 = -1
        var logStartOffset: Int64 = -1
        /// The next fetch looks at it, marked or not.
        var isDue = true
    }

    private let usesTopicIds: Bool
    private var isolation: Int8
    /// By place; nil where a place is free.
    private var entries: [Entry?] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    private var due: [Int] = []
    private var nextOrder: UInt64 = 0

    package init(usesTopicIds: Bool, isolation: Int8) {
        self.usesTopicIds = usesTopicIds
        self.isolation = isolation
    }

    package var count: Int { places.count }
    package var isEmpty: Bool { places.isEmpty }
    /// All places are below.
    package var placeCount: Int { entries.count }

    private func key(_ request: FetchPartitionRequest) -> Key {
        usesTopicIds
            ? Key(topic: "", topicId: request.topicId, partition: request.partition)
            : Key(topic: request.topic, topicId: .zero, partition: request.partition)
    }

    /// Takes over what a request says.
    ///
    /// - Parameter isolation: with another one than before, there may be something to read everywhere.
    /// - Returns: the places of the partitions that are no longer in the session.
    package mutating func update(
        _ requests: [FetchPartitionRequest],
        forgotten: [FetchPartitionRequest],
        isolation newIsolation: Int8
    ) -> [Int] {
        for request in requests { set(request) }
        var freed: [Int] = []
        for request in forgotten {
            guard let place = places.removeValue(forKey: key(request)) else { continue }
            entries[place] = nil
            free.append(place)
            freed.append(place)
        }
        if newIsolation != isolation {
            isolation = newIsolation
            for place in entries.indices { makeDue(place) }
        }
        return freed
    }

    private mutating func set(_ request: FetchPartitionRequest) {
        let key = key(request)
        if let place = places[key] {
            entries[place]?.request = request
            return makeDue(place)
        }
        let entry = Entry(request: request, order: nextOrder)
        nextOrder += 1
        let place = free.popLast() ?? entries.count
        if place == entries.count { entries.append(entry) } else { entries[place] = entry }
        places[key] = place
        due.append(place)
    }

    private mutating func makeDue(_ place: Int) {
        guard place < entries.count, entries[place]?.isDue == false else { return }
        entries[place]?.isDue = true
        due.append(place)
    }

    /// The partitions to look at now, in the order in which they get room.
    package mutating func take(marked: [Int]) -> [FetchLook] {
        for place in marked where !Sabotage.sessionOmitsChange.isOn { makeDue(place) }
        var looks: [FetchLook] = []
        looks.reserveCapacity(due.count)
        for place in due {
            // A place may be named twice when it was forgotten and has been given away again.
            guard let entry = entries[place], entry.isDue else { continue }
            entries[place]?.isDue = false
            looks.append(
                FetchLook(
                    place: place,
                    order: entry.order,
                    request: entry.request,
                    toldWatermark: entry.highWatermark
                )
            )
        }
        due.removeAll(keepingCapacity: true)
        looks.sort { $0.order < $1.order }
        return looks
    }

    /// Whether an incremental answer has to mention a partition; notes what is said. Partitions that yield data go to the end, so that
    /// the others come first next time.
    package mutating func settle(_ finding: FetchFinding) -> Bool {
        let place = finding.place
        guard place < entries.count, let entry = entries[place] else { return true }
        let isChanged =
            entry.highWatermark != finding.highWatermark || entry.logStartOffset != finding.logStartOffset
        entries[place]?.highWatermark = finding.hasError ? -1 : finding.highWatermark
        entries[place]?.logStartOffset = finding.logStartOffset
        if finding.hasData {
            entries[place]?.order = nextOrder
            nextOrder += 1
        }
        if finding.hasError || !finding.isAtEnd { makeDue(place) }
        return isChanged || finding.hasData || finding.hasError
    }
}
