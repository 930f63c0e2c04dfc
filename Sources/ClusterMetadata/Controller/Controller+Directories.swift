@_spi(Sabotage) import KafkaProtocol

extension Controller {
    /// AssignReplicasToDirs: a broker tells in which of its log directories its replicas are (KIP-858).
    func assignReplicas(_ request: AssignReplicasToDirsRequest) -> ControllerResult<AssignReplicasToDirsResponse> {
        var response = AssignReplicasToDirsResponse()
        let broker: BrokerImage
        do throws(ControllerFailure) {
            guard image.metadataVersion?.hasDirectories ?? true else {
                throw ControllerFailure(.unsupportedVersion, "this metadata.version has no place for directories")
            }
            broker = try self.broker(request.brokerId, epoch: request.brokerEpoch)
            // Of a process that was not registered itself: it would take the replicas away from the one that was.
            let foreign = request.directories.map(\.id).filter { !broker.owns($0) }
            if let foreign = foreign.first {
                throw ControllerFailure(
                    .invalidRequest,
                    "log directory \(foreign) does not belong to broker \(broker.id) of epoch \(broker.epoch)"
                )
            }
        } catch {
            response.errorCode = error.code
            return ControllerResult([], response, reason: error.message)
        }
        var draft = DecisionDraft(self)
        response.directories = request.directories.map { directory in
            var block = AssignReplicasToDirsResponse.DirectoryData()
            block.id = directory.id
            block.topics = directory.topics.map { topic in
                var row = AssignReplicasToDirsResponse.TopicData()
                row.topicId = topic.topicId
                row.partitions = topic.partitions.map { partition in
                    var cell = AssignReplicasToDirsResponse.PartitionData()
                    cell.partitionIndex = partition.partitionIndex
                    cell.errorCode = draft.place(topic.topicId, partition.partitionIndex, of: broker.id, directory.id)
                    return cell
                }
                return row
            }
            return block
        }
        return draft.result(response)
    }
}

extension BrokerImage {
    /// A broker may say of any replica that its directory is lost.
    fileprivate func owns(_ directory: KafkaUUID) -> Bool {
        directory == Self.lostDirectory || registration.logDirs.contains(directory)
    }
}

extension DecisionDraft {
    fileprivate mutating func place(_ id: KafkaUUID, _ number: Int32, of broker: Int32, _ directory: KafkaUUID)
        -> ErrorCode
    {
        guard let topic = image.topics[id] else { return .unknownTopicId }
        guard let partition = topic.partitions[number] else { return .unknownTopicOrPartition }
        guard let index = partition.replicas.firstIndex(of: broker) else { return .notLeaderOrFollower }
        let rules = controller.leaderRules(topic.name)
        let isLost = directory == BrokerImage.lostDirectory
        let isEmptied = !isLost && isReplaced(partition.directory(of: broker), by: directory, of: broker)
        // Without eligible leaders, the last one in sync counts as such while it is away. Where its replica is said to be, which is nowhere, it
        // cannot lead; from the new directory it would lead with nothing.
        if isEmptied, !rules.tracksEligible, partition.isr == [broker], partition.replicas.count > 1 { return .none }
        let cause: DecisionCause =
            isLost ? .replicaOffline(broker) : isEmptied ? .directoryReplaced(broker) : .directoryTold(broker)
        change(topic, number, partition, rules, cause) { change in
            if change.directories.count != partition.replicas.count {
                change.directories = Array(repeating: .zero, count: partition.replicas.count)
            }
            change.directories[index] = directory
            if isLost { change.isr.removeAll { $0 == broker } }
            if isEmptied { change.empty(broker) }
        }
        return .none
    }

    /// Whether a broker does not have the directory any more in which its replica was: the disk is another one, and what was on it is gone.
    private func isReplaced(_ known: KafkaUUID?, by directory: KafkaUUID, of broker: Int32) -> Bool {
        guard let known, known != directory, !known.isReservedDirectory, let owner = image.brokers[broker] else {
            return false
        }
        return !owner.hasOnline(known) && !Sabotage.emptiedStaysInSync.isOn
    }
}
