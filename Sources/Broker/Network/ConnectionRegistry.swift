import KafkaProtocol
import Logging
import Synchronization
import World

/// The open connections, and how many there may be.
final class ConnectionRegistry: Sendable {
    private struct State {
        /// By a number that counts up, so that all of them have an order.
        var connections: [UInt64: Connection] = [:]
        var lastNumber: UInt64 = 0
        var perHost: [String: Int] = [:]
        var rates = ConnectionRates()
        var admitted = 0
        var isClosing = false
        var whenEmpty: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())
    private let limit: Int
    private let limitPerHost: Int
    private let ratePerHost: Int
    /// nil for those few that the node's own files are reserved for.
    private let files: FileBudget?
    private let time: WorldTime

    init(limit: Int, limitPerHost: Int, ratePerHost: Int, files: FileBudget?, time: WorldTime) {
        self.time = time
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
            if let files, state.admitted >= files.connectionLimit { return .noFiles }
            state.admitted += 1
            state.perHost[host, default: 0] += 1
            files?.connectionsChanged(to: state.admitted)
            return .admitted
        }
    }

    /// Milliseconds that a new connection of this address waits before it is served.
    func delay(host: String) -> Int64 {
        state.withLock { $0.rates.delay(host: host, perSecond: ratePerHost, now: time.now.milliseconds) }
    }

    /// - Returns: the number by which `remove` knows it.
    func add(_ connection: Connection) -> UInt64 {
        let (number, isClosing) = state.withLock { state in
            state.lastNumber += 1
            state.connections[state.lastNumber] = connection
            return (state.lastNumber, state.isClosing)
        }
        if isClosing { connection.drain() }
        return number
    }

    func remove(_ number: UInt64) {
        let whenEmpty = state.withLock { state -> (@Sendable () -> Void)? in
            state.connections[number] = nil
            if !state.connections.isEmpty { return nil }
            defer { state.whenEmpty = nil }
            return state.whenEmpty
        }
        whenEmpty?()
    }

    /// Calls back once, when no connection is left.
    func whenEmpty(_ callback: @escaping @Sendable () -> Void) {
        let isEmpty = state.withLock { state in
            if !state.connections.isEmpty { state.whenEmpty = callback }
            return state.connections.isEmpty
        }
        if isEmpty { callback() }
    }

    /// Whoever asked by `whenEmpty` waits no longer, and is not called any more.
    func stopWaiting() { state.withLock { $0.whenEmpty = nil } }

    /// Gives back the place that `admit` took.
    func release(host: String) {
        state.withLock { state in
            state.admitted -= 1
            files?.connectionsChanged(to: state.admitted)
            state.perHost[host, default: 1] -= 1
            if state.perHost[host] == 0 { state.perHost[host] = nil }
        }
    }

    /// Lets every connection finish what it is doing.
    func drainAll() {
        let all = state.withLock { state in
            state.isClosing = true
            return state.connections.sorted { $0.key < $1.key }.map(\.value)
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
    private let time: WorldTime
    private let logger: Logger

    init(time: WorldTime, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func note(peer: String, reason: String) {
        let second = time.now.milliseconds / 1000
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
