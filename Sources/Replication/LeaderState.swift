/// The leader's side of a partition's replication: who is in sync, and up to where all of them have the log.
public struct LeaderState: Equatable, Sendable {
    public let nodeId: Int32
    public private(set) var leaderEpoch: Int32
    public private(set) var partitionEpoch: Int32
    public private(set) var isr: [Int32]
    /// Log end offsets of the followers, as their fetches tell.
    private var followers: [Int32: Int64] = [:]
    /// Records below are on every in-sync replica. It never moves back within an epoch.
    public private(set) var highWatermark: Int64

    public init(nodeId: Int32, leaderEpoch: Int32, partitionEpoch: Int32, isr: [Int32], highWatermark: Int64) {
        self.nodeId = nodeId
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
        self.isr = isr
        self.highWatermark = highWatermark
    }

    /// Takes over what the controller decided.
    public mutating func update(leaderEpoch: Int32, partitionEpoch: Int32, isr: [Int32]) {
        self.leaderEpoch = leaderEpoch
        self.partitionEpoch = partitionEpoch
        self.isr = isr
    }

    /// The local log or a follower has moved; true when the high watermark did too.
    public mutating func advance(logEndOffset: Int64) -> Bool {
        var lowest = logEndOffset
        for id in isr where id != nodeId { lowest = min(lowest, followers[id] ?? 0) }
        guard lowest > highWatermark else { return false }
        highWatermark = lowest
        return true
    }

    public mutating func followerFetched(_ id: Int32, at offset: Int64) { followers[id] = offset }
}
