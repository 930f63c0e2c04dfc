import NIOCore

/// Writes JSON (RFC 8259) so that a line stays a line for whoever reads it: also control characters that JSON would allow are escaped.
enum JSONText {
    /// A text in quotation marks.
    ///
    /// - Parameter bytes: UTF-8.
    static func write(text bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.writeInteger(quotationMark)
        var begin = 0
        var place = 0
        while place < bytes.count {
            let length = lengthOfEscaped(bytes, place)
            if length > 0 {
                buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[begin..<place]))
                writeEscape(of: bytes[place..<place + length], to: &buffer)
                begin = place + length
            }
            place += max(1, length)
        }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[begin...]))
        buffer.writeInteger(quotationMark)
    }

    static func write(_ text: String, to buffer: inout ByteBuffer) {
        var text = text
        text.withUTF8 { write(text: UnsafeRawBufferPointer($0), to: &buffer) }
    }

    private static let quotationMark = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// How many bytes make the character that has to be escaped here; 0 when none does.
    private static func lengthOfEscaped(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int {
        switch bytes[place] {
        case 0..<0x20, 0x7f, quotationMark, backslash: return 1
        case 0xc2:
            // U+0080 to U+009F.
            return place + 1 < bytes.count && bytes[place + 1] < 0xa0 ? 2 : 0
        case 0xe2:
            // U+2028 and U+2029, which some take for line ends.
            guard place + 2 < bytes.count, bytes[place + 1] == 0x80 else { return 0 }
            return bytes[place + 2] == 0xa8 || bytes[place + 2] == 0xa9 ? 3 : 0
        default: return 0
        }
    }

    private static func writeEscape(of character: Slice<UnsafeRawBufferPointer>, to buffer: inout ByteBuffer) {
        switch character.last ?? 0 {
        case quotationMark where character.count == 1: buffer.writeString("\\\"")
        case backslash where character.count == 1: buffer.writeString("\\\\")
        case 0x0a: buffer.writeString("\\n")
        case 0x0d: buffer.writeString("\\r")
        case 0x09: buffer.writeString("\\t")
        case let last:
            let value: Int
            switch character.count {
            // The last byte of two is that of the character: U+0080 is C2 80.
            case 1, 2: value = Int(last)
            default: value = 0x2000 + Int(last) - 0x80
            }
            let digits = String(value, radix: 16)
            buffer.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }
}

extension ByteBuffer {
    /// Whether it is text.
    var isUTF8: Bool {
        withUnsafeReadableBytes { bytes in
            do {
                _ = try UTF8Span(validating: Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))
                return true
            } catch { return false }
        }
    }
}
