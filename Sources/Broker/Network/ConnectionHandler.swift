import CoreMetrics
import DequeModule
import KafkaProtocol
import LogStorage
import Logging
import NIOCore
import World

/// One client's connection: cuts frames from the stream, starts requests in order, sends answers in the same order, and stops reading
/// while too much is under way. Lives on its channel's event loop.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Requests that may be under way before reading stops.
    static let inFlightLimit = 5
    /// Bytes of answers that may wait for the socket before reading stops.
    static let backlogLimit = 8 << 20
    /// A request has to be complete this long after its first byte, unless it comes at `minimumRate` or faster.
    static let assemblyMillis: Int64 = 30_000
    static let minimumRate: Int64 = 1024
    /// A client that takes nothing for so long while answers wait is gone.
    static let stallMillis: Int64 = 60_000
    /// A client that has closed its side gets the answers that come within this time.
    static let drainMillis: Int64 = 3000

    private struct Slot {
        /// Bytes of the request's frame, which count against the node's memory until it is done.
        var bytes: Int
        var outcome: RequestOutcome?

        var isAnswered: Bool {
            switch outcome {
            case .none: false
            case .some: true
            }
        }
    }

    private let services: ConnectionServices
    private let listener: String
    private var context: ChannelHandlerContext?
    private var connection: Connection?
    /// Its number among the open ones.
    private var number: UInt64?
    /// The beginning of a frame whose rest has not arrived; memory of its own.
    private var partial = ByteBuffer()
    /// What was received and not looked at yet. Frames that are whole in it are not copied.
    private var incoming = ByteBuffer()
    private var slots: Deque<Slot> = []
    private var firstSlot: UInt64 = 0
    private var output: AnswerWriter?
    private var isPumping = false
    private var isReading = true
    private var holdsRead = false
    private var isDraining = false
    private var drainDeadline = Int64.max
    private var isClosed = false
    var onClose: (@Sendable () -> Void)?
    private var lastRequest: Int64
    private var assemblyBegan: Int64 = 0
    /// Bytes received for requests that are not done, counted in `RequestMemory`.
    private var heldBytes = 0
    /// Until when a quota holds this client back; monotonic milliseconds.
    private var heldBackUntil: Int64 = 0
    private var retriesPump = false
    private var watch: RepeatedTask?
    private let remoteHost: String

    init(services: ConnectionServices, listener: String, remoteHost: String) {
        self.services = services
        self.listener = listener
        self.remoteHost = remoteHost
        lastRequest = services.time.now.milliseconds
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        output = AnswerWriter(context, time: services.time) { self.progressed() }
        let connection = Connection(
            self,
            serial: services.nextSerial(),
            eventLoop: context.eventLoop,
            remoteHost: remoteHost,
            listener: listener
        )
        self.connection = connection
        number = services.connections.add(connection)
        let delay = services.connections.delay(host: remoteHost)
        if delay > 0 {
            heldBackUntil = services.time.now.milliseconds + delay
            isReading = false
            retryPump()
        }
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { _ in
            loopBound.value.checkTime()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        watch?.cancel()
        if let number { services.connections.remove(number) }
        number = nil
        if let connection { services.onClose(connection.serial) }
        // These and the handler hold each other.
        connection = nil
        output?.end()
        output = nil
        release(heldBytes)
        slots = []
        partial = ByteBuffer()
        incoming = ByteBuffer()
        self.context = nil
        onClose?()
        onClose = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Resets and broken pipes are everyday events of clients that vanish.
        services.logger.debug("connection failed", metadata: ["peer": "\(remoteHost)", "reason": "\(error)"])
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            // Half-closed, or gone: what was asked is answered, but nobody waits long for a client that may not be there.
            drainDeadline = services.time.now.milliseconds + Self.drainMillis
            drain()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Reading

    func read(context: ChannelHandlerContext) {
        if isReading { context.read() } else { holdsRead = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isClosed || isDraining { return }
        var bytes = unwrapInboundIn(data)
        heldBytes += bytes.readableBytes
        services.requestMemory.take(bytes.readableBytes)
        if incoming.readableBytes == 0 {
            incoming = bytes
        } else {
            incoming.writeBuffer(&bytes)
        }
        if assemblyBegan == 0 { assemblyBegan = services.time.now.milliseconds }
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        output?.flushIfNeeded()
        context.fireChannelReadComplete()
    }

    /// Starts the requests that are complete, as far as the limits allow.
    private func pump() {
        if isPumping { return }
        isPumping = true
        defer { isPumping = false }
        while !isClosed, !isDraining, hasRoom, let frame = nextFrame() {
            assemblyBegan = incoming.readableBytes > 0 ? services.time.now.milliseconds : 0
            start(frame)
            writeReady()
        }
        // Reading, unlike serving what has arrived, also stops while requests hold too much memory.
        let mayRead = hasRoom && !isDraining && !services.requestMemory.isExhausted
        if !mayRead, slots.isEmpty, !isDraining { retryPump() }
        if mayRead != isReading {
            isReading = mayRead
            if mayRead, holdsRead {
                holdsRead = false
                context?.read()
            }
        }
    }

    private var hasRoom: Bool {
        slots.count < Self.inFlightLimit && (output?.backlog ?? 0) < Self.backlogLimit
            && (heldBackUntil == 0 || services.time.now.milliseconds >= heldBackUntil)
    }

    /// Looks again a little later, when nothing of this connection will.
    private func retryPump() {
        guard !retriesPump, let context else { return }
        retriesPump = true
        let delay = max(10, min(heldBackUntil - services.time.now.milliseconds, 1000))
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(delay)) {
            bound.value.retriesPump = false
            if bound.value.isClosed { return }
            bound.value.pump()
            bound.value.output?.flushIfNeeded()
        }
    }

    private func release(_ bytes: Int) {
        heldBytes -= bytes
        services.requestMemory.giveBack(bytes)
    }

    private func nextFrame() -> ByteBuffer? {
        if partial.readableBytes == 0 {
            guard let size = checkedSize(incoming) else {
                if !isClosed { keepRest() }
                return nil
            }
            if incoming.readableBytes >= 4 + size {
                incoming.moveReaderIndex(forwardBy: 4)
                let frame = incoming.readSlice(length: size)
                if incoming.readableBytes == 0 { incoming = ByteBuffer() }
                return frame
            }
            keepRest()
            return nil
        }
        // Only what completes the frame is copied; the frames behind it are used where they are.
        take(upTo: 4)
        guard let size = checkedSize(partial) else { return nil }
        take(upTo: 4 + size)
        guard partial.readableBytes == 4 + size else { return nil }
        let frame = partial.getSlice(at: partial.readerIndex + 4, length: size)
        partial = ByteBuffer()
        return frame
    }

    /// Moves received bytes behind the partial frame until it has `count` bytes. Its memory grows by doubling with what has
    /// arrived, never to what a length announces.
    private func take(upTo count: Int) {
        let missing = count - partial.readableBytes
        if missing > 0, var piece = incoming.readSlice(length: min(missing, incoming.readableBytes)) {
            partial.writeBuffer(&piece)
        }
        if incoming.readableBytes == 0 { incoming = ByteBuffer() }
    }

    private func keepRest() {
        if incoming.readableBytes == 0 { return }
        partial = ByteBufferAllocator().buffer(capacity: max(4096, incoming.readableBytes))
        partial.writeBuffer(&incoming)
        incoming = ByteBuffer()
    }

    /// The size of the frame that `bytes` begins with; nil when it has not arrived or is impossible.
    private func checkedSize(_ bytes: ByteBuffer) -> Int? {
        guard let size = bytes.getInteger(at: bytes.readerIndex, as: Int32.self) else { return nil }
        guard size > 0, Int(size) <= services.requestMaxBytes else {
            close(because: Self.sizeProblem(bytes, size, limit: services.requestMaxBytes))
            return nil
        }
        return Int(size)
    }

    private static func sizeProblem(_ bytes: ByteBuffer, _ size: Int32, limit: Int) -> String {
        let front = bytes.getString(at: bytes.readerIndex, length: 4) ?? ""
        if ["GET ", "POST", "HEAD", "PUT ", "OPTI"].contains(front) {
            return "it looks like HTTP; this port speaks Kafka's protocol"
        }
        let head = UInt32(bitPattern: size)
        if head >> 24 == 0x16, head >> 16 & 0xff == 0x03 { return "it looks like TLS; this listener is PLAINTEXT" }
        return "a request of \(size) bytes is not possible; socket.request.max.bytes is \(limit)"
    }

    private func start(_ frame: ByteBuffer) {
        guard let connection else { return }
        lastRequest = services.time.now.milliseconds
        let slot = firstSlot + UInt64(slots.count)
        slots.append(Slot(bytes: frame.readableBytes + 4))
        services.metrics.requestBytes.increment(by: frame.readableBytes)
        if let problem = services.dispatcher.dispatch(frame, slot: slot, connection: connection) {
            close(because: problem)
        }
    }

    /// A quota holds the client back: what it asked is served, but nothing more is read for a while.
    func holdBack(millis: Int64) { heldBackUntil = services.time.now.milliseconds + millis }

    // MARK: Answers

    func complete(_ slot: UInt64, _ outcome: RequestOutcome) {
        guard !isClosed, slot >= firstSlot, slot - firstSlot < UInt64(slots.count) else { return }
        if case .failure(let reason) = outcome { return close(because: reason) }
        let index = Int(slot - firstSlot)
        guard !slots[index].isAnswered else { return }
        slots[index].outcome = outcome
        release(slots[index].bytes)
        if isPumping { return }
        writeReady()
        pump()
        output?.flushIfNeeded()
    }

    /// Hands the answers at the head of the queue to the socket.
    private func writeReady() {
        while !slots.isEmpty, slots[0].isAnswered, let slot = slots.popFirst() {
            firstSlot += 1
            if case .frame(let outgoing)? = slot.outcome { write(outgoing) }
        }
        if isDraining, slots.isEmpty { closeAfterWrites() }
    }

    private func write(_ outgoing: OutgoingFrame) {
        guard let output else { return }
        var rest = outgoing.frame.buffer
        for region in outgoing.frame.regions {
            if let front = rest.readSlice(length: region.position - rest.readerIndex), front.readableBytes > 0 {
                output.write(front)
            }
            guard region.id < outgoing.slices.count, send(outgoing.slices[region.id], output) else {
                return close(because: "the log could not be read for an answer")
            }
        }
        if rest.readableBytes > 0 { output.write(rest) }
    }

    private func send(_ slice: LogSlice, _ output: AnswerWriter) -> Bool {
        services.metrics.fetchedBytes.increment(by: slice.count)
        return output.write(slice)
    }

    /// The socket took bytes.
    private func progressed() {
        if !isReading, !isClosed { pump() }
    }

    // MARK: The end

    /// Takes no further requests; closes when all answers are out.
    func drain() {
        if isClosed || isDraining { return }
        isDraining = true
        if slots.isEmpty { closeAfterWrites() }
    }

    private func closeAfterWrites() {
        output?.whenAllIsWritten { self.context?.close(promise: nil) }
    }

    private func close(because reason: String) {
        if isClosed { return }
        isClosed = true
        services.metrics.closedByError.increment()
        services.closeLog.note(peer: remoteHost, reason: reason)
        context?.close(promise: nil)
    }

    /// Ends connections that idle, dribble or stall.
    private func checkTime() {
        guard !isClosed, let output else { return }
        let now = services.time.now.milliseconds
        if output.backlog == 0, now > drainDeadline {
            isClosed = true
            context?.close(promise: nil)
            return
        }
        if output.backlog > 0 {
            if now - output.lastProgress > Self.stallMillis {
                close(because: "the client took no byte of an answer for \(Self.stallMillis) ms")
            }
            return
        }
        if assemblyBegan > 0, slots.isEmpty, now - assemblyBegan > Self.assemblyMillis,
            Int64(partial.readableBytes) * 1000 / (now - assemblyBegan) < Self.minimumRate
        {
            return close(because: "a request was not complete after \(now - assemblyBegan) ms")
        }
        if slots.isEmpty, now - lastRequest > services.idleMillis {
            services.logger.debug("idle connection closed", metadata: ["peer": "\(remoteHost)"])
            isClosed = true
            context?.close(promise: nil)
        }
    }
}
