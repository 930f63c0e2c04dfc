/// A part of a regular expression. Whether a repetition takes much or little makes no difference here: a whole text matches, or not.
indirect enum PatternNode: Equatable {
    case empty
    case set(ScalarSet)
    case position(PatternPosition)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// Without a `max` as often as there is text.
    case repeated(PatternNode, min: Int, max: Int?)
}

/// What has to be true between two scalars.
enum PatternPosition: Sendable, Equatable {
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary
    case noWordBoundary

    func holds(after previous: Unicode.Scalar?, before next: Unicode.Scalar?) -> Bool {
        switch self {
        case .textStart: previous == nil
        case .textEnd: next == nil
        case .lineStart: previous == nil || previous == "\n"
        case .lineEnd: next == nil || next == "\n"
        case .wordBoundary: (previous?.isWord ?? false) != (next?.isWord ?? false)
        case .noWordBoundary: (previous?.isWord ?? false) == (next?.isWord ?? false)
        }
    }
}

/// Why a text is no regular expression.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
