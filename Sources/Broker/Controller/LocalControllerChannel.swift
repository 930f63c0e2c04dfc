import ClusterMetadata
import KafkaProtocol

/// The way to a controller that is in this process.
struct LocalControllerChannel: ControllerChannel {
    let runtime: MetadataRuntime

    func send<Request: ControllerRequest>(
        _ request: Request,
        _ context: ControllerRequestContext,
        _ done: @escaping @Sendable (Request.Response) -> Void
    ) {
        let reply = MetadataRuntime.Reply { response in
            guard let response = response as? Request.Response else {
                preconditionFailure("a \(Request.schema.name) was answered with \(type(of: response).schema.name)")
            }
            done(response)
        }
        runtime.submit(request, context, reply)
    }
}

/// Has the controller answer a client's request.
struct ControllerHandler<Message: ControllerRequest>: ApiHandler {
    let controller: any ControllerChannel

    func handle(_ message: Message, _ request: Request) {
        controller.send(message, ControllerRequestContext(request)) { request.reply($0) }
    }
}

extension ControllerRequestContext {
    /// Everyone, as long as nobody has to say who it is.
    static let anonymous = "User:ANONYMOUS"

    /// Of a client's request.
    init(_ request: Request) {
        self.init(version: request.version, principal: Self.anonymous, listener: request.connection.listener)
        (host, clientId) = (request.connection.remoteHost, request.clientId)
    }

    /// For requests that the node makes itself, in the newest version.
    static func own(_ message: (some ControllerRequest).Type) -> ControllerRequestContext {
        ControllerRequestContext(version: message.schema.versions.upperBound, principal: anonymous, listener: "")
    }
}
