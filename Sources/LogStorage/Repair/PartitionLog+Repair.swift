import KafkaProtocol
import KafkaRecords
import World

/// Checking and repairing as the log sees it; what is here runs under its lock.
extension PartitionLog {
    /// The segment that holds an offset, or would.
    package func segmentBase(of offset: Int64) -> Int64 { segments[segmentIndex(for: offset)].baseOffset }

    /// What is known of a segment, for those who read all of it; nil when there is none that begins there.
    package func segmentPlan(_ base: Int64) -> SegmentPlan? {
        guard isMade, !isOver, let place = segments.firstIndex(where: { $0.baseOffset == base }) else { return nil }
        return plan(place, aborted: [])
    }

    /// The same for one that is to be written anew. The active one ends: it cannot grow meanwhile.
    ///
    /// - Parameter now: milliseconds since 1970.
    package func repairPlan(_ base: Int64, now: Int64) throws(LogError) -> SegmentPlan? {
        guard isMade, !isOver, !isSwapping, let place = segments.firstIndex(where: { $0.baseOffset == base }) else {
            return nil
        }
        if place == segments.count - 1, segments[place].size > 0 { try roll(now: now) }
        return plan(place, aborted: try transactions(of: segments[place]))
    }

    private func plan(_ place: Int, aborted: [AbortedTxn]) -> SegmentPlan {
        SegmentPlan(
            files: LogFiles(directory: directory, fileSystem: fileSystem, config: config),
            baseOffset: segments[place].baseOffset,
            nextBase: nextBase(place),
            size: segments[place].size,
            epochs: epochs,
            allowsGaps: allowsGaps,
            logStartOffset: logStartOffset,
            aborted: aborted
        )
    }
}
