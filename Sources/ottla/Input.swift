import Glibc
import KafkaProtocol
import NIOCore

/// Why something could not be read.
struct InputFailure: Error, CustomStringConvertible {
    let place: String
    let reason: String

    init(_ place: String, _ reason: String) { (self.place, self.reason) = (place, reason) }
    init(_ place: String, errno code: Int32) { self.init(place, String(cString: strerror(code))) }

    var description: String { "cannot read \(place): \(reason)" }

    static let standardInput = "standard input"
}

/// Cuts what comes from a descriptor at each line end, byte by byte: what is between is nobody's text.
struct LineReader: ~Copyable {
    private let descriptor: Int32
    private let lineEnd: [UInt8]
    private let longest: Int
    private var bytes = ByteBuffer()
    /// So many of them are known to hold no line end.
    private var searched = 0
    private var isAtEnd = false

    private static let chunk = 64 << 10

    /// - Parameters:
    ///   - lineEnd: not empty.
    ///   - longest: bytes of a line; what is longer is not kept in memory.
    init(_ descriptor: Int32 = STDIN_FILENO, lineEnd: [UInt8] = [0x0a], longest: Int) {
        self.descriptor = descriptor
        self.lineEnd = lineEnd
        self.longest = longest
    }

    /// A line without its end, which the last one need not have.
    enum Line {
        case bytes(ByteBuffer)
        /// It has more bytes than allowed; reading does not go on behind it.
        case tooLong
    }

    /// The next line, waiting for it; nil at the end of the input.
    mutating func next() throws(InputFailure) -> Line? {
        while true {
            if let length = lineLength() {
                searched = 0
                let line = bytes.readSlice(length: length) ?? ByteBuffer()
                bytes.moveReaderIndex(forwardBy: lineEnd.count)
                return length > longest ? .tooLong : .bytes(line)
            }
            if bytes.readableBytes - lineEnd.count >= longest { return .tooLong }
            if isAtEnd { return bytes.readableBytes == 0 ? nil : .bytes(takeRest()) }
            try fill()
        }
    }

    private mutating func takeRest() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    private mutating func lineLength() -> Int? {
        let place = bytes.withUnsafeReadableBytes { $0.firstPlace(of: lineEnd, from: searched) }
        if place == nil { searched = max(0, bytes.readableBytes - lineEnd.count + 1) }
        return place
    }

    private mutating func fill() throws(InputFailure) {
        // Lines that were handed out share the memory: what is left moves into memory of its own.
        var next = ByteBuffer()
        next.reserveCapacity(max(Self.chunk, 2 * bytes.readableBytes))
        next.writeBuffer(&bytes)
        bytes = next
        let count = try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { free throws(InputFailure) in
            try read(descriptor, into: free, InputFailure.standardInput)
        }
        isAtEnd = count == 0
    }
}

/// Reads what is there, and waits when there is nothing: also where somebody made the descriptor non-blocking.
///
/// - Returns: how many bytes; 0 at the end.
private func read(
    _ descriptor: Int32,
    into bytes: UnsafeMutableRawBufferPointer,
    _ place: String
) throws(InputFailure) -> Int {
    while true {
        let count = Glibc.read(descriptor, bytes.baseAddress, bytes.count)
        if count >= 0 { return count }
        switch errno {
        case EINTR: continue
        case EAGAIN: if let code = waitUntilReady(descriptor, POLLIN) { throw InputFailure(place, errno: code) }
        case let code: throw InputFailure(place, errno: code)
        }
    }
}

/// A file of which nobody expects it to be large; it may be a pipe.
func smallFile(_ path: String) throws(InputFailure) -> ByteBuffer {
    let largest = 1 << 20
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw InputFailure(path, errno: errno) }
    defer { close(descriptor) }
    var bytes = ByteBuffer()
    while bytes.readableBytes <= largest {
        let count = try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 4096) { free throws(InputFailure) in
            try read(descriptor, into: free, path)
        }
        if count == 0 { return bytes }
    }
    throw InputFailure(path, "it has more than \(largest) bytes")
}

/// The entries of a file in the syntax of Java properties. Comments may be in any encoding.
func propertiesFile(_ path: String) throws(InputFailure) -> [(key: String, value: String)] {
    let bytes = try smallFile(path)
    let entries = Properties(parsing: String(buffer: bytes)).entries.map { (key: $0.key, value: $0.value) }
    let damaged = bytes.isUTF8 ? nil : entries.first { "\($0.key)\($0.value)".unicodeScalars.contains("\u{fffd}") }
    if let damaged { throw InputFailure(path, "the entry '\(damaged.key)' is no UTF-8") }
    return entries
}

extension UnsafeRawBufferPointer {
    /// Where these bytes, of which there is at least one, stand for the first time.
    func firstPlace(of wanted: [UInt8], from start: Int = 0) -> Int? {
        guard let base = baseAddress, let first = wanted.first else { return nil }
        var place = start
        // The last place at which all of them fit.
        let last = count - wanted.count
        while place <= last {
            guard let found = memchr(base + place, Int32(first), last - place + 1) else { return nil }
            place = UnsafeRawPointer(found) - base
            if memcmp(base + place, wanted, wanted.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}
