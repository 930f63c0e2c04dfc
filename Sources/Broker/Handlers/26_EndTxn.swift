import Coordination
import KafkaProtocol

/// EndTxn: commits or aborts. Answered once the outcome is committed, while the markers are still being written; from version 5 on with the epoch of the
/// next transaction (KIP-890).
struct EndTxnHandler: ApiHandler {
    let producerIds: ProducerIds
    let transactions: TransactionRuntime
    let cluster: PublishedView

    func handle(_ message: EndTxnRequest, _ request: Request) {
        if message.transactionalId.isEmpty { return refuse(request, .invalidRequest) }
        let producer = TransactionalProducer(id: message.producerId, epoch: message.producerEpoch)
        let end = EndTransaction(
            TransactionMember(id: message.transactionalId, producer: producer),
            isCommit: message.committed,
            version: request.version >= 5 ? 2 : 0
        )
        ask(end, request)
    }

    private func ask(_ end: EndTransaction, _ request: Request) {
        switch transactions.shard(for: end.member.id, in: cluster.view) {
        case .failure(let code): refuse(request, code)
        case .success(let shell):
            shell.submit(.end(end)) { result in
                switch result {
                case .success(.producer(let next)):
                    var response = EndTxnResponse()
                    if request.version >= 5 { (response.producerId, response.producerEpoch) = (next.id, next.epoch) }
                    request.reply(response)
                case .success(.needsProducerId) where end.fresh == nil:
                    producerIds.next { id in
                        guard let id else { return refuse(request, .coordinatorNotAvailable) }
                        var end = end
                        end.fresh = id
                        ask(end, request)
                    }
                default: refuse(request, TransactionRuntime.code(result))
                }
            }
        }
    }

    private func refuse(_ request: Request, _ code: ErrorCode) {
        var response = EndTxnResponse()
        response.errorCode = code.fenced(request, since: 2)
        request.reply(response)
    }
}
