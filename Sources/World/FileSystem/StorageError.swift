import Glibc

/// A failed operation on a file or directory: which, where, and what the system said.
package struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case notFound
        case exists
        /// The disk or a quota is full, or a file as large as the process may make it. Nothing was written; the operation may succeed when there is space again.
        case noSpace
        case permission
        /// Another process holds the lock.
        case locked
        case tooManyOpenFiles
        /// The device would have to be waited for, and whoever reads must not wait.
        case notCached
        /// The device failed. What it holds can no longer be trusted to follow our writes.
        case io
    }

    package var kind: Kind
    package var operation: String
    package var path: String
    package var errno: Int32

    package init(kind: Kind, operation: String, path: String, errno: Int32) {
        self.kind = kind
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// For who must not wait for the device.
    package static func notCached(_ path: String) -> StorageError {
        StorageError(kind: .notCached, operation: "read at once", path: path, errno: EAGAIN)
    }

    /// From an error number of the system.
    package init(_ operation: String, _ path: String, errno: Int32) {
        let kind: Kind =
            switch errno {
            case ENOENT, ENOTDIR: .notFound
            case EEXIST, ENOTEMPTY: .exists
            case ENOSPC, EDQUOT, EFBIG: .noSpace
            case EACCES, EPERM, EROFS: .permission
            case EWOULDBLOCK: .locked
            case EMFILE, ENFILE: .tooManyOpenFiles
            default: .io
            }
        self.init(kind: kind, operation: operation, path: path, errno: errno)
    }

    package var description: String { "cannot \(operation) \(path): \(String(cString: strerror(errno)))" }
}
