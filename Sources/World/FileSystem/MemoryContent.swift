/// What a file in memory holds, and what of it a power cut leaves.
struct MemoryContent: Sendable {
    static let sectorSize = 512

    private(set) var bytes: [UInt8] = []
    /// As the last sync made it.
    private var durableSize = 0
    /// The sectors written since: what is durable of them.
    private var before: [Int: [UInt8]] = [:]
    /// Sectors of a sync that failed: the system takes them for clean, so no sync writes them before they are written again.
    private var abandoned: Set<Int> = []
    var modified: Int64 = 0

    var size: Int { bytes.count }

    mutating func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, at start: Int) {
        let end = start + first.count + second.count
        var sector = start / Self.sectorSize
        while sector * Self.sectorSize < end {
            remember(sector)
            sector += 1
        }
        if bytes.count < end { bytes.append(contentsOf: repeatElement(0, count: end - bytes.count)) }
        bytes.withUnsafeMutableBytes { all in
            UnsafeMutableRawBufferPointer(rebasing: all[start..<start + first.count]).copyMemory(from: first)
            UnsafeMutableRawBufferPointer(rebasing: all[start + first.count..<end]).copyMemory(from: second)
        }
    }

    private mutating func remember(_ sector: Int) {
        abandoned.remove(sector)
        if before[sector] != nil { return }
        let start = sector * Self.sectorSize
        let end = min(start + Self.sectorSize, durableSize, bytes.count)
        before[sector] = start < end ? Array(bytes[start..<end]) : []
    }

    /// A size change is journalled with the names; shrinking takes effect at once here, which is the harder case.
    mutating func truncate(to size: Int) {
        guard size < bytes.count else {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
            return
        }
        bytes.removeLast(bytes.count - size)
        durableSize = min(durableSize, size)
        for (sector, image) in before {
            let room = size - sector * Self.sectorSize
            if room <= 0 {
                before[sector] = nil
            } else if image.count > room {
                before[sector] = Array(image.prefix(room))
            }
        }
    }

    mutating func sync() {
        durableSize = bytes.count
        if abandoned.isEmpty { return before.removeAll(keepingCapacity: true) }
        before = before.filter { abandoned.contains($0.key) }
    }

    mutating func syncFailed() { abandoned.formUnion(before.keys) }

    /// Power fails: any subset of the sectors that were written and not synced survives.
    mutating func crash(using generator: inout some RandomNumberGenerator) {
        var size = durableSize
        for sector in before.keys.sorted() {
            let isKept = generator.next() % 2 == 0 && !abandoned.contains(sector)
            if isKept { size = max(size, end(of: sector)) } else { revert(sector) }
        }
        if size < bytes.count { bytes.removeLast(bytes.count - size) }
        (durableSize, before, abandoned) = (bytes.count, [:], [])
    }

    var hasAbandoned: Bool { !abandoned.isEmpty }

    /// The system needs the memory of what it takes for clean.
    mutating func dropAbandoned() {
        if abandoned.isEmpty { return }
        for sector in abandoned {
            revert(sector)
            before[sector] = nil
        }
        abandoned = []
        let size = before.keys.reduce(durableSize) { max($0, end(of: $1)) }
        if size < bytes.count { bytes.removeLast(bytes.count - size) }
    }

    private func end(of sector: Int) -> Int { min((sector + 1) * Self.sectorSize, bytes.count) }

    private mutating func revert(_ sector: Int) {
        let image = before[sector] ?? []
        let start = sector * Self.sectorSize
        if start >= end(of: sector) { return }
        for index in start..<end(of: sector) { bytes[index] = index - start < image.count ? image[index - start] : 0 }
    }

    /// What the device holds becomes this, whatever was written.
    mutating func replace(with new: [UInt8]) {
        (bytes, durableSize, before, abandoned) = (new, new.count, [:], [])
    }

    /// The device changes what it holds.
    mutating func damage(at start: Int, _ new: [UInt8]) {
        for (index, byte) in zip(start..., new) where index < bytes.count {
            bytes[index] = byte
            let (sector, place) = (index / Self.sectorSize, index % Self.sectorSize)
            if place < before[sector]?.count ?? 0 { before[sector]?[place] = byte }
        }
    }
}
