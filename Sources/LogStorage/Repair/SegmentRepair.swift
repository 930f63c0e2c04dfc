@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Writes a segment anew, with what other replicas have in the place of its damage, and exchanges the files as compaction does: a crash leaves
/// the one or the other. Offsets and batches stay what they were, so nobody notices.
package struct SegmentRepair {
    private let plan: SegmentPlan

    package init(_ plan: SegmentPlan) { self.plan = plan }

    /// Blocks on the disk.
    ///
    /// - Parameters:
    ///   - parts: the damage, in its order, with the whole batches that belong there.
    ///   - host: `onLog` and `replaced` of it are used, and `pace` is told of bytes that are read.
    /// - Returns: false when the segment is no longer what was read.
    /// - Throws: `.corrupt` where there is more damage than that.
    package func run(_ parts: [(damage: LogDamage, bytes: ByteBuffer)], host: CompactionHost) throws(LogError) -> Bool {
        let source = CompactionPlan.Source(
            baseOffset: plan.baseOffset,
            nextBase: plan.nextBase,
            size: plan.size,
            indexBytes: 0
        )
        var writer = CleanedWriter(plan.files, [source])
        writer.aborted = plan.aborted
        do {
            try write(parts, to: &writer, host)
            guard var cleaned = try writer.finish() else { return false }
            cleaned.reason = .repaired
            return try SegmentExchange(files: plan.files, host: host).run(cleaned, &writer)
        } catch {
            writer.discard()
            throw error
        }
    }

    private func write(
        _ parts: [(damage: LogDamage, bytes: ByteBuffer)],
        to writer: inout CleanedWriter,
        _ host: CompactionHost
    ) throws(LogError) {
        var parts = parts[...]
        var scan = try SegmentScan(plan)
        var last = scan.position
        while let found = try scan.next() {
            switch found {
            case .whole(let batch, _): try writer.keep(batch.header, batch.bytes)
            case .legacy:
                throw .refused(
                    RecordError(.unsupportedForMessageFormat, "messages of formats before 2 are not written anew")
                )
            case .damaged(let damage):
                guard let part = parts.popFirst(), part.damage == damage else {
                    throw .corrupt(path: plan.path, position: damage.bytes.lowerBound, reason: damage.reason)
                }
                try writer.drop(before: damage.bytes.lowerBound)
                for batch in RecordBatches(part.bytes) where !Sabotage.repairLeavesGap.isOn {
                    try writer.keep(batch.header, batch.bytes)
                }
            }
            host.pace(Int(scan.position - last))
            last = scan.position
        }
    }
}

/// Puts a segment that was written anew in the place of those it was made of, without the log's lock but for three steps of `PartitionLog`.
struct SegmentExchange {
    let files: LogFiles
    let host: CompactionHost

    /// - Returns: false when the segments are no longer what was read.
    func run(_ cleaned: CleanedGroup, _ writer: inout CleanedWriter) throws(LogError) -> Bool {
        do {
            guard try host.onLog({ log throws(LogError) in try log.stageSwap(cleaned) }) else {
                writer.discard()
                return false
            }
        } catch {
            writer.discard(staged: true)
            throw error
        }
        // From here on there is no way back: what fails now a start completes. Unless the topic is deleted and its directory gone.
        do { return try complete(cleaned) } catch {
            guard case .storage(var failure) = error, failure.kind != .notFound else { throw error }
            failure.kind = .io
            throw .storage(failure)
        }
    }

    private func complete(_ cleaned: CleanedGroup) throws(LogError) -> Bool {
        try syncDirectory()
        var retired: [RetiredSegment]?
        _ = try host.onLog { log throws(LogError) in
            retired = try log.swap(cleaned)
            return true
        }
        guard let retired else { return false }
        host.replaced(retired)
        try syncDirectory()
        _ = try host.onLog { log throws(LogError) in
            try log.finishSwap(cleaned)
            return true
        }
        try syncDirectory()
        return true
    }

    private func syncDirectory() throws(LogError) {
        try storage { () throws(StorageError) in try files.fileSystem.syncDirectory(files.directory) }
    }
}
