import TestSupport
import Testing

@testable import Coordination

struct VersionedTableTests {
    @Test func readersSeeTheValueBeforeTheUncommittedOnes() {
        var table = VersionedTable<String, Int>()
        table.set("a", 1)
        table.set("a", nil)
        table.set("a", 3)
        #expect(table["a"] == 3 && table.committed("a") == nil && table.isUncommitted("a"))
        #expect(!table.hasCommitted && !table.isVacant)
        table.commit("a")
        #expect(table.committed("a") == 1 && table.hasCommitted)
        table.undo("a")
        #expect(table["a"] == nil && table.committed("a") == 1)
        table.commit("a")
        #expect(table.isVacant && table.committed("a") == nil)
    }

    @Test func undoingTheFirstChangeLeavesNothing() {
        var table = VersionedTable<String, Int>()
        table.set("a", 1)
        table.undo("a")
        #expect(table.isVacant && !table.isUncommitted("a"))
    }

    /// Against the stupid version: a copy of the dictionary for each change.
    @Test(arguments: 0..<50 as Range<UInt64>) func anySequenceIsLikeCopies(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = VersionedTable<Int, Int>()
        var copies: [[Int: Int]] = [[:]]
        var changed: [Int] = []
        for step in 0..<300 {
            switch random.next(below: 5) {
            case 0 where !changed.isEmpty:
                table.commit(changed.removeFirst())
                copies.removeFirst()
            case 1 where !changed.isEmpty:
                table.undo(changed.removeLast())
                copies.removeLast()
            default:
                let key = random.next(below: 4)
                var next = copies[copies.count - 1]
                next[key] = random.next(below: 4) == 0 ? nil : step
                table.set(key, next[key])
                copies.append(next)
                changed.append(key)
            }
            let (oldest, newest) = (copies[0], copies[copies.count - 1])
            #expect(Dictionary(uniqueKeysWithValues: table.entries.map { ($0.key, $0.value) }) == newest)
            #expect(Dictionary(uniqueKeysWithValues: table.committedEntries.map { ($0.key, $0.value) }) == oldest)
            #expect(table.hasCommitted == !oldest.isEmpty && table.isEmpty == newest.isEmpty)
            #expect(table.count == newest.count && table.isVacant == (changed.isEmpty && newest.isEmpty))
            for key in 0..<4 {
                #expect(table[key] == newest[key] && table.committed(key) == oldest[key])
                #expect(table.isUncommitted(key) == changed.contains(key))
            }
        }
    }
}
