import Coordination
import KafkaProtocol

/// InitProducerId: a producer id for an idempotent producer, or that of a transactional id, with the next epoch.
struct InitProducerIdHandler: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...5
    let producerIds: ProducerIds
    let transactions: TransactionRuntime
    let cluster: PublishedView

    func handle(_ message: InitProducerIdRequest, _ request: Request) {
        guard (message.producerId == -1) == (message.producerEpoch == -1), message.transactionalId != "" else {
            return refuse(request, .invalidRequest)
        }
        guard let id = message.transactionalId else {
            return producerIds.next { id in
                guard let id else { return refuse(request, .coordinatorNotAvailable) }
                reply(request, TransactionalProducer(id: id, epoch: 0))
            }
        }
        var wanted = InitTransactionalProducer(id: id, timeoutMillis: message.transactionTimeoutMs)
        if message.producerId >= 0 {
            wanted.expected = TransactionalProducer(id: message.producerId, epoch: message.producerEpoch)
        }
        ask(wanted, request)
    }

    private func ask(_ wanted: InitTransactionalProducer, _ request: Request) {
        switch transactions.shard(for: wanted.id, in: cluster.view) {
        case .failure(let code): refuse(request, code)
        case .success(let shell):
            shell.submit(.initProducer(wanted)) { result in
                switch result {
                case .success(.producer(let producer)): reply(request, producer)
                case .success(.needsProducerId) where wanted.fresh == nil:
                    producerIds.next { id in
                        guard let id else { return refuse(request, .coordinatorNotAvailable) }
                        var wanted = wanted
                        wanted.fresh = id
                        ask(wanted, request)
                    }
                default: refuse(request, TransactionRuntime.code(result))
                }
            }
        }
    }

    private func reply(_ request: Request, _ producer: TransactionalProducer) {
        var response = InitProducerIdResponse()
        (response.producerId, response.producerEpoch) = (producer.id, producer.epoch)
        request.reply(response)
    }

    private func refuse(_ request: Request, _ code: ErrorCode) {
        var response = InitProducerIdResponse()
        // No epoch goes with an error.
        response.producerEpoch = -1
        response.errorCode = code.fenced(request, since: 4)
        request.reply(response)
    }
}

extension ErrorCode {
    /// What a client is told that does not know PRODUCER_FENCED yet.
    func fenced(_ request: Request, since version: Int16) -> ErrorCode {
        self == .producerFenced && request.version < version ? .invalidProducerEpoch : self
    }
}
