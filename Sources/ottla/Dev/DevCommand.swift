import ArgumentParser
import Broker
import Glibc
import KafkaClient
import LogStorage
import Synchronization
import UnixSignals
import World

/// `ottla dev`: a cluster on this machine, to develop with and to try what it survives.
struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a local cluster of several nodes.",
        discussion: """
            Each node is a process of its own, broker and controller, on 127.0.0.1. Their files are in ./ottla-dev: node-1/server.properties,
            node-1/ottla.log, node-1/data and so on; they are found again by the next 'up'.

            EXAMPLES
              ottla dev up                            three nodes and a live table; ctrl-C stops them
              ottla dev up --kill-random 5            kill one of them every 5 seconds, to see the cluster survive
              ottla dev up --detach                   leave them running in the background
              ottla dev down                          stop them
              ottla dev down --delete                 stop them and delete their data
            """,
        subcommands: [Up.self, Down.self]
    )

    static let defaultDirectory = "ottla-dev"

    /// Where the cluster's files are.
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("Where the nodes' files go.", valueName: "dir"))
        var data: String = Dev.defaultDirectory

        /// Absolute, also before it exists: a node's process is known by the path of its configuration.
        var directory: String {
            if data.hasPrefix("/") { return data }
            guard let current = getcwd(nil, 0) else { return data }
            defer { free(current) }
            return Path.join(String(cString: current), data)
        }
    }

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start a local cluster.")

        @OptionGroup var place: Place
        @Option(help: "How many nodes: 1 to 9. A cluster that is there already has as many as it has.") var nodes: Int?
        @Option(
            help: ArgumentHelp(
                "The first broker's port, the others' follow; controllers are 1000 above. 0 takes free ones.",
                valueName: "port"
            )
        )
        var port: Int = 9092
        @Option(
            name: .customLong("set"),
            help: ArgumentHelp(
                "A configuration key for all nodes of a new cluster; may be repeated.",
                valueName: "key=value"
            )
        )
        var settings: [String] = []
        @Flag(help: "Return when the cluster is ready, and leave it running; 'ottla dev down' stops it.") var detach =
            false
        @Option(
            help: ArgumentHelp("Kill one node (SIGKILL) so often; it comes back 2 seconds later.", valueName: "seconds")
        )
        var killRandom: Int?

        func validate() throws {
            if let nodes, !(1...9).contains(nodes) {
                throw ValidationError("--nodes is \(nodes); it has to be from 1 to 9")
            }
            if port != 0, !(1...64_000).contains(port) {
                throw ValidationError("--port is \(port); it has to be from 1 to 64000, or 0")
            }
            if let killRandom, killRandom < 1 { throw ValidationError("--kill-random has to be 1 or more") }
            if detach, killRandom != nil {
                throw ValidationError("--kill-random needs somebody who starts the nodes again; leave out --detach")
            }
            _ = try settings.map(assignment)
        }

        func run() async throws {
            let layout = try layout()
            for node in layout.nodes {
                guard let pid = layout.process(of: node) else { continue }
                complain("ottla: node \(node.id) runs already (process \(pid)); 'ottla dev down' stops the cluster")
                throw ExitCode(ExitCodes.failed)
            }
            // Before there is a node that would be left behind.
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
            let stop = StopRequest()
            let result = await withTaskGroup(of: Void.self) { group -> Result<Void, any Error> in
                group.addTask { await stop.listen(to: signals) }
                defer { group.cancelAll() }
                do { return .success(try await run(layout, stop)) } catch { return .failure(error) }
            }
            try result.get()
        }

        private func run(_ layout: DevLayout, _ stop: StopRequest) async throws {
            let isLive = isatty(STDOUT_FILENO) == 1 && !detach
            let supervisor = try DevSupervisor(layout) { text in if !isLive { say(text) } }
            let admin = Admin(try clientConfiguration(layout))
            do {
                try await detach ? becomeReady(supervisor, admin, stop) : show(supervisor, admin, stop, isLive: isLive)
            } catch {
                await end(supervisor, stop)
                await admin.close()
                throw error
            }
            await admin.close()
        }

        private func layout() throws -> DevLayout {
            let files = World.real.files
            do {
                guard let found = try DevLayout(existing: place.directory, files) else {
                    return try DevLayout(new: place.directory, count: nodes ?? 3, port: port, settings: settings, files)
                }
                if let nodes, nodes != found.nodes.count {
                    throw ConfigurationError(
                        "\(place.data) has a cluster of \(found.nodes.count) nodes; choose another --data, or delete that one with 'ottla dev down --delete'"
                    )
                }
                if !settings.isEmpty {
                    throw ConfigurationError(
                        "--set is for new clusters; change the server.properties of each node in \(place.data)"
                    )
                }
                return found
            } catch let error as ConfigurationError {
                complain("ottla: \(error)")
                throw ExitCode(ExitCodes.configuration)
            }
        }

        private func clientConfiguration(_ layout: DevLayout) throws -> ClientConfiguration {
            try ClientConfiguration(
                ClientProperties([
                    "bootstrap.servers": layout.bootstrap, "client.id": "ottla-dev", "default.api.timeout.ms": "3000",
                    "request.timeout.ms": "2000", "socket.connection.setup.timeout.ms": "1000",
                ])
            )
        }

        // MARK: In the background

        private func becomeReady(_ supervisor: DevSupervisor, _ admin: Admin, _ stop: StopRequest) async throws {
            while !supervisor.isReady {
                try supervisor.look()
                if let failure = supervisor.failure {
                    complain("ottla: \(failure)")
                    throw ExitCode(ExitCodes.failed)
                }
                if stop.isMade { throw ExitCode(ExitCodes.failed) }
                await supervisor.refresh(admin)
                try await Task.sleep(for: .milliseconds(100))
            }
            say("the cluster is ready; bootstrap.servers=\(supervisor.layout.bootstrap)")
        }

        // MARK: In the terminal

        private func show(_ supervisor: DevSupervisor, _ admin: Admin, _ stop: StopRequest, isLive: Bool) async throws {
            var screen = LiveBlock()
            let time = World.real.time
            var nextKill = time.now.adding(milliseconds: Int64(killRandom ?? 0) * 1000)
            var isAnnounced = false
            // Nobody is left who reads: that ends the cluster as ctrl-C does.
            while !stop.isMade, !StandardOutput.isReaderGone, supervisor.isAnyRunning || killRandom != nil {
                try supervisor.look()
                await supervisor.refresh(admin)
                if isLive {
                    screen.draw(
                        supervisor.lines + [
                            "", "bootstrap.servers=\(supervisor.layout.bootstrap)", "ctrl-C stops the cluster",
                        ]
                    )
                }
                if !isLive, !isAnnounced, supervisor.isReady {
                    isAnnounced = true
                    say("the cluster is ready; bootstrap.servers=\(supervisor.layout.bootstrap)")
                }
                if let killRandom, time.now >= nextKill {
                    supervisor.killOne()
                    nextKill = time.now.adding(milliseconds: Int64(killRandom) * 1000)
                }
                await stop.wait(milliseconds: isLive || killRandom != nil ? 1000 : 200)
            }
            if !stop.isMade, !supervisor.isAnyRunning, let failure = supervisor.failure {
                complain("ottla: no node runs any more: \(failure)")
                throw ExitCode(ExitCodes.failed)
            }
            say("stopping; again ctrl-C ends the nodes at once")
            await end(supervisor, stop)
        }

        /// All at once, so that none waits for what another one has to do; a second request ends them at once.
        private func end(_ supervisor: DevSupervisor, _ stop: StopRequest) async {
            supervisor.signalAll(SIGTERM)
            let asked = stop.count
            let limit = World.real.time.now.adding(milliseconds: 60_000)
            while supervisor.isAnyRunning {
                if stop.count > max(1, asked) || World.real.time.now >= limit { supervisor.signalAll(SIGKILL) }
                try? supervisor.look(restarts: false)
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop the local cluster.")

        @OptionGroup var place: Place
        @Flag(help: "Delete its data afterwards.") var delete = false

        func run() async throws {
            guard let layout = try DevLayout(existing: place.directory, World.real.files) else {
                complain("ottla: there is no cluster in \(place.data)")
                throw ExitCode(ExitCodes.failed)
            }
            var running = layout.nodes.filter { layout.process(of: $0) != nil }
            for node in running { if let pid = layout.process(of: node) { kill(pid, SIGTERM) } }
            let limit = World.real.time.now.adding(milliseconds: 60_000)
            while !running.isEmpty {
                running = running.filter { layout.process(of: $0) != nil }
                guard World.real.time.now < limit else {
                    complain(
                        "ottla: node \(running.map { "\($0.id)" }.joined(separator: ", ")) did not stop within 60 s"
                    )
                    throw ExitCode(ExitCodes.failed)
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            if delete { try layout.removeFiles() }
            say(delete ? "stopped and deleted" : "stopped")
        }
    }
}

/// Whether somebody asked this process to end.
final class StopRequest: Sendable {
    private let requests = Mutex(0)

    /// Counts signals until the task is cancelled.
    func listen(to signals: UnixSignalsSequence) async {
        for await _ in signals { requests.withLock { $0 += 1 } }
    }

    var count: Int { requests.withLock { $0 } }
    var isMade: Bool { count > 0 }

    /// Returns early when one comes.
    func wait(milliseconds: Int) async {
        for _ in 0..<max(1, milliseconds / 50) where !isMade { try? await Task.sleep(for: .milliseconds(50)) }
    }
}

/// Lines at the end of a terminal that are drawn over again.
struct LiveBlock {
    private var height = 0

    mutating func draw(_ lines: [String]) {
        let back = height > 0 ? "\u{1b}[\(height)A" : ""
        say(back + lines.map { $0.escapingControls() + "\u{1b}[K" }.joined(separator: "\n") + "\u{1b}[J")
        height = lines.count
    }
}
