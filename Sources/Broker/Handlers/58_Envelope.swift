import ClusterMetadata
import KafkaProtocol
import NIOCore

/// Envelope: what a client asked of a broker whose controller is here.
struct EnvelopeHandler: ApiHandler {
    let runtime: MetadataRuntime
    let apis: [ForwardedApi]

    func handle(_ message: EnvelopeRequest, _ request: Request) {
        // Nothing was taken: the broker looks for another controller.
        guard runtime.isActive else { return refuse(request, .notController) }
        guard let principal = Envelope.principal(message.requestPrincipal) else {
            return refuse(request, .principalDeserializationFailure)
        }
        let bytes = message.requestData
        guard let (key, version) = bytes.getMultipleIntegers(at: bytes.readerIndex, as: (Int16, Int16).self),
            let api = apis.first(where: { $0.key.rawValue == key })
        else { return refuse(request, .invalidRequest) }
        guard api.key.versions.contains(version) else { return refuse(request, .unsupportedVersion) }
        var reader = WireReader(bytes)
        do throws(WireError) {
            let header = try RequestHeader(from: &reader, version: api.key.requestHeaderVersion(version))
            var context = ControllerRequestContext(
                version: version,
                principal: principal,
                listener: request.connection.listener
            )
            (context.host, context.clientId) = (Envelope.host(message.clientHostAddress), header.clientId ?? "")
            try api.run(&reader, context) { reply(request, $0, api.key, version, header.correlationId) }
        } catch {
            refuse(request, .invalidRequest)
        }
    }

    private func refuse(_ request: Request, _ code: ErrorCode) {
        var response = EnvelopeResponse()
        response.errorCode = code
        request.reply(response)
    }

    private func reply(
        _ request: Request,
        _ answer: any ResponseMessage,
        _ key: ApiKey,
        _ version: Int16,
        _ correlationId: Int32
    ) {
        var response = EnvelopeResponse()
        do throws(WireError) {
            var bytes = try answer.frame(api: key, version: version, correlationId: correlationId).buffer
            bytes.moveReaderIndex(forwardBy: 4)
            response.responseData = bytes.slice()
        } catch {
            response.errorCode = .unknownServerError
        }
        request.reply(response)
    }
}

/// An API that clients ask of any broker, and that the active controller answers.
struct ForwardedApi: Sendable {
    typealias Reply = @Sendable (any ResponseMessage) -> Void

    let key: ApiKey
    let run: @Sendable (inout WireReader, ControllerRequestContext, @escaping Reply) throws(WireError) -> Void

    init<Message: RequestMessage>(
        _ type: Message.Type,
        _ handle: @escaping @Sendable (Message, ControllerRequestContext, @escaping Reply) -> Void
    ) {
        guard let key = ApiKey(rawValue: Message.schema.key) else {
            preconditionFailure("\(Message.schema.name) belongs to no API")
        }
        self.key = key
        run = {
            (reader: inout WireReader, context: ControllerRequestContext, reply: @escaping Reply) throws(WireError) in
            handle(try Message(from: &reader, version: context.version), context, reply)
        }
    }

    /// One that the controller decides on.
    init<Message: ControllerRequest>(_ type: Message.Type, _ runtime: MetadataRuntime) {
        self.init(type) { message, context, reply in
            runtime.submit(message, context, MetadataRuntime.Reply { reply($0) })
        }
    }
}
