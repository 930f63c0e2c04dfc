import KafkaProtocol

/// What a fetcher asks for one partition.
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

/// A partition that a fetch has to look at.
package struct FetchLook: Equatable, Sendable {
    /// Where the session, or the request without one, has the partition.
    package var place: Int
    /// Its turn among the others: whoever gets the room that an answer has.
    package var order: UInt64
    package var request: FetchPartitionRequest
    /// The high watermark that the fetcher has been told; -1 when it has been told none.
    package var toldWatermark: Int64

    package init(place: Int, order: UInt64, request: FetchPartitionRequest, toldWatermark: Int64 = -1) {
        self.place = place
        self.order = order
        self.request = request
        self.toldWatermark = toldWatermark
    }
}

/// What a fetch has found in a partition.
package struct FetchFinding: Equatable, Sendable {
    package var place: Int
    package var highWatermark: Int64
    package var logStartOffset: Int64
    package var hasData: Bool
    /// There is an error to tell, or where the logs part.
    package var hasError: Bool
    /// Nothing is left to read: looking again is of no use before the partition changes.
    package var isAtEnd: Bool

    package init(
        place: Int,
        highWatermark: Int64,
        logStartOffset: Int64,
        hasData: Bool,
        hasError: Bool,
        isAtEnd: Bool
    ) {
        self.place = place
        self.highWatermark = highWatermark
        self.logStartOffset = logStartOffset
        self.hasData = hasData
        self.hasError = hasError
        self.isAtEnd = isAtEnd
    }
}
