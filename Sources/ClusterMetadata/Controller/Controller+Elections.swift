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
        var draft = DecisionDraft(self)
        let asked: [(name: String, partitions: [Int32])] =
            request.topicPartitions?.map { (name: $0.topic, partitions: $0.partitions) }
            ?? image.topics.values.sorted { $0.name < $1.name }.map {
                (name: $0.name, partitions: $0.partitions.keys.sorted())
            }
        // Named twice, a partition is elected once, and answered twice the same.
        var answered: [TopicPartition: ControllerFailure?] = [:]
        for topic in asked {
            var row = ElectLeadersResponse.ReplicaElectionResult()
            row.topic = topic.name
            for number in topic.partitions {
                var cell = ElectLeadersResponse.PartitionResult()
                cell.partitionId = number
                cell.errorMessage = nil
                let partition = TopicPartition(topic.name, number)
                let failure = answered[partition] ?? draft.elect(topic.name, number, type)
                answered[partition] = .some(failure)
                if let failure {
                    // Who asks for all partitions hears of those where something was to be done.
                    if failure.code == .electionNotNeeded, request.topicPartitions == nil { continue }
                    (cell.errorCode, cell.errorMessage) = (failure.code, failure.message)
                }
                row.partitionResult.append(cell)
            }
            response.replicaElectionResults.append(row)
        }
        return draft.result(response)
    }

    // MARK: What time brings

    /// Gives partitions back to their first replicas, where these are in sync again; so many at once.
    func rebalanced(limit: Int) -> DecisionDraft {
        var draft = DecisionDraft(self)
        let brokers = image.brokers
        draft.changeAll(.rebalance, limit: limit) { partition in
            guard let first = partition.replicas.first, partition.leader >= 0, partition.leader != first else {
                return false
            }
            return partition.mayBePreferred(first) && partition.mayLead(first, brokers)
        } _: {
            $0.aim = .preferredLeader
        }
        return draft
    }
}

extension DecisionDraft {
    fileprivate mutating func elect(_ name: String, _ number: Int32, _ type: ElectionType) -> ControllerFailure? {
        guard let topic = image.topic(named: name) else {
            return ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' does not exist")
        }
        guard let partition = topic.partitions[number] else {
            return ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' has no partition \(number)")
        }
        var rules = controller.leaderRules(name)
        switch type {
        case .preferred:
            guard let preferred = partition.replicas.first, partition.leader != preferred else {
                return ControllerFailure(.electionNotNeeded, "the preferred replica leads already")
            }
            guard partition.mayLead(preferred, image.brokers), partition.isr.contains(preferred) else {
                return ControllerFailure(
                    .preferredLeaderNotAvailable,
                    "broker \(preferred), the preferred leader, is not there or not in sync"
                )
            }
            change(topic, number, partition, rules, .askedForPreferred) { $0.aim = .preferredLeader }
        case .unclean:
            guard partition.leader < 0 else {
                return ControllerFailure(.electionNotNeeded, "the partition has a leader")
            }
            rules.allowsUnclean = true
            let after = change(topic, number, partition, rules, .askedForUnclean) { _ in }
            guard after.leader >= 0 else {
                return ControllerFailure(.eligibleLeadersNotAvailable, "no replica of the partition is there")
            }
        }
        return nil
    }
}
