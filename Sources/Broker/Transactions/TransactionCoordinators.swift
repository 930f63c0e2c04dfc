import ClusterMetadata
import Coordination
import KafkaConnection
import KafkaProtocol
import NIOCore
import World

/// Asks the coordinator of a transactional id, here or on another broker, whether partitions belong to the open transaction, or adds them to it
/// (KIP-890).
final class TransactionCoordinators: Sendable {
    enum Question: Sendable {
        /// The client has added them.
        case areIn
        /// They come in with their first batch (`transaction.version` 2).
        case add
    }

    typealias Answer = @Sendable (_ codes: [TopicPartition: ErrorCode], _ others: ErrorCode) -> Void

    private static let pauseMillis: Int64 = 20
    /// For how long what passes is asked again.
    private static let patienceMillis: Int64 = 2000
    private static let answerTimeout = Duration.seconds(2)
    private static let newestVersion: Int16 = 5

    private let cluster: PublishedView
    private let transactions: TransactionRuntime
    private let peers: PeerConnections
    private let listener: String
    private let time: WorldTime
    private let eventLoop: any EventLoop

    init(
        cluster: PublishedView,
        transactions: TransactionRuntime,
        peers: PeerConnections,
        listener: String,
        time: WorldTime,
        eventLoop: any EventLoop
    ) {
        (self.cluster, self.transactions, self.peers) = (cluster, transactions, peers)
        (self.listener, self.time, self.eventLoop) = (listener, time, eventLoop)
    }

    /// - Parameter answer: the code of each partition, and that of those that are not named.
    func ask(
        _ question: Question,
        _ member: TransactionMember,
        _ partitions: [TopicPartition],
        _ answer: @escaping Answer
    ) {
        ask(question, member, partitions, until: time.now.adding(milliseconds: Self.patienceMillis), answer)
    }

    private func ask(
        _ question: Question,
        _ member: TransactionMember,
        _ partitions: [TopicPartition],
        until deadline: MonotonicTime,
        _ answer: @escaping Answer
    ) {
        let take: Answer = { [self] codes, others in
            let isPassing = Self.passes(others) || codes.values.contains { Self.passes($0) }
            guard isPassing, time.now < deadline else { return answer(codes, others) }
            eventLoop.scheduleTask(in: .milliseconds(Self.pauseMillis)) { [self] in
                ask(question, member, partitions, until: deadline, answer)
            }
        }
        let view = cluster.view
        guard let route = view.topics[TopicName.transactionState] else { return take([:], .coordinatorNotAvailable) }
        switch route.place(of: CoordinatorPartition.number(for: member.id, of: route.count)) {
        case .led: askHere(question, member, partitions, view, take)
        case .followed(_, let leader?), .elsewhere(let leader?):
            guard let address = view.address(of: leader, listener: listener) else {
                return take([:], .coordinatorNotAvailable)
            }
            ask(question, member, partitions, at: address, take)
        case .followed, .elsewhere, .offline, nil: take([:], .coordinatorNotAvailable)
        }
    }

    /// What may be answered otherwise soon.
    static func passes(_ code: ErrorCode) -> Bool {
        switch code {
        case .concurrentTransactions, .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator,
            .networkException, .requestTimedOut:
            true
        default: false
        }
    }

    private func askHere(
        _ question: Question,
        _ member: TransactionMember,
        _ partitions: [TopicPartition],
        _ view: ClusterView,
        _ take: @escaping Answer
    ) {
        switch transactions.shard(for: member.id, in: view) {
        case .failure(let code): take([:], code)
        case .success(let shell):
            let request: TransactionRequest =
                switch question {
                case .areIn: .verify(member, partitions)
                case .add: .add(member, partitions, version: 2)
                }
            shell.submit(request) { result in
                if case .success(.verified(let codes)) = result { return take(codes, .none) }
                take([:], TransactionRuntime.code(result))
            }
        }
    }

    private func ask(
        _ question: Question,
        _ member: TransactionMember,
        _ partitions: [TopicPartition],
        at address: BrokerAddress,
        _ take: @escaping Answer
    ) {
        var transaction = AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction()
        transaction.transactionalId = member.id
        (transaction.producerId, transaction.producerEpoch) = (member.producer.id, member.producer.epoch)
        transaction.verifyOnly = question == .areIn
        for id in partitions.sorted() {
            if transaction.topics.last?.name != id.topic {
                var row = AddPartitionsToTxnRequest.AddPartitionsToTxnTopic()
                row.name = id.topic
                transaction.topics.append(row)
            }
            transaction.topics[transaction.topics.count - 1].partitions.append(id.partition)
        }
        var request = AddPartitionsToTxnRequest()
        request.transactions = [transaction]
        peers.connection(to: address).flatMap { [request] connection in
            connection.ask(request, newest: Self.newestVersion, timeout: Self.answerTimeout)
        }.whenComplete { result in
            switch result {
            case .failure: take([:], .networkException)
            case .success(let response):
                if response.errorCode != .none { return take([:], response.errorCode) }
                var codes: [TopicPartition: ErrorCode] = [:]
                for topic in response.resultsByTransaction.first?.topicResults ?? [] {
                    for row in topic.resultsByPartition {
                        codes[TopicPartition(topic.name, row.partitionIndex)] = ErrorCode(
                            rawValue: row.partitionErrorCode
                        )
                    }
                }
                take(codes, .unknownServerError)
            }
        }
    }
}
