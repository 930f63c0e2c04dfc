import NIOCore
import World

/// Serves the metrics as Prometheus text to anyone who asks with GET. Speaks just enough HTTP/1.1 for that.
final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let requestLimit = 8192
    private let worker: any Worker
    private let text: @Sendable () -> String
    private var received = ByteBuffer()
    private var isAnswering = false

    /// - Parameter worker: where the text is made.
    init(on worker: any Worker, text: @escaping @Sendable () -> String) { (self.worker, self.text) = (worker, text) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        if received.readableBytes > Self.requestLimit { return context.close(promise: nil) }
        let request = String(buffer: received)
        guard !isAnswering, request.contains("\r\n\r\n") || request.contains("\n\n") else { return }
        isAnswering = true
        let channel = context.channel
        guard request.hasPrefix("GET ") else {
            return Self.answer(channel, "405 Method Not Allowed", "only GET is possible here\n")
        }
        worker.run(on: context.eventLoop, text).whenComplete { result in
            switch result {
            case .success(let body): Self.answer(channel, "200 OK", body)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    private static func answer(_ channel: any Channel, _ status: String, _ body: String) {
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        channel.writeAndFlush(ByteBuffer(string: head + body)).whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
