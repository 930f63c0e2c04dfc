@_spi(Sabotage) import KafkaProtocol

extension Controller {
    /// AlterPartition: the leader of partitions asks for other in-sync sets.
    func alterPartition(_ request: AlterPartitionRequest, version: Int16) -> ControllerResult<AlterPartitionResponse> {
        var response = AlterPartitionResponse()
        do throws(ControllerFailure) { _ = try broker(request.brokerId, epoch: request.brokerEpoch) } catch {
            response.errorCode = error.code
            return ControllerResult([], response, reason: error.message)
        }
        var draft = DecisionDraft(self)
        var reasons: [String] = []
        for topic in request.topics {
            var row = AlterPartitionResponse.TopicData()
            row.topicId = topic.topicId
            for wanted in topic.partitions {
                var cell = AlterPartitionResponse.PartitionData()
                cell.partitionIndex = wanted.partitionIndex
                do throws(ControllerFailure) {
                    let after = try draft.alter(topic.topicId, wanted, by: request.brokerId, version)
                    (cell.leaderId, cell.leaderEpoch) = (after.leader, after.leaderEpoch)
                    (cell.isr, cell.partitionEpoch) = (after.isr, after.partitionEpoch)
                    cell.leaderRecoveryState = after.leaderRecoveryState
                } catch {
                    cell.errorCode = error.code
                    reasons.append(error.message)
                }
                row.partitions.append(cell)
            }
            response.topics.append(row)
        }
        return draft.result(response, reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
    }
}

extension DecisionDraft {
    private typealias Wanted = AlterPartitionRequest.PartitionData

    fileprivate mutating func alter(
        _ id: KafkaUUID,
        _ wanted: AlterPartitionRequest.PartitionData,
        by leader: Int32,
        _ version: Int16
    ) throws(ControllerFailure) -> PartitionImage {
        guard let topic = image.topics[id] else {
            throw ControllerFailure(.unknownTopicId, "topic id \(id) does not exist")
        }
        let name = "\(topic.name)-\(wanted.partitionIndex)"
        guard let partition = topic.partitions[wanted.partitionIndex] else {
            throw ControllerFailure(.unknownTopicOrPartition, "\(name) does not exist")
        }
        let members =
            version >= 3
            ? wanted.newIsrWithEpochs.map { (id: $0.brokerId, epoch: $0.brokerEpoch) }
            : wanted.newIsr.map { (id: $0, epoch: Int64(-1)) }
        try check(partition, wanted, by: leader, name)
        try check(partition, wanted, members.map(\.id), by: leader, name)
        for member in members { try check(member.id, epoch: member.epoch, partition, name) }
        let after = change(
            topic,
            wanted.partitionIndex,
            partition,
            controller.leaderRules(topic.name),
            .askedByLeader(leader)
        ) { change in
            change.isr = members.map(\.id)
            change.recoveryState = wanted.leaderRecoveryState
        }
        if after.leader != leader {
            throw ControllerFailure(.newLeaderElected, "\(name) is led by \(after.leader) from here on")
        }
        return after
    }

    /// Whether who asks leads, and knows what it changes.
    private func check(_ partition: PartitionImage, _ wanted: Wanted, by leader: Int32, _ name: String)
        throws(ControllerFailure)
    {
        if Sabotage.alterPartitionUnchecked.isOn { return }
        let epochs = "leader epoch \(partition.leaderEpoch) and partition epoch \(partition.partitionEpoch)"
        let asked = "broker \(leader) asks with \(wanted.leaderEpoch) and \(wanted.partitionEpoch)"
        if wanted.leaderEpoch > partition.leaderEpoch || wanted.partitionEpoch > partition.partitionEpoch {
            // Who knows more than this controller knows a newer one.
            throw ControllerFailure(.notController, "\(name) has \(epochs), and \(asked)")
        }
        if wanted.leaderEpoch < partition.leaderEpoch {
            throw ControllerFailure(.fencedLeaderEpoch, "\(name) has \(epochs), and \(asked)")
        }
        if leader != partition.leader {
            throw ControllerFailure(.invalidRequest, "\(name) is led by \(partition.leader), not by \(leader)")
        }
        if wanted.partitionEpoch < partition.partitionEpoch {
            throw ControllerFailure(.invalidUpdateVersion, "\(name) has \(epochs), and \(asked)")
        }
    }

    /// Whether the set is one that the partition may have.
    private func check(
        _ partition: PartitionImage,
        _ wanted: Wanted,
        _ members: [Int32],
        by leader: Int32,
        _ name: String
    ) throws(ControllerFailure) {
        func refuse(_ reason: String) -> ControllerFailure {
            ControllerFailure(.invalidRequest, "\(name) cannot have \(members) in sync: \(reason)")
        }
        if Set(members).count < members.count { throw refuse("a broker is named twice") }
        if let other = members.first(where: { !partition.replicas.contains($0) }) {
            throw refuse("broker \(other) is no replica of it")
        }
        if !members.contains(leader) { throw refuse("its leader has to be") }
        switch wanted.leaderRecoveryState {
        case 0: break
        case 1:
            if members.count > 1 { throw refuse("the leader has yet to find out what was lost") }
            if partition.leaderRecoveryState == 0 { throw refuse("the leader has found out already what was lost") }
        default: throw refuse("recovery state \(wanted.leaderRecoveryState) is not known")
        }
    }

    /// Whether a broker may be in sync: a process that is there, and that has not been restarted since its leader heard of it (KIP-903).
    private func check(
        _ member: Int32,
        epoch: Int64,
        _ partition: PartitionImage,
        _ name: String
    ) throws(ControllerFailure) {
        func refuse(_ reason: String) -> ControllerFailure {
            ControllerFailure(.ineligibleReplica, "broker \(member) cannot be in sync in \(name): \(reason)")
        }
        guard let broker = image.brokers[member] else { throw refuse("it is not registered") }
        if broker.isFenced, !Sabotage.fencedInSync.isOn { throw refuse("it is fenced") }
        if broker.isInControlledShutdown { throw refuse("it stops") }
        if epoch != -1, epoch != broker.epoch, !Sabotage.brokerEpochIgnored.isOn {
            throw refuse("it has epoch \(broker.epoch), not \(epoch)")
        }
        // What it fetched before its directory failed may arrive late: all would wait for a replica that fetches no more.
        if !broker.hasOnline(partition.directory(of: member)) {
            throw refuse("the log directory of its replica is offline")
        }
    }
}
