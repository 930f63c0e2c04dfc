import Glibc
import NIOCore
import Synchronization

/// Why standard output took no more.
struct OutputFailure: Error, CustomStringConvertible {
    let code: Int32

    /// Nobody reads any more. That is how a pipe into `head` ends, and nothing to complain of.
    var isReaderGone: Bool { code == EPIPE || code == ECONNRESET }

    var description: String { "cannot write to standard output: \(String(cString: strerror(code)))" }
}

/// Standard output of all commands. After the first failure nothing more is written, so that no line stands behind one that is missing; a
/// command goes on with what it does, and `Main` tells of the failure at the end.
enum StandardOutput {
    private static let failed = Mutex<OutputFailure?>(nil)

    static var failure: OutputFailure? { failed.withLock { $0 } }

    /// Writes all of it, and waits for a reader that takes its time. One thread at a time.
    static func write(_ bytes: ByteBuffer) throws(OutputFailure) {
        if let failure { throw failure }
        // Without the lock, which those who look whether it has failed do not wait for.
        let code = bytes.withUnsafeReadableBytes { writeAll($0, to: STDOUT_FILENO) }
        if code == 0 { return }
        let failure = OutputFailure(code: code)
        failed.withLock { $0 = failure }
        throw failure
    }

    /// Whether what is written would be read by nobody; does not wait.
    static var isReaderGone: Bool {
        if let failure { return failure.isReaderGone }
        var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR | POLLHUP) != 0
    }

    /// Returns when nobody reads any more, or the task is cancelled.
    static func untilReaderIsGone() async {
        while !isReaderGone {
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
    }
}

/// A line to standard output, at once.
func say(_ line: String) { say([line]) }

/// Lines to standard output, with one call.
func say(_ lines: [String]) {
    var bytes = ByteBuffer()
    for line in lines {
        bytes.writeString(line)
        bytes.writeInteger(UInt8(ascii: "\n"))
    }
    // `StandardOutput` keeps what went wrong.
    try? StandardOutput.write(bytes)
}

/// A line to standard error, with one call where the system allows, so that lines of several threads don't mix. That nobody can read it changes
/// nothing.
func complain(_ line: String) {
    // Lines may have been put together on purpose.
    var text = line.escapingControls(but: ["\n", "\t"]) + "\n"
    _ = text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
}

/// Standard error as a terminal shows it: a line that is drawn over again.
enum StatusLine {
    static let isShown = isatty(STDERR_FILENO) == 1

    /// - Parameter text: empty takes the line away.
    static func draw(_ text: String) {
        var bytes = "\r\u{1b}[K" + text.escapingControls()
        _ = bytes.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }
}

extension String {
    /// Names and messages are anybody's choice; a terminal does not obey them.
    func escapingControls(but kept: [Unicode.Scalar] = []) -> String {
        func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.generalCategory == .control && !kept.contains(scalar)
        }
        guard unicodeScalars.contains(where: isEscaped) else { return self }
        return unicodeScalars.map { isEscaped($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

/// Writes everything, also to a descriptor that somebody else made non-blocking: whoever shares it decides that.
///
/// - Returns: 0, or the system's error number.
private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count > 0 {
            rest = rest.dropFirst(count)
            continue
        }
        switch count < 0 ? errno : EIO {
        case EINTR: continue
        case EAGAIN: if let code = waitUntilReady(descriptor, POLLOUT) { return code }
        case let code: return code
        }
    }
    return 0
}

/// Waits until a descriptor can be read or written, or has failed.
///
/// - Returns: the system's error number when there is no waiting for it.
func waitUntilReady(_ descriptor: Int32, _ event: Int32) -> Int32? {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return poll(&entry, 1, -1) < 0 && errno != EINTR ? errno : nil
}
