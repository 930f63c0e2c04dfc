import ArgumentParser
import Glibc

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// A value of a result: shown in a table's cell, or in JSON.
indirect enum Value: Equatable {
    case text(String)
    case number(Int64)
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
        case .text(let text): text
        case .number(let number): "\(number)"
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
        case .flag(let flag): "\(flag)"
        case .list(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
        case .fields(let fields): "{" + fields.map { Self.quoted($0.0) + ":" + $0.1.json }.joined(separator: ",") + "}"
        case .none: "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// Rows under headings. In JSON each row is an object on a line of its own, with the headings as keys.
struct Table {
    /// Headings are the JSON keys; on paper they are in capitals.
    let columns: [String]
    private(set) var rows: [[Value]] = []

    init(_ columns: String...) { self.columns = columns }

    mutating func add(_ values: Value...) { rows.append(values) }

    func lines(_ format: OutputFormat) -> [String] {
        switch format {
        case .json: rows.map { Value.fields(Array(zip(columns, $0))).json }
        case .table: aligned
        }
    }

    /// Numbers to the right, text to the left, nothing behind the last cell.
    private var aligned: [String] {
        let heads = columns.map { $0.uppercased() }
        let cells = rows.map { $0.map(\.cell) }
        let widths = heads.indices.map { column in
            max(heads[column].count, cells.map { $0[column].count }.max() ?? 0)
        }
        let isNumeric = heads.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { if case .number = $0[column] { true } else { $0[column] == .none } }
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

    func write(_ format: OutputFormat) { for line in lines(format) { say(line) } }
}

/// Asks a person before something is destroyed; scripts say `--yes`.
func confirm(_ question: String, yes: Bool) throws {
    if yes { return }
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
        complain("ottla: \(question) Nobody is there to ask: add --yes")
        throw ExitCode(ExitCodes.usage)
    }
    complain("\(question) [y/N]")
    let answer = readLine(strippingNewline: true) ?? ""
    if !["y", "yes"].contains(answer.lowercased()) {
        complain("nothing was changed")
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
