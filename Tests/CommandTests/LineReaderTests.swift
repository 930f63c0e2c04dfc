import Foundation
import NIOCore
import TestSupport
import Testing

@testable import ottla

struct LineReaderTests {
    /// What the lines of an input are that comes in these pieces, through a pipe that nobody waits at.
    static func lines(
        _ pieces: [[UInt8]],
        lineEnd: [UInt8] = [0x0a],
        longest: Int = 1000,
        isNonBlocking: Bool = true
    ) throws -> [[UInt8]] {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (descriptor, writing) = (ends[0], ends[1])
        defer { close(descriptor) }
        if isNonBlocking { #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0) }
        let writer = Thread {
            for piece in pieces {
                var rest = piece[...]
                while !rest.isEmpty {
                    rest = rest.dropFirst(max(0, rest.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }))
                }
                // Whether the reader waits or finds something is the same to it: any pause will do.
                sched_yield()
            }
            close(writing)
        }
        writer.start()
        var reader = LineReader(descriptor, lineEnd: lineEnd, longest: longest)
        var result: [[UInt8]] = []
        while let line = try reader.next() {
            guard case .bytes(let bytes) = line else { return result + [Array("too long".utf8)] }
            result.append(Array(bytes.readableBytesView))
        }
        return result
    }

    @Test(arguments: [
        ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]),
        ("a\r\n\u{0}\u{85}b\u{2028}\n", ["a\r", "\u{0}\u{85}b\u{2028}"]),
    ])
    func linesEndWithALineFeedAndNothingElse(_ text: String, _ lines: [String]) throws {
        #expect(try Self.lines([Array(text.utf8)]) == lines.map { Array($0.utf8) })
    }

    @Test func anyPiecesMakeTheSameLines() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<60 {
            // Ends that overlap themselves, and bytes that are parts of them.
            let lineEnd: [UInt8] = [[0x0a], [0x0d, 0x0a], [1, 1, 2], [0xff, 0]][random.next(below: 4)]
            let lines = (0..<random.next(below: 50)).map { _ in
                (0..<random.next(below: 300)).map { _ in [UInt8(1), 2, 0x0a, 0x0d, 0xff, 0][random.next(below: 6)] }
            }.filter { line in
                // Together with its end, the line has the end only there.
                let whole = line + lineEnd
                return whole.withUnsafeBytes { $0.firstPlace(of: lineEnd) } == line.count
            }
            let input = lines.flatMap { $0 + lineEnd }
            var pieces: [[UInt8]] = []
            var rest = input[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.next(below: 2000))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(try Self.lines(pieces, lineEnd: lineEnd, isNonBlocking: random.next(below: 2) == 0) == lines)
        }
    }

    @Test func aLineMayBeLargerThanWhatIsReadAtOnce() throws {
        let line = [UInt8](repeating: 7, count: 300_000)
        #expect(try Self.lines([line + [0x0a], [9]], longest: line.count) == [line, [9]])
    }

    @Test func whatIsTooLongIsNotKept() throws {
        #expect(try Self.lines([Array("ab\nabcd\n".utf8)], longest: 3) == [Array("ab".utf8), Array("too long".utf8)])
        #expect(try Self.lines([Array("abcd".utf8)], longest: 3) == [Array("too long".utf8)])
        #expect(try Self.lines([Array("abc".utf8)], longest: 3) == [Array("abc".utf8)])
    }

    @Test func whatCannotBeReadIsNoEndOfTheInput() throws {
        let directory = open("/tmp", O_RDONLY | O_DIRECTORY)
        defer { close(directory) }
        var reader = LineReader(directory, longest: 10)
        do {
            _ = try reader.next()
            Issue.record("a directory was read")
        } catch { #expect("\(error)" == "cannot read standard input: Is a directory") }
    }

    @Test func placesOfBytes() {
        let bytes = Array("aaab\u{0}ab".utf8)
        bytes.withUnsafeBytes { bytes in
            #expect(bytes.firstPlace(of: Array("ab".utf8)) == 2)
            #expect(bytes.firstPlace(of: Array("ab".utf8), from: 3) == 5)
            #expect(bytes.firstPlace(of: Array("ab".utf8), from: 6) == nil)
            #expect(bytes.firstPlace(of: [0]) == 4)
            #expect(bytes.firstPlace(of: Array("aaab\u{0}abc".utf8)) == nil)
        }
        #expect(UnsafeRawBufferPointer(start: nil, count: 0).firstPlace(of: [1]) == nil)
    }
}
