import ArgumentParser
import Broker
import CProcess
import CoreMetrics
import Dispatch
import Glibc
import LogStorage
import Logging
import NIOCore
import Synchronization
import World

/// `ottla serve`: runs a node until a signal stops it.
struct Serve: ParsableCommand {
    private static let drainMillis = 500

    static let configuration = CommandConfiguration(
        abstract: "Run a node.",
        discussion: """
            Without options: a single node that keeps its data in ./ottla-data and listens on 127.0.0.1:9092. The line
            'ottla ready: HOST:PORT node=ID cluster=ID' goes to standard output once clients can connect; logs go to standard error.

            EXAMPLES
              ottla serve
              ottla serve --listen 127.0.0.1:0 --data /tmp/node
              ottla serve --config server.properties --set log.retention.hours=24

            EXIT CODES
              0   clean shutdown by SIGTERM, SIGINT, SIGHUP or SIGQUIT; a second signal ends the process at once
              1   a failure that the node cannot survive, a failed disk for example
              64  the command line is invalid
              78  the configuration is invalid or unsafe; one sentence says what to change
            """
    )

    @Option(
        help: ArgumentHelp("A file in the syntax and with the keys of Kafka's server.properties.", valueName: "file")
    )
    var config: String?

    @Option(help: ArgumentHelp("Where the data goes; the same as log.dirs.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The address to listen on; port 0 takes a free one.", valueName: "host:port"))
    var listen: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("One configuration key; may be repeated.", valueName: "key=value")
    )
    var settings: [String] = []

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String = "info"

    func run() throws {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
            throw ValidationError(
                "--log-level cannot be '\(logLevel)'; it is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        var signals = StopSignals()
        let output = LineWriter(STDOUT_FILENO) { "\($0) lines could not be written" }
        let errors = LineWriter(STDERR_FILENO) { LineLogHandler.lossNotice($0) }
        // At the end too nobody is waited for who takes nothing.
        defer { for lines in [output, errors] { lines.drain(millis: Self.drainMillis) } }
        var logger = Logger(label: "ottla") { _ in LineLogHandler(errors) }
        logger.logLevel = level
        do {
            let failure = Mutex<(any Error)?>(nil)
            let node = try start(logger, errors) { [logger] result in
                switch result {
                case .success(let ready): self.tell(ready, output, logger)
                case .failure(let error):
                    failure.withLock { $0 = error }
                    kill(getpid(), SIGTERM)
                }
            }
            // A node that waits for others can be stopped, too.
            let received = signals.wait()
            notify("STOPPING=1\nSTATUS=Stopping", logger)
            logger.debug("stopping", metadata: ["signal": "\(received)"])
            let stopped = DispatchSemaphore(value: 0)
            node.stop { stopped.signal() }
            stopped.wait()
            if let error = failure.withLock({ $0 }) { throw error }
        } catch {
            // It may repeat what stands in a file, which a terminal does not obey.
            errors.write("ottla: \(Self.sentence(error))".escapingControls(but: ["\n", "\t"]))
            throw ExitCode(error is ConfigurationError ? ExitCodes.configuration : ExitCodes.failed)
        }
    }

    private func tell(_ ready: RunningNode.Ready, _ output: LineWriter, _ logger: Logger) {
        let host = ready.host.contains(":") ? "[\(ready.host)]" : ready.host
        output.write("ottla ready: \(host):\(ready.port) node=\(ready.nodeId) cluster=\(ready.clusterId)")
        notify("READY=1\nMAINPID=\(getpid())\nSTATUS=Serving on \(host):\(ready.port)", logger)
    }

    private func start(
        _ logger: Logger,
        _ errors: LineWriter,
        _ onReady: @escaping @Sendable (Result<RunningNode.Ready, any Error>) -> Void
    ) throws -> RunningNode {
        let config = try BrokerConfig(try values())
        let registry = PrometheusRegistry()
        if config.metricsListener != nil { MetricsSystem.bootstrap(registry) }
        return try RunningNode.start(
            config,
            logger: logger,
            metricsText: { registry.text },
            onFatal: { reason in
                logger.critical("the node ends", metadata: ["reason": "\(reason)"])
                errors.drain(millis: Self.drainMillis)
                // At once: what the failed disk holds must not be written to again.
                _exit(1)
            },
            onReady: onReady
        )
    }

    private func notify(_ state: String, _ logger: Logger) {
        let result = ottla_notify_supervisor(state)
        if result >= 0 { return }
        logger.warning("NOTIFY_SOCKET cannot be used", metadata: ["reason": "\(String(cString: strerror(-result)))"])
    }

    /// What went wrong, in the words of the project's errors; those of others have none for an operator.
    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as ConfigurationError: error.description
        case is LogError, is StorageError: EndingReason(error).description
        case let error as IOError: "the node cannot start: \(String(cString: strerror(error.errnoCode)))"
        default: "the node cannot start: unknown error; --log-level debug may tell more"
        }
    }

    /// The file's keys, then those of the command line, which win.
    private func values() throws -> [String: String] {
        var values = try NodeSettings.values(config: config, settings: settings, data: data)
        if let listen {
            guard let address = HostPort(listen) else {
                throw ConfigurationError(
                    "--listen \(listen): host:port is expected, 127.0.0.1:9092 for example, with a port between 0 and 65535"
                )
            }
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            values["listeners"] = "PLAINTEXT://\(host):\(address.port)"
        }
        return values
    }
}
