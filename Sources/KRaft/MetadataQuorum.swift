import KafkaProtocol
import LogStorage
import NIOCore

/// A durable, ordered log of the cluster's metadata, and who may write to it. Nothing above knows how that is agreed on: today a
/// KRaft quorum of one, later one of several, or a ZooKeeper ensemble.
///
/// Not thread-safe: one thread, the controller's, makes all calls.
public protocol MetadataQuorum: AnyObject {
    /// What this node knows of the quorum.
    var status: QuorumStatus { get }
    /// Appends records and returns the offset of the first once they are committed.
    func append(_ values: [ByteBuffer], now: Int64) throws(LogError) -> Int64
    /// The records that formatting left for the first leader to copy into the log.
    func bootstrapValues() throws(LogError) -> [ByteBuffer]
    /// Lets the log name the voters from now on (`kraft.version` 1), this node with those addresses.
    func upgradeVoters(to endpoints: [VoterEndpoint], now: Int64) throws(LogError)
    /// Hands all committed records to `snapshot` and `record`, from the newest snapshot on;
    /// that of formatting is none.
    func replay(snapshot: (SnapshotFile.Content, SnapshotId) throws -> Void, record: (ByteBuffer, Int64) throws -> Void)
        throws
    /// Whether enough was written since the last snapshot to make a new one.
    func wantsSnapshot(now: Int64) -> Bool
    /// Stores a snapshot that ends at the log's end, and lets go of what it replaces.
    func save(snapshot values: [ByteBuffer], now: Int64) throws(LogError)
    func close() throws(LogError)
}

/// The state of the quorum, as DescribeQuorum tells it.
public struct QuorumStatus: Equatable, Sendable {
    public var leaderId: Int32
    public var leaderEpoch: Int32
    /// Records below this offset are committed.
    public var highWatermark: Int64
    public var logEndOffset: Int64
    public var voters: [Int32]
    /// Zero as long as the log doesn't name the voters.
    public var directoryId: KafkaUUID
    public var kraftVersion: Int16
    /// Where this node's controller is reached, by what the log says.
    public var endpoints: [VoterEndpoint]
}
