import ClusterMetadata
import Coordination
import KafkaProtocol

/// DescribeTransactions: what the coordinator knows of transactional ids.
struct DescribeTransactionsHandler: ApiHandler {
    let transactions: TransactionRuntime
    let cluster: PublishedView

    func handle(_ message: DescribeTransactionsRequest, _ request: Request) {
        let view = cluster.view
        var response = DescribeTransactionsResponse()
        response.transactionStates = message.transactionalIds.map { id in
            var row = DescribeTransactionsResponse.TransactionState()
            row.transactionalId = id
            if id.isEmpty {
                row.errorCode = .invalidRequest
                return row
            }
            let found = transactions.shard(for: id, in: view).flatMap { shell in shell.read { $0[id] } }
            switch found {
            case .failure(let code): row.errorCode = code
            case .success(nil): row.errorCode = .transactionalIdNotFound
            case .success(let transaction?): Self.fill(&row, transaction)
            }
            return row
        }
        request.reply(response)
    }

    private static func fill(_ row: inout DescribeTransactionsResponse.TransactionState, _ transaction: Transaction) {
        row.transactionState = transaction.status.name
        row.transactionTimeoutMs = transaction.timeoutMillis
        row.transactionStartTimeMs = transaction.start
        (row.producerId, row.producerEpoch) = (transaction.producerId, transaction.epoch)
        for partition in transaction.partitions.sorted() {
            if row.topics.last?.topic != partition.topic {
                var topic = DescribeTransactionsResponse.TopicData()
                topic.topic = partition.topic
                row.topics.append(topic)
            }
            row.topics[row.topics.count - 1].partitions.append(partition.partition)
        }
    }
}
