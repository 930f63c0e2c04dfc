import KafkaConnection
import KafkaProtocol
import NIOCore

/// A group and its members.
public struct GroupDescription: Equatable, Sendable {
    /// The group's type: the protocol that assigns partitions to its members.
    public enum Kind: String, Sendable, CaseIterable {
        /// The classic protocol: the group leader, a member, assigns.
        case classic
        /// The coordinator assigns (KIP-848).
        case consumer
        /// Members share partitions (KIP-932).
        case share
        /// Members run the tasks of a topology (KIP-1071).
        case streams
    }

    /// One member.
    public struct Member: Equatable, Sendable {
        public var id: String
        /// `group.instance.id`; nil when membership is not static.
        public var instanceId: String?
        /// `client.rack`; nil when it has none, or when the group type does not report it.
        public var rackId: String?
        public var clientId: String
        public var host: String
        /// The current assignment; of a streams group's member, the partitions of its active tasks.
        public var assignment: [TopicPartition]
        /// The target assignment; nil when the coordinator does not report it.
        public var target: [TopicPartition]?
        /// Nil in classic groups.
        public var epoch: Int32?
    }

    public var id: String
    public var kind: Kind
    public var state: String
    /// `consumer` for classic groups of consumers; empty for other kinds.
    public var protocolType: String
    /// The assignor that was chosen; empty when there is none.
    public var assignor: String
    /// The group epoch; nil in classic groups.
    public var epoch: Int32?
    /// By id.
    public var members: [Member]
    public var coordinator: Int32
}

extension Admin {
    /// A group of any kind and its members.
    ///
    /// - Throws: `KafkaError` with `groupIdNotFound` when there is none of this name.
    public func describeGroup(_ id: String) async throws(KafkaError) -> GroupDescription {
        for kind in GroupDescription.Kind.allCases {
            do throws(KafkaError) {
                switch kind {
                case .classic: return try await describeClassicGroup(id)
                case .consumer: return try await describeConsumerGroup(id)
                case .share: return try await describeShareGroup(id)
                case .streams: return try await describeStreamsGroup(id)
                }
            } catch {
                // A group of another kind is not found; older brokers don't have them all.
                let isOther = error.serverCode == .groupIdNotFound || error.serverCode == .unsupportedVersion
                guard isOther || error.code == .unsupported else { throw error }
            }
        }
        throw KafkaError.refused(.groupIdNotFound, "group '\(id)' does not exist")
    }

    private func describeClassicGroup(_ id: String) async throws(KafkaError) -> GroupDescription {
        let response = try await cluster.call(.group(id)) { _ in
            var request = DescribeGroupsRequest()
            request.groups = [id]
            return request
        } check: { (response: DescribeGroupsResponse) throws(KafkaError) in
            if let group = response.groups.first { try group.errorCode.check(group.errorMessage) }
        }
        let group = try Self.only(response.groups, id)
        // Before version 6 a group that doesn't exist is described as dead.
        if group.groupState == "Dead" { throw KafkaError.refused(.groupIdNotFound) }
        return try await self.group(
            id,
            .classic,
            group.groupState,
            protocolType: group.protocolType,
            assignor: group.protocolData,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberId,
                    instanceId: member.groupInstanceId,
                    clientId: member.clientId,
                    host: member.clientHost,
                    assignment: group.protocolType == "consumer" ? Self.assignment(member.memberAssignment) : []
                )
            }
        )
    }

    private func group(
        _ id: String,
        _ kind: GroupDescription.Kind,
        _ state: String,
        protocolType: String = "",
        assignor: String,
        epoch: Int32? = nil,
        members: [GroupDescription.Member]
    ) async throws(KafkaError) -> GroupDescription {
        GroupDescription(
            id: id,
            kind: kind,
            state: state,
            protocolType: protocolType,
            assignor: assignor,
            epoch: epoch,
            members: members.sorted { $0.id < $1.id },
            coordinator: try await cluster.coordinator(of: id)
        )
    }

    private static func only<Group>(_ groups: [Group], _ id: String) throws(KafkaError) -> Group {
        guard let group = groups.first else {
            throw KafkaError(.malformed, "the response has no entry for the group '\(id)'")
        }
        return group
    }

    /// The partitions in an assignment of the consumers' protocol; none when it is not one.
    private static func assignment(_ bytes: ByteBuffer) -> [TopicPartition] {
        var reader = WireReader(bytes)
        let version: Int16 = reader.integer()
        guard
            let assignment = try? ConsumerProtocolAssignment.decode(
                &reader,
                version: min(version, ConsumerProtocolAssignment.schema.versions.upperBound)
            )
        else { return [] }
        return flat(assignment.assignedPartitions.map { ($0.topic, $0.partitions) })
    }

    private static func flat(_ topics: [(String, [Int32])]) -> [TopicPartition] {
        topics.flatMap { name, partitions in partitions.map { TopicPartition(name, $0) } }.sorted()
    }

    private func describeConsumerGroup(_ id: String) async throws(KafkaError) -> GroupDescription {
        let response = try await cluster.call(.group(id)) { _ in
            var request = ConsumerGroupDescribeRequest()
            request.groupIds = [id]
            return request
        } check: { (response: ConsumerGroupDescribeResponse) throws(KafkaError) in
            if let group = response.groups.first { try group.errorCode.check(group.errorMessage) }
        }
        let group = try Self.only(response.groups, id)
        return try await self.group(
            id,
            .consumer,
            group.groupState,
            assignor: group.assignorName,
            epoch: group.groupEpoch,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberId,
                    instanceId: member.instanceId,
                    rackId: member.rackId,
                    clientId: member.clientId,
                    host: member.clientHost,
                    assignment: Self.flat(member.assignment.topicPartitions.map { ($0.topicName, $0.partitions) }),
                    target: Self.flat(member.targetAssignment.topicPartitions.map { ($0.topicName, $0.partitions) }),
                    epoch: member.memberEpoch
                )
            }
        )
    }

    private func describeShareGroup(_ id: String) async throws(KafkaError) -> GroupDescription {
        let response = try await cluster.call(.group(id)) { _ in
            var request = ShareGroupDescribeRequest()
            request.groupIds = [id]
            return request
        } check: { (response: ShareGroupDescribeResponse) throws(KafkaError) in
            if let group = response.groups.first { try group.errorCode.check(group.errorMessage) }
        }
        let group = try Self.only(response.groups, id)
        return try await self.group(
            id,
            .share,
            group.groupState,
            assignor: group.assignorName,
            epoch: group.groupEpoch,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberId,
                    rackId: member.rackId,
                    clientId: member.clientId,
                    host: member.clientHost,
                    assignment: Self.flat(member.assignment.topicPartitions.map { ($0.topicName, $0.partitions) }),
                    epoch: member.memberEpoch
                )
            }
        )
    }

    private func describeStreamsGroup(_ id: String) async throws(KafkaError) -> GroupDescription {
        let response = try await cluster.call(.group(id)) { _ in
            var request = StreamsGroupDescribeRequest()
            request.groupIds = [id]
            return request
        } check: { (response: StreamsGroupDescribeResponse) throws(KafkaError) in
            if let group = response.groups.first { try group.errorCode.check(group.errorMessage) }
        }
        let group = try Self.only(response.groups, id)
        var sources: [String: [String]] = [:]
        for part in group.topology?.subtopologies ?? [] {
            sources[part.subtopologyId] = part.sourceTopics + part.repartitionSourceTopics.map(\.name)
        }
        func read(_ assignment: StreamsGroupDescribeResponse.Assignment) -> [TopicPartition] {
            Self.flat(
                assignment.activeTasks.flatMap { tasks in
                    (sources[tasks.subtopologyId] ?? []).map { ($0, tasks.partitions) }
                }
            )
        }
        return try await self.group(
            id,
            .streams,
            group.groupState,
            assignor: group.assignorName ?? "",
            epoch: group.groupEpoch,
            members: group.members.map { member in
                GroupDescription.Member(
                    id: member.memberId,
                    instanceId: member.instanceId,
                    rackId: member.rackId,
                    clientId: member.clientId,
                    host: member.clientHost,
                    assignment: read(member.assignment),
                    target: read(member.targetAssignment),
                    epoch: member.memberEpoch
                )
            }
        )
    }
}
