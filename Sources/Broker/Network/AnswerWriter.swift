import DequeModule
import KafkaProtocol
import LogStorage
import NIOCore
import World

/// What a connection sends: gathers small answers into one write, and gives large ones to the socket a piece in each turn of the event
/// loop, so that a consumer that reads gigabytes doesn't hold up those whose connections live on the same loop. Lives on its channel's event loop.
final class AnswerWriter {
    /// Slices up to this size are copied into the answer; larger ones go by `sendfile`.
    static let copyLimit = 48 * 1024
    /// Answers up to this size wait for the others of the same turn.
    static let gatherLimit = 1024
    /// Bytes of files that one turn of the event loop gives to the socket: some 100 microseconds of `sendfile`.
    static let turnLimit = 256 * 1024
    /// Between two turns. As short as can be: it is for the loop to look at its other connections; below some 3 microseconds the next turn
    /// is due before it has done so.
    static let pause = TimeAmount.microseconds(5)

    private enum Piece {
        case bytes(ByteBuffer)
        case file(any StorageFile, position: Int, end: Int)
    }

    /// Bytes that were written and that the socket has not taken.
    private(set) var backlog = 0
    /// When the socket last took bytes while others waited; monotonic milliseconds.
    private(set) var lastProgress: Int64
    private let time: WorldTime
    private let context: ChannelHandlerContext
    /// Called when the socket has taken bytes; nil after the end.
    private var progressed: (() -> Void)?
    private var gathered = ByteBuffer()
    /// Pieces that wait for a turn, and everything written after them.
    private var waiting: Deque<Piece> = []
    private var hasTurn = false
    /// Counts turns.
    private var turn = 0
    /// The last turn after which the event loop came to its other connections.
    private var turnBefore = 0
    /// Runs when the loop has handled what it was handling as a turn began: after that it looks at its other connections.
    private var noteTurn: @Sendable () -> Void = {}
    private var needsFlush = false
    private var whenWritten: (() -> Void)?

    init(_ context: ChannelHandlerContext, time: WorldTime, progressed: @escaping () -> Void) {
        self.context = context
        self.time = time
        lastProgress = time.now.milliseconds
        self.progressed = progressed
        let bound = NIOLoopBound(Weak(self), eventLoop: context.eventLoop)
        noteTurn = { bound.value.writer?.noteTurnBefore() }
    }

    private struct Weak {
        weak var writer: AnswerWriter?

        init(_ writer: AnswerWriter) { self.writer = writer }
    }

    private func noteTurnBefore() { turnBefore = turn }

    /// Nothing more is sent, nobody is told.
    func end() {
        progressed = nil
        whenWritten = nil
        waiting = []
        gathered = ByteBuffer()
    }

    /// Small answers go to the socket together, in one write.
    func write(_ bytes: ByteBuffer) {
        if bytes.readableBytes > Self.gatherLimit || gathered.readableBytes + bytes.readableBytes > Self.copyLimit {
            writeGathered()
        }
        if bytes.readableBytes > Self.gatherLimit { return add(bytes) }
        if gathered.readableBytes == 0 { gathered = bytes } else { gathered.writeImmutableBuffer(bytes) }
        needsFlush = true
    }

    /// False when the slice could not be read.
    func write(_ slice: LogSlice) -> Bool {
        guard slice.count > Self.copyLimit, slice.file.descriptor != nil else {
            guard let bytes = try? slice.bytes(), bytes.readableBytes == slice.count else { return false }
            write(bytes)
            return true
        }
        writeGathered()
        count(slice.count)
        waiting.append(.file(slice.file, position: Int(slice.position), end: Int(slice.position) + slice.count))
        return true
    }

    func flushIfNeeded() {
        guard needsFlush else { return }
        needsFlush = false
        writeGathered()
        if hasTurn || waiting.isEmpty { context.flush() } else { takeTurn() }
    }

    /// Calls back when the socket has all that was written, or has failed; not after `end`.
    func whenAllIsWritten(_ callback: @escaping () -> Void) {
        needsFlush = true
        flushIfNeeded()
        if backlog == 0 { callback() } else { whenWritten = callback }
    }

    private func writeGathered() {
        if gathered.readableBytes == 0 { return }
        let bytes = gathered
        gathered = ByteBuffer()
        add(bytes)
    }

    private func add(_ bytes: ByteBuffer) {
        count(bytes.readableBytes)
        if waiting.isEmpty { give(bytes) } else { waiting.append(.bytes(bytes)) }
    }

    private func count(_ bytes: Int) {
        if backlog == 0 { lastProgress = time.now.milliseconds }
        backlog += bytes
        needsFlush = true
    }

    // MARK: Turns

    private func takeTurn() {
        hasTurn = true
        turn += 1
        context.eventLoop.execute(noteTurn)
        var rest = Self.turnLimit
        var last: EventLoopFuture<Void>?
        while rest > 0, let piece = waiting.popFirst() {
            switch piece {
            case .bytes(let bytes):
                rest -= bytes.readableBytes
                last = give(bytes)
            case .file(let file, let position, let end):
                let next = min(position + rest, end)
                rest -= next - position
                // The next turn goes on where this one ends.
                if next < end { waiting.prepend(.file(file, position: next, end: end)) }
                last = give(file, position, next)
            }
        }
        last?.assumeIsolated().whenComplete { _ in self.turnIsOver() }
        context.flush()
    }

    private func turnIsOver() {
        if waiting.isEmpty || progressed == nil {
            hasTurn = false
        } else if turnBefore == turn {
            // The socket was full meanwhile, so the others had their turn.
            takeTurn()
        } else {
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.takeTurn() }
        }
    }

    @discardableResult private func give(_ bytes: ByteBuffer) -> EventLoopFuture<Void> {
        let written: EventLoopFuture<Void> = context.write(NIOAny(IOData.byteBuffer(bytes)))
        track(bytes.readableBytes, written)
        return written
    }

    private func give(_ file: any StorageFile, _ position: Int, _ end: Int) -> EventLoopFuture<Void>? {
        // Only files with a descriptor are given in pieces.
        guard let descriptor = file.descriptor else { return nil }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        let region = FileRegion(fileHandle: handle, readerIndex: position, endIndex: end)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            // The descriptor belongs to the file, which lives until here: the handle must give it back unclosed.
            _ = try? handle.takeDescriptorOwnership()
            withExtendedLifetime(file) {}
            self.written(end - position)
        }
        context.write(NIOAny(IOData.fileRegion(region)), promise: promise)
        return promise.futureResult
    }

    private func track(_ bytes: Int, _ written: EventLoopFuture<Void>) {
        written.assumeIsolated().whenComplete { _ in self.written(bytes) }
    }

    private func written(_ bytes: Int) {
        backlog -= bytes
        lastProgress = time.now.milliseconds
        progressed?()
        if backlog == 0, let callback = whenWritten {
            whenWritten = nil
            callback()
        }
    }
}
