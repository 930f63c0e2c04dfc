import World

/// What has to be read from the disk before a log can be searched under its lock. Made under the lock, run without it.
package struct LogWarming: Sendable {
    let fileSystem: any FileSystem
    let directory: String
    /// Of the segments, ascending.
    let bases: [Int64]
    let givesWay: Bool
    let target: Target

    enum Target: Sendable {
        case bytes(from: Int64, count: Int)
        case time(Int64)
    }

    /// Reads what the search will read. What goes wrong here goes wrong there too, and is dealt with there.
    package func run() {
        do throws(LogError) {
            switch target {
            case .bytes(let offset, let count): try readBytes(from: offset, count: count)
            case .time(let timestamp): try search(timestamp)
            }
        } catch {
            return
        }
    }

    /// The segment's files through eyes of their own: what the log itself knows of them is under its lock.
    private func segment(_ base: Int64) throws(LogError) -> LogSegment {
        let mode = ReadMode()
        mode.isForeign = true
        return try storage { () throws(StorageError) in
            let segment = try LogSegment(
                fileSystem,
                directory: directory,
                baseOffset: base,
                now: 0,
                isActive: false,
                givesWay: givesWay,
                mode: mode
            )
            try segment.loadTimestamps()
            return segment
        }
    }

    private func readBytes(from offset: Int64, count: Int) throws(LogError) {
        for base in bases {
            let segment = try segment(base)
            if fileSystem.exists(LogSegment.path(directory, base, ".txnindex")) {
                _ = try storage { () throws(StorageError) in
                    try fileSystem.contents(LogSegment.path(directory, base, ".txnindex"))
                }
            }
            guard let found = try segment.locate(offset) else { continue }
            let end = min(segment.size, found.position + Int64(max(count, found.size)))
            var position = found.position
            while position < end {
                let part = Int(min(1 << 20, end - position))
                _ = try storage { () throws(StorageError) in try segment.file().read(at: position, count: part) }
                position += Int64(part)
            }
            return
        }
    }

    private func search(_ timestamp: Int64) throws(LogError) {
        for base in bases {
            let segment = try segment(base)
            try segment.trustTimes()
            guard segment.maxTimestamp >= timestamp else { continue }
            if try segment.find(timestamp: timestamp, from: base) != nil { return }
        }
    }
}

extension PartitionLog {
    /// What `read` from an offset needs.
    package func warming(from offset: Int64, count: Int) -> LogWarming {
        let index = segmentIndex(for: offset)
        return warming(segments[index...].prefix(2).map(\.baseOffset), .bytes(from: offset, count: count))
    }

    /// What `find` of a timestamp needs; `findMaxTimestamp` when there is none.
    package func warming(timestamp: Int64?) -> LogWarming {
        warming(segments.map(\.baseOffset), .time(timestamp ?? .max))
    }

    private func warming(_ bases: [Int64], _ target: LogWarming.Target) -> LogWarming {
        LogWarming(
            fileSystem: fileSystem,
            directory: directory,
            bases: isMade ? bases : [],
            givesWay: config.filesGiveWay,
            target: target
        )
    }

    /// Whether reading throws `.notCached` instead of waiting for the device.
    package var isCachedOnly: Bool {
        get { mode.isCachedOnly }
        set { mode.isCachedOnly = newValue }
    }
}
