/// Things that are done one after another, each telling when it is done.
enum Steps {
    typealias Step = @Sendable (_ done: @escaping @Sendable () -> Void) -> Void

    static func run(_ steps: [Step], then done: @escaping @Sendable () -> Void) { run(steps[...], then: done) }

    private static func run(_ steps: ArraySlice<Step>, then done: @escaping @Sendable () -> Void) {
        guard let first = steps.first else { return done() }
        first { run(steps.dropFirst(), then: done) }
    }
}
