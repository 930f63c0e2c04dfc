/// How connections to brokers and controllers are made and used.
package struct ConnectionSettings: Sendable {
    /// Told to the broker, for its logs, metrics and quotas.
    package var clientId: String
    /// How long a response may take, where the request does not say.
    package var requestTimeout = Duration.seconds(30)
    /// How long connecting may take, and the first response.
    package var connectTimeout = Duration.seconds(10)
    /// How long what was sent may go without an acknowledgement of the machine at the other end, whatever its process does, until the connection
    /// is given up. After so much silence the machine is asked whether it is there, and has as long again. nil leaves that to the system, which
    /// takes a quarter of an hour, and asks nothing.
    package var unacknowledgedLimit: Duration?
    /// The pause after an attempt to connect that failed, which doubles with each, with up to a fifth of jitter.
    package var reconnectBackoff = Duration.milliseconds(50)
    package var reconnectBackoffMax = Duration.seconds(1)
    /// Nil is without TLS.
    package var tls: TLSOptions?
    /// Nil is without authentication.
    package var sasl: SASL?
    /// The largest response, 1 to 2^31 - 1; a longer one closes the connection.
    package var responseMaxBytes = 256 << 20

    package init(clientId: String) { self.clientId = clientId }

    /// Of a node's connections to others: something between them may have forgotten one while both nodes are well.
    package static let limitBetweenNodes = Duration.seconds(5)
}
