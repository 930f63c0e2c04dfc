import KafkaProtocol

/// What a broker's life asks of the node, in this order.
package enum BrokerLifeEffect: Equatable, Sendable {
    /// To the active controller; the answer comes back with the number.
    case register(BrokerRegistrationRequest, number: Int)
    case heartbeat(BrokerHeartbeatRequest, number: Int)
    /// The controller took the broker: this is the epoch that it speaks with from here on.
    case registered(epoch: Int64)
    /// The broker may lead. Once in its life.
    case unfenced
    /// It never will: the node ends, with this sentence.
    case refused(String)
    /// Nothing is to be waited for any more.
    case stopped
    case note(BrokerLifeNote)
}

/// What an operator may want to know, with its evidence: one line of a log.
package enum BrokerLifeNote: Equatable, Sendable {
    case registered(epoch: Int64, afterMillis: Int64)
    /// Another process has this broker's id.
    case duplicate(Int32)
    case unfenced(epoch: Int64, metadataOffset: Int64)
    case fenced(epoch: Int64)
    case registersAgain(epoch: Int64, ErrorCode)
    /// Another process registered as this broker.
    case replaced(epoch: Int64, by: Int64)
    /// Nobody takes over: no other broker is there, or this one leads nothing yet.
    case stopsAlone
    case shutdownBegan
    case shutdownEnded(afterMillis: Int64)
    case shutdownGivenUp(afterMillis: Int64)

    /// Whether somebody should look.
    package var isWarning: Bool {
        switch self {
        case .duplicate, .fenced, .registersAgain, .replaced, .shutdownGivenUp: true
        case .registered, .unfenced, .stopsAlone, .shutdownBegan, .shutdownEnded: false
        }
    }
}

extension BrokerLifeNote: CustomStringConvertible {
    package var description: String {
        switch self {
        case .registered(let epoch, let millis): "registered with epoch \(epoch), after \(millis) ms"
        case .duplicate(let id):
            "another process is broker \(id), or was until a moment ago: this one registers when the other's session has ended"
        case .unfenced(let epoch, let offset):
            "unfenced in epoch \(epoch), with the metadata up to offset \(offset)"
        case .fenced(let epoch): "the controller has fenced this broker of epoch \(epoch): others lead"
        case .registersAgain(let epoch, let code):
            "the controller does not know this broker's epoch \(epoch) any more (\(code)): it registers again"
        case .replaced(let epoch, let other):
            "another process registered as this broker, with epoch \(other) instead of \(epoch): this one registers again"
        case .stopsAlone: "stops without controlled shutdown: nobody takes over"
        case .shutdownBegan: "controlled shutdown: others take over what this broker leads"
        case .shutdownEnded(let millis): "others have taken over, after \(millis) ms"
        case .shutdownGivenUp(let millis): "controlled shutdown is given up after \(millis) ms: no controller ends it"
        }
    }
}
