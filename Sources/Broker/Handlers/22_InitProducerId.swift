import KafkaProtocol

/// InitProducerId: a producer id for an idempotent producer.
struct InitProducerIdHandler: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5
    let producerIds: ProducerIds
    let unserved: UnservedFeatures

    func handle(_ message: InitProducerIdRequest, _ request: Request) {
        var response = InitProducerIdResponse()
        // No epoch goes with an error.
        response.producerEpoch = -1
        if let id = message.transactionalId {
            // Transactions come with a later version; a clear refusal is better than a transaction that nobody ends.
            response.errorCode = id.isEmpty ? .invalidRequest : .transactionalIdAuthorizationFailed
            if !id.isEmpty { unserved.note(.transactions, request) }
            return request.reply(response)
        }
        guard (message.producerId == -1) == (message.producerEpoch == -1) else {
            response.errorCode = .invalidRequest
            return request.reply(response)
        }
        producerIds.next { id in
            var response = InitProducerIdResponse()
            response.producerEpoch = -1
            if let id {
                response.producerId = id
                response.producerEpoch = 0
            } else {
                response.errorCode = .coordinatorNotAvailable
            }
            request.reply(response)
        }
    }
}
