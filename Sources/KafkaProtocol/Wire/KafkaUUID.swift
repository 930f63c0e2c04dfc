/// A 128-bit id of a topic, directory, cluster member or incarnation. Its text form is URL-safe base64 without padding.
public struct KafkaUUID: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No id. Also the directory id "unassigned".
    public static let zero = KafkaUUID(high: 0, low: 0)
    /// The id of `__cluster_metadata`, reserved: never given to another topic.
    public static let metadataTopic = KafkaUUID(high: 0, low: 1)
    /// Reserved directory id: the replica's directory has failed (KIP-858).
    public static let lostDirectory = KafkaUUID(high: 0, low: 1)
    /// Reserved directory id: the replica is in a directory that predates directory ids (KIP-858).
    public static let migratingDirectory = KafkaUUID(high: 0, low: 2)

    /// A random id whose text doesn't start with a dash, so that it can be given on a command line.
    public static func random(using generator: inout some RandomNumberGenerator) -> KafkaUUID {
        while true {
            let candidate = KafkaUUID(high: generator.next(), low: generator.next())
            if candidate.high > 100, !candidate.description.hasPrefix("-") { return candidate }
        }
    }
}

extension KafkaUUID: CustomStringConvertible, LosslessStringConvertible {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public var description: String {
        // 128 bits in 22 groups of six, the last one padded with four zero bits.
        var text: [UInt8] = []
        text.reserveCapacity(22)
        for group in 0..<22 {
            text.append(Self.alphabet[Int(sextet(group))])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func sextet(_ group: Int) -> UInt8 {
        var value: UInt8 = 0
        for bit in (group * 6)..<(group * 6 + 6) {
            let set: UInt64 =
                bit < 64 ? (high >> UInt64(63 - bit)) & 1 : bit < 128 ? (low >> UInt64(127 - bit)) & 1 : 0
            value = value << 1 | UInt8(set)
        }
        return value
    }

    /// Reads the 22 characters that `description` writes; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 22 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (group, byte) in bytes.enumerated() {
            guard let value = Self.alphabet.firstIndex(of: byte) else { return nil }
            for bit in 0..<6 where value & (1 << (5 - bit)) != 0 {
                let position = group * 6 + bit
                if position < 64 {
                    high |= 1 << UInt64(63 - position)
                } else if position < 128 {
                    low |= 1 << UInt64(127 - position)
                } else {
                    return nil
                }
            }
        }
        self.init(high: high, low: low)
    }
}

extension KafkaUUID: Comparable {
    public static func < (left: KafkaUUID, right: KafkaUUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
