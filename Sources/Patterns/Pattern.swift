/// A regular expression of RE2's syntax (github.com/google/re2/wiki/Syntax), which brokers match names with: ListTransactions from version 2
/// on (KIP-1152). A text matches when all of it does.
///
/// Clients write the patterns, so time and memory are bounded by what they wrote: all states are followed at once, each scalar of the text
/// costs at most one visit of each instruction, and a pattern has at most `maxInstructions`. Scripts (`\p{Greek}`) are not served.
package struct Pattern: Sendable {
    /// Bounds what a match costs; `(a{1000}){1000}` would have a million.
    static let maxInstructions = 2_000
    /// Bytes of UTF-8: a class may be long, and is one instruction.
    static let maxLength = 4_096

    enum Instruction: Sendable, Equatable {
        case scalar(ScalarSet)
        case position(PatternPosition)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private(set) var program: [Instruction] = []

    /// - Throws: `PatternError` when it is no regular expression, or would have too many instructions.
    package init(_ text: String) throws(PatternError) {
        guard text.utf8.count <= Self.maxLength else {
            throw PatternError("the expression is too large: over \(Self.maxLength) bytes")
        }
        var parser = PatternParser(text)
        try emit(try parser.parse())
        try append(.match)
    }

    // MARK: Compiling

    private mutating func append(_ instruction: Instruction) throws(PatternError) {
        guard program.count < Self.maxInstructions else {
            throw PatternError("the expression is too large: over \(Self.maxInstructions) steps")
        }
        program.append(instruction)
    }

    private mutating func emit(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .empty: break
        case .set(let set): try append(.scalar(set))
        case .position(let position): try append(.position(position))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let choices): try emit(choices: choices)
        case .repeated(let part, let min, let max):
            for _ in 0..<min {
                let before = program.count
                try emit(part)
                // Nothing, a thousand times in a thousand times, is nothing.
                if program.count == before { break }
            }
            guard let max else { return try emit(star: part) }
            for _ in min..<Swift.max(min, max) { try emit(optional: part) }
        }
    }

    private mutating func emit(choices: [PatternNode]) throws(PatternError) {
        var jumps: [Int] = []
        for choice in choices.dropLast() {
            let split = program.count
            try append(.split(0, 0))
            try emit(choice)
            jumps.append(program.count)
            try append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        if let last = choices.last { try emit(last) }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emit(star part: PatternNode) throws(PatternError) {
        let split = program.count
        try append(.split(0, 0))
        try emit(part)
        try append(.jump(split))
        program[split] = .split(split + 1, program.count)
    }

    private mutating func emit(optional part: PatternNode) throws(PatternError) {
        let split = program.count
        try append(.split(0, 0))
        try emit(part)
        program[split] = .split(split + 1, program.count)
    }

    // MARK: Matching

    /// Whether all of the text matches.
    package func matches(_ text: String) -> Bool {
        var states = StateSet(program.count)
        var next = StateSet(program.count)
        var previous: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var current = scalars.next()
        follow(0, previous, current, &states)
        while let scalar = current {
            current = scalars.next()
            previous = scalar
            next.removeAll()
            for state in states.members {
                if case .scalar(let set) = program[state], set.contains(scalar) {
                    follow(state + 1, previous, current, &next)
                }
            }
            if next.members.isEmpty { return false }
            swap(&states, &next)
        }
        return states.members.contains { program[$0] == .match }
    }

    /// Adds a state and all that are reached from it without a scalar.
    private func follow(
        _ start: Int,
        _ previous: Unicode.Scalar?,
        _ next: Unicode.Scalar?,
        _ states: inout StateSet
    ) {
        var pending = [start]
        while let state = pending.popLast() {
            guard states.insert(state) else { continue }
            switch program[state] {
            case .scalar, .match: break
            case .jump(let target): pending.append(target)
            case .split(let one, let other): pending += [other, one]
            case .position(let position):
                if position.holds(after: previous, before: next) { pending.append(state + 1) }
            }
        }
    }
}

/// Instructions, each once, emptied in the time that its members take.
private struct StateSet {
    private(set) var members: [Int] = []
    private var isMember: [Bool]

    init(_ count: Int) { self.isMember = Array(repeating: false, count: count) }

    mutating func insert(_ state: Int) -> Bool {
        if isMember[state] { return false }
        isMember[state] = true
        members.append(state)
        return true
    }

    mutating func removeAll() {
        for state in members { isMember[state] = false }
        members.removeAll(keepingCapacity: true)
    }
}
