import ArgumentParser
import LogStorage
import World

/// `ottla log`: what lies on disk.
struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Inspect logs on disk.",
        subcommands: [Dump.self],
        defaultSubcommand: Dump.self
    )

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print segments, indexes, snapshots and checkpoints as text.",
            discussion: """
                EXAMPLES
                  ottla log dump ./ottla-data                       every file of a data directory
                  ottla log dump ./ottla-data/orders-0              one partition
                  ottla log dump --records 00000000000000000000.log with each record
                  ottla log dump --verify ./ottla-data              checks only; exit code 1 when anything is damaged
                """
        )

        @Flag(help: "Check everything and print only what is damaged; exit code 1 on damage.")
        var verify = false

        @Flag(help: "Print each record of a segment, not only its batches.")
        var records = false

        @Argument(help: "A data directory, a partition's directory, or a file.")
        var path: String

        func run() throws {
            var damage = 0
            var files = 0
            var lines = Lines(isComplete: verify)
            let dump = LogDump(fileSystem: LinuxFileSystem(), showsRecords: records)
            do throws(LogError) {
                for file in try dump.files(at: path) {
                    files += 1
                    if !verify { lines.add("== \(file)") }
                    dump.dump(file) { line in
                        if line.isDamage { damage += 1 }
                        if line.isDamage {
                            lines.add(verify ? "\(file): \(line.text)" : "   DAMAGED: \(line.text)")
                        } else if !verify {
                            lines.add("   \(line.text)")
                        }
                    }
                }
            } catch {
                lines.write()
                throw error
            }
            if verify { lines.add("\(files) files checked, \(damage) damaged places") }
            lines.write()
            if damage > 0 { throw ExitCode(ExitCodes.failed) }
        }

        /// Lines that go out many at once.
        private struct Lines {
            /// Whether the work goes on when nobody reads the lines: the exit code tells the result, too.
            let isComplete: Bool
            private var waiting: [String] = []

            init(isComplete: Bool) { self.isComplete = isComplete }

            mutating func add(_ line: String) {
                waiting.append(line)
                if waiting.count >= 500 { write() }
            }

            mutating func write() {
                say(waiting)
                waiting = []
                if !isComplete, StandardOutput.failure != nil { Main.end(0) }
            }
        }
    }
}
