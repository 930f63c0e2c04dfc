import KafkaProtocol
import TestSupport

@testable import ClusterMetadata

/// Replication, as simple as it can be.
extension ClusterModelRun {
    /// Takes up what the image says this broker leads.
    mutating func takeOver(_ index: Int) {
        let id = brokers[index].id
        // What it reads before its own registration is of the past.
        guard brokers[index].hasCaughtUp, let topic = brokers[index].image.topic(named: Self.topic) else { return }
        for (number, partition) in topic.partitions {
            let name = TopicPartition(Self.topic, number)
            guard partition.leader == id else {
                brokers[index].leading[name] = nil
                continue
            }
            if var leading = brokers[index].leading[name], leading.epoch == partition.leaderEpoch {
                if partition.partitionEpoch > leading.partitionEpoch {
                    (leading.isr, leading.partitionEpoch) = (partition.isr, partition.partitionEpoch)
                    leading.pending = nil
                }
                brokers[index].leading[name] = leading
            } else {
                brokers[index].leading[name] = ModelBroker.Leading(
                    epoch: partition.leaderEpoch,
                    partitionEpoch: partition.partitionEpoch,
                    isr: partition.isr
                )
            }
        }
    }

    mutating func work(_ index: Int) {
        guard brokers[index].hasCaughtUp else { return }
        for number in 0..<Self.partitions {
            let name = TopicPartition(Self.topic, number)
            if brokers[index].leading[name] != nil {
                if next(3) == 0, !isHealing {
                    nextRecord += 1
                    brokers[index].logs[name, default: ModelBroker.Log()].records.append(nextRecord)
                }
                advance(index, name)
                if next(4) == 0 { changeInSync(index, name) }
            } else if next(3) > 0 {
                fetch(index, name)
            }
        }
    }

    /// A follower has the leader's log where both agree on the epoch; its next fetch says so.
    private mutating func fetch(_ index: Int, _ name: TopicPartition) {
        guard let partition = brokers[index].image.topic(named: name.topic)?.partitions[name.partition],
            partition.replicas.contains(brokers[index].id), let leader = self.index(of: partition.leader),
            brokers[leader].isUp, brokers[leader].leading[name]?.epoch == partition.leaderEpoch
        else { return }
        let records = brokers[leader].logs[name]?.records ?? []
        var mine = brokers[index].logs[name] ?? ModelBroker.Log()
        // Logs that have the same record at a place have the same before it.
        let shared = min(mine.records.count, records.count)
        if shared == 0 || mine.records[shared - 1] == records[shared - 1] {
            mine.records.removeSubrange(shared...)
            // A few at a time.
            mine.records += records[shared...].prefix(next(3))
        } else {
            mine.records.removeSubrange((zip(mine.records, records).prefix { $0 == $1 }.count)...)
        }
        brokers[index].logs[name] = mine
        let (id, epoch) = (brokers[index].id, brokers[index].life.epoch)
        brokers[leader].leading[name]?.followers[id] = (epoch, mine.records.count)
    }

    private mutating func advance(_ index: Int, _ name: TopicPartition) {
        guard let leading = brokers[index].leading[name], leading.epoch >= firstEpochs[name] ?? 0 else { return }
        let own = brokers[index].logs[name]?.records ?? []
        let members = Set(leading.isr + (leading.pending ?? []))
        guard leading.isr.count >= 2, leading.pending.map({ $0.count >= 2 }) ?? true else { return }
        let ends = members.map { $0 == brokers[index].id ? own.count : leading.followers[$0]?.end ?? 0 }
        guard let end = ends.min(), end > 0 else { return }
        let start = leading.acknowledged
        guard start < end else { return }
        for record in own[start..<end] where acknowledged[name, default: []].insert(record).inserted {
            note("acknowledged")
        }
        brokers[index].leading[name]?.acknowledged = end
    }

    /// Asks for those that have all, or without one; again for what was not answered.
    private mutating func changeInSync(_ index: Int, _ name: TopicPartition) {
        guard let leading = brokers[index].leading[name],
            let topic = brokers[index].image.topic(named: name.topic), let partition = topic.partitions[name.partition]
        else { return }
        let end = brokers[index].logs[name]?.records.count ?? 0
        var wanted = leading.pending ?? leading.isr
        let others = partition.replicas.filter { $0 != brokers[index].id }
        if leading.pending == nil {
            let slow = others.first { wanted.contains($0) && (leading.followers[$0]?.end ?? 0) < end }
            if let slow, next(4) == 0, !isHealing {
                wanted.removeAll { $0 == slow }
            } else if let fast = others.first(where: { !wanted.contains($0) && leading.followers[$0]?.end == end }) {
                wanted.append(fast)
            }
            guard wanted != leading.isr || partition.leaderRecoveryState != 0 else { return }
        }
        var row = AlterPartitionRequest.PartitionData()
        (row.partitionIndex, row.leaderEpoch) = (name.partition, leading.epoch)
        row.partitionEpoch = leading.partitionEpoch
        row.newIsrWithEpochs = wanted.map { id in
            var state = AlterPartitionRequest.BrokerState()
            state.brokerId = id
            state.brokerEpoch = id == brokers[index].id ? brokers[index].life.epoch : leading.followers[id]?.epoch ?? -1
            return state
        }
        var block = AlterPartitionRequest.TopicData()
        (block.topicId, block.partitions) = (topic.id, [row])
        var request = AlterPartitionRequest()
        (request.brokerId, request.brokerEpoch) = (brokers[index].id, brokers[index].life.epoch)
        request.topics = [block]
        alterations += 1
        brokers[index].leading[name]?.pending = wanted
        brokers[index].leading[name]?.number = alterations
        send(.alter(request, number: alterations), index)
    }

    mutating func altered(_ response: AlterPartitionResponse, _ number: Int, _ index: Int) {
        if response.errorCode != .none { note("AlterPartition refused") }
        for cell in response.topics.flatMap(\.partitions) {
            let name = TopicPartition(Self.topic, cell.partitionIndex)
            if cell.errorCode != .none { note("AlterPartition refused") }
            guard var leading = brokers[index].leading[name], leading.number == number else { continue }
            switch cell.errorCode {
            case .none where cell.leaderEpoch == leading.epoch && cell.partitionEpoch >= leading.partitionEpoch:
                (leading.isr, leading.partitionEpoch, leading.pending) = (cell.isr, cell.partitionEpoch, nil)
            // These say that the set was not taken; others only that this request was not.
            case .ineligibleReplica, .invalidRequest: leading.pending = nil
            default: continue
            }
            brokers[index].leading[name] = leading
        }
    }
}
