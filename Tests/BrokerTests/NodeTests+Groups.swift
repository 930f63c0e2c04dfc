import KafkaProtocol
import KafkaRecords
import LogStorage
import NIOCore
import Synchronization
import TestSupport
import Testing
import World

@testable import Broker

extension NodeTests {
    @Test func groupsOffsetsAndTheirDeletion() throws {
        let node = try TestNode()
        let client = try node.client()
        try create(client, "t", partitions: 2)
        var find = FindCoordinatorRequest()
        find.coordinatorKeys = ["g", ""]
        let found = try client.call(find, FindCoordinatorResponse.self, version: 4)
        #expect(found.coordinators.map(\.errorCode) == [.none, .none] && found.coordinators[0].nodeId == 1)
        var commit = OffsetCommitRequest()
        commit.groupId = "g"
        var topic = OffsetCommitRequest.OffsetCommitRequestTopic()
        topic.name = "t"
        topic.partitions = [(Int32(0), Int64(5), "m"), (1, 6, String(repeating: "x", count: 4097)), (9, 1, "")].map {
            index,
            offset,
            text in
            var row = OffsetCommitRequest.OffsetCommitRequestPartition()
            row.partitionIndex = index
            row.committedOffset = offset
            row.committedMetadata = text
            return row
        }
        commit.topics = [topic]
        let committed = try client.call(commit, OffsetCommitResponse.self, version: 8)
        #expect(
            committed.topics.first?.partitions.map(\.errorCode) == [
                .none, .offsetMetadataTooLarge, .unknownTopicOrPartition,
            ]
        )
        var fetch = OffsetFetchRequest()
        var group = OffsetFetchRequest.OffsetFetchRequestGroup()
        group.groupId = "g"
        group.topics = nil
        fetch.groups = [group]
        #expect(
            try client.call(fetch, OffsetFetchResponse.self, version: 8).groups.first?.topics.first?.partitions.map(
                \.committedOffset
            ) == [5]
        )
        var delete = OffsetDeleteRequest()
        delete.groupId = "g"
        var deleteTopic = OffsetDeleteRequest.OffsetDeleteRequestTopic()
        deleteTopic.name = "t"
        deleteTopic.partitions = [OffsetDeleteRequest.OffsetDeleteRequestPartition()]
        delete.topics = [deleteTopic]
        #expect(
            try client.call(delete, OffsetDeleteResponse.self, version: 0).topics.first?.partitions.map(\.errorCode)
                == [.none]
        )
        #expect(try client.call(fetch, OffsetFetchResponse.self, version: 8).groups.first?.topics.isEmpty == true)
        var groups = DeleteGroupsRequest()
        groups.groupsNames = ["nobody", ""]
        #expect(
            try client.call(groups, DeleteGroupsResponse.self, version: 2).results.map(\.errorCode) == [
                .groupIdNotFound, .groupIdNotFound,
            ]
        )
        node.running.stop()
    }
}
