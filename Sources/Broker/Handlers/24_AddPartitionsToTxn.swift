import Coordination
import KafkaProtocol

/// AddPartitionsToTxn: partitions come into a transaction. Up to version 3 a client adds them; from 4 on a broker asks, for several transactions at once, to add
/// partitions or whether they are in (KIP-890).
struct AddPartitionsToTxnHandler: ApiHandler {
    let transactions: TransactionRuntime
    let cluster: PublishedView
    let interBrokerListener: String

    private typealias Item = AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction

    func handle(_ message: AddPartitionsToTxnRequest, _ request: Request) {
        if request.version <= 3 {
            var item = Item()
            item.transactionalId = message.v3AndBelowTransactionalId
            item.producerId = message.v3AndBelowProducerId
            item.producerEpoch = message.v3AndBelowProducerEpoch
            item.topics = message.v3AndBelowTopics
            return decide(item, version: 0) { [item] codes in
                var response = AddPartitionsToTxnResponse()
                response.resultsByTopicV3AndBelow = Self.rows(item) { codes($0).fenced(request, since: 2) }
                request.reply(response)
            }
        }
        guard request.connection.listener == interBrokerListener else {
            return request.close(
                "AddPartitionsToTxn version \(request.version), which brokers use, came by listener \(request.connection.listener)"
            )
        }
        let items = message.transactions
        var empty = AddPartitionsToTxnResponse()
        empty.resultsByTransaction = items.map { item in
            var row = AddPartitionsToTxnResponse.AddPartitionsToTxnResult()
            row.transactionalId = item.transactionalId
            return row
        }
        if items.isEmpty { return request.reply(empty) }
        let gathered = GatheredAnswer(empty, missing: items.count)
        for (index, item) in items.enumerated() {
            decide(item, version: request.version >= 5 ? 2 : 0) { codes in
                let rows = Self.rows(item) { codes($0) }
                let response = gathered.add { $0.resultsByTransaction[index].topicResults = rows }
                if let response { request.reply(response) }
            }
        }
    }

    /// - Parameter done: with the code of each partition.
    private func decide(
        _ item: Item,
        version: Int16,
        _ done: @escaping @Sendable (@escaping @Sendable (TopicPartition) -> ErrorCode) -> Void
    ) {
        let view = cluster.view
        let ids = item.topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0) } }
        let unknown = Set(ids.filter { view.topics[$0.topic]?.place(of: $0.partition) == nil })
        let refuseAll: @Sendable (ErrorCode) -> Void = { code in done { _ in code } }
        if item.transactionalId.isEmpty { return refuseAll(.invalidRequest) }
        if !unknown.isEmpty {
            // All or none: those that could be added are not tried.
            return done { unknown.contains($0) ? .unknownTopicOrPartition : .operationNotAttempted }
        }
        switch transactions.shard(for: item.transactionalId, in: view) {
        case .failure(let code): refuseAll(code)
        case .success(let shell):
            let producer = TransactionalProducer(id: item.producerId, epoch: item.producerEpoch)
            let member = TransactionMember(id: item.transactionalId, producer: producer)
            shell.submit(item.verifyOnly ? .verify(member, ids) : .add(member, ids, version: version)) { result in
                if case .success(.verified(let codes)) = result {
                    return done { codes[$0] ?? .unknownServerError }
                }
                refuseAll(TransactionRuntime.code(result))
            }
        }
    }

    private static func rows(_ item: Item, _ code: (TopicPartition) -> ErrorCode)
        -> [AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult]
    {
        item.topics.map { topic in
            var row = AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult()
            row.name = topic.name
            row.resultsByPartition = topic.partitions.map { number in
                var cell = AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult()
                cell.partitionIndex = number
                cell.partitionErrorCode = code(TopicPartition(topic.name, number)).rawValue
                return cell
            }
            return row
        }
    }
}
