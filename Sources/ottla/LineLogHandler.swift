import Glibc
import Logging

/// One line per event on standard error: time in UTC, level, message, then `key=value` pairs.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    private let output: LineWriter

    init(_ output: LineWriter) { self.output = output }

    static func lossNotice(_ count: Int) -> String { "\(now()) WARNING log lines could not be written lines=\(count)" }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // Also in messages stand names that clients have chosen.
        let message = "\(event.message)".escapingControls()
        var line = "\(Self.now()) \(event.level.rawValue.uppercased()) \(message)"
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: {
            $0.key < $1.key
        }) {
            line += " \(key)=\(Self.quoted("\(value)"))"
        }
        output.write(line)
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 61 }
        if isPlain { return value }
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return timeText(seconds: time.tv_sec, millis: time.tv_nsec / 1_000_000)
    }
}

/// A time since 1970 as ISO 8601 has it, in UTC.
func timeText(seconds: Int, millis: Int) -> String {
    var (seconds, parts) = (seconds, tm())
    guard gmtime_r(&seconds, &parts) != nil else { return "-" }  // a year that is no number of 32 bits
    func digits(_ value: some BinaryInteger, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date = "\(Int(parts.tm_year) + 1900)-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
    let time = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
    return "\(date)T\(time).\(digits(millis, 3))Z"
}
