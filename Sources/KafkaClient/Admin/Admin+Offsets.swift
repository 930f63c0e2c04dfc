import KafkaConnection
import KafkaProtocol

/// The offset to list of a partition.
public enum OffsetSpec: Equatable, Sendable {
    case earliest
    /// The high watermark; with `readCommitted` the last stable offset.
    case latest
    /// The first record of this time or later; milliseconds since 1970.
    case time(Int64)
    /// The record with the highest timestamp (KIP-734).
    case maxTimestamp

    var timestamp: Int64 {
        switch self {
        case .earliest: -2
        case .latest: -1
        case .time(let millis): max(0, millis)
        case .maxTimestamp: -3
        }
    }
}

extension Admin {
    /// Offsets of partitions, from their leaders. A partition without a record of that time has no entry.
    ///
    /// - Parameter isolation: with `.readCommitted` the latest offset is the last stable offset.
    /// - Throws: the first partition's error.
    public func listOffsets(
        _ partitions: [TopicPartition],
        _ spec: OffsetSpec,
        isolation: ConsumerConfiguration.Isolation = .readUncommitted
    ) async throws(KafkaError) -> [TopicPartition: Int64] {
        try await cluster.retrying { () async throws(KafkaError) in
            var result: [TopicPartition: Int64] = [:]
            for (leader, part) in try await self.byLeader(partitions) {
                let connection = try await self.cluster.connection(to: .broker(leader))
                let response = try await connection.send { version in
                    Self.offsetsRequest(part, spec, isolation, version)
                }
                for topic in response.topics {
                    for entry in topic.partitions {
                        let key = TopicPartition(topic.name, entry.partitionIndex)
                        if entry.errorCode != .none {
                            throw KafkaError.refused(entry.errorCode, "\(key): \(entry.errorCode.message)")
                        }
                        if entry.offset >= 0 { result[key] = entry.offset }
                    }
                }
            }
            return result
        }
    }

    private static func offsetsRequest(
        _ partitions: [(id: TopicPartition, epoch: Int32)],
        _ spec: OffsetSpec,
        _ isolation: ConsumerConfiguration.Isolation,
        _ version: Int16
    ) -> ListOffsetsRequest {
        var request = ListOffsetsRequest()
        request.replicaId = -1
        // Version 1 knows no isolation.
        if version >= 2 { request.isolationLevel = isolation.rawValue }
        let epochs = Dictionary(partitions.map { ($0.id, $0.epoch) }) { first, _ in first }
        request.topics = byTopic(partitions.map(\.id)).map { name, indexes in
            var topic = ListOffsetsRequest.ListOffsetsTopic()
            topic.name = name
            topic.partitions = indexes.map { index in
                var entry = ListOffsetsRequest.ListOffsetsPartition()
                entry.partitionIndex = index
                // A leader that was deposed and does not know it yet is asked for nothing (KIP-320).
                entry.currentLeaderEpoch = epochs[TopicPartition(name, index)] ?? -1
                entry.timestamp = spec.timestamp
                return entry
            }
            return topic
        }
        return request
    }

    /// Deletes all records below an offset; -1 stands for the high watermark.
    ///
    /// - Returns: the log start offset of each partition.
    public func deleteRecords(
        before offsets: [TopicPartition: Int64]
    ) async throws(KafkaError) -> [TopicPartition: Int64] {
        try await cluster.retrying { () async throws(KafkaError) in
            var result: [TopicPartition: Int64] = [:]
            for (leader, part) in try await self.byLeader(offsets.keys.sorted()) {
                let connection = try await self.cluster.connection(to: .broker(leader))
                let timeout = self.timeoutMillis
                let response = try await connection.send { _ in
                    var request = DeleteRecordsRequest()
                    request.timeoutMs = timeout
                    request.topics = byTopic(part.map(\.id)).map { name, indexes in
                        var topic = DeleteRecordsRequest.DeleteRecordsTopic()
                        topic.name = name
                        topic.partitions = indexes.map { index in
                            var entry = DeleteRecordsRequest.DeleteRecordsPartition()
                            entry.partitionIndex = index
                            entry.offset = offsets[TopicPartition(name, index)] ?? -1
                            return entry
                        }
                        return topic
                    }
                    return request
                }
                for topic in response.topics {
                    for entry in topic.partitions {
                        let key = TopicPartition(topic.name, entry.partitionIndex)
                        if entry.errorCode != .none {
                            throw KafkaError.refused(entry.errorCode, "\(key): \(entry.errorCode.message)")
                        }
                        result[key] = entry.lowWatermark
                    }
                }
            }
            return result
        }
    }

    /// The partitions, with their leader epochs, by the broker that leads them now; brokers and partitions ascending.
    private func byLeader(
        _ partitions: [TopicPartition]
    ) async throws(KafkaError) -> [(Int32, [(id: TopicPartition, epoch: Int32)])] {
        var result: [Int32: [(id: TopicPartition, epoch: Int32)]] = [:]
        for (key, leader) in try await leaders(of: partitions).sorted(by: { $0.key < $1.key }) {
            result[leader.id, default: []].append((key, leader.epoch))
        }
        return result.sorted { $0.key < $1.key }
    }

    /// The leaders of partitions, with their epochs; -1 from brokers that don't say.
    func leaders(
        of partitions: [TopicPartition]
    ) async throws(KafkaError) -> [TopicPartition: (id: Int32, epoch: Int32)] {
        var leaders: [TopicPartition: (id: Int32, epoch: Int32)] = [:]
        for topic in try await cluster.topics(Set(partitions.map(\.topic)).sorted()) {
            let name = topic.name ?? ""
            for entry in topic.partitions {
                leaders[TopicPartition(name, entry.partitionIndex)] = (entry.leaderId, entry.leaderEpoch)
            }
        }
        for key in partitions {
            guard let leader = leaders[key] else {
                throw KafkaError.refused(.unknownTopicOrPartition, "partition \(key) does not exist")
            }
            if leader.id < 0 { throw KafkaError.refused(.leaderNotAvailable, "\(key) has no leader now") }
        }
        let asked = Set(partitions)
        return leaders.filter { asked.contains($0.key) }
    }
}

/// The partitions' numbers by topic, both in the order given.
func byTopic(_ partitions: [TopicPartition]) -> [(String, [Int32])] {
    var result: [(String, [Int32])] = []
    for entry in partitions {
        if let last = result.indices.last, result[last].0 == entry.topic {
            result[last].1.append(entry.partition)
        } else {
            result.append((entry.topic, [entry.partition]))
        }
    }
    return result
}
