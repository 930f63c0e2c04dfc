import ClusterMetadata
import Coordination
import KafkaProtocol

/// AddOffsetsToTxn: a group's offsets come into a transaction, which is the partition of `__consumer_offsets` that they lie in.
struct AddOffsetsToTxnHandler: ApiHandler {
    let transactions: TransactionRuntime
    let topics: TopicCreator
    let cluster: PublishedView

    func handle(_ message: AddOffsetsToTxnRequest, _ request: Request) {
        if message.transactionalId.isEmpty { return reply(request, .invalidRequest) }
        topics.ensure(.offsets) {
            let view = cluster.view
            guard let route = view.topics[TopicName.consumerOffsets] else {
                return reply(request, .coordinatorNotAvailable)
            }
            let id = TopicPartition(
                TopicName.consumerOffsets,
                CoordinatorPartition.number(for: message.groupId, of: route.count)
            )
            switch transactions.shard(for: message.transactionalId, in: view) {
            case .failure(let code): reply(request, code)
            case .success(let shell):
                let producer = TransactionalProducer(id: message.producerId, epoch: message.producerEpoch)
                let member = TransactionMember(id: message.transactionalId, producer: producer)
                shell.submit(.add(member, [id], version: 0)) { reply(request, TransactionRuntime.code($0)) }
            }
        }
    }

    private func reply(_ request: Request, _ code: ErrorCode) {
        var response = AddOffsetsToTxnResponse()
        response.errorCode = code.fenced(request, since: 2)
        request.reply(response)
    }
}
