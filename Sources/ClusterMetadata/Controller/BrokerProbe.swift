/// The address of a broker that may be gone: to be connected to, and left at once.
package struct BrokerProbe: Equatable, Sendable {
    package var broker: Int32
    /// Of the process that is meant.
    package var epoch: Int64
    package var host: String
    package var port: Int

    package init(broker: Int32, epoch: Int64, host: String, port: Int) {
        (self.broker, self.epoch, self.host, self.port) = (broker, epoch, host, port)
    }
}
