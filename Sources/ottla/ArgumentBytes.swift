import ArgumentParser
import Glibc

/// Arguments of the process. A Swift string is text, an argument is bytes: those that are no UTF-8 are kept as characters of a plane that is for
/// private use, and come back as they were.
enum ArgumentBytes {
    /// Stands for the bytes 0x80 to 0xff.
    private static let escapes: ClosedRange<UInt32> = 0x10ff80...0x10ffff
    private static let escapeBase: UInt32 = 0x10ff00

    /// Those of the command line, without the program's name.
    static var ofProcess: [String] {
        CommandLine.unsafeArgv.withMemoryRebound(
            to: UnsafeMutablePointer<CChar>?.self,
            capacity: Int(CommandLine.argc)
        ) { all in
            (1..<max(1, Int(CommandLine.argc))).compactMap { index in
                all[index].map { text(UnsafeBufferPointer(start: $0, count: strlen($0)).map { UInt8(bitPattern: $0) }) }
            }
        }
    }

    static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isEscape) {
            return text
        }
        var result = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            if let text = String(validating: rest.prefix(length), as: UTF8.self),
                !text.unicodeScalars.contains(where: isEscape)
            {
                result += text
                rest = rest.dropFirst(length)
            } else {
                if let escape = Unicode.Scalar(escapeBase + UInt32(first)) { result.unicodeScalars.append(escape) }
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func isEscape(_ scalar: Unicode.Scalar) -> Bool { escapes.contains(scalar.value) }

    static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isEscape(scalar) {
                result.append(UInt8(scalar.value - escapeBase))
            } else {
                result += UTF8.encode(scalar).map(Array.init) ?? []
            }
        }
        return result
    }

    /// - Throws: `ValidationError` when it is no UTF-8, as names have to be.
    static func requireText(_ text: String) throws {
        if text.unicodeScalars.contains(where: isEscape) {
            throw ValidationError("an argument is no UTF-8, where a name is expected")
        }
    }

    /// With `\n`, `\r`, `\t`, `\0`, `\\` and `\xHH` meaning what they do elsewhere; other backslashes stay.
    static func unescaped(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes(text)[...]
        while let byte = rest.popFirst() { result.append(byte == UInt8(ascii: "\\") ? escaped(&rest) ?? byte : byte) }
        return result
    }

    /// The byte that is meant behind a backslash; nil, and nothing taken, when that is only a backslash.
    static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        let meanings: [UInt8: UInt8] = [
            UInt8(ascii: "n"): 0x0a, UInt8(ascii: "r"): 0x0d, UInt8(ascii: "t"): 0x09, UInt8(ascii: "0"): 0,
            UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        ]
        guard let first = rest.first else { return nil }
        if let meaning = meanings[first] {
            rest.removeFirst()
            return meaning
        }
        let digits = rest.dropFirst().prefix(2)
        guard first == UInt8(ascii: "x"), digits.count == 2,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        else { return nil }
        rest = rest.dropFirst(3)
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
