import DequeModule
import KafkaProtocol
import NIOCore

/// The client's end of a connection: sends frames and gives each answer to the request it belongs to. Brokers answer in the order of
/// the requests. Lives on its channel's event loop.
final class ResponseHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Pending {
        var correlationId: Int32
        var promise: EventLoopPromise<ByteBuffer>
        var timeout: TimeAmount
        var deadline: NIODeadline
    }

    private let address: BrokerAddress
    private let maxBytes: Int
    private var context: ChannelHandlerContext?
    private var pending: Deque<Pending> = []
    /// When the requests that brokers don't answer have to be with the socket, in order.
    private var unsent: Deque<NIODeadline> = []
    private var received = ByteBuffer()
    private var memory = ResponseBufferPool()
    private var nextCorrelationId: Int32 = 0
    private var end: KafkaError?
    private var isRetiring = false
    /// Requests that wait for the end of the throttle time, in order.
    private var throttled: Deque<() -> Void> = []
    private var throttledUntil = NIODeadline.uptimeNanoseconds(0)
    /// Looks at the requests' deadlines, of all of them: a timer for each would cost more than the rest of the request.
    private var timer: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    init(address: BrokerAddress, maxBytes: Int) {
        self.address = address
        self.maxBytes = maxBytes
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends what `encode` makes of a new correlation id. The answer's bytes begin with its header.
    func send(
        timeout: TimeAmount,
        promise: EventLoopPromise<ByteBuffer>,
        _ encode: (_ correlationId: Int32) throws -> OutgoingRequest
    ) {
        guard let (correlationId, request, context) = next(promise, encode) else { return }
        let deadline = context.eventLoop.now + timeout
        pending.append(
            Pending(correlationId: correlationId, promise: promise, timeout: timeout, deadline: deadline)
        )
        watch(until: deadline, context)
        write(request, nil, context)
    }

    private func write(_ request: OutgoingRequest, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext)
    {
        let pieces = request.pieces()
        for piece in pieces.dropLast() { context.write(wrapOutboundOut(piece), promise: nil) }
        if let last = pieces.last { context.writeAndFlush(wrapOutboundOut(last), promise: promise) }
    }

    // MARK: Pauses

    /// Sends nothing for this time: the client is over its quota (KIP-219).
    func pause(for time: TimeAmount) {
        guard let context else { return }
        throttledUntil = max(throttledUntil, context.eventLoop.now + time)
    }

    /// Sends at once, or in order after the throttle time.
    func whenNotThrottled(_ send: @escaping () -> Void) {
        guard end == nil, let context, !throttled.isEmpty || context.eventLoop.now < throttledUntil else {
            return send()
        }
        throttled.append(send)
        if throttled.count == 1 { releaseLater(context) }
    }

    private func releaseLater(_ context: ChannelHandlerContext) {
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: throttledUntil) { this.value.release() }
    }

    private func release() {
        if end == nil, let context, context.eventLoop.now < throttledUntil { return releaseLater(context) }
        let all = throttled
        throttled = []
        for send in all { send() }
        if isRetiring { closeWhenIdle() }
    }

    // MARK: Deadlines

    /// Has the deadlines looked at then, if not before.
    private func watch(until deadline: NIODeadline, _ context: ChannelHandlerContext) {
        if let timer {
            if timer.deadline <= deadline { return }
            timer.scheduled.cancel()
        }
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        timer = (deadline, context.eventLoop.scheduleTask(deadline: deadline) { this.value.checkDeadlines() })
    }

    private func checkDeadlines() {
        timer = nil
        guard end == nil, let context else { return }
        if let deadline = unsent.first, deadline <= context.eventLoop.now {
            return fail(KafkaError(.timedOut, "\(address) does not read what is sent to it"))
        }
        guard let next = pending.min(by: { $0.deadline < $1.deadline }) else {
            if let deadline = unsent.first { watch(until: deadline, context) }
            return
        }
        if next.deadline > context.eventLoop.now {
            return watch(until: min(next.deadline, unsent.first ?? next.deadline), context)
        }
        // Answers come in order, so nothing behind this one can be answered either.
        let millis = next.timeout.nanoseconds / 1_000_000
        fail(KafkaError(.timedOut, "\(address) did not answer within \(millis) ms"))
    }

    /// Sends a request that brokers don't answer: a Produce with acks 0. The socket has so long to take it: a connection whose other end is
    /// gone without a word takes none, and says nothing.
    func sendUnanswered(
        timeout: TimeAmount,
        promise: EventLoopPromise<Void>,
        _ encode: (_ correlationId: Int32) throws -> OutgoingRequest
    ) {
        guard let (_, request, context) = next(promise, encode) else { return }
        unsent.append(context.eventLoop.now + timeout)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.unsent.removeFirst()
            if self.isRetiring { self.closeWhenIdle() }
        }
        write(request, promise, context)
        if let deadline = unsent.first { watch(until: deadline, context) }
    }

    /// The next request's correlation id and bytes; nil when there is none, and the promise has failed.
    private func next<Value>(
        _ promise: EventLoopPromise<Value>,
        _ encode: (_ correlationId: Int32) throws -> OutgoingRequest
    ) -> (Int32, OutgoingRequest, ChannelHandlerContext)? {
        guard end == nil, let context else {
            promise.fail(end ?? lost("it is closed"))
            return nil
        }
        let correlationId = nextCorrelationId
        nextCorrelationId = correlationId == .max ? 0 : correlationId + 1
        do {
            return (correlationId, try encode(correlationId), context)
        } catch {
            promise.fail(error)
            return nil
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        while end == nil, let size = received.getInteger(at: received.readerIndex, as: Int32.self) {
            guard size >= 4, size <= maxBytes else {
                // Who speaks TLS answers with an alert.
                let isTLS = size >> 24 == 0x15 && size >> 16 & 0xff == 3
                let guess = isTLS ? "the port seems to require TLS (security.protocol=SSL)" : "is it a Kafka broker?"
                return fail(KafkaError(.malformed, "\(address) announced a response of \(size) bytes; \(guess)"))
            }
            guard received.readableBytes >= Int(size) + 4 else { return reserve(Int(size) + 4) }
            received.moveReaderIndex(forwardBy: 4)
            guard let frame = received.readSlice(length: Int(size)) else { return }
            if received.readableBytes == 0 {
                memory.keep(received)
                received = ByteBuffer()
            }
            answer(frame)
        }
    }

    /// Memory for an answer grows with what has arrived, up to all of it at once when a quarter is there, or when there is some to be used again.
    private func reserve(_ size: Int) {
        if received.capacity >= size {
            received.discardReadBytes()
        } else if var used = memory.take(size) {
            used.writeBuffer(&received)
            received = used
        } else {
            received.discardReadBytes()
            if received.readableBytes * 4 >= size { received.reserveCapacity(size) }
        }
    }

    private func answer(_ frame: ByteBuffer) {
        guard let request = pending.popFirst() else {
            return fail(KafkaError(.malformed, "\(address) sent a response without a request"))
        }
        let correlationId = frame.getInteger(at: frame.readerIndex, as: Int32.self)
        if correlationId != request.correlationId {
            let problem = KafkaError(.malformed, "\(address) sent a response with an unexpected correlation id")
            request.promise.fail(problem)
            return fail(problem)
        }
        request.promise.succeed(frame)
        if isRetiring { closeWhenIdle() }
    }

    /// Ends the connection when nobody waits for an answer any more, and the socket has all that is not answered.
    func closeWhenIdle() {
        isRetiring = true
        if pending.isEmpty, unsent.isEmpty, throttled.isEmpty { fail(lost("the SASL session expired")) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(lost("the broker closed it"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(TLSOptions.failure(error, with: address) ?? lost(reason(of: error)))
    }

    private func lost(_ why: String) -> KafkaError {
        KafkaError(.connectionLost, "the connection to \(address) was lost: \(why)")
    }

    /// Ends the connection; all who wait learn why.
    func fail(_ error: KafkaError) {
        if end != nil { return }
        end = error
        let all = pending
        pending = []
        timer?.scheduled.cancel()
        timer = nil
        for request in all { request.promise.fail(error) }
        received = ByteBuffer()
        // They fail now, too.
        release()
        context?.close(promise: nil)
    }
}
