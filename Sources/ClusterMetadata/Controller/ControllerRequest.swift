import KafkaProtocol

/// A message that only the active controller answers: one of Kafka's own, so that it can come from anywhere.
package protocol ControllerRequest: RequestMessage {
    /// What the controller makes of it. Nothing has changed yet.
    func decide(
        _ controller: Controller,
        _ context: ControllerRequestContext,
        using random: inout some RandomNumberGenerator
    ) -> ControllerResult<Response>

    /// Whether its records may be more than one batch of the metadata log holds: where not the request says how many there are, but the cluster.
    var mayBeLarge: Bool { get }

    /// The answer that refuses the whole request.
    func refusal(_ code: ErrorCode, _ message: String) -> Response
}

extension ControllerRequest {
    package var mayBeLarge: Bool { false }
}

/// An answer that has one code for the whole request, and no place for a sentence.
package protocol CodedResponse: ResponseMessage {
    init()
    var errorCode: ErrorCode { get set }
}

extension ControllerRequest where Response: CodedResponse {
    package func refusal(_ code: ErrorCode, _ message: String) -> Response {
        var response = Response()
        response.errorCode = code
        return response
    }
}

extension AllocateProducerIdsResponse: CodedResponse {}
extension AlterPartitionResponse: CodedResponse {}
extension AssignReplicasToDirsResponse: CodedResponse {}
extension BrokerHeartbeatResponse: CodedResponse {}
extension BrokerRegistrationResponse: CodedResponse {}

/// What comes with a request to the controller.
package struct ControllerRequestContext: Equatable, Sendable {
    /// Of the request and its answer.
    package var version: Int16
    /// Who asks.
    package var principal: String
    /// The listener where it was asked; empty for what a node asks itself.
    package var listener: String
    /// Where a client asks from, and what it calls itself.
    package var host = ""
    package var clientId = ""

    package init(version: Int16, principal: String, listener: String) {
        self.version = version
        self.principal = principal
        self.listener = listener
    }
}

/// The way to the active controller, wherever it is.
package protocol ControllerChannel: Sendable {
    /// Sends a request. `done` gets the answer once what it says is committed, NOT_CONTROLLER in it when no controller took the request
    /// or the one that did leads no longer; then it is not known whether the request was carried out.
    func send<Request: ControllerRequest>(
        _ request: Request,
        _ context: ControllerRequestContext,
        _ done: @escaping @Sendable (Request.Response) -> Void
    )
}
