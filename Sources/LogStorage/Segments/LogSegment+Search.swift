@_spi(Sabotage) import KafkaProtocol
import KafkaRecords
import NIOCore
import World

/// Finding batches by offset and time. The indexes are hints: what they say is compared with the log before it is used, and they
/// are made again when they are wrong.
extension LogSegment {
    /// A position at or before the batch that holds `offset`, and what the index says of the batch there; nil for the beginning.
    private func hint(of offset: Int64) throws(LogError) -> (position: Int64, lastOffset: Int64)? {
        let relative = offset - baseOffset
        let bytes = try storage { () throws(StorageError) -> ByteBuffer? in
            try offsetIndex.last(atMost: relative) { Int64(IndexFile.offsetEntry($0).relativeOffset) }?.entry
        }
        guard let bytes else { return nil }
        let entry = IndexFile.offsetEntry(bytes)
        // Wraps where a file's name claims the last offsets there are; then no batch fits the hint.
        return (Int64(entry.position), baseOffset &+ Int64(entry.relativeOffset))
    }

    /// A scanner at or before the batch that holds `offset`.
    func scanner(before offset: Int64) throws(LogError) -> BatchScanner {
        let log = try storage { () throws(StorageError) in try file() }
        for _ in 0..<2 {
            guard let hint = try hint(of: offset) else { break }
            if hint.position > 0, hint.position < size {
                var scanner = BatchScanner(log, from: hint.position, to: size, isCachedOnly: mode.isCachedOnly)
                if Sabotage.indexTrusted.isOn { return scanner }
                switch try scanner.peek() {
                case .batch(let header, _)
                where header.baseOffset >= baseOffset && header.lastOffset >= header.baseOffset
                    && header.lastOffset <= hint.lastOffset && header.baseOffset <= offset:
                    return scanner
                case .legacy(let last, _, _) where last >= baseOffset && last <= hint.lastOffset: return scanner
                case .batch, .legacy, .damaged, .end: break
                }
            } else if hint.position == 0 {
                break
            }
            try rebuildIndexes()
        }
        return BatchScanner(log, from: 0, to: size, isCachedOnly: mode.isCachedOnly)
    }

    /// A batch that was looked for.
    struct Located {
        var position: Int64
        var baseOffset: Int64
        var size: Int
        /// What was read from its position on; nil when not all of the batch was.
        var held: ByteBuffer?
    }

    /// The first batch whose last offset is at least `offset`; nil when there is none.
    func locate(_ offset: Int64) throws(LogError) -> Located? {
        var scanner = try scanner(before: offset)
        func located(_ position: Int64, _ baseOffset: Int64, _ size: Int) -> Located {
            let held = scanner.held(from: position, size: size)
            return Located(position: position, baseOffset: baseOffset, size: size, held: held)
        }
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                if header.lastOffset >= offset { return located(position, header.baseOffset, header.totalSize) }
            case .legacy(let last, let bytes, let position):
                if last >= offset { return located(position, last, bytes) }
            case .end: return nil
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    /// The offset behind the last batch.
    func endOfBatches() throws(LogError) -> Int64 {
        var scanner = try scanner(before: .max)
        var end = baseOffset
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, _): end = header.nextOffset
            case .legacy(let last, _, _): end = last + 1
            case .end: return end
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    // MARK: Order

    /// Makes sure that the batches of a range follow one another: the base offset in front of a batch is not part of its checksum.
    ///
    /// Each range is looked at once after the start; what was appended since is known.
    /// - Parameters:
    ///   - nextBase: the offset behind the segment's last batch.
    ///   - allowsGaps: compaction leaves gaps between offsets.
    ///   - epochs: what is known of the leader epochs, which a batch's checksum doesn't cover either.
    func ensureOrder(
        _ range: Range<Int64>,
        nextBase: Int64,
        allowsGaps: Bool,
        epochs: LeaderEpochs
    ) throws(LogError) {
        if ordered.lowerBound <= range.lowerBound, range.upperBound <= ordered.upperBound { return }
        // What touches the known range extends it; anything else begins a new one.
        let begin = ordered.contains(range.lowerBound) ? ordered.upperBound : range.lowerBound
        var scanner = BatchScanner(
            try storage { () throws(StorageError) in try file() },
            from: begin,
            to: size,
            windowSize: 4096,
            isCachedOnly: mode.isCachedOnly
        )
        // A batch that begins where the known range ends has been compared with the one before it.
        var expected: Int64?
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                try check(header, at: position, follows: expected, nextBase: nextBase, allowsGaps: allowsGaps)
                if let epoch = epochs.epoch(at: header.baseOffset), epoch != header.partitionLeaderEpoch {
                    throw .corrupt(path: path, position: position, reason: LeaderEpochs.contradiction(header, epoch))
                }
                if position >= range.upperBound { return note(ordered: begin..<position) }
                expected = header.nextOffset
            case .legacy(let last, _, let position):
                if let expected, last < expected {
                    throw .corrupt(
                        path: path,
                        position: position,
                        reason: "a message says offset \(last) where \(expected) or a later one is next"
                    )
                }
                if position >= range.upperBound { return note(ordered: begin..<position) }
                expected = last + 1
            case .end:
                if let expected, expected > nextBase || !allowsGaps && expected < nextBase {
                    throw .corrupt(
                        path: path,
                        position: size,
                        reason: "its batches end before offset \(expected), and the log goes on at \(nextBase)"
                    )
                }
                return note(ordered: begin..<size)
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    private func note(ordered range: Range<Int64>) {
        ordered = ordered.upperBound == range.lowerBound ? ordered.lowerBound..<range.upperBound : range
    }

    private func check(
        _ header: RecordBatchHeader,
        at position: Int64,
        follows expected: Int64?,
        nextBase: Int64,
        allowsGaps: Bool
    ) throws(LogError) {
        let isInPlace = expected.map { header.baseOffset == $0 || allowsGaps && header.baseOffset > $0 } ?? true
        let isFirst = position > 0 || header.baseOffset == baseOffset || allowsGaps && header.baseOffset > baseOffset
        guard isInPlace, isFirst, header.lastOffsetDelta >= 0, canHold(header.lastOffset), header.lastOffset < nextBase
        else {
            let wanted = expected ?? baseOffset
            throw .corrupt(
                path: path,
                position: position,
                reason: "a batch says offsets \(header.baseOffset) to \(header.lastOffset) where \(wanted) is next"
            )
        }
    }

    // MARK: Time

    /// Makes sure that the largest timestamp is the log's, not what a damaged index says.
    func trustTimes() throws(LogError) {
        if areTimesTrusted { return }
        if try !areTimesComplete() { try rebuildIndexes() }
        areTimesTrusted = true
    }

    /// Whether the last entry of the time index is true, and no batch behind it is newer.
    private func areTimesComplete() throws(LogError) -> Bool {
        guard try isTimeOfBatch(maxTimestamp, maxTimestampOffset), let found = try locate(maxTimestampOffset) else {
            return false
        }
        let log = try storage { () throws(StorageError) in try file() }
        var scanner = BatchScanner(log, from: found.position, to: size)
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, _): if header.maxTimestamp > maxTimestamp { return false }
            case .legacy: continue
            case .end: return true
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    private func isTimeOfBatch(_ timestamp: Int64, _ offset: Int64) throws(LogError) -> Bool {
        guard offset >= baseOffset, let found = try locate(offset), found.baseOffset <= offset else { return false }
        let log = try storage { () throws(StorageError) in try file() }
        var scanner = BatchScanner(log, from: found.position, to: size)
        guard case .batch(let header, _) = try scanner.nextHeader() else { return true }  // old formats: not compared
        return header.maxTimestamp == timestamp
    }

    /// The record with the first timestamp of at least `timestamp`, at or behind `startOffset`.
    func find(timestamp: Int64, from startOffset: Int64) throws(LogError) -> TimestampedOffset? {
        var near = baseOffset
        let bytes = try storage { () throws(StorageError) -> ByteBuffer? in
            try timeIndex.last(atMost: max(timestamp, .min + 1) - 1) { IndexFile.timeEntry($0).timestamp }?.entry
        }
        if let bytes {
            let (time, relative) = IndexFile.timeEntry(bytes)
            if try isTimeOfBatch(time, baseOffset &+ Int64(relative)) {
                near = baseOffset &+ Int64(relative)
            } else {
                try rebuildIndexes()
            }
        }
        var scanner = try scanner(before: max(near, startOffset))
        while true {
            switch try scanner.nextHeader() {
            case .batch(let header, let position):
                guard header.maxTimestamp >= timestamp, header.lastOffset >= startOffset else { continue }
                guard let bytes = try scanner.batchBytes(at: position, size: header.totalSize) else { return nil }
                if let found = try first(in: bytes, at: position, timestamp: timestamp, from: startOffset) {
                    return found
                }
            case .legacy: continue
            case .end: return nil
            case .damaged(let position, let reason): throw .corrupt(path: path, position: position, reason: reason)
            }
        }
    }

    private func first(
        in bytes: ByteBuffer,
        at position: Int64,
        timestamp: Int64,
        from startOffset: Int64
    ) throws(LogError) -> TimestampedOffset? {
        do {
            let batch = try RecordBatch(bytes)
            var cursor = try batch.records()
            while let record = try cursor.next() {
                if record.timestamp >= timestamp, record.offset >= startOffset {
                    return TimestampedOffset(
                        timestamp: record.timestamp,
                        offset: record.offset,
                        leaderEpoch: batch.header.partitionLeaderEpoch
                    )
                }
            }
            return nil
        } catch {
            throw .corrupt(path: path, position: position, reason: error.reason)
        }
    }
}
