/// The partitions of a topic by their numbers, in the order of these. A copy costs nothing, and a change of one partition what a
/// few dozen entries cost, however many there are: the entries lie in small blocks, which tables share.
package struct PartitionTable: Sendable {
    package typealias Element = (key: Int32, value: PartitionImage)

    fileprivate struct Entry: Equatable, Sendable {
        var number: Int32
        var partition: PartitionImage
    }

    private static let blockSize = 32

    /// None is empty; numbers rise within a block and from one to the next.
    private var blocks: [[Entry]] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { blocks.isEmpty }

    /// The highest number.
    package var last: Int32? { blocks.last?.last?.number }

    package subscript(number: Int32) -> PartitionImage? {
        guard let (block, index, isThere) = find(number), isThere else { return nil }
        return blocks[block][index].partition
    }

    /// Adds a partition, or replaces it.
    package mutating func set(_ number: Int32, _ partition: PartitionImage) {
        let entry = Entry(number: number, partition: partition)
        guard let (block, index, isThere) = find(number) else {
            blocks.append([entry])
            count += 1
            return
        }
        if isThere {
            blocks[block][index] = entry
            return
        }
        count += 1
        let isFull = blocks[block].count >= Self.blockSize
        if isFull, block == blocks.count - 1, index == blocks[block].count {
            // Numbers mostly come in order: full blocks stay full.
            blocks.append([entry])
            return
        }
        blocks[block].insert(entry, at: index)
        if isFull {
            let half = blocks[block].count / 2
            blocks.insert(Array(blocks[block][half...]), at: block + 1)
            blocks[block].removeSubrange(half...)
        }
    }

    /// Where a number is, or where it belongs; nil in an empty table.
    private func find(_ number: Int32) -> (block: Int, index: Int, isThere: Bool)? {
        guard !blocks.isEmpty else { return nil }
        // Without gaps it lies here.
        let guess = Swift.max(0, Swift.min(blocks.count - 1, Int(number) / Self.blockSize))
        let block = covers(guess, number) ? guess : search(number)
        let entries = blocks[block]
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return (block, low, low < entries.count && entries[low].number == number)
    }

    private func covers(_ block: Int, _ number: Int32) -> Bool {
        blocks[block][0].number <= number && number <= blocks[block][blocks[block].count - 1].number
    }

    /// The last block that begins at or below a number, else the first.
    private func search(_ number: Int32) -> Int {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle][0].number <= number { low = middle + 1 } else { high = middle }
        }
        return Swift.max(0, low - 1)
    }
}

extension PartitionTable: Sequence {
    package struct Iterator: IteratorProtocol {
        fileprivate let blocks: [[Entry]]
        fileprivate var block = 0
        fileprivate var index = 0

        package mutating func next() -> Element? {
            guard block < blocks.count else { return nil }
            let entry = blocks[block][index]
            index += 1
            if index == blocks[block].count { (block, index) = (block + 1, 0) }
            return (entry.number, entry.partition)
        }
    }

    package func makeIterator() -> Iterator { Iterator(blocks: blocks) }
    package var underestimatedCount: Int { count }

    package var keys: some Sequence<Int32> { lazy.map(\.key) }
    package var values: some Sequence<PartitionImage> { lazy.map(\.value) }
}

extension PartitionTable: Equatable {
    package static func == (left: PartitionTable, right: PartitionTable) -> Bool {
        // Blocks that both share are not looked at. The same numbers may lie in other blocks.
        left.count == right.count
            && (left.blocks == right.blocks || left.elementsEqual(right) { $0.key == $1.key && $0.value == $1.value })
    }
}
