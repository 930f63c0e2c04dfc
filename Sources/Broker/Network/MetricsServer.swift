import NIOCore

/// Serves the metrics as Prometheus text to anyone who asks with GET. Speaks just enough HTTP/1.1 for that.
final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let requestLimit = 8192
    private let text: @Sendable () -> String
    private var received = ByteBuffer()

    init(text: @escaping @Sendable () -> String) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        if received.readableBytes > Self.requestLimit { return context.close(promise: nil) }
        let request = String(buffer: received)
        guard request.contains("\r\n\r\n") || request.contains("\n\n") else { return }
        let isGet = request.hasPrefix("GET ")
        let body = isGet ? text() : "only GET is possible here\n"
        let status = isGet ? "200 OK" : "405 Method Not Allowed"
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head + body))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
