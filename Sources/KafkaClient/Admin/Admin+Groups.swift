import KafkaConnection
import KafkaProtocol

/// A group in a list.
public struct GroupListing: Equatable, Sendable {
    public var id: String
    /// `consumer` for groups of consumers, empty for groups that only keep offsets.
    public var protocolType: String
    /// For example `Stable` or `Empty`; empty with brokers before 2.6.
    public var state: String
    /// `classic`, `consumer`, `share` or `streams`; empty with brokers before 3.8.
    public var type: String
}

/// A group's committed offset of a partition.
public struct CommittedOffset: Equatable, Sendable {
    public var offset: Int64
    /// -1 when it was committed without a leader epoch.
    public var leaderEpoch: Int32
    public var metadata: String

    public init(_ offset: Int64, leaderEpoch: Int32 = -1, metadata: String = "") {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}

extension Admin {
    /// The groups of all brokers, by name.
    public func listGroups() async throws(KafkaError) -> [GroupListing] {
        var all: [String: GroupListing] = [:]
        for broker in try await cluster.describe().brokers {
            let response = try await cluster.call(.broker(broker.id)) { _ in
                ListGroupsRequest()
            } check: { (response: ListGroupsResponse) throws(KafkaError) in
                try response.errorCode.check()
            }
            for group in response.groups {
                all[group.groupId] = GroupListing(
                    id: group.groupId,
                    protocolType: group.protocolType,
                    state: group.groupState,
                    type: group.groupType
                )
            }
        }
        return all.values.sorted { $0.id < $1.id }
    }

    /// Deletes a group without members, with its committed offsets.
    public func deleteGroup(_ id: String) async throws(KafkaError) {
        let response = try await cluster.call(.group(id)) { _ in
            var request = DeleteGroupsRequest()
            request.groupsNames = [id]
            return request
        } check: { (response: DeleteGroupsResponse) throws(KafkaError) in
            if let result = response.results.first, result.errorCode.isRetriable {
                throw KafkaError.refused(result.errorCode)
            }
        }
        guard let result = response.results.first else {
            throw KafkaError(.malformed, "the response has no entry for the group '\(id)'")
        }
        switch result.errorCode {
        case .groupIdNotFound: throw KafkaError.refused(result.errorCode, "group '\(id)' does not exist")
        case .nonEmptyGroup: throw KafkaError.refused(result.errorCode, "group '\(id)' has members; stop them first")
        default: try result.errorCode.check()
        }
    }

    /// All committed offsets of a group.
    public func committedOffsets(of group: String) async throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        try await cluster.committedOffsets(of: group, nil)
    }

    /// Commits offsets for a group that has no members.
    ///
    /// - Throws: `KafkaError` with `unknownMemberId` while the group has members.
    public func commitOffsets(
        of group: String,
        _ offsets: [TopicPartition: CommittedOffset]
    ) async throws(KafkaError) {
        do throws(KafkaError) {
            try await cluster.commit(offsets, of: group)
        } catch {
            guard error.serverCode == .unknownMemberId else { throw error }
            throw KafkaError.refused(.unknownMemberId, "group '\(group)' has members; stop them first")
        }
    }

    /// Deletes a group's committed offsets of partitions that none of its members is subscribed to (KIP-496).
    ///
    /// - Returns: partitions whose offsets could not be deleted, with the reason.
    public func deleteOffsets(
        of group: String,
        _ partitions: [TopicPartition]
    ) async throws(KafkaError) -> PartitionErrors {
        let response = try await cluster.call(.group(group)) { _ in
            var request = OffsetDeleteRequest()
            request.groupId = group
            request.topics = byTopic(partitions.sorted()).map { name, indexes in
                var topic = OffsetDeleteRequest.OffsetDeleteRequestTopic()
                topic.name = name
                topic.partitions = indexes.map { index in
                    var entry = OffsetDeleteRequest.OffsetDeleteRequestPartition()
                    entry.partitionIndex = index
                    return entry
                }
                return topic
            }
            return request
        } check: { (response: OffsetDeleteResponse) throws(KafkaError) in
            try response.errorCode.check()
        }
        var errors: PartitionErrors = [:]
        for topic in response.topics {
            for entry in topic.partitions where entry.errorCode != .none {
                errors[TopicPartition(topic.name, entry.partitionIndex)] = .refused(entry.errorCode)
            }
        }
        return errors
    }

    /// Removes a member from its group (KIP-345); a live one rejoins.
    public func removeMember(_ member: GroupDescription.Member, of group: String) async throws(KafkaError) {
        _ = try await cluster.call(.group(group)) { version in
            var request = LeaveGroupRequest()
            request.groupId = group
            guard version >= 3 else {
                request.memberId = member.id
                return request
            }
            var identity = LeaveGroupRequest.MemberIdentity()
            identity.memberId = member.id
            identity.groupInstanceId = member.instanceId
            if version >= 5 { identity.reason = "removed by an admin" }
            request.members = [identity]
            return request
        } check: { (response: LeaveGroupResponse) throws(KafkaError) in
            try response.errorCode.check()
            for entry in response.members { try entry.errorCode.check() }
        }
    }
}
