import ArgumentParser
import Broker
import CoreMetrics
import Glibc
import KafkaProtocol
import LogStorage
import Logging
import NIOCore

/// `ottla serve`: runs a node until SIGTERM or SIGINT.
struct Serve: ParsableCommand {
    /// sysexits.h: the configuration is wrong or dangerous.
    private static let exitConfiguration: Int32 = 78

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
              0   stopped by SIGTERM or SIGINT, in order
              1   the node could not go on: a disk failed, for example
              64  the command line is not understood
              78  the configuration is wrong or dangerous; one sentence says what to change
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
        let logger = try makeLogger()
        // Signals are taken by the waiting thread below, not by whichever thread is running.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        do {
            let config = try BrokerConfig(try values())
            let registry = PrometheusRegistry()
            if config.metricsListener != nil { MetricsSystem.bootstrap(registry) }
            let node = try RunningNode.start(
                config,
                logger: logger,
                metricsText: { registry.text },
                onFatal: { reason in
                    logger.critical("the node ends", metadata: ["reason": "\(reason)"])
                    // At once: what the failed disk holds must not be written to again.
                    _exit(1)
                }
            )
            let ready = node.ready
            let host = ready.host.contains(":") ? "[\(ready.host)]" : ready.host
            say("ottla ready: \(host):\(ready.port) node=\(ready.nodeId) cluster=\(ready.clusterId)")
            var received: Int32 = 0
            sigwait(&signals, &received)
            // A second signal ends the process without ceremony.
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            node.stop()
        } catch let error as ConfigurationError {
            complain("ottla: \(error)")
            throw ExitCode(Self.exitConfiguration)
        } catch let error as LogError {
            complain("ottla: \(error)")
            throw ExitCode(1)
        } catch let error as StorageError {
            complain("ottla: \(error)")
            throw ExitCode(1)
        }
    }

    private func makeLogger() throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
            throw ValidationError(
                "--log-level cannot be '\(logLevel)'; it is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        var logger = Logger(label: "ottla") { _ in LineLogHandler() }
        logger.logLevel = level
        return logger
    }

    /// The file's keys, then those of the command line, which win.
    private func values() throws -> [String: String] {
        var values = try NodeSettings.values(config: config, settings: settings, data: data)
        if let listen {
            guard let address = HostPort(listen) else {
                throw ConfigurationError("--listen \(listen): host:port is expected, 127.0.0.1:9092 for example")
            }
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            values["listeners"] = "PLAINTEXT://\(host):\(address.port)"
        }
        return values
    }
}
