import Synchronization

/// A write that went to another place of its file.
package struct MisdirectedWrite: Sendable {
    package let path: String
    package let place: Int
    package let meant: Int
    let bytes: [UInt8]
    /// What was at the place.
    let overwritten: [UInt8]

    init(_ path: String, _ bytes: [UInt8], at place: Int, meant: Int, _ node: MemoryFileSystem.Node) {
        (self.path, self.place, self.meant, self.bytes) = (path, place, meant, bytes)
        overwritten = node.content.withLock { Array($0.bytes.dropFirst(place).prefix(bytes.count)) }
    }

    package var end: Int { meant + bytes.count }

    /// The content as it was meant to be.
    package func mend(_ content: [UInt8]) -> [UInt8] {
        var result = content
        let end = max(meant + bytes.count, place + overwritten.count)
        if result.count < end { result += [UInt8](repeating: 0, count: end - result.count) }
        result.replaceSubrange(place..<place + overwritten.count, with: overwritten)
        result.replaceSubrange(meant..<meant + bytes.count, with: bytes)
        return result
    }
}

/// What happens to a disk behind the back of those who use it.
extension MemoryFileSystem {
    /// The files, sorted.
    package var paths: [String] {
        state.withLock { $0.names.filter { !$0.value.isDirectory }.keys.sorted() }
    }

    /// The last of a directory's files whose names end so; nil when there is none.
    package func lastFile(in directory: String, suffix: String) -> String? {
        state.withLock { $0.names.keys.filter { $0.hasPrefix(directory + "/") && $0.hasSuffix(suffix) }.max() }
    }

    /// Takes away all that is in a directory, for good.
    package func empty(_ directory: String) {
        state.withLock { state in
            let isInside = { (path: String) in path.hasPrefix(directory + "/") }
            state.names = state.names.filter { !isInside($0.key) }
            state.durableNames = state.durableNames.filter { !isInside($0.key) }
            state.journal.removeAll { change in
                switch change {
                case .link(let path, _), .unlink(let path): isInside(path)
                case .rename(let path, let newPath): isInside(path) || isInside(newPath)
                }
            }
        }
    }

    /// What a file holds; nil when there is none.
    package func peek(_ path: String) -> [UInt8]? {
        state.withLock { $0.names[path] }.flatMap { node in
            node.isDirectory ? nil : node.content.withLock { $0.bytes }
        }
    }

    /// Changes bytes of a file on the device, whoever has it open.
    package func damage(_ path: String, at position: Int, _ bytes: [UInt8]) {
        state.withLock { $0.names[path] }?.content.withLock { $0.damage(at: position, bytes) }
    }

    /// Gives a file another content, which is durable; makes it when there is none.
    package func replace(_ path: String, with bytes: [UInt8]) {
        let node = state.withLock { state in
            let node = state.names[path].flatMap { $0.isDirectory ? nil : $0 } ?? Node(isDirectory: false)
            (state.names[path], state.durableNames[path]) = (node, node)
            return node
        }
        node.content.withLock { $0.replace(with: bytes) }
    }

    /// Takes a file away, for good.
    package func lose(_ path: String) {
        state.withLock { state in (state.names[path], state.durableNames[path]) = (nil, nil) }
    }

    /// Puts an empty directory where a file was.
    package func replaceByDirectory(_ path: String) {
        let node = Node(isDirectory: true)
        state.withLock { state in (state.names[path], state.durableNames[path]) = (node, node) }
    }

    /// Open files that have no name any more, by the names under which they were opened.
    package var openWithoutName: [String] {
        state.withLock { state in
            let named = Set(state.names.values.map { ObjectIdentifier($0) })
            return state.openFiles.values.filter { !named.contains(ObjectIdentifier($0.node)) }.map(\.path).sorted()
        }
    }

    /// Whether a sync failed, and what it was to write is not on the device.
    package var hasAbandoned: Bool {
        state.withLock { $0.names.values.map { $0 } }.contains { node in node.content.withLock { $0.hasAbandoned } }
    }

    func note(_ write: MisdirectedWrite) { state.withLock { $0.misdirected.append(write) } }

    /// The writes that went elsewhere since this was asked last.
    package func takeMisdirected() -> [MisdirectedWrite] {
        state.withLock { state in
            defer { state.misdirected = [] }
            return state.misdirected
        }
    }
}
