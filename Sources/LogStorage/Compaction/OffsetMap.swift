@_spi(Sabotage) import KafkaProtocol

/// The last offset of each key in a stretch of a log: 24 bytes a key, in memory that is reserved once.
///
/// Open addressing. The map takes keys until nine tenths of its places are taken.
struct OffsetMap: ~Copyable {
    static let entryBytes = 24

    private struct Entry {
        var digest: KeyHash.Digest
        /// -1: nothing is here.
        var offset: Int64
    }

    /// Keys that the map takes.
    let capacity: Int
    private(set) var count = 0
    private let hash: KeyHash
    private let entries: UnsafeMutableBufferPointer<Entry>

    /// - Parameters:
    ///   - capacity: keys that it has to take, as far as `bytes` allow; at least one is taken.
    ///   - bytes: what the map may occupy.
    ///   - loadFactor: the part of its places that may be taken, above 0 and below 1.
    init(capacity: Int, bytes: Int, loadFactor: Double = 0.9, seed: (UInt64, UInt64)) {
        let most = max(2, bytes / Self.entryBytes)
        let wanted = Int((Double(max(1, capacity)) / loadFactor).rounded(.up)) + 1
        let places = max(2, min(most, wanted))
        self.capacity = max(1, min(places - 1, Int(Double(places) * loadFactor)))
        hash = KeyHash(seed: seed)
        entries = .allocate(capacity: places)
        entries.initialize(repeating: Entry(digest: KeyHash.Digest(low: 0, high: 0), offset: -1))
    }

    deinit { entries.deallocate() }

    var bytes: Int { entries.count * Self.entryBytes }

    /// Notes that a key is at `offset`, which is above all noted before. False when there is no place for a new key.
    @inline(__always)
    mutating func note(_ key: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        let digest = hash.digest(key)
        let place = place(of: digest)
        if entries[place].offset < 0 {
            if count >= capacity { return false }
            count += 1
            entries[place].digest = digest
        }
        entries[place].offset = offset
        return true
    }

    /// The last offset of a key; nil when it was not noted.
    @inline(__always)
    func offset(of key: UnsafeRawBufferPointer) -> Int64? {
        let offset = entries[place(of: hash.digest(key))].offset
        return offset < 0 ? nil : offset
    }

    /// Where a key is, or would be. Ends because at least one place is free.
    @inline(__always)
    private func place(of digest: KeyHash.Digest) -> Int {
        // Scales the hash to the number of places, which need not be a power of two.
        var place = Int(digest.low.multipliedFullWidth(by: UInt64(entries.count)).high)
        while entries[place].offset >= 0, entries[place].digest != digest, !Sabotage.collisionTakenForEqual.isOn {
            place += 1
            if place == entries.count { place = 0 }
        }
        return place
    }
}
