import ArgumentParser
import LogStorage

/// `ottla log`: what lies on disk.
struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at logs on disk.",
        subcommands: [Dump.self],
        defaultSubcommand: Dump.self
    )

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print segments, indexes, snapshots and checkpoints readably.",
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
            let dump = LogDump(fileSystem: LinuxFileSystem(), showsRecords: records)
            do throws(LogError) {
                for file in try dump.files(at: path) {
                    files += 1
                    if !verify { say("== \(file)") }
                    dump.dump(file) { line in
                        if line.isDamage { damage += 1 }
                        if line.isDamage {
                            say(verify ? "\(file): \(line.text)" : "   DAMAGED: \(line.text)")
                        } else if !verify {
                            say("   \(line.text)")
                        }
                    }
                }
            } catch {
                complain("ottla: \(error)")
                throw ExitCode(1)
            }
            if verify { say("\(files) files checked, \(damage) damaged places") }
            if damage > 0 { throw ExitCode(1) }
        }
    }
}
