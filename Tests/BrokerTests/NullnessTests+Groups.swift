import KafkaProtocol
import NIOCore
import Testing

@testable import Broker

extension NullnessTests {
    static func groupRows(_ member: String) -> [Row] {
        [
            Row(
                .findCoordinator,
                3,
                make(FindCoordinatorRequest()) { $0.key = "g" },
                "errorMessage: null"
            ),
            Row(
                .findCoordinator,
                6,
                make(FindCoordinatorRequest()) { $0.coordinatorKeys = ["g"] },
                "coordinators.errorMessage: null",
                "errorMessage: empty"  // not in this version
            ),
            Row(
                .heartbeat,
                4,
                make(HeartbeatRequest()) { ($0.groupId, $0.memberId, $0.generationId) = ("g", member, 1) }
            ),
            Row(.syncGroup, 5, sync("g", member, 1), "protocolName: set", "protocolType: set"),
            Row(
                .describeGroups,
                6,
                make(DescribeGroupsRequest()) { $0.groups = ["g"] },
                "groups.errorMessage: null",
                "groups.members.groupInstanceId: null"
            ),
            Row(.listGroups, 5, ListGroupsRequest()),
            Row(.offsetCommit, 9, commit("g", member: member, generation: 1, metadata: "m")),
            Row(
                .offsetFetch,
                9,
                make(OffsetFetchRequest()) { request in
                    request.groups = [
                        make(OffsetFetchRequest.OffsetFetchRequestGroup()) {
                            $0.groupId = "g"
                            $0.topics = nil
                        }
                    ]
                },
                "groups.topics.partitions.metadata: set"
            ),
            Row(
                .offsetFetch,
                9,
                make(OffsetFetchRequest()) { request in
                    request.groups = [
                        make(OffsetFetchRequest.OffsetFetchRequestGroup()) { group in
                            group.groupId = "other"
                            group.topics = [
                                make(OffsetFetchRequest.OffsetFetchRequestTopics()) {
                                    $0.name = "t"
                                    $0.partitionIndexes = [0]
                                }
                            ]
                        }
                    ]
                },
                "groups.topics.partitions.metadata: empty"
            ),
            Row(
                .joinGroup,
                9,
                join("g", member),
                "members.groupInstanceId: null",
                "protocolName: set",
                "protocolType: set"
            ),
            Row(
                .leaveGroup,
                5,
                make(LeaveGroupRequest()) { request in
                    request.groupId = "g"
                    request.members = [
                        make(LeaveGroupRequest.MemberIdentity()) {
                            $0.memberId = member
                            $0.groupInstanceId = nil
                        }
                    ]
                },
                "members.groupInstanceId: null"
            ),
            Row(
                .offsetDelete,
                0,
                make(OffsetDeleteRequest()) { request in
                    request.groupId = "g"
                    request.topics = [
                        make(OffsetDeleteRequest.OffsetDeleteRequestTopic()) {
                            $0.name = "t"
                            $0.partitions = [OffsetDeleteRequest.OffsetDeleteRequestPartition()]
                        }
                    ]
                }
            ),
            Row(
                .deleteGroups,
                3,
                make(DeleteGroupsRequest()) { $0.groupsNames = ["g"] },
                "results.errorMessage: null"
            ),
            // What is not served yet says so.
            Row(
                .consumerGroupHeartbeat,
                1,
                ConsumerGroupHeartbeatRequest(),
                "assignment: null",
                "errorMessage: set",
                "memberId: null"
            ),
            Row(
                .shareGroupHeartbeat,
                1,
                ShareGroupHeartbeatRequest(),
                "assignment: null",
                "errorMessage: set",
                "memberId: null"
            ),
        ]
    }
}
