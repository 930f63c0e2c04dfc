import ClusterMetadata
import Coordination
import KafkaProtocol

/// TxnOffsetCommit: offsets of a group that count once the transaction is committed. Who commits names its group's generation, so that a consumer that was
/// replaced commits nothing (KIP-447).
struct TxnOffsetCommitHandler: ApiHandler {
    let groups: GroupRuntime
    let coordinators: TransactionCoordinators
    let cluster: PublishedView

    func handle(_ message: TxnOffsetCommitRequest, _ request: Request) {
        let view = cluster.view
        if message.transactionalId.isEmpty { return refuse(message, request, .invalidRequest) }
        guard case .success(let shell) = groups.shard(for: message.groupId, in: view),
            let route = view.topics[TopicName.consumerOffsets]
        else { return refuse(message, request, groups.error(message.groupId, view)) }
        let producer = TransactionalProducer(id: message.producerId, epoch: message.producerEpoch)
        let member = TransactionMember(id: message.transactionalId, producer: producer)
        let partition = TopicPartition(
            TopicName.consumerOffsets,
            CoordinatorPartition.number(for: message.groupId, of: route.count)
        )
        let commit = commit(message, request.version, view)
        if commit.offsets.isEmpty { return reply(message, request, view, []) }
        // From version 5 on clients don't add the group's partition themselves (KIP-890).
        let question: TransactionCoordinators.Question = request.version >= 5 ? .add : .areIn
        let isAsked = question == .add || view.resolver.verifiesTransactions
        shell.submit(.ticket(producer)) { result in
            guard case .success(.ticket(let ticket)) = result else {
                return refuse(message, request, Self.failure(result))
            }
            guard isAsked else { return store(commit, producer, ticket, shell, message, request, view) }
            coordinators.ask(question, member, [partition]) { codes, others in
                let code = codes[partition] ?? others
                if code == .none { return store(commit, producer, ticket, shell, message, request, view) }
                shell.submit(.dropTicket(producer, ticket))
                refuse(message, request, Self.told(code, request.version))
            }
        }
    }

    private func store(
        _ commit: GroupCommit,
        _ producer: TransactionalProducer,
        _ ticket: Int64,
        _ shell: GroupRuntime.Shell,
        _ message: TxnOffsetCommitRequest,
        _ request: Request,
        _ view: ClusterView
    ) {
        shell.submit(.commitInTransaction(commit, producer, ticket: ticket)) { result in
            switch result {
            case .success(.commit(let codes)): reply(message, request, view, codes)
            default: refuse(message, request, Self.failure(result))
            }
        }
    }

    private static func failure(_ result: Result<GroupResponse, ErrorCode>) -> ErrorCode {
        switch result {
        case .success: .unknownServerError
        case .failure(.invalidProducerEpoch): .invalidProducerEpoch
        case .failure(let code): GroupRuntime.clientError(code, tooLarge: .invalidCommitOffsetSize)
        }
    }

    /// What a producer understands of the coordinator's answer.
    private static func told(_ code: ErrorCode, _ version: Int16) -> ErrorCode {
        switch code {
        case .producerFenced: .invalidProducerEpoch
        case .transactionAbortable: version >= 4 ? code : .invalidTxnState
        case .concurrentTransactions: version >= 5 ? code : .coordinatorNotAvailable
        case _ where TransactionCoordinators.passes(code): .coordinatorNotAvailable
        default: code
        }
    }

    // MARK: The offsets

    private func commit(_ message: TxnOffsetCommitRequest, _ version: Int16, _ view: ClusterView) -> GroupCommit {
        // The codes are those of OffsetCommit before version 9, whatever this one's.
        var commit = GroupCommit(group: message.groupId, version: 8)
        commit.isTransactional = true
        (commit.memberId, commit.instanceId) = (message.memberId, message.groupInstanceId)
        commit.generation = message.generationIdOrMemberEpoch
        for topic in message.topics {
            for partition in topic.partitions {
                guard case .success(let route) = find(topic, partition, version, view) else { continue }
                commit.offsets.append(
                    GroupCommit.Offset(
                        TopicPartition(route.name, partition.partitionIndex),
                        topicId: route.id,
                        offset: partition.committedOffset,
                        leaderEpoch: partition.committedLeaderEpoch,
                        metadata: partition.committedMetadata ?? ""
                    )
                )
            }
        }
        return commit
    }

    private func find(
        _ topic: TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic,
        _ partition: TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition,
        _ version: Int16,
        _ view: ClusterView
    ) -> Result<TopicRoute, ErrorCode> {
        view.topic(topic.name, topic.topicId, usesId: version >= 6, partition: partition.partitionIndex)
    }

    // MARK: The answer

    /// - Parameter codes: of the offsets whose partitions exist, in their order.
    private func reply(
        _ message: TxnOffsetCommitRequest,
        _ request: Request,
        _ view: ClusterView,
        _ codes: [ErrorCode]
    ) {
        var rest = codes[...]
        answer(message, request) { topic, partition in
            switch find(topic, partition, request.version, view) {
            case .success: rest.popFirst() ?? .unknownServerError
            case .failure(let code): code
            }
        }
    }

    private func refuse(_ message: TxnOffsetCommitRequest, _ request: Request, _ code: ErrorCode) {
        answer(message, request) { _, _ in code }
    }

    private func answer(
        _ message: TxnOffsetCommitRequest,
        _ request: Request,
        _ code: (
            TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic, TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
        ) -> ErrorCode
    ) {
        var response = TxnOffsetCommitResponse()
        response.topics = message.topics.map { topic in
            var row = TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic()
            (row.name, row.topicId) = (topic.name, topic.topicId)
            row.partitions = topic.partitions.map { partition in
                var cell = TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition()
                (cell.partitionIndex, cell.errorCode) = (partition.partitionIndex, code(topic, partition))
                return cell
            }
            return row
        }
        request.reply(response)
    }
}
