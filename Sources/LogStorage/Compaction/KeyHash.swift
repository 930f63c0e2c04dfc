/// SipHash-2-4 with a result of 128 bits: stands for a record's key while a log is compacted.
///
/// The seed is drawn for each pass, so nobody can choose keys that collide; by chance two of a billion keys do with a probability below 10^-20.
struct KeyHash: Sendable {
    struct Digest: Equatable {
        var low: UInt64
        var high: UInt64
    }

    let seed: (UInt64, UInt64)

    init(seed: (UInt64, UInt64)) { self.seed = seed }

    @inline(__always)
    func digest(_ key: UnsafeRawBufferPointer) -> Digest {
        var state = State(seed)
        let whole = key.count & ~7
        var position = 0
        while position < whole {
            state.take(UInt64(littleEndian: key.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
            position += 8
        }
        var last = UInt64(truncatingIfNeeded: key.count) << 56
        var shift: UInt64 = 0
        while position < key.count {
            last |= UInt64(key[position]) << shift
            shift += 8
            position += 1
        }
        state.take(last)
        return state.finish()
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        @inline(__always)
        init(_ seed: (UInt64, UInt64)) {
            v0 = seed.0 ^ 0x736f_6d65_7073_6575
            v1 = seed.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
            v2 = seed.0 ^ 0x6c79_6765_6e65_7261
            v3 = seed.1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func take(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func finish() -> Digest {
            v2 ^= 0xee
            for _ in 0..<4 { round() }
            let low = v0 ^ v1 ^ v2 ^ v3
            v1 ^= 0xdd
            for _ in 0..<4 { round() }
            return Digest(low: low, high: v0 ^ v1 ^ v2 ^ v3)
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1
            v1 = (v1 << 13 | v1 >> 51) ^ v0
            v0 = v0 << 32 | v0 >> 32
            v2 &+= v3
            v3 = (v3 << 16 | v3 >> 48) ^ v2
            v0 &+= v3
            v3 = (v3 << 21 | v3 >> 43) ^ v0
            v2 &+= v1
            v1 = (v1 << 17 | v1 >> 47) ^ v2
            v2 = v2 << 32 | v2 >> 32
        }
    }
}
