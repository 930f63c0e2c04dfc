import KafkaRecords
import NIOCore
import World

/// Telling what a power failure left unwritten, which nobody was promised, from bytes that were written whole and have changed since.
extension PartitionLog {
    /// What a disk writes at once, or not at all.
    private static let sectorSize: Int64 = 512

    /// A batch's header, with its offset where only that is missing: the sector in which the batch begins was never written, and holds
    /// no more of it. What is before the batch tells the offset, and the checksum that the rest is there. Where offsets may be missing between
    /// batches it is not known.
    func withWholeOffset(
        _ header: RecordBatchHeader,
        at position: Int64,
        _ segment: LogSegment,
        _ report: (RecoveryEvent) -> Void
    ) throws(LogError) -> RecordBatchHeader {
        if allowsGaps || !isOffsetTorn(header.baseOffset, at: position) { return header }
        guard try isValidBatch(segment, at: position) else { return header }
        try storage { () throws(StorageError) in
            try segment.file().write(ByteBuffer(integer: logEndOffset), at: position)
        }
        report(.restoredOffset(path: segment.path, position: position, offset: logEndOffset))
        var whole = header
        whole.baseOffset = logEndOffset
        return whole
    }

    /// Whether that is what the disk has of the offset that is next, when it never wrote the sector in which a batch begins, and the
    /// batch's length lies behind it, or most of it.
    private func isOffsetTorn(_ offset: Int64, at position: Int64) -> Bool {
        let lost = Self.sectorSize - position % Self.sectorSize
        let written = lost < 8 ? logEndOffset & (1 << (8 * (8 - lost)) - 1) : 0
        return lost < RecordBatchHeader.prefixSize && offset == written && offset != logEndOffset
    }

    /// Bytes that had reached the disk are not cut: a power failure cannot have torn them.
    func refuseLoss(of segment: LogSegment, at position: Int64, _ durable: Int64, _ reason: String)
        throws(LogError)
    {
        if logEndOffset >= durable { return }
        throw .corrupt(
            path: segment.path,
            position: position,
            reason: "\(reason), and offsets \(logEndOffset) to \(durable - 1) had reached the disk"
        )
    }

    /// A whole batch that follows where the log ended before the last one, and not behind it: the offset of the last one, which lies outside of
    /// its checksum, is what is wrong.
    func refuseMisplaced(
        _ segment: LogSegment,
        _ header: RecordBatchHeader,
        at position: Int64,
        behind end: Int64
    )
        throws(LogError)
    {
        guard header.baseOffset > end, header.baseOffset < logEndOffset, try isValidBatch(segment, at: position) else {
            return
        }
        throw .corrupt(
            path: segment.path,
            position: position,
            reason: "offset \(header.baseOffset) follows offsets up to \(logEndOffset - 1), one of which is wrong"
        )
    }

    /// A damaged batch with a valid one behind it is no torn end, unless the damage is a hole that the disk never wrote.
    func refuseRot(_ segment: LogSegment, at position: Int64, _ reason: String) throws(LogError) {
        guard let next = try nextValidBatch(in: segment, behind: position) else { return }
        // Of a valid batch's front, which its checksum does not cover, the same sector may have been to hold something.
        let sectors = (next + Self.sectorSize - 1) / Self.sectorSize
        let end = min(sectors * Self.sectorSize, segment.size)
        let damaged = try storage { () throws(StorageError) in
            try segment.file().read(at: position, count: Int(end - position))
        }
        if hasHole(damaged, at: position) { return }
        throw .corrupt(path: segment.path, position: position, reason: "\(reason), and valid batches follow")
    }

    /// Where the first valid batch behind a damaged one begins. Where offsets may be missing, what is wrong may be the offset of the batch
    /// before, so those that follow may lie below the end that it seems to give the log.
    private func nextValidBatch(in segment: LogSegment, behind position: Int64) throws(LogError) -> Int64? {
        let (farthest, isTooFar) = logEndOffset.addingReportingOverflow(Int64(Int32.max))
        let file = try storage { () throws(StorageError) in try segment.file() }
        return try BatchScanner.search(
            file,
            from: position + 1,
            to: segment.size,
            offsets: segment.baseOffset...(isTooFar ? .max : farthest)
        ) { position throws(LogError) in try isValidBatch(segment, at: position) }
    }

    private func isValidBatch(_ segment: LogSegment, at position: Int64) throws(LogError) -> Bool {
        var scanner = BatchScanner(
            try storage { () throws(StorageError) in try segment.file() },
            from: position,
            to: segment.size
        )
        guard case .batch(let header, _) = try scanner.nextHeader(),
            let bytes = try scanner.batchBytes(at: position, size: header.totalSize),
            let batch = try? RecordBatch(bytes)
        else { return false }
        return batch.isChecksumValid
    }

    /// Whether all that these bytes have of some sector is zero: a page that never reached the disk before power went. The
    /// first sector may hold the end of the batch before; a batch's first twelve bytes, with its length, are never all zero, and fewer only
    /// where its offset begins with as many zeros.
    private func hasHole(_ bytes: ByteBuffer, at position: Int64) -> Bool {
        let sector = Int(Self.sectorSize)
        let isOffsetTorn = isOffsetTorn(bytes.getInteger(at: bytes.readerIndex) ?? 0, at: position)
        return bytes.withUnsafeReadableBytes { all in
            var start = 0
            while start < all.count {
                let end = min(start + sector - Int((position + Int64(start)) % Int64(sector)), all.count)
                let isWhole = end - start == sector
                if isWhole || start == 0 && (end - start >= RecordBatchHeader.prefixSize || isOffsetTorn),
                    all[start..<end].allSatisfy({ $0 == 0 })
                {
                    return true
                }
                start = end
            }
            return false
        }
    }
}
