import Glibc
import KafkaProtocol
import Testing
import World

@testable import LogStorage

struct LogDumpTests {
    /// Who verifies a directory wants to know of all of it.
    @Test func aDirectoryThatCannotBeListedIsNotPassedOver() throws {
        let disk = MemoryFileSystem()
        let log = try PartitionLog.open(disk, directory: "/d/t-0", config: LogConfig(), opening: LogOpening())
        try log.add(["value"], timestamp: 1000)
        let dump = LogDump(fileSystem: disk, showsRecords: false)
        #expect(try dump.files(at: "/d").contains("/d/t-0/00000000000000000000.log"))
        for refused in ["/d", "/d/t-0"] {
            disk.setPlan { _, operation, path in
                operation == "list" && path == refused ? .fail(errno: EACCES) : .proceed
            }
            #expect(throws: LogError.self) { try dump.files(at: "/d") }
        }
    }
}
