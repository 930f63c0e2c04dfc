import ArgumentParser
import CPlatform
import Glibc
import KafkaClient
import LogStorage
import World

/// The command line. Commands parse, call and print; what they do lies in the libraries below.
struct Ottla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ottla",
        abstract: "A distributed, durable event log that speaks Kafka.",
        discussion: """
            EXAMPLES
              ottla serve                                  a single node, data in ./ottla-data, on 127.0.0.1:9092
              ottla serve --listen 0.0.0.0:9092 --data /var/lib/ottla
              ottla serve --config server.properties --set num.partitions=6
              ottla topic create orders --partitions 6      any Kafka cluster: --bootstrap or OTTLA_BOOTSTRAP says which
              echo hello | ottla produce orders
              ottla consume orders --follow
              ottla group describe billing
              ottla quorum describe
              ottla why orders/3                           who leads it, who is in sync, and for which reasons
              ottla log dump --verify /var/lib/ottla
              ottla storage format --data /var/lib/ottla
              ottla dev up                                 three nodes on this machine, with a live table

            EXIT CODES
              0   it is done; also when nobody reads the output to its end, as in '... | head'
              1   it failed, or not all of the output could be written: one sentence on standard error says why
              64  the command line is invalid
              69  the cluster could not be reached
              78  the configuration is invalid or unsafe
            """,
        version: "ottla 0.1.0",
        subcommands: [
            Serve.self, Produce.self, Consume.self, Perf.self, Bench.self, Topic.self, Group.self, Transaction.self,
            Config.self,
            RecordCommand.self,
            Cluster.self, BrokerCommand.self, Quorum.self, Why.self, Log.self, Storage.self, Migrate.self,
            Dev.self,
        ]
    )
}

@main
enum Main {
    /// `serve` has to run on the first thread, before there is another: it decides which signals all later threads take.
    @MainActor static func main() async {
        ottla_tune_allocator()
        // Dispatch tells the system's log of each process that it may not give its own thread a higher priority, which means nothing here.
        setenv("LIBDISPATCH_LOG", "NO", 0)
        // What is written to where nobody reads, or beyond the size that a file may have, is an error like others.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        var isRunning = false
        var isNode = false
        do {
            let arguments = ArgumentBytes.ofProcess
            var command = try Ottla.parseAsRoot(arguments)
            if !(command is Produce || command is Consume) {
                for argument in arguments { try ArgumentBytes.requireText(argument) }
            }
            (isRunning, isNode) = (true, command is Serve)
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch { end(tell(error, isRunning: isRunning), isNode: isNode) }
        end(0, isNode: isNode)
    }

    /// Tells of an error in one sentence, unless that was done; help, which comes as an error, is printed.
    ///
    /// - Returns: the exit code.
    private static func tell(_ error: any Error, isRunning: Bool) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        // `end` tells of it.
        case is OutputFailure: return 0
        case let error as KafkaError:
            complain("ottla: \(error)")
            return ExitCodes.code(of: error)
        case is InputFailure, is LogError, is StorageError, is CancellationError:
            complain("ottla: \(error is CancellationError ? "it was cancelled" : "\(error)")")
            return ExitCodes.failed
        case let error as ValidationError where isRunning:
            complain("ottla: \(error.message)")
            return ExitCodes.usage
        default:
            let code = Ottla.exitCode(for: error).rawValue
            let text = Ottla.fullMessage(for: error)
            switch code {
            case 0: say(text)
            case ExitCodes.usage: complain("ottla: " + text.trimmingPrefix("Error: "))
            default:
                // None is known that comes here. It should have words; a type's name is none.
                let words = (error as? any CustomStringConvertible)?.description ?? "something unexpected failed"
                complain("ottla: \(words)")
            }
            return code
        }
    }

    /// Ends the process. What could not be printed makes it a failure, but for a node, which does not live for what it prints.
    static func end(_ code: Int32, isNode: Bool = false) -> Never {
        guard !isNode, let failure = StandardOutput.failure, !failure.isReaderGone else { exit(code) }
        complain("ottla: \(failure)")
        exit(code == 0 ? ExitCodes.failed : code)
    }
}
