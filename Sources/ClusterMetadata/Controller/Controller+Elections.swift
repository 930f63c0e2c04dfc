import KafkaProtocol

/// What kind of election an administrator asks for, with ElectLeaders' numbers.
enum ElectionType: Int8 {
    /// The first replica leads, if it is in sync.
    case preferred = 0
    /// Any replica leads, in sync or not, where there is no leader.
    case unclean = 1
}

extension Controller {
    /// ElectLeaders.
    package func electLeaders(_ request: ElectLeadersRequest) -> ControllerResult<ElectLeadersResponse> {
        guard let type = ElectionType(rawValue: request.electionType) else {
            return ControllerResult(
                [],
                request.refusal(.invalidRequest, "election type \(request.electionType) is not known")
            )
        }
        var response = ElectLeadersResponse()
        var records: [MetadataRecord] = []
        let asked: [(name: String, partitions: [Int32])] =
            request.topicPartitions?.map { (name: $0.topic, partitions: $0.partitions) }
            ?? image.topics.values.sorted { $0.name < $1.name }.map {
                (name: $0.name, partitions: $0.partitions.keys.sorted())
            }
        var elected: Set<Election> = []
        for topic in asked {
            var row = ElectLeadersResponse.ReplicaElectionResult()
            row.topic = topic.name
            for number in topic.partitions {
                var cell = ElectLeadersResponse.PartitionResult()
                cell.partitionId = number
                cell.errorMessage = nil
                do throws(ControllerFailure) {
                    let record = try elect(topic.name, number, type)
                    // Named twice, it is elected once.
                    if elected.insert(Election(topic: topic.name, partition: number)).inserted {
                        records.append(.partitionChange(record))
                    }
                } catch {
                    // Who asks for all partitions hears of those where something was to be done.
                    if error.code == .electionNotNeeded, request.topicPartitions == nil { continue }
                    cell.errorCode = error.code
                    cell.errorMessage = error.message
                }
                row.partitionResult.append(cell)
            }
            response.replicaElectionResults.append(row)
        }
        return ControllerResult(records, response)
    }

    private struct Election: Hashable {
        var topic: String
        var partition: Int32
    }

    private func elect(_ name: String, _ number: Int32, _ type: ElectionType) throws(ControllerFailure)
        -> PartitionChangeRecord
    {
        guard let topic = image.topic(named: name) else {
            throw ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' does not exist")
        }
        guard let partition = topic.partitions[number] else {
            throw ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' has no partition \(number)")
        }
        var record = PartitionChangeRecord()
        record.topicId = topic.id
        record.partitionId = number
        func isAlive(_ id: Int32) -> Bool { image.brokers[id].map { !$0.isFenced } ?? false }
        switch type {
        case .preferred:
            guard let preferred = partition.replicas.first, partition.leader != preferred else {
                throw ControllerFailure(.electionNotNeeded, "the preferred replica leads already")
            }
            guard isAlive(preferred), partition.isr.contains(preferred) else {
                throw ControllerFailure(
                    .preferredLeaderNotAvailable,
                    "broker \(preferred), the preferred leader, is not there or not in sync"
                )
            }
            record.leader = preferred
        case .unclean:
            guard partition.leader < 0 else {
                throw ControllerFailure(.electionNotNeeded, "the partition has a leader")
            }
            let candidates = partition.isr + partition.eligibleLeaderReplicas + partition.replicas
            guard let leader = candidates.first(where: isAlive) else {
                throw ControllerFailure(.eligibleLeadersNotAvailable, "no replica of the partition is there")
            }
            record.leader = leader
            if !partition.isr.contains(leader) {
                record.isr = [leader]
                // Records may be lost: the log says so until the leader has found out.
                if !partition.eligibleLeaderReplicas.contains(leader) { record.leaderRecoveryState = 1 }
                record.eligibleLeaderReplicas = partition.eligibleLeaderReplicas.filter { $0 != leader }
                record.lastKnownElr = []
            }
        }
        return record
    }
}
