import ClusterMetadata
import KafkaConnection
import NIOCore
import World

extension BrokerProbe {
    /// What does not answer within this time may be paused, or behind a slow network.
    private static let timeout = TimeAmount.seconds(1)

    /// Connects, and leaves at once. Only a refusal says something: somebody's kernel has nobody who listens there.
    func run(_ network: any Network, _ loop: any EventLoop, _ done: @escaping @Sendable (_ isRefused: Bool) -> Void) {
        let connected = network.connect(host: host, port: port, on: loop, timeout: Self.timeout) { channel in
            channel.eventLoop.makeSucceededVoidFuture()
        }
        connected.whenComplete { result in
            switch result {
            case .success(let channel):
                channel.close(promise: nil)
                done(false)
            case .failure(let error): done(isRefusal(error))
            }
        }
    }
}
