import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// Where a voter's controller is reached, by the name of the listener.
package struct VoterEndpoint: Hashable, Sendable {
    package var listener: String
    package var host: String
    package var port: UInt16

    package init(listener: String, host: String, port: UInt16) {
        self.listener = listener
        self.host = host
        self.port = port
    }
}

/// What the log says of its voters. With `kraft.version` 0 it says nothing, and a static configuration names them; with 1 the
/// log names them (KIP-853), first in the snapshot that the directory was formatted with.
package struct QuorumVoters: Equatable, Sendable {
    /// The newest `kraft.version` that this build knows.
    package static let newestVersion: Int16 = 1

    package var kraftVersion: Int16 = 0
    package var record: VotersRecord?
    /// The log or a snapshot of it says so, not only formatting.
    var isInLog = false

    package init() {}

    /// Those who vote from the beginning.
    package init(_ voters: RaftVoterSet) {
        kraftVersion = Self.newestVersion
        record = voters.record
    }

    /// A quorum of this node alone.
    package init(only nodeId: Int32, directoryId: KafkaUUID, endpoints: [VoterEndpoint]) {
        self.init(RaftVoterSet([RaftVoter(ReplicaKey(NodeId(nodeId), directoryId), endpoints: endpoints)]))
    }

    /// Takes in a control record; others than those of voters change nothing.
    mutating func take(_ record: Record) throws(RecordError) {
        var reader = WireReader(record.value ?? ByteBuffer())
        do {
            switch ControlRecordKind(key: record.key) {
            case .kraftVersion: kraftVersion = try KRaftVersionRecord.decode(&reader, version: 0).kRaftVersion
            case .kraftVoters: self.record = try VotersRecord.decode(&reader, version: 0)
            case .snapshotHeader, .snapshotFooter, .leaderChange, .abort, .commit, nil: return
            }
        } catch {
            throw .corrupt("a record of the voters is not readable: \(error)")
        }
        isInLog = true
    }

    /// The records that say it; none with `kraft.version` 0.
    var controlRecords: [ControlRecord] {
        get throws(RecordError) {
            guard kraftVersion > 0 else { return [] }
            var version = KRaftVersionRecord()
            version.kRaftVersion = kraftVersion
            var result = [try ControlRecord(.kraftVersion, version, version: 0)]
            if let record { result.append(try ControlRecord(.kraftVoters, record, version: 0)) }
            return result
        }
    }
}

extension VoterEndpoint {
    init(_ endpoint: VotersRecord.Endpoint) {
        self.init(listener: endpoint.name, host: endpoint.host, port: endpoint.port)
    }
}

extension VotersRecord.Endpoint {
    init(_ endpoint: VoterEndpoint) {
        self.init()
        name = endpoint.listener
        host = endpoint.host
        port = endpoint.port
    }
}

/// What a quorum begins with: the content of the snapshot `0-0` that formatting writes. The first leader copies it into the log.
package struct QuorumBootstrap: Sendable {
    package var values: [ByteBuffer]
    package var voters: QuorumVoters

    package init(values: [ByteBuffer], voters: QuorumVoters = QuorumVoters()) {
        self.values = values
        self.voters = voters
    }

    /// Formats the metadata log's directory in `parent`.
    package func write(to parent: String, fileSystem: any FileSystem, now: Int64) throws(LogError) {
        let directory = Path.join(parent, QuorumDirectory.name)
        let bytes: ByteBuffer
        do {
            bytes = try SnapshotFile.encode(values, voters: voters, id: .bootstrap, lastTimestamp: now, now: now)
        } catch {
            throw .refused(error)
        }
        do {
            try fileSystem.createDirectory(directory)
            try fileSystem.writeAtomically(bytes, to: Path.join(directory, SnapshotId.bootstrap.fileName))
            try fileSystem.syncDirectory(parent)
        } catch {
            throw .storage(error)
        }
    }
}
