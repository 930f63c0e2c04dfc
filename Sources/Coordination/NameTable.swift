import KafkaProtocol

/// A dictionary by names that clients have chosen: two are one only if their bytes are the same.
struct NameTable<Value> {
    private var all: [ExactText: Value] = [:]

    var keys: some Collection<String> { all.keys.lazy.map(\.text) }
    /// In an order that is always the same.
    var sortedKeys: [String] { keys.sorted(by: Self.precedes) }
    var values: some Collection<Value> { all.values }

    static func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    subscript(name: String) -> Value? {
        get { all[ExactText(name)] }
        _modify { yield &all[ExactText(name)] }
    }

    subscript(name: String, default value: @autoclosure () -> Value) -> Value {
        get { all[ExactText(name), default: value()] }
        _modify { yield &all[ExactText(name), default: value()] }
    }
}

extension NameTable: Sendable where Value: Sendable {}

extension NameTable: Sequence {
    struct Iterator: IteratorProtocol {
        fileprivate var base: [ExactText: Value].Iterator

        mutating func next() -> (key: String, value: Value)? { base.next().map { ($0.key.text, $0.value) } }
    }

    func makeIterator() -> Iterator { Iterator(base: all.makeIterator()) }
}
