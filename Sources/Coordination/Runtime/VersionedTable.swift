import DequeModule

/// A dictionary that remembers, for keys whose last changes are not committed yet, what was there before each of them: so changes can be taken
/// back, and readers see what is committed. Keys without such changes cost nothing more.
package struct VersionedTable<Key: Hashable, Value> {
    private struct History {
        /// Committed; nil: the key was not there.
        var committed: Value?
        /// The values after it and before the latest one, oldest first.
        var between: Deque<Value?> = []
    }

    private var latest: [Key: Value] = [:]
    private var histories: [Key: History] = [:]

    package init() {}

    /// As all changes made it, committed or not.
    package subscript(key: Key) -> Value? { latest[key] }

    package func committed(_ key: Key) -> Value? {
        guard let history = histories[key] else { return latest[key] }
        return history.committed
    }

    package func isUncommitted(_ key: Key) -> Bool { histories[key] != nil }

    package mutating func set(_ key: Key, _ value: Value?) {
        let old = latest[key]
        if histories[key] == nil {
            histories[key] = History(committed: old)
        } else {
            histories[key]?.between.append(old)
        }
        latest[key] = value
    }

    /// The oldest uncommitted change of the key is committed.
    package mutating func commit(_ key: Key) {
        guard var history = histories.removeValue(forKey: key), let next = history.between.popFirst() else { return }
        history.committed = next
        histories[key] = history
    }

    /// Takes back the key's newest change, which is not committed.
    package mutating func undo(_ key: Key) {
        guard var history = histories.removeValue(forKey: key) else {
            preconditionFailure("a committed change is final")
        }
        guard let previous = history.between.popLast() else {
            latest[key] = history.committed
            return
        }
        latest[key] = previous
        histories[key] = history
    }

    /// Nothing is there, nor was before changes that may be taken back.
    package var isVacant: Bool { latest.isEmpty && histories.isEmpty }
    package var isEmpty: Bool { latest.isEmpty }
    package var count: Int { latest.count }

    /// In no order that means anything: sort what others see.
    package var keys: some Collection<Key> { latest.keys }
    package var entries: some Collection<(key: Key, value: Value)> { latest }

    /// What is committed, in no order that means anything.
    package var committedEntries: [(key: Key, value: Value)] {
        if histories.isEmpty { return latest.map { ($0.key, $0.value) } }
        var result: [(key: Key, value: Value)] = []
        for (key, value) in latest where histories[key] == nil { result.append((key, value)) }
        for (key, history) in histories {
            if let value = history.committed { result.append((key, value)) }
        }
        return result
    }

    package var hasCommitted: Bool {
        if histories.isEmpty { return !latest.isEmpty }
        return latest.keys.contains { histories[$0] == nil } || histories.values.contains { $0.committed != nil }
    }
}
