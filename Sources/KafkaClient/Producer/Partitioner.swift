import NIOCore

/// Chooses a record's partition. Called under the producer's lock: it has to be quick and must not call the producer.
public protocol Partitioner: Sendable {
    /// - Parameters:
    ///   - partitions: how many the topic has; 1 or more.
    /// - Returns: 0 up to, not including, `partitions`.
    mutating func partition(topic: String, key: ByteBuffer?, size: Int, partitions: Int32) -> Int32

    /// Called now and then, while records are sent, with the number of batches that wait for each partition of a topic because its broker does not keep up.
    mutating func queues(topic: String, batches: [Int])
}

extension Partitioner {
    public mutating func queues(topic: String, batches: [Int]) {}
}

/// The default partitioner of Kafka's producers: records with a key go by its hash, to the same partition as with the Java client; others stay with a
/// partition until `batch.size` bytes went there, then another is drawn, the more likely the fewer batches wait for it (KIP-480, KIP-794).
public struct DefaultPartitioner: Partitioner {
    private struct Sticky {
        var partition: Int32
        var bytes: Int
        var partitions: Int32
    }

    private let bytesBeforeChange: Int
    private let isAdaptive: Bool
    /// By topic, for each partition the sum of its weight and of those before; only where the queues differ.
    private var weights: [String: [Int]] = [:]
    private var random: any RandomNumberGenerator & Sendable
    private var others: [String: Sticky] = [:]
    /// The topic asked about last: mostly that of the next record, too.
    private var name = ""
    private var current = Sticky(partition: -1, bytes: 0, partitions: 0)

    /// - Parameters:
    ///   - bytesBeforeChange: what goes to one partition before another is drawn; `batch.size`.
    ///   - isAdaptive: whether partitions of slow brokers are drawn less often; `partitioner.adaptive.partitioning.enable`.
    public init(
        bytesBeforeChange: Int = 16384,
        isAdaptive: Bool = true,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.bytesBeforeChange = bytesBeforeChange
        self.isAdaptive = isAdaptive
        self.random = random
    }

    public mutating func partition(topic: String, key: ByteBuffer?, size: Int, partitions: Int32) -> Int32 {
        if let key { return Murmur2.partition(of: key, partitions) }
        if topic != name {
            others[name] = current
            name = topic
            current = others[topic] ?? Sticky(partition: -1, bytes: 0, partitions: 0)
        }
        if current.partitions != partitions || current.bytes >= bytesBeforeChange {
            let next = weighted(topic, partitions) ?? draw(partitions, not: current.partition)
            current = Sticky(partition: next, bytes: 0, partitions: partitions)
        }
        current.bytes += size
        return current.partition
    }

    public mutating func queues(topic: String, batches: [Int]) {
        guard isAdaptive, let longest = batches.max(), batches.contains(where: { $0 != longest }) else {
            if !weights.isEmpty { weights[topic] = nil }
            return
        }
        var sum = 0
        weights[topic] = batches.map { length in
            sum += longest + 1 - length
            return sum
        }
    }

    private mutating func weighted(_ topic: String, _ partitions: Int32) -> Int32? {
        if weights.isEmpty { return nil }
        guard let sums = weights[topic], sums.count == Int(partitions), let total = sums.last else { return nil }
        let point = Int.random(in: 0..<total, using: &random)
        return sums.firstIndex { $0 > point }.map { Int32($0) }
    }

    private mutating func draw(_ partitions: Int32, not last: Int32) -> Int32 {
        if partitions == 1 { return 0 }
        guard (0..<partitions).contains(last) else { return Int32.random(in: 0..<partitions, using: &random) }
        let drawn = Int32.random(in: 0..<partitions - 1, using: &random)
        return drawn >= last ? drawn + 1 : drawn
    }
}

/// One partition after the other, whatever the key.
public struct RoundRobinPartitioner: Partitioner {
    private var next: [String: Int32] = [:]

    public init() {}

    public mutating func partition(topic: String, key: ByteBuffer?, size: Int, partitions: Int32) -> Int32 {
        let current = next[topic, default: 0]
        next[topic] = current &+ 1 & Int32.max
        return current % partitions
    }
}

/// Any partition, whatever the key.
public struct RandomPartitioner: Partitioner {
    private var random: any RandomNumberGenerator & Sendable

    public init(random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) { self.random = random }

    public mutating func partition(topic: String, key: ByteBuffer?, size: Int, partitions: Int32) -> Int32 {
        Int32.random(in: 0..<partitions, using: &random)
    }
}

/// The hash by which Kafka's clients choose a key's partition.
public enum Murmur2 {
    /// MurmurHash2 of 32 bits with the seed that Kafka uses.
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let m: UInt32 = 0x5bd1_e995
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        let words = bytes.count / 4
        for word in 0..<words {
            var k = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            k = k &* m
            h = h &* m ^ k
        }
        let rest = bytes.count - words * 4
        if rest > 0 {
            for index in (0..<rest).reversed() { h ^= UInt32(bytes[words * 4 + index]) << UInt32(8 * index) }
            h = h &* m
        }
        h ^= h >> 13
        h = h &* m
        return h ^ h >> 15
    }

    /// The partition of a key, as the Java client chooses it.
    public static func partition(of key: ByteBuffer, _ partitions: Int32) -> Int32 {
        let hash = key.withUnsafeReadableBytes { Self.hash($0) }
        return Int32(hash & 0x7fff_ffff) % partitions
    }
}
