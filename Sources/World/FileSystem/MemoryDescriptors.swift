import Synchronization

/// Numbers that stand for open files in memory where the system's descriptors are handed on, for `sendfile`. No file of the system has them.
package enum MemoryDescriptors {
    private struct Reference: Sendable {
        weak let file: MemoryFile?
    }

    private static let files = Mutex<(last: Int32, byNumber: [Int32: Reference])>((1 << 24, [:]))

    static func add(_ file: MemoryFile) -> Int32 {
        files.withLock { files in
            files.last = files.last == .max ? 1 << 24 : files.last + 1
            files.byNumber[files.last] = Reference(file: file)
            return files.last
        }
    }

    static func remove(_ number: Int32) { files.withLock { _ = $0.byNumber.removeValue(forKey: number) } }

    /// What `sendfile` would send: fewer bytes only at the end of the file.
    ///
    /// - Throws: when the file is not open or cannot be read.
    package static func read(_ number: Int32, into bytes: UnsafeMutableRawBufferPointer, at position: Int64)
        throws(StorageError) -> Int
    {
        guard let file = files.withLock({ $0.byNumber[number]?.file }) else {
            throw StorageError("read", "descriptor \(number)", errno: 9)
        }
        return try file.read(into: bytes, at: position)
    }
}
