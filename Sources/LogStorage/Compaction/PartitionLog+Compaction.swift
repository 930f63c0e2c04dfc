@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import World

/// Compaction as the log sees it. `CompactionPass` does the work, without the log's lock; what is here runs under it.
extension PartitionLog {
    /// All but the active one.
    private var cleanable: ArraySlice<LogSegment> {
        Sabotage.activeSegmentCleaned.isOn ? segments[...] : segments.dropLast()
    }

    /// What waits for compaction; nil when the log is not compacted, or has nothing yet.
    ///
    /// - Parameters:
    ///   - lastStableOffset: below it every transaction has ended and every record is replicated.
    ///   - now: milliseconds since 1970.
    package func compactionBacklog(lastStableOffset: Int64, now: Int64) -> CompactionBacklog? {
        guard config.isCompacted, isMade, !isOver else { return nil }
        let first = segments[0].baseOffset  // never empty
        let dirty = max(cleanedOffset, first)
        var backlog = CompactionBacklog(
            firstDirtyOffset: dirty,
            firstUncleanableOffset: dirty,
            cleanBytes: 0,
            dirtyBytes: 0,
            isOverdue: false
        )
        for (index, segment) in segments.enumerated() {
            let next = index < cleanable.count ? nextBase(index) : nil
            if let next, next <= dirty {
                backlog.cleanBytes += segment.size
                continue
            }
            if backlog.hold == nil {
                backlog.hold = hold(segment, upTo: next, lastStableOffset: lastStableOffset, now: now)
            }
            guard backlog.hold == nil, let next else {
                backlog.heldBytes += segment.size
                continue
            }
            backlog.dirtyBytes += segment.size
            backlog.firstUncleanableOffset = next
            let oldest = segment.rollTimestamp ?? segment.maxTimestamp
            if oldest >= 0, now &- oldest > config.maxCompactionLagMillis { backlog.isOverdue = true }
        }
        return backlog
    }

    /// What keeps a segment from being compacted.
    ///
    /// - Parameter next: where the next one begins; nil for the active one.
    private func hold(
        _ segment: LogSegment,
        upTo next: Int64?,
        lastStableOffset: Int64,
        now: Int64
    ) -> CompactionHold? {
        if next == nil, segment.size == 0 { return nil }
        if next ?? logEndOffset > lastStableOffset { return .unstableRecords }
        let isYoung = segment.maxTimestamp > now &- config.minCompactionLagMillis
        if config.minCompactionLagMillis > 0, isYoung, !Sabotage.minLagIgnored.isOn {
            return .youngRecords(until: segment.maxTimestamp.addingReportingOverflow(config.minCompactionLagMillis).0)
        }
        return next == nil ? .activeSegment : nil
    }

    /// Ends the active segment when nothing else keeps its records from being compacted.
    ///
    /// - Returns: where the new one begins; nil when the log stays as it is.
    package func rollForCompaction(lastStableOffset: Int64, now: Int64) throws(LogError) -> Int64? {
        guard compactionBacklog(lastStableOffset: lastStableOffset, now: now)?.hold == .activeSegment else {
            return nil
        }
        try roll(now: now)
        return logEndOffset
    }

    /// Reads what a plan has to know of some segments, so that it finds it in memory: a log of many segments would keep its lock for long otherwise.
    ///
    /// - Returns: whether there is more to be read.
    package func prepareCompaction(atMost count: Int) throws(LogError) -> Bool {
        guard isMade, !isOver else { return false }
        var left = count
        for segment in segments where !segment.transactions.isLoaded || isAgeUnknown(segment) {
            if left == 0 { return true }
            left -= 1
            _ = try transactions(of: segment)
            if isAgeUnknown(segment) { try segment.trustTimes() }
        }
        return false
    }

    /// After a crash an index may lack the latest times, and the segment look older than it is.
    private func isAgeUnknown(_ segment: LogSegment) -> Bool {
        config.minCompactionLagMillis > 0 && !segment.areTimesTrusted && segment !== segments.last
    }

    /// What a pass has to know; nil when there is nothing to do.
    package func planCompaction(lastStableOffset: Int64, now: Int64) throws(LogError) -> CompactionPlan? {
        _ = try prepareCompaction(atMost: .max)
        guard let backlog = compactionBacklog(lastStableOffset: lastStableOffset, now: now), !backlog.isEmpty else {
            return nil
        }
        var sources: [CompactionPlan.Source] = []
        var aborted: [AbortedTxn] = []
        for (index, segment) in cleanable.enumerated()
        where segment.baseOffset < backlog.firstUncleanableOffset {
            sources.append(
                CompactionPlan.Source(
                    baseOffset: segment.baseOffset,
                    nextBase: nextBase(index),
                    size: segment.size,
                    indexBytes: max(segment.offsetIndex.bytes, segment.timeIndex.bytes)
                )
            )
            aborted += try transactions(of: segment)
        }
        // The marker of a transaction may lie in a later segment than its records.
        for segment in segments where segment.baseOffset >= backlog.firstUncleanableOffset {
            aborted += try transactions(of: segment).filter { $0.firstOffset < backlog.firstUncleanableOffset }
        }
        return CompactionPlan(
            directory: directory,
            fileSystem: fileSystem,
            config: config,
            sources: sources,
            backlog: backlog,
            aborted: aborted,
            epochs: epochs,
            lastBatches: producers.producers.mapValues {
                CompactionPlan.LastBatch(lastOffset: $0.batches.last?.lastOffset, epoch: $0.epoch)
            },
            now: now
        )
    }

    /// A checkpoint beyond the log's end is of an earlier log in this directory, or of one that has lost its end since: what is written there
    /// from now on is not clean.
    func trust(cleanerCheckpoint offset: Int64?) {
        let isBeyond = offset ?? 0 > logEndOffset && !Sabotage.cleanerCheckpointTrusted.isOn
        cleanedOffset = isBeyond ? segments[0].baseOffset : offset ?? 0  // never empty
    }

    /// The pass is over: below `offset` the log is clean.
    package func compacted(upTo offset: Int64) { cleanedOffset = min(offset, logEndOffset) }

    // MARK: The exchange

    // Three steps, each under the log's lock; between them the directory is synced, without it:
    // 1. the new files get the suffix `.swap`: from here on a start completes the exchange;
    // 2. the old ones get `.deleted`, and readers find the new segment;
    // 3. the new ones lose their suffix.

    /// False when the segments are no longer what the pass has read: then the new files are of no use.
    package func stageSwap(_ group: CleanedGroup) throws(LogError) -> Bool {
        guard !isOver, places(of: group) != nil else { return false }
        try renameCleaned(group.baseOffset, from: ".cleaned", to: ".swap")
        isSwapping = true
        return true
    }

    /// The result are the segments that were replaced; nil when the log has ended or begun anew meanwhile.
    package func swap(_ group: CleanedGroup) throws(LogError) -> [RetiredSegment]? {
        guard !isOver, let places = places(of: group) else {
            isSwapping = false
            return nil
        }
        let segment = try opened(group, suffix: ".swap")
        let old = segments[places]
        var retired: [RetiredSegment] = []
        for segment in old {
            try storage { () throws(StorageError) in try segment.markDeleted() }
            segment.abandonFile()
            retired.append(
                RetiredSegment(
                    baseOffset: segment.baseOffset,
                    bytes: segment.size,
                    reason: group.reason,
                    directory: directory,
                    fileSystem: fileSystem
                )
            )
        }
        segments.replaceSubrange(places, with: [segment])
        return retired
    }

    package func finishSwap(_ group: CleanedGroup) throws(LogError) {
        isSwapping = false
        guard !isOver, let place = segments.firstIndex(where: { $0.baseOffset == group.baseOffset && $0.isSwapped })
        else { return }
        try renameCleaned(group.baseOffset, from: ".swap", to: "")
        segments[place] = try opened(group, suffix: "")
    }

    /// Where the segments of a group are; never the active one.
    private func places(of group: CleanedGroup) -> Range<Int>? {
        guard let first = segments.firstIndex(where: { $0.baseOffset == group.baseOffset }) else { return nil }
        let places = first..<first + group.sources.count
        guard places.upperBound <= cleanable.count else { return nil }
        let isSame = zip(segments[places], group.sources).allSatisfy {
            $0.baseOffset == $1.baseOffset && $0.size == $1.size
        }
        return isSame ? places : nil
    }

    private func opened(_ group: CleanedGroup, suffix: String) throws(LogError) -> LogSegment {
        try storage { () throws(StorageError) in
            let segment = try LogSegment(
                fileSystem,
                directory: directory,
                baseOffset: group.baseOffset,
                now: 0,
                isActive: false,
                suffix: suffix,
                givesWay: config.filesGiveWay,
                mode: mode
            )
            if !Sabotage.timesForgotten.isOn { try segment.loadTimestamps() }
            segment.ordered = 0..<segment.size
            segment.areTimesTrusted = true
            return segment
        }
    }

    private func renameCleaned(_ base: Int64, from old: String, to new: String) throws(LogError) {
        try storage { () throws(StorageError) in
            for suffix in LogSegment.suffixes {
                let path = LogSegment.path(directory, base, suffix)
                if fileSystem.exists(path + old) { try fileSystem.rename(path + old, to: path + new) }
            }
        }
    }

    // MARK: After a crash

    /// Brings an exchange that was interrupted to its end, or takes it back, whichever of its files reached the disk.
    static func finishSwaps(_ fileSystem: any FileSystem, _ directory: String) throws(StorageError) {
        if Sabotage.unfinishedTakenForWhole.isOn { try renameAll(".cleaned", to: ".swap", fileSystem, directory) }
        if Sabotage.swapTakenBack.isOn { try renameAll(".swap", to: ".cleaned", fileSystem, directory) }
        let names = try fileSystem.list(directory)
        let present = Set(names)
        for name in names where name.hasSuffix(".log.swap") {
            guard let base = SegmentName.offset(name, ".log.swap") else { continue }
            let end = try endOfBatches(fileSystem, Path.join(directory, name), base)
            for other in names {
                let isNextCovered = Sabotage.nextTakenForCovered.isOn
                guard let covered = SegmentName.offset(other, ".log"), covered > base,
                    covered < end || covered == end && isNextCovered, !Sabotage.coveredSegmentsKept.isOn
                else { continue }
                for suffix in LogSegment.suffixes {
                    let path = LogSegment.path(directory, covered, suffix)
                    if fileSystem.exists(path) { try fileSystem.remove(path) }
                }
            }
            // The files beside the log may not have got their new name before the power went.
            for suffix in LogSegment.suffixes {
                let path = LogSegment.path(directory, base, suffix)
                if fileSystem.exists(path + ".cleaned") { try fileSystem.rename(path + ".cleaned", to: path + ".swap") }
            }
            try fileSystem.syncDirectory(directory)
        }
        for name in names where name.hasSuffix(".log.cleaned") {
            guard let base = SegmentName.offset(name, ".log.cleaned") else { continue }
            if present.contains(SegmentName.file(base, ".log.swap")) { continue }
            for suffix in LogSegment.suffixes {
                for state in [".cleaned", ".swap"] {
                    let path = LogSegment.path(directory, base, suffix) + state
                    if fileSystem.exists(path) { try fileSystem.remove(path) }
                }
            }
        }
    }

    private static func renameAll(
        _ old: String,
        to new: String,
        _ fileSystem: any FileSystem,
        _ directory: String
    ) throws(StorageError) {
        for name in try fileSystem.list(directory) where name.hasSuffix(old) {
            let path = Path.join(directory, String(name.dropLast(old.count)))
            try fileSystem.rename(path + old, to: path + new)
        }
    }

    /// The offset behind the last batch of a log file, as far as it can be read.
    private static func endOfBatches(
        _ fileSystem: any FileSystem,
        _ path: String,
        _ base: Int64
    ) throws(StorageError) -> Int64 {
        let file = try fileSystem.open(path, .read)
        var scanner = BatchScanner(file, from: 0, to: try file.size())
        var end = base
        do {
            while case .batch(let header, _) = try scanner.nextHeader() { end = header.nextOffset }
        } catch {
            if case .storage(let failure) = error { throw failure }
        }
        return end
    }
}
