import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import World

/// Makes a controller the only voter of its metadata log, when the majority of the voters is lost for good. Nobody else may have the directory open.
///
/// Nothing that others have agreed to is asked for: what this log holds becomes what is committed, whether it was or not, and what it
/// lacks is gone. One batch at the log's end says so, in an epoch of its own; a crash leaves all of it or nothing.
package struct QuorumRecovery {
    /// What the directory holds.
    package struct Findings: Equatable, Sendable {
        package var logStartOffset: Int64
        package var logEndOffset: Int64
        /// Of the last record.
        package var lastEpoch: Int32
        /// The newest epoch that the node has heard of.
        package var leaderEpoch: Int32
        /// What lies below was committed for certain: a snapshot holds it. The log alone does not say more.
        package var committedOffset: Int64
        package var kraftVersion: Int16
        /// By the newest that the log says; with `kraft.version` 0 by what the node was configured with when it ran last.
        package var voters: RaftVoterSet
    }

    package let findings: Findings
    private let files: QuorumDirectory
    private let isUnwritten: Bool

    /// Opens the metadata log as a start does: an incomplete batch at its end is cut off, and reported.
    ///
    /// - Throws: `.corrupt` for a log that is damaged, or whose `kraft.version` this build does not know.
    package init(
        directory parent: String,
        fileSystem: any FileSystem,
        now: WallTime,
        report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        files = try QuorumDirectory(
            in: parent,
            fileSystem: fileSystem,
            configured: RaftVoterSet(),
            isAlone: false,
            bootstrap: QuorumBootstrap(values: []),
            now: now.milliseconds,
            report: report
        )
        let history = try files.voters(configured: RaftVoterSet())
        isUnwritten = history.isUnwritten
        let remembered = RaftVoterSet(files.state.voters.map { RaftVoter(ReplicaKey(NodeId($0))) })
        findings = Findings(
            logStartOffset: files.log.logStartOffset,
            logEndOffset: files.log.logEndOffset,
            lastEpoch: files.shape.lastEpoch.rawValue,
            leaderEpoch: max(files.state.leaderEpoch, files.shape.lastEpoch.rawValue),
            committedOffset: files.snapshots.last?.endOffset ?? 0,
            kraftVersion: history.kraftVersion,
            voters: history.kraftVersion > 0 ? history.current : remembered
        )
        // What may vote is for builds that know the version.
        if history.kraftVersion > QuorumVoters.newestVersion {
            try files.check(history, own: ReplicaKey(NodeId(-1)), isAlone: false)
        }
    }

    /// The epoch of the batch that makes it the only voter; nil: there is no later one.
    package var nextEpoch: Int32? { findings.leaderEpoch < Int32.max - 1 ? findings.leaderEpoch + 1 : nil }

    /// Appends the set of voters that has this one only, and makes it durable.
    ///
    /// - Parameter voter: this node with its directory.
    package func makeOnlyVoter(_ voter: RaftVoter, epoch: Int32, now: WallTime) throws(LogError) {
        precondition(
            findings.kraftVersion > 0 && epoch > findings.leaderEpoch,
            "the log names its voters, and epochs rise"
        )
        let key = voter.key
        var controls: [RaftControl] = [.leaderChange(leader: key.id, voters: [key], granting: [key])]
        // What only formatting has said so far the first leader would have written.
        if isUnwritten { controls.append(.kraftVersion(findings.kraftVersion)) }
        controls.append(.voters(RaftVoterSet([voter])))
        do {
            let bytes = try ControlRecord.batch(
                try controls.map { try $0.record() },
                offset: findings.logEndOffset,
                epoch: epoch,
                now: now.milliseconds
            )
            _ = try files.log.append(
                try ValidatedBatch(own: bytes),
                leaderEpoch: epoch,
                now: now.milliseconds,
                isFromClient: false,
                highWatermark: findings.logEndOffset
            )
        } catch let error as LogError {
            throw error
        } catch {
            throw .corrupt(path: files.path, position: findings.logEndOffset, reason: "\(error)")
        }
        guard let flush = files.log.beginFlush() else { return }
        do { try flush.run() } catch { throw .storage(error) }
        files.log.completeFlush(flush)
    }

    /// With `kraft.version` 0 the configuration names the voters, and the node refuses others than it has had: from now on it takes these.
    package func takeConfigured(_ voters: [Int32]) throws(LogError) {
        precondition(findings.kraftVersion == 0, "the log names no voters")
        var state = files.state
        state.voters = voters.sorted()
        do throws(StorageError) {
            try files.fileSystem.writeAtomically(
                ByteBuffer(string: state.text),
                to: Path.join(files.path, QuorumState.fileName)
            )
        } catch {
            throw .storage(error)
        }
    }

    package func close() throws(LogError) { try files.log.close() }
}
