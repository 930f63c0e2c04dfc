import NIOCore
import NIOEmbedded
import TestSupport
import Testing
import World

@testable import Broker
@testable import LogStorage

/// What a connection hands to its socket, and when: `EmbeddedChannel` takes everything at once, and time passes when it is told to.
struct AnswerWriterTests {
    private final class Nothing: ChannelOutboundHandler { typealias OutboundIn = IOData }

    private let channel = EmbeddedChannel()
    private let writer: AnswerWriter

    init() throws {
        let handler = Nothing()
        try channel.pipeline.syncOperations.addHandler(handler)
        writer = AnswerWriter(try channel.pipeline.syncOperations.context(handler: handler), time: .real) {}
    }

    /// What reached the socket since the last call: bytes as they are, parts of files as their ranges.
    private func sent() throws -> [String] {
        var all: [String] = []
        while let data = try channel.readOutbound(as: IOData.self) {
            switch data {
            case .byteBuffer(let bytes): if bytes.readableBytes > 0 { all.append(String(buffer: bytes)) }
            case .fileRegion(let region): all.append("\(region.readerIndex)..<\(region.endIndex)")
            }
        }
        return all
    }

    private func slice(_ count: Int, in directory: TemporaryDirectory) throws -> LogSlice {
        let file = try LinuxFileSystem().open(directory.path + "/log", .create)
        try file.write(ByteBuffer(repeating: 7, count: 100), at: 0)
        return LogSlice(file: file, position: 10, count: count)
    }

    private func passTurn() { channel.embeddedEventLoop.advanceTime(by: AnswerWriter.pause) }

    @Test func aLargeAnswerGoesOutAPieceATurnAndWhatFollowsStaysBehindIt() throws {
        let directory = try TemporaryDirectory()
        let limit = AnswerWriter.turnLimit
        writer.write(ByteBuffer(string: "head"))
        #expect(writer.write(try slice(limit * 2 + 5, in: directory)))
        writer.write(ByteBuffer(string: "tail"))
        writer.flushIfNeeded()
        #expect(try sent() == ["head", "10..<\(10 + limit)"])
        #expect(writer.backlog == limit + 5 + 4)

        // A small answer that is ready between two turns has to wait, too.
        writer.write(ByteBuffer(string: "next"))
        writer.flushIfNeeded()
        #expect(try sent() == [])
        passTurn()
        #expect(try sent() == ["\(10 + limit)..<\(10 + 2 * limit)"])
        passTurn()
        #expect(try sent() == ["\(10 + 2 * limit)..<\(15 + 2 * limit)", "tail", "next"])
        #expect(writer.backlog == 0)

        writer.write(ByteBuffer(string: "at once"))
        writer.flushIfNeeded()
        #expect(try sent() == ["at once"])
    }

    @Test func theEndComesWhenAllPiecesAreOut() throws {
        let directory = try TemporaryDirectory()
        var isOver = false
        #expect(writer.write(try slice(AnswerWriter.turnLimit + 1, in: directory)))
        writer.whenAllIsWritten { isOver = true }
        #expect(!isOver)
        passTurn()
        #expect(isOver)
        #expect(try sent().count == 2)
    }

    @Test func nothingIsSentAfterTheEnd() throws {
        let directory = try TemporaryDirectory()
        #expect(writer.write(try slice(AnswerWriter.turnLimit + 1, in: directory)))
        writer.flushIfNeeded()
        #expect(try sent().count == 1)
        writer.end()
        passTurn()
        #expect(try sent() == [])
    }

    @Test func smallAnswersOfATurnAreOneWrite() throws {
        for text in ["a", "b", "c"] { writer.write(ByteBuffer(string: text)) }
        #expect(try sent() == [])
        writer.flushIfNeeded()
        #expect(try sent() == ["abc"])
    }
}
