import KafkaProtocol

/// InitProducerId: a producer id for an idempotent producer.
enum InitProducerIdHandler {
    static let api = Api(.initProducerId, versions: 0...5) { (message: InitProducerIdRequest, request, node) in
        var response = InitProducerIdResponse()
        // No epoch goes with an error.
        response.producerEpoch = -1
        if let id = message.transactionalId {
            // Transactions come with a later version; a clear refusal is better than a transaction that nobody ends.
            response.errorCode = id.isEmpty ? .invalidRequest : .transactionalIdAuthorizationFailed
            if !id.isEmpty { node.unserved.note(.transactions, request, logger: node.logger) }
            return request.reply(response)
        }
        guard (message.producerId == -1) == (message.producerEpoch == -1) else {
            response.errorCode = .invalidRequest
            return request.reply(response)
        }
        node.producerIds.next { id in
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
