import KafkaProtocol
import NIOCore
import NIOEmbedded
import Testing

@testable import KafkaConnection

/// The client's end of a connection, with bytes as a broker, or something that is none, may send them.
struct ResponseHandlerTests {
    private let channel = EmbeddedChannel()
    private let handler = ResponseHandler(address: BrokerAddress(host: "test", port: 1), maxBytes: 100)

    init() throws {
        try channel.pipeline.syncOperations.addHandler(handler)
        // Until then it would not be active whatever happens.
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Sends a request whose bytes are its correlation id; the result is filled when the answer has come.
    private func send(timeout: TimeAmount = .seconds(30)) -> Answer {
        let answer = Answer()
        let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
        promise.futureResult.assumeIsolated().whenComplete { answer.result = $0 }
        handler.send(timeout: timeout, promise: promise) { id in
            OutgoingRequest(frame: Frame(buffer: ByteBuffer(integer: id)), batches: [])
        }
        return answer
    }

    private final class Answer {
        var result: Result<ByteBuffer, any Error>?
        var text: String? {
            guard case .success(var bytes)? = result, let id = bytes.readInteger(as: Int32.self) else { return nil }
            return "\(id) " + String(buffer: bytes)
        }
        var failure: KafkaError? { if case .failure(let error)? = result { error as? KafkaError } else { nil } }
    }

    private func frame(_ correlationId: Int32, _ text: String) -> ByteBuffer {
        var bytes = ByteBuffer(integer: Int32(4 + text.utf8.count))
        bytes.writeInteger(correlationId)
        bytes.writeString(text)
        return bytes
    }

    @Test func answersGoToTheirRequestsHoweverTheBytesAreCut() throws {
        for cut in 0...26 {
            let test = try ResponseHandlerTests()
            let first = test.send(), second = test.send()
            var bytes = test.frame(0, "one")
            bytes.writeImmutableBuffer(test.frame(1, "second"))
            bytes.writeImmutableBuffer(ByteBuffer(string: ""))
            if let front = bytes.readSlice(length: min(cut, bytes.readableBytes)) {
                try test.channel.writeInbound(front)
            }
            if cut < 11 { #expect(first.result == nil) }
            try test.channel.writeInbound(bytes)
            #expect(first.text == "0 one")
            #expect(second.text == "1 second")
        }
    }

    @Test func aLengthBeyondTheLimitEndsTheConnectionBeforeMemoryIsReserved() throws {
        for length in [Int32(101), .max, 3, 0, -1] {
            let test = try ResponseHandlerTests()
            let answer = test.send()
            try test.channel.writeInbound(ByteBuffer(integer: length))
            #expect(answer.failure?.code == .malformed)
            #expect(!test.channel.isActive)
        }
    }

    @Test func anAnswerToAnotherRequestEndsTheConnection() throws {
        let first = send(), second = send()
        try channel.writeInbound(frame(1, "second"))
        #expect(first.failure?.code == .malformed)
        #expect(second.failure?.code == .malformed)
        #expect(!channel.isActive)
    }

    @Test func anAnswerThatNobodyAskedForEndsTheConnection() throws {
        try channel.writeInbound(frame(0, "hello"))
        #expect(!channel.isActive)
        #expect(send().failure?.code == .malformed)
    }

    @Test func whoIsOverItsQuotaWaitsAndThenGoesOnInOrder() throws {
        var order: [Int] = []
        func send(_ number: Int) { handler.whenNotThrottled { order.append(number) } }
        send(1)
        handler.pause(for: .seconds(2))
        send(2)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        handler.pause(for: .seconds(3))
        send(3)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(2999))
        #expect(order == [1])
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(order == [1, 2, 3])
        send(4)
        handler.pause(for: .seconds(2))
        send(5)
        channel.pipeline.fireChannelInactive()
        send(6)
        #expect(order == [1, 2, 3, 4, 5, 6], "who waits when the connection ends learns so at once")
    }

    @Test func eachRequestHasItsOwnTimeWhateverWasSentBeforeIt() throws {
        let long = send(timeout: .seconds(9)), short = send(timeout: .seconds(2))
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(long.result == nil && short.result == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(short.failure == KafkaError(.timedOut, "test:1 did not answer within 2000 ms"))
    }

    @Test func anAnswerInTimeIsNoReasonToEndWhatIsAskedLater() throws {
        let first = send(timeout: .seconds(2))
        try channel.writeInbound(frame(0, "one"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        let second = send(timeout: .seconds(2))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1999))
        #expect(first.text == "0 one" && second.result == nil)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(second.failure?.code == .timedOut)
    }

    @Test func whoWaitsTooLongLearnsSoAndSoDoThoseBehind() throws {
        let first = send(timeout: .seconds(2)), second = send(timeout: .seconds(9))
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(first.result == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(first.failure?.code == .timedOut)
        #expect(second.failure?.code == .timedOut)
    }

    /// Takes nothing that is written until it is told to.
    private final class Full: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private var held: [EventLoopPromise<Void>?] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            held.append(promise)
        }

        func takeAll() {
            for promise in held { promise?.succeed(()) }
            held = []
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            for promise in held { promise?.fail(ChannelError.ioOnClosedChannel) }
            held = []
        }
    }

    private final class Outcome { var isDone: Bool? }

    private func sendUnanswered() -> Outcome {
        let outcome = Outcome()
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { outcome.isDone = (try? $0.get()) != nil }
        handler.sendUnanswered(timeout: .seconds(5), promise: promise) { id in
            OutgoingRequest(frame: Frame(buffer: ByteBuffer(integer: id)), batches: [])
        }
        return outcome
    }

    @Test func whatTheSocketDoesNotTakeInTimeEndsTheConnectionThoughNoAnswerIsWaitedFor() throws {
        let full = Full()
        try channel.pipeline.syncOperations.addHandler(full, position: .first)
        let taken = sendUnanswered()
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        full.takeAll()
        #expect(taken.isDone == true)
        let stuck = sendUnanswered()
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(stuck.isDone == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(stuck.isDone == false)
    }

    @Test func aConnectionThatRetiresIsClosedWhenAllIsAnsweredAndSent() throws {
        let full = Full()
        try channel.pipeline.syncOperations.addHandler(full, position: .first)
        let answer = send(), unanswered = sendUnanswered()
        handler.closeWhenIdle()
        #expect(channel.isActive)
        try channel.writeInbound(frame(0, "one"))
        #expect(answer.text == "0 one" && unanswered.isDone == nil && channel.isActive)
        full.takeAll()
        #expect(unanswered.isDone == true && !channel.isActive)
    }

    @Test func aConnectionThatRetiresOverItsQuotaIsClosedWhenWhatWaitedIsSent() throws {
        var late: Outcome?
        handler.pause(for: .seconds(2))
        handler.whenNotThrottled { late = sendUnanswered() }
        handler.closeWhenIdle()
        #expect(channel.isActive && late == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(late?.isDone == true && !channel.isActive)
    }

    @Test func theEndOfTheConnectionIsToldToAllWhoWait() throws {
        let answer = send()
        channel.pipeline.fireChannelInactive()
        #expect(answer.failure?.code == .connectionLost)
        #expect(answer.failure?.isRetriable == true)
    }
}
