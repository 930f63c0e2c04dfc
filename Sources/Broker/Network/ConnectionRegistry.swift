import Logging
import Synchronization

/// The open connections, and how many there may be.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var perHost: [String: Int] = [:]
        var rates = ConnectionRates()
        var admitted = 0
        var isClosing = false
    }
    private let state = Mutex(State())
    private let limit: Int
    private let limitPerHost: Int
    private let ratePerHost: Int
    private let files: FileBudget

    init(limit: Int, limitPerHost: Int, ratePerHost: Int, files: FileBudget) {
        self.limit = limit
        self.limitPerHost = limitPerHost
        self.ratePerHost = ratePerHost
        self.files = files
    }

    enum Admission: Equatable {
        case admitted
        case refused(String)
        /// No more files may be open beside those of the logs.
        case noFiles
    }

    /// The node is stopping: nobody should wait for anything.
    var isClosing: Bool { state.withLock { $0.isClosing } }
    var count: Int { state.withLock { $0.connections.count } }

    /// Takes a place for a new connection, if there is one.
    func admit(host: String) -> Admission {
        state.withLock { state in
            if state.isClosing { return .refused("the node is stopping") }
            if state.admitted >= limit { return .refused("\(limit) connections are open, max.connections") }
            if state.perHost[host, default: 0] >= limitPerHost {
                return .refused("\(limitPerHost) connections of one address are open, max.connections.per.ip")
            }
            if state.admitted >= files.connectionLimit { return .noFiles }
            state.admitted += 1
            state.perHost[host, default: 0] += 1
            files.connectionsChanged(to: state.admitted)
            return .admitted
        }
    }

    /// Milliseconds that a new connection of this address waits before it is served.
    func delay(host: String) -> Int64 {
        state.withLock { $0.rates.delay(host: host, perSecond: ratePerHost, now: Clock.monotonicMillis) }
    }

    func add(_ connection: Connection) {
        let isClosing = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            return state.isClosing
        }
        if isClosing { connection.drain() }
    }

    func remove(_ connection: Connection) {
        state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    /// Gives back the place that `admit` took.
    func release(host: String) {
        state.withLock { state in
            state.admitted -= 1
            files.connectionsChanged(to: state.admitted)
            state.perHost[host, default: 1] -= 1
            if state.perHost[host] == 0 { state.perHost[host] = nil }
        }
    }

    /// Lets every connection finish what it is doing.
    func drainAll() {
        let all = state.withLock { state in
            state.isClosing = true
            return Array(state.connections.values)
        }
        for connection in all { connection.drain() }
    }
}

/// How fast each address makes connections.
struct ConnectionRates {
    private static let hostLimit = 10_000
    /// When each address would have made its connections, had it kept to the rate; microseconds on the monotonic clock.
    private var arrivals: [String: Int64] = [:]

    /// Notes a connection; the result is how long it has to wait, in milliseconds. A second's worth may come at once.
    mutating func delay(host: String, perSecond: Int, now: Int64) -> Int64 {
        let now = now * 1000
        if arrivals.count >= Self.hostLimit {
            arrivals = arrivals.filter { $0.value > now }
            if arrivals.count >= Self.hostLimit { arrivals = [:] }
        }
        let due = max(arrivals[host] ?? now, now)
        arrivals[host] = due + 1_000_000 / Int64(perSecond)
        return max(0, due - now - 1_000_000) / 1000
    }
}

/// Writes why connections were closed, a few lines a second at most.
final class CloseLog: Sendable {
    private static let linesPerSecond = 5
    private let state = Mutex((second: Int64(0), lines: 0, suppressed: 0))

    func note(peer: String, reason: String, logger: Logger) {
        let second = Clock.monotonicMillis / 1000
        let (isLogged, suppressed) = state.withLock { state -> (Bool, Int) in
            if state.second != second {
                let before = state.suppressed
                state = (second, 1, 0)
                return (true, before)
            }
            if state.lines < Self.linesPerSecond {
                state.lines += 1
                return (true, 0)
            }
            state.suppressed += 1
            return (false, 0)
        }
        if suppressed > 0 {
            logger.info("closed more connections than were logged", metadata: ["connections": "\(suppressed)"])
        }
        if isLogged { logger.info("connection closed: \(Self.printable(reason))", metadata: ["peer": "\(peer)"]) }
    }

    /// Text from a peer without control characters.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(500).map { $0.value < 32 || $0.value == 127 ? "?" : $0 }
            )
        )
    }
}
