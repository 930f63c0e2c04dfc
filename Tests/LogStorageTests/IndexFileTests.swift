import NIOCore
import TestSupport
import Testing
import World

@testable import LogStorage

/// The search in index files, against looking at every entry.
struct IndexFileTests {
    /// An index of the keys, the last `pending` of them still in memory.
    private func index(_ keys: [Int64], pending: Int) throws -> IndexFile {
        let disk = MemoryFileSystem()
        try disk.createDirectory("/d")
        let file = try IndexFile(disk, path: "/d/0.timeindex", entrySize: 12)
        for (position, key) in keys.enumerated() {
            if position == keys.count - pending { try file.store() }
            try file.append { $0.writeMultipleIntegers(key, Int32(position)) }
        }
        if pending == 0 { try file.store() }
        return file
    }

    private func check(_ keys: [Int64], pending: Int, _ generator: inout SeededGenerator) throws {
        let file = try index(keys, pending: pending)
        let wanted = keys.flatMap { [$0 - 1, $0, $0 + 1] }.shuffled(using: &generator).prefix(200) + [.min, .max]
        for key in wanted {
            let found = try file.last(atMost: key) { IndexFile.timeEntry($0).timestamp }
            #expect(
                found?.index == keys.lastIndex { $0 <= key },
                "\(key) among \(keys.count) keys, \(pending) in memory"
            )
            #expect(found.map { Int(IndexFile.timeEntry($0.entry).relativeOffset) } == found?.index)
        }
    }

    @Test func theSearchFindsWhatLookingAtEveryEntryFinds() throws {
        var generator = SeededGenerator(seed: 5)
        for count in [0, 1, 2, 63, 64, 65, 128, 129, 1000, 3000] {
            let even = (0..<count).map { Int64($0) * 17 }
            let equal = [Int64](repeating: 7, count: count)
            let steep = (0..<count).map { $0 < 40 ? Int64($0) : Int64($0) << 40 }
            let random = (0..<count).map { _ in Int64.random(in: -1_000_000...1_000_000, using: &generator) }.sorted()
            for keys in [even, equal, steep, random] {
                for pending in [0, 1, 100] where pending <= count { try check(keys, pending: pending, &generator) }
            }
        }
    }

    @Test func anIndexThatIsNotSortedIsSearchedToAnEnd() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<200 {
            let keys = (0..<500).map { _ in Int64.random(in: .min ... .max, using: &generator) }
            let file = try index(keys, pending: 0)
            let found = try file.last(atMost: keys[0]) { IndexFile.timeEntry($0).timestamp }
            #expect(found.map { $0.index < keys.count } ?? true)
        }
    }
}
