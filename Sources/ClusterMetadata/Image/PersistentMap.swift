import HashTreeCollections

/// A dictionary that shares what it has in common with its copies: copying costs nothing, and a change a few nodes of the tree.
/// It is in no order: what is sent or done in the order of an iteration is sorted before.
package struct PersistentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var tree: TreeDictionary<Key, Value> = [:]

    package init() {}

    package var count: Int { tree.count }
    package var isEmpty: Bool { tree.isEmpty }
    package var keys: some Sequence<Key> { tree.keys }
    package var values: some Sequence<Value> { tree.values }

    package subscript(key: Key) -> Value? {
        get { tree[key] }
        _modify { yield &tree[key] }
    }

    package subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { tree[key] ?? value() }
        _modify { yield &tree[key, default: value()] }
    }

    package mutating func removeValue(forKey key: Key) -> Value? { tree.removeValue(forKey: key) }
}

extension PersistentMap: Sequence {
    package typealias Element = (key: Key, value: Value)

    package struct Iterator: IteratorProtocol {
        fileprivate var base: TreeDictionary<Key, Value>.Iterator

        package mutating func next() -> Element? { base.next() }
    }

    package func makeIterator() -> Iterator { Iterator(base: tree.makeIterator()) }
    package var underestimatedCount: Int { tree.count }
}

extension PersistentMap: Equatable where Value: Equatable {}

extension PersistentMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (Key, Value)...) { tree = TreeDictionary(uniqueKeysWithValues: elements) }
}
