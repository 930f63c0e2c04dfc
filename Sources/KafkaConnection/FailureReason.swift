import Glibc
import NIOCore
import NIOPosix

/// Why something failed, in words for a person: errors of the libraries below are described for those who wrote them.
package func reason(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
        // Without an attempt there was no address to try.
        return error.connectionErrors.last.map { reason(of: $0.error) } ?? "unknown host name"
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout(let time): return "no connection within \(time.nanoseconds / 1_000_000) ms"
    case is ChannelError: return "the connection was closed"
    default: return (error as? any CustomStringConvertible)?.description ?? "unexpected error"
    }
}

/// Whether a connection failed because nobody listens there: every address that was tried refused it.
package func isRefusal(_ error: any Error) -> Bool {
    switch error {
    case let error as IOError: error.errnoCode == ECONNREFUSED
    case let error as NIOConnectionError:
        !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isRefusal($0.error) }
    default: false
    }
}
