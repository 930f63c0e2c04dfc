import Glibc
import KafkaClient
import KafkaProtocol
import NIOCore
import Synchronization
import World

/// Runs the nodes of a local cluster as processes, and knows what they do.
final class DevSupervisor: Sendable {
    /// Of a node.
    enum Condition: Equatable, Sendable {
        case starting
        case up
        /// On purpose; it comes back then.
        case killed(until: MonotonicTime)
        case ended(DevProcess.End)

        var text: String {
            switch self {
            case .starting: "starting"
            case .up: "up"
            case .killed: "killed"
            case .ended(let end): end.text
            }
        }
    }

    private struct Running: Sendable {
        var node: DevNode
        var process: DevProcess
        var condition = Condition.starting
        var usage: ProcessUsage?
        /// Hundredths of a core, over the last second.
        var cpuPercent: Int64 = 0
    }

    private struct State: Sendable {
        var nodes: [Running] = []
        var view: DevView?
        var previous: DevView?
        var seen = MonotonicTime(nanoseconds: 0)
        /// Between the last two views.
        var viewMillis: Int64 = 1000
        var events: [String] = []
    }

    /// How long a killed node stays away.
    private static let absenceMillis: Int64 = 2000
    private static let eventsKept = 8
    private static let partitionsShown = 8

    let layout: DevLayout
    private let time = World.real.time
    private let state = Mutex(State())
    private let tell: @Sendable (String) -> Void

    /// Starts all nodes.
    ///
    /// - Parameter tell: hears of what happens to nodes, a sentence each.
    init(_ layout: DevLayout, tell: @escaping @Sendable (String) -> Void) throws {
        self.layout = layout
        self.tell = tell
        do {
            for node in layout.nodes {
                let process = try start(node)
                state.withLock { $0.nodes.append(Running(node: node, process: process)) }
            }
        } catch {
            // All or none.
            signalAll(SIGTERM)
            throw error
        }
    }

    private func start(_ node: DevNode) throws -> DevProcess {
        let process = try DevProcess(serving: node)
        try layout.note(process.pid, of: node)
        return process
    }

    private func note(_ text: String) {
        state.withLock { state in
            state.events.append(text)
            if state.events.count > Self.eventsKept { state.events.removeFirst() }
        }
        tell(text)
    }

    // MARK: What happens

    /// Whether all nodes are up.
    var isReady: Bool { state.withLock { $0.nodes.allSatisfy { $0.condition == .up } } }

    /// A node that ended by itself: the cluster will not become what was asked for.
    var failure: String? {
        state.withLock { state in
            for running in state.nodes {
                guard case .ended(let end) = running.condition else { continue }
                return "node \(running.node.id) \(end.text); \(running.node.log) says why"
            }
            return nil
        }
    }

    var isAnyRunning: Bool {
        state.withLock { state in
            state.nodes.contains { running in
                switch running.condition {
                case .starting, .up: true
                case .killed, .ended: false
                }
            }
        }
    }

    /// Looks after the processes: who has ended, who comes back.
    ///
    /// - Parameter restarts: false while the cluster stops.
    func look(restarts: Bool = true) throws {
        let now = time.now
        let nodes = state.withLock { $0.nodes }
        for (place, running) in nodes.enumerated() {
            switch running.condition {
            case .starting, .up:
                guard let end = running.process.end() else { continue }
                state.withLock { $0.nodes[place].condition = .ended(end) }
                note("node \(running.node.id) \(end.text)")
            case .killed(let until) where restarts && until <= now:
                let process = try start(running.node)
                state.withLock { state in
                    state.nodes[place].process = process
                    state.nodes[place].condition = .starting
                    state.nodes[place].usage = nil
                }
                note("node \(running.node.id) starts again")
            case .killed: _ = running.process.end()
            case .ended: break
            }
        }
    }

    /// SIGKILL to one that is up.
    func killOne() {
        let candidates = state.withLock { state in state.nodes.indices.filter { state.nodes[$0].condition == .up } }
        guard let place = candidates.randomElement() else { return }
        let running = state.withLock { state in
            state.nodes[place].condition = .killed(until: time.now.adding(milliseconds: Self.absenceMillis))
            return state.nodes[place]
        }
        running.process.send(SIGKILL)
        note("node \(running.node.id) was killed (SIGKILL)")
    }

    /// A signal to all that run.
    func signalAll(_ number: Int32) {
        for running in state.withLock({ $0.nodes }) {
            switch running.condition {
            case .starting, .up: running.process.send(number)
            case .killed, .ended: break
            }
        }
    }

    // MARK: What is seen

    /// Asks the cluster, and the system.
    func refresh(_ admin: Admin) async {
        let view: DevView?
        do throws(KafkaError) { view = try await DevView.of(admin) } catch { view = nil }
        let now = time.now
        let risen = state.withLock { state -> [Int32] in
            let passed = max(1, now.milliseconds(since: state.seen))
            state.seen = now
            if let view {
                (state.previous, state.view, state.viewMillis) = (state.view, view, passed)
            } else {
                (state.previous, state.view) = (nil, nil)
            }
            var risen: [Int32] = []
            for place in state.nodes.indices {
                let id = state.nodes[place].node.id
                if state.nodes[place].condition == .starting, view?.registered.contains(id) ?? false {
                    state.nodes[place].condition = .up
                    risen.append(id)
                }
                measure(&state.nodes[place], passed)
            }
            return risen
        }
        for id in risen { note("node \(id) is up") }
    }

    private func measure(_ running: inout Running, _ passed: Int64) {
        let usage = ProcessUsage(running.process.pid)
        if let usage, let before = running.usage {
            running.cpuPercent = (usage.cpuMillis - before.cpuMillis) * 100 / passed
        }
        running.usage = usage
    }

    /// The table of nodes, and what is wrong.
    var lines: [String] {
        let state = state.withLock { $0 }
        var table = Table(
            "node",
            "state",
            "role",
            "address",
            "pid",
            "leaders",
            "replicas",
            "behind",
            "lag",
            "records/s",
            "cpu %",
            "MiB"
        )
        for running in state.nodes {
            let id = running.node.id
            let placed = state.view.map { $0.placed[id] ?? PlacedReplicas() }
            let isRunning = running.condition == .up || running.condition == .starting
            table.add(
                Value(running.node.id),
                .text(running.condition.text),
                .text(
                    state.view.map { $0.controller == running.node.id ? "broker,controller*" : "broker,controller" }
                        ?? "-"
                ),
                .text(running.node.address),
                isRunning ? Value(running.process.pid) : .none,
                Value(placed?.leaders),
                Value(placed?.replicas),
                Value(placed?.behind),
                Value(state.view?.lag[id]),
                rate(running.node.id, state),
                isRunning ? Value(running.cpuPercent) : .none,
                isRunning ? Value(running.usage.map { $0.residentBytes >> 20 }) : .none
            )
        }
        return table.lines(.table) + [""] + summary(state) + state.events.map { "  " + $0 }
    }

    /// Records a second; none while leaderships move.
    private func rate(_ id: Int32, _ state: State) -> Value {
        guard let now = state.view, let before = state.previous, let records = now.records[id],
            now.placed[id]?.leaders == before.placed[id]?.leaders
        else { return .none }
        return Value(max(0, (records - (before.records[id] ?? 0)) * 1000 / state.viewMillis))
    }

    private func summary(_ state: State) -> [String] {
        guard let view = state.view else { return ["no node answers"] }
        let controller = view.controller < 0 ? "no controller" : "controller \(view.controller)"
        let shown = view.underReplicated.prefix(Self.partitionsShown)
        let more = view.underReplicated.count - shown.count
        return [
            "\(controller), \(view.partitions) partitions, \(view.underReplicated.count) under-replicated, \(view.offline) offline"
        ] + shown.map { "  " + $0 } + (more > 0 ? ["  and \(more) more"] : [])
    }
}
