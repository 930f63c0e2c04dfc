import Glibc

/// A line to standard output, at once.
func say(_ line: String) { write(line, to: STDOUT_FILENO) }

/// A line to standard error.
func complain(_ line: String) { write(line, to: STDERR_FILENO) }

/// Writes a line with one call where the system allows, so that lines of several threads don't mix.
private func write(_ line: String, to descriptor: Int32) {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return }
        rest = rest.dropFirst(count)
    }
}
