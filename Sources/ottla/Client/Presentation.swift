import ArgumentParser
import Glibc
import NIOCore

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// A value of a result: shown in a table's cell, or in JSON.
indirect enum Value: Equatable {
    case text(String)
    case number(Int64)
    /// With so many digits behind the point.
    case decimal(Double, digits: Int)
    case flag(Bool)
    case list([Value])
    case fields([(String, Value)])
    case none

    static func == (left: Value, right: Value) -> Bool { left.json == right.json }

    init(_ value: String?) { self = value.map { .text($0) } ?? .none }
    init(_ value: (some BinaryInteger)?) { self = value.map { .number(Int64($0)) } ?? .none }
    init(_ values: [Int32]) { self = .list(values.map { .number(Int64($0)) }) }

    /// What stands in a cell.
    var cell: String {
        switch self {
        // Names are anybody's choice, but a row stays a row.
        case .text(let text): text.escapingControls()
        case .number(let number): "\(number)"
        case .decimal(let number, let digits): Self.decimals(number, digits) ?? "-"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let values): values.map(\.cell).joined(separator: ",")
        case .fields(let fields): fields.map { "\($0.0)=\($0.1.cell)" }.joined(separator: " ")
        case .none: "-"
        }
    }

    /// One line of JSON (RFC 8259).
    var json: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .number(let number): "\(number)"
        case .decimal(let number, let digits): Self.decimals(number, digits) ?? "null"
        case .flag(let flag): "\(flag)"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .fields(let fields): "{" + fields.map { Self.quoted($0.0) + ":" + $0.1.json }.joined(separator: ",") + "}"
        case .none: "null"
        }
    }

    /// Whether it stands at the right of its column.
    var isNumeric: Bool {
        switch self {
        case .number, .decimal, .none: true
        case .text, .flag, .list, .fields: false
        }
    }

    private static func quoted(_ text: String) -> String {
        var bytes = ByteBuffer()
        JSONText.write(text, to: &bytes)
        return String(buffer: bytes)
    }

    /// - Returns: nil when there are no digits for it.
    private static func decimals(_ value: Double, _ digits: Int) -> String? {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        guard let units = Int64(exactly: (value * scale).rounded()) else { return nil }
        let text = "\(units.magnitude)"
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        let whole = (units < 0 ? "-" : "") + padded.dropLast(digits)
        return digits == 0 ? whole : whole + "." + padded.suffix(digits)
    }
}

/// Rows under headings. In JSON each row is an object on a line of its own, with the headings as keys.
///
/// The last columns may be details, which only JSON has.
struct Table {
    /// Headings are the JSON keys; on paper they are in capitals.
    let columns: [String]
    /// What all rows are about: on paper it is known, in JSON each row says it.
    private let subject: [(String, Value)]
    private let details: Int
    private(set) var rows: [[Value]] = []

    init(_ columns: String..., details: [String] = [], of subject: KeyValuePairs<String, Value> = [:]) {
        self.columns = columns + details
        self.details = details.count
        self.subject = subject.map { ($0.key, $0.value) }
    }

    mutating func add(_ values: Value...) { rows.append(values) }

    func lines(_ format: OutputFormat) -> [String] {
        switch format {
        case .json: rows.map { Value.fields(subject + Array(zip(columns, $0))).json }
        case .table: aligned
        }
    }

    /// Numbers to the right, text to the left, nothing behind the last cell.
    private var aligned: [String] {
        let heads = columns.dropLast(details).map { $0.uppercased() }
        let cells = rows.map { $0.dropLast(details).map(\.cell) }
        let widths = heads.indices.map { column in
            max(heads[column].count, cells.map { $0[column].count }.max() ?? 0)
        }
        let isNumeric = heads.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { $0[column].isNumeric }
        }
        return ([heads] + cells).map { line in
            var text = ""
            for column in heads.indices {
                let padding = String(repeating: " ", count: widths[column] - line[column].count)
                text += isNumeric[column] ? padding + line[column] : line[column] + padding
                text += "  "
            }
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
    }

    func write(_ format: OutputFormat) { say(lines(format)) }
}

/// Asks a person before something is destroyed; scripts say `--yes`.
func confirm(_ question: String, yes: Bool) throws {
    if yes { return }
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
        complain("ottla: \(question) Standard input is not a terminal: add --yes to confirm")
        throw ExitCode(ExitCodes.usage)
    }
    complain("\(question) [y/N]")
    var reader = LineReader(longest: 100)
    guard case .bytes(let answer)? = try reader.next(), ["y", "yes"].contains(String(buffer: answer).lowercased())
    else {
        complain("cancelled, nothing was changed")
        throw ExitCode(1)
    }
}

/// The candidate that somebody may have meant: at most a third of the letters differ.
func nearest(to name: String, in candidates: [String]) -> String? {
    let limit = max(1, name.count / 3)
    return candidates.map { ($0, distance(name, $0)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// Letters to change, add, leave out or swap with their neighbour to make one word of the other.
private func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left.lowercased()), b = Array(right.lowercased())
    var before: [Int] = [], last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
            row.append(best)
        }
        (before, last) = (last, row)
    }
    return last[b.count]
}
