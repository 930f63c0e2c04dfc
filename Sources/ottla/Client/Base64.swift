import NIOCore

/// Base 64 (RFC 4648) with padding, for bytes that are no text.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let values: [UInt8: UInt32] = Dictionary(
        uniqueKeysWithValues: alphabet.enumerated().map { ($1, UInt32($0)) }
    )

    static func write(_ bytes: ByteBufferView, to buffer: inout ByteBuffer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                let digit = alphabet[Int(bits >> UInt32(18 - 6 * index) & 0x3f)]
                buffer.writeInteger(index <= group.count ? digit : padding)
            }
            rest = rest.dropFirst(3)
        }
    }

    /// - Returns: nil when it is no base 64, or not as `write` has it.
    static func read(_ text: String) -> ByteBuffer? {
        let digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        var bytes = ByteBuffer()
        bytes.reserveCapacity(digits.count / 4 * 3)
        for start in stride(from: 0, to: digits.count, by: 4) {
            let group = digits[start..<start + 4]
            let isLast = start + 4 == digits.count
            let missing = isLast ? group.reversed().prefix { $0 == padding }.count : 0
            guard missing <= 2 else { return nil }
            var bits: UInt32 = 0
            for digit in group.dropLast(missing) {
                guard let value = values[digit] else { return nil }
                bits = bits << 6 | value
            }
            bits <<= UInt32(6 * missing)
            // Bits behind the last byte would be lost.
            guard bits & (1 << UInt32(8 * missing) - 1) == 0 else { return nil }
            for index in 0..<3 - missing {
                bytes.writeInteger(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index)))
            }
        }
        return bytes
    }
}
