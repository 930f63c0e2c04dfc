import Coordination
import KafkaProtocol

/// InitProducerId: a producer id for an idempotent producer, or that of a transactional id, with the next epoch.
struct InitProducerIdHandler: ApiHandler {
    let producerIds: ProducerIds
    let transactions: TransactionRuntime
    let cluster: PublishedView

    /// Version 6, of two-phase commits (KIP-939), may still change.
    static func versions(withUnstable offersUnstable: Bool) -> ClosedRange<Int16> { 0...(offersUnstable ? 6 : 5) }

    func handle(_ message: InitProducerIdRequest, _ request: Request) {
        guard (message.producerId == -1) == (message.producerEpoch == -1), message.transactionalId != "" else {
            return refuse(request, .invalidRequest)
        }
        guard let id = message.transactionalId else {
            if message.enable2Pc || message.keepPreparedTxn { return refuse(request, .invalidRequest) }
            return producerIds.next { id in
                guard let id else { return refuse(request, .coordinatorNotAvailable) }
                reply(request, TransactionalProducer(id: id, epoch: 0))
            }
        }
        var wanted = InitTransactionalProducer(id: id, timeoutMillis: message.transactionTimeoutMs)
        (wanted.isTwoPhase, wanted.keepsPrepared) = (message.enable2Pc, message.keepPreparedTxn)
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
                case .success(.kept(let producer, let open)): reply(request, producer, open: open)
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

    private func reply(_ request: Request, _ producer: TransactionalProducer, open: TransactionalProducer? = nil) {
        var response = InitProducerIdResponse()
        (response.producerId, response.producerEpoch) = (producer.id, producer.epoch)
        if let open { (response.ongoingTxnProducerId, response.ongoingTxnProducerEpoch) = (open.id, open.epoch) }
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
