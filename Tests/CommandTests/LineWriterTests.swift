import Dispatch
import Foundation
import Synchronization
import Testing

@testable import ottla

struct LineWriterTests {
    @Test(arguments: [false, true])
    func whoeverWritesNeverWaitsAndWhatIsLostIsSaid(isNonBlocking: Bool) throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        if isNonBlocking { #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0) }
        let lines = LineWriter(descriptor) { "lost \($0)" }
        let text = String(repeating: "x", count: 1000)
        let count = 3000
        // More than a pipe and the writer hold, and nobody reads.
        for number in 0..<count { lines.write("\(number) \(text)") }
        lines.drain(millis: 1)
        let received = Mutex(Data())
        let end = DispatchSemaphore(value: 0)
        let reading = Thread { [handle = pipe.fileHandleForReading] in
            let all = try? handle.readToEnd()
            received.withLock { $0 = all ?? Data() }
            end.signal()
        }
        reading.start()
        lines.drain(millis: 20_000)
        try pipe.fileHandleForWriting.close()
        end.wait()
        let all = received.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
        let kept = all.filter { $0.hasSuffix(" " + text) }
        let lost = all.compactMap { $0.hasPrefix("lost ") ? Int($0.dropFirst("lost ".count)) : nil }.reduce(0, +)
        #expect(lost > 0 && kept.count + lost == count)
        #expect(all.allSatisfy { $0.hasPrefix("lost ") || $0.hasSuffix(" " + text) }, "lines are whole")
    }

    @Test func aLineThatNobodyCanReadIsNoReasonToStop() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let lines = LineWriter(full.fileDescriptor) { "lost \($0)" }
        for _ in 0..<10 { lines.write("line") }
        lines.drain(millis: 20_000)
        try full.close()
    }
}
