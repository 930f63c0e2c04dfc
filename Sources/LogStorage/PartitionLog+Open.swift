@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// What opening a log found and did that an operator should know.
package enum RecoveryEvent: Equatable, Sendable, CustomStringConvertible {
    /// The end of a segment was not a valid batch and was cut off.
    case cut(path: String, position: Int64, bytes: Int64, reason: String)
    /// Index files were missing or implausible and were made again from the log.
    case rebuiltIndexes(path: String)
    /// A producer snapshot or epoch file was unusable; its content was made again from the log.
    case ignored(path: String, reason: String)
    /// A segment behind a cut could not continue the log.
    case removedSegment(path: String, bytes: Int64)
    /// The offset in front of a whole batch had not reached the disk, and was written again.
    case restoredOffset(path: String, position: Int64, offset: Int64)

    package var description: String {
        switch self {
        case .cut(let path, let position, let bytes, let reason):
            "\(path): truncated \(bytes) bytes at byte \(position): \(reason)"
        case .rebuiltIndexes(let path): "\(path): indexes rebuilt"
        case .ignored(let path, let reason): "\(path): ignored, \(reason)"
        case .removedSegment(let path, let bytes): "\(path): removed \(bytes) bytes behind the truncated segment"
        case .restoredOffset(let path, let position, let offset):
            "\(path): offset \(offset) of the batch at byte \(position) had not been written, and is now"
        }
    }
}

/// How a log is opened.
package struct LogOpening: Sendable {
    /// Offsets below are durable and are not looked at.
    package var recoveryPoint: Int64 = 0
    /// From the checkpoint; nil when it has none for this log.
    package var logStartOffset: Int64?
    /// The last stop was in order: nothing is scanned.
    package var isClean = false
    /// From the cleaner's checkpoint; nil when compaction has never been here. Otherwise offsets may be missing between batches.
    package var cleanedOffset: Int64?
    /// The partition's leader epoch in the metadata: no batch can have a later one.
    package var maxLeaderEpoch = Int32.max
    /// Milliseconds since 1970.
    package var now: Int64 = 0
    /// Written into `partition.metadata` when the log's files are made.
    package var topicId: KafkaUUID?

    package init() {}
}

extension PartitionLog {
    /// Opens the log in `directory`. Where there is no such directory the log is empty, and makes it when it is first written to.
    ///
    /// After an orderly stop nothing is scanned but the tail behind the last index entry. Otherwise all from the recovery point is
    /// checked, batch by batch; an incomplete tail is cut off. An error of the disk while reading never leads to a cut.
    ///
    /// - Throws: `.corrupt` when a batch is damaged and valid ones follow it: bytes that were written whole have changed since,
    ///   and cutting there would throw away what was acknowledged.
    package static func open(
        _ fileSystem: any FileSystem,
        directory: String,
        config: LogConfig,
        opening: LogOpening,
        report: (RecoveryEvent) -> Void = { _ in }
    ) throws(LogError) -> PartitionLog {
        var isNew = !fileSystem.exists(directory)
        if isNew, !config.filesGiveWay {
            // A log that must not wait for a file has it from the beginning.
            try storage { () throws(StorageError) in try fileSystem.createDirectory(directory) }
            isNew = false
        }
        let names = isNew ? [] : try storage { () throws(StorageError) in try tidy(fileSystem, directory) }
        var bases = names.compactMap { SegmentName.offset($0, ".log") }.sorted()
        if bases.isEmpty { bases = [opening.logStartOffset ?? 0] }
        var segments: [LogSegment] = []
        let mode = ReadMode()
        try storage { () throws(StorageError) in
            for base in bases {
                segments.append(
                    try LogSegment(
                        fileSystem,
                        directory: directory,
                        baseOffset: base,
                        now: opening.now,
                        isActive: base == bases.last,
                        isMade: !isNew,
                        givesWay: config.filesGiveWay,
                        mode: mode
                    )
                )
            }
        }
        let log = PartitionLog(
            directory: directory,
            config: config,
            fileSystem: fileSystem,
            mode: mode,
            segments: segments,
            logStartOffset: bases[0],
            logEndOffset: bases[0],
            flushedOffset: isNew ? bases[0] : 0,
            hasUnsyncedNames: false
        )
        log.isMade = !isNew
        log.topicId = opening.topicId
        let hasGaps = opening.cleanedOffset != nil && !Sabotage.gapsForgotten.isOn
        log.allowsGaps = config.isCompacted || hasGaps
        log.maxLeaderEpoch = opening.maxLeaderEpoch
        log.snapshots = names.compactMap { SegmentName.offset($0, ".snapshot") }.sorted()
        log.trust(cleanerCheckpoint: opening.cleanedOffset)
        if isNew { return log }
        let hasEpochs = log.loadEpochs(report)
        try log.findEnd(opening, report)
        // Recovery only sees the batches from the recovery point on.
        let isRecoveredWhole = !opening.isClean && opening.recoveryPoint <= bases[0]
        if !hasEpochs, !isRecoveredWhole, log.logEndOffset > bases[0] { try log.rebuildEpochs() }
        log.releaseOldFiles()
        log.trust(cleanerCheckpoint: opening.cleanedOffset)
        log.logStartOffset = min(max(bases[0], opening.logStartOffset ?? 0), log.logEndOffset)
        log.flushedOffset = opening.isClean ? log.logEndOffset : min(opening.recoveryPoint, log.logEndOffset)
        var changed = log.epochs.truncateEnd(to: log.logEndOffset)
        changed = log.epochs.truncateStart(to: log.logStartOffset) || changed
        if changed || !opening.isClean { try log.saveEpochs(syncing: false) }
        return log
    }

    /// Makes the directory and the files of a log that has had none.
    func makeFiles() throws(LogError) {
        try storage { () throws(StorageError) in
            try fileSystem.createDirectory(directory)
            if let topicId {
                let path = Path.join(directory, PartitionMetadataFile.name)
                try fileSystem.open(path + ".tmp", .replace).write(PartitionMetadataFile.content(topicId), at: 0)
                try fileSystem.rename(path + ".tmp", to: path)
            }
            _ = try active.file(.create)
        }
        isMade = true
        hasUnsyncedNames = true
    }

    /// Removes leftovers of deletion and finishes interrupted swaps; returns the names that remain.
    private static func tidy(_ fileSystem: any FileSystem, _ directory: String) throws(StorageError) -> [String] {
        try finishSwaps(fileSystem, directory)
        for name in try fileSystem.list(directory) {
            let path = Path.join(directory, name)
            if name.hasSuffix(".swap") {
                try fileSystem.rename(path, to: String(path.dropLast(".swap".count)))
            } else if name.hasSuffix(".deleted") || name.hasSuffix(".cleaned") || name.hasSuffix(".tmp") {
                try fileSystem.remove(path)
            }
        }
        let names = try fileSystem.list(directory)
        let present = Set(names)
        for name in names {
            for suffix in LogSegment.suffixes.dropFirst() where name.hasSuffix(suffix) {
                guard let base = SegmentName.offset(name, suffix), !present.contains(SegmentName.file(base, ".log"))
                else { continue }
                try fileSystem.remove(Path.join(directory, name))
            }
        }
        return names
    }

    /// False when the file is not there or not readable.
    private func loadEpochs(_ report: (RecoveryEvent) -> Void) -> Bool {
        let path = epochsPath
        guard fileSystem.exists(path) else { return false }
        do {
            epochs = try LeaderEpochs.decode(try fileSystem.contents(path), path: path)
            return true
        } catch {
            report(.ignored(path: path, reason: "\(error)"))
            return false
        }
    }

    // MARK: The end of the log

    private func findEnd(_ opening: LogOpening, _ report: (RecoveryEvent) -> Void) throws(LogError) {
        for segment in segments { try storage { () throws(StorageError) in try segment.loadTimestamps() } }
        if opening.isClean, try hasOrderlyEnd() {
            try reloadProducers(report)
            return
        }
        let start = max(0, (segments.lastIndex { $0.baseOffset <= opening.recoveryPoint } ?? 0))
        for segment in segments[..<start] {
            if try storage({ () throws(StorageError) in try segment.hasPlausibleIndexes() }) { continue }
            report(.rebuiltIndexes(path: segment.path))
            try segment.rebuildIndexes()
        }
        // What an orderly stop wrote is as durable as what lies below the recovery point.
        let durable = max(opening.recoveryPoint, opening.isClean ? snapshots.last ?? 0 : 0)
        try recover(from: start, durable: durable, report)
        guard logEndOffset >= durable else {
            throw .corrupt(
                path: active.path,
                position: active.size,
                reason: "the log ends at offset \(logEndOffset), and offsets below \(durable) had reached the disk"
            )
        }
    }

    /// Reads the active segment from its last index entry on; false when something there is not in order. The producer
    /// snapshot that an orderly stop leaves is named after the log's end.
    private func hasOrderlyEnd() throws(LogError) -> Bool {
        let segment = active
        guard try storage({ () throws(StorageError) in try segment.hasPlausibleIndexes() }) else { return false }
        var scanner: BatchScanner
        do { scanner = try segment.scanner(before: Int64.max) } catch LogError.corrupt { return false }
        var end = scanner.position == 0 ? segment.baseOffset : nil
        let begin = scanner.position
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                let isInPlace = end.map { header.baseOffset == $0 || allowsGaps && header.baseOffset > $0 } ?? true
                guard isInPlace, header.lastOffsetDelta >= 0, segment.canHold(header.lastOffset),
                    let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
                    let batch = try? RecordBatch(bytes), batch.isChecksumValid
                else { return false }
                end = header.nextOffset
            case .legacy(let offset, _, _):
                guard segment.canHold(offset), end.map({ offset >= $0 }) ?? true else { return false }
                end = offset + 1
            case .damaged: return false
            case .end:
                let end = end ?? segment.baseOffset
                guard snapshots.last == end || snapshots.isEmpty && end == segments[0].baseOffset else { return false }
                logEndOffset = end
                segment.ordered = begin..<segment.size
                return true
            }
        }
    }

    /// Checks all batches from a segment on, makes its indexes and states again, and cuts an incomplete tail.
    private func recover(
        from start: Int,
        durable: Int64,
        _ report: (RecoveryEvent) -> Void
    ) throws(LogError) {
        logEndOffset = segments[start].baseOffset
        notedEpochs = epochs
        _ = epochs.truncateEnd(to: logEndOffset)
        try reloadProducers(report)
        var index = start
        while index < segments.count {
            let segment = segments[index]
            if segment.baseOffset != logEndOffset, index > start, segment.baseOffset < logEndOffset {
                throw .corrupt(path: segment.path, position: 0, reason: "it overlaps the segment before it")
            }
            if index > start, segment.baseOffset > logEndOffset, !allowsGaps {
                try refuseLoss(of: segment, at: 0, durable, "it does not continue the log at \(logEndOffset)")
                // The end of the segment before never reached the disk. Compaction leaves such gaps too, and those are in order.
                try removeSegments(behind: index, report)
                break
            }
            logEndOffset = max(logEndOffset, segment.baseOffset)
            let isWhole = try recover(segment, durable: durable, report)
            index += 1
            if !isWhole {
                try removeSegments(behind: index, report)
                break
            }
        }
        if !segments[start...].isEmpty { hasUnsyncedNames = true }
        if Sabotage.producersForgotten.isOn { producers = ProducerState() }
        try storage { () throws(StorageError) in
            for offset in snapshots where offset > logEndOffset { try removeSnapshot(offset) }
        }
    }

    private func removeSegments(behind index: Int, _ report: (RecoveryEvent) -> Void) throws(LogError) {
        while segments.count > index {
            let segment = active
            report(.removedSegment(path: segment.path, bytes: segment.size))
            try storage { () throws(StorageError) in try segment.markDeleted() }
            segments.removeLast()
        }
    }

    /// Scans one segment. False when its end had to be cut.
    private func recover(
        _ segment: LogSegment,
        durable: Int64,
        _ report: (RecoveryEvent) -> Void
    ) throws(LogError) -> Bool {
        try storage { () throws(StorageError) in try segment.resetIndexes() }
        var scanner = BatchScanner(
            try storage { () throws(StorageError) in try segment.file() },
            from: 0,
            to: segment.size,
            windowSize: 1 << 20
        )
        // Where the log ended before the batch that was read last.
        var endBefore = logEndOffset
        while true {
            let position = scanner.position
            let end = logEndOffset
            var reason: String
            let next: BatchScanner.Found
            do { next = try scanner.nextHeader() } catch {
                guard Sabotage.recoveryCutsOnReadError.isOn else { throw error }
                try segment.truncate(to: position, nextOffset: logEndOffset)
                return false
            }
            switch next {
            case .end:
                try storage { () throws(StorageError) in try segment.addTimeEntry() }
                segment.markDirty()
                segment.ordered = 0..<segment.size
                return true
            case .legacy(let offset, let size, _):
                // A batch of which only the front reached the disk looks like a message of format 0.
                let bytes = try scanner.batchBytes(at: position, size: size)
                if !(bytes.map(LegacyRecords.isChecksumValid) ?? false) {
                    reason = "the checksum of the message is wrong"
                } else if offset >= logEndOffset, segment.canHold(offset) {
                    logEndOffset = offset + 1
                    continue
                } else {
                    reason = "offset \(offset) of a message does not continue the log at \(logEndOffset)"
                }
            case .damaged(_, let why): reason = why
            case .batch(let found, _):
                let header = try withWholeOffset(found, at: position, segment, report)
                guard let problem = try check(header, at: position, &scanner, segment) else {
                    endBefore = end
                    continue
                }
                reason = problem
                try refuseMisplaced(segment, header, at: position, behind: endBefore)
            }
            try refuseLoss(of: segment, at: position, durable, reason)
            try refuseRot(segment, at: position, reason)
            report(.cut(path: segment.path, position: position, bytes: segment.size - position, reason: reason))
            try segment.truncate(to: position, nextOffset: logEndOffset)
            try storage { () throws(StorageError) in try segment.addTimeEntry() }
            return false
        }
    }

    /// Takes in a valid batch; says what is wrong with an invalid one.
    private func check(
        _ header: RecordBatchHeader,
        at position: Int64,
        _ scanner: inout BatchScanner,
        _ segment: LogSegment
    ) throws(LogError) -> String? {
        guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
            let batch = try? RecordBatch(bytes)
        else {
            return "the batch is not readable"
        }
        guard batch.isChecksumValid || Sabotage.tornTailServed.isOn else { return "the checksum of the batch is wrong" }
        guard header.baseOffset == logEndOffset || allowsGaps && header.baseOffset > logEndOffset,
            header.lastOffsetDelta >= 0, segment.canHold(header.lastOffset)
        else {
            return "offset \(header.baseOffset) does not continue the log at \(logEndOffset)"
        }
        if let known = notedEpochs.contradict(header) {
            throw .corrupt(path: segment.path, position: position, reason: LeaderEpochs.contradiction(header, known))
        }
        // The checksum is right, so nothing tore this batch: one epoch or another was changed since.
        let (epoch, last) = (header.partitionLeaderEpoch, epochs.latest ?? -1)
        guard epoch >= last, epoch <= maxLeaderEpoch else {
            throw .corrupt(
                path: segment.path,
                position: position,
                reason: "leader epoch \(epoch) of the batch is not between \(last) and \(maxLeaderEpoch)"
            )
        }
        try storage { () throws(StorageError) in try segment.note(recovered: header, position: position, config: config)
        }
        logEndOffset = header.nextOffset
        if epoch != epochs.latest { epochs.adopt(notedEpochs, upTo: header.baseOffset) }
        try apply(header, bytes: bytes, segment: segment, highWatermark: Int64.max)
        return nil
    }
}
