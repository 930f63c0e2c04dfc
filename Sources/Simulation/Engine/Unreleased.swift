/// What a process leaves behind that was killed. NIO's debug builds end everything when a promise is released that nobody has kept, and a
/// process that is killed keeps none: so there what belongs to it is never released.
enum Unreleased {
    private final class Box {
        let content: Any
        init(_ content: Any) { self.content = content }
    }

    static func keep(_ thing: Any) {
        #if DEBUG
            _ = Unmanaged.passRetained(Box(thing))
        #endif
    }
}
