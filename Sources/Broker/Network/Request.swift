@_spi(Sabotage) import KafkaProtocol
import LogStorage
import NIOCore
import World

/// One request on its way to an answer. May be kept and answered on any thread, once.
struct Request: Sendable {
    let connection: Connection
    /// Its place among the connection's requests: answers go out in this order.
    let slot: UInt64
    let api: ApiKey
    let version: Int16
    let correlationId: Int32
    let clientId: String

    /// The connection's loop.
    var eventLoop: any EventLoop { connection.eventLoop }

    /// Sends the answer.
    ///
    /// - Parameter slices: the bytes for `WireRecords.external`, by id.
    func reply(_ response: some ResponseMessage, slices: [LogSlice] = []) {
        do throws(WireError) {
            let isWrong = Sabotage.wrongCorrelationId.isOn && slot % 50 == 49
            let id = isWrong ? correlationId &- 1 : correlationId
            let frame = try response.frame(api: api, version: version, correlationId: id)
            connection.complete(slot, .frame(OutgoingFrame(frame: frame, slices: slices)))
        } catch {
            connection.complete(slot, .failure("the answer to \(api) version \(version) cannot be written: \(error)"))
        }
    }

    /// Ends the request without an answer, as acks=0 does.
    func finishSilently() { connection.complete(slot, .silence) }

    /// Closes the connection: the client cannot be told otherwise.
    func close(_ reason: String) { connection.complete(slot, .failure(reason)) }
}

/// A framed answer and the file contents that belong into it.
struct OutgoingFrame: Sendable {
    var frame: Frame
    var slices: [LogSlice]
}

/// What became of a request.
enum RequestOutcome: Sendable {
    case frame(OutgoingFrame)
    case silence
    case failure(String)
}

/// A connection as other threads may hold it.
final class Connection: Sendable {
    let eventLoop: any EventLoop
    /// No other connection of its listeners has the same.
    let serial: UInt64
    let remoteHost: String
    /// The listener that it came in by; answers name that listener's addresses.
    let listener: String
    private let handler: NIOLoopBound<ConnectionHandler>
    private let ownTimers: NIOLoopBound<ConnectionTimers>

    /// Made on the event loop.
    init(
        _ handler: ConnectionHandler,
        serial: UInt64,
        eventLoop: any EventLoop,
        remoteHost: String,
        listener: String
    ) {
        self.serial = serial
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
        ownTimers = NIOLoopBound(ConnectionTimers(eventLoop: eventLoop), eventLoop: eventLoop)
        self.eventLoop = eventLoop
        self.remoteHost = remoteHost
        self.listener = listener
    }

    /// For requests that wait, on its event loop.
    var timers: ConnectionTimers { ownTimers.value }

    func complete(_ slot: UInt64, _ outcome: RequestOutcome) {
        if eventLoop.inEventLoop {
            handler.value.complete(slot, outcome)
        } else {
            eventLoop.execute { self.handler.value.complete(slot, outcome) }
        }
    }

    /// Reads nothing for a while; called while one of the connection's requests is dispatched, on its loop.
    func holdBack(millis: Int64) { handler.value.holdBack(millis: millis) }

    /// Tells when the connection is no more; the last one who asks is told. Called while one of its requests is dispatched, on its loop.
    func whenClosed(_ told: @escaping @Sendable () -> Void) { handler.value.onClose = told }

    /// Stops taking requests, and closes once what is in flight has been answered.
    func drain() {
        if eventLoop.inEventLoop { handler.value.drain() } else { eventLoop.execute { self.handler.value.drain() } }
    }
}
