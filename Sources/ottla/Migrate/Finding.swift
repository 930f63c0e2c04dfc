/// What a check of a migration came to.
struct Finding: Equatable {
    enum Grade: String {
        case ok
        /// The step can be made, and something will be different.
        case warning
        case blocked
    }

    var check: String
    var grade: Grade
    var detail: String
    /// A command, or what to change.
    var remedy: String?

    static func ok(_ check: String, _ detail: String) -> Finding { Finding(check: check, grade: .ok, detail: detail) }

    static func warning(_ check: String, _ detail: String, _ remedy: String? = nil) -> Finding {
        Finding(check: check, grade: .warning, detail: detail, remedy: remedy)
    }

    static func blocked(_ check: String, _ detail: String, _ remedy: String? = nil) -> Finding {
        Finding(check: check, grade: .blocked, detail: detail, remedy: remedy)
    }
}

/// Some names, and how many more there are.
func few(_ names: [String], _ limit: Int = 5) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}
