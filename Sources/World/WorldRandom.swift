/// Random numbers of a world; for ids and jitter, not for hot paths.
package struct WorldRandom: RandomNumberGenerator, Sendable {
    /// Nil asks the system.
    private let source: (@Sendable () -> UInt64)?

    package static let system = WorldRandom(nil)

    package init(_ source: (@Sendable () -> UInt64)?) { self.source = source }

    package mutating func next() -> UInt64 {
        if let source { return source() }
        var system = SystemRandomNumberGenerator()
        return system.next()
    }
}
