import KafkaProtocol
import NIOCore
import Testing

@testable import Broker

/// Which fields of answers are null: nothing to say is null, not an empty text, which some clients take for an error.
@Suite(.serialized)
struct NullnessTests {
    /// One call and what has to be found in its answer.
    struct Row {
        var api: ApiKey
        var version: Int16
        /// `path: state` for every field of the answer that may be null; the state is null, empty or set.
        var fields: [String]
        var call: (TestClient, Int16) throws -> any ResponseMessage

        init<Request: RequestMessage>(
            _ api: ApiKey,
            _ version: Int16,
            _ request: @autoclosure @escaping () -> Request,
            _ fields: String...
        ) {
            self.api = api
            self.version = version
            self.fields = fields
            call = { try $0.call(request(), Request.Response.self, version: $1) }
        }
    }

    /// The fields that may be null, with all states that they are found in.
    static func states(_ message: any WireStructure) -> [String] {
        var found: [String: Set<String>] = [:]
        func walk(_ structure: any WireStructure, _ prefix: String) {
            for child in Mirror(reflecting: structure).children {
                guard let label = child.label, label != "unknownTaggedFields" else { continue }
                look(child.value, prefix + label, prefix + label + ".")
            }
        }
        func look(_ value: Any, _ path: String, _ prefix: String) {
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                guard let content = mirror.children.first?.value else {
                    found[path, default: []].insert("null")
                    return
                }
                let isEmpty = (content as? String)?.isEmpty ?? (content as? [Any])?.isEmpty ?? false
                found[path, default: []].insert(isEmpty ? "empty" : "set")
                return look(content, path, prefix)
            }
            if let structure = value as? any WireStructure { return walk(structure, prefix) }
            for element in value as? [any WireStructure] ?? [] { walk(element, prefix) }
        }
        walk(message, "")
        return found.map { "\($0.key): \($0.value.sorted().joined(separator: ", "))" }.sorted()
    }

    /// A node with a topic `t` and a group `g` of one member that has committed.
    struct World {
        var node: TestNode
        var client: TestClient
        var member: String

        init() throws {
            node = try TestNode()
            client = try node.client()
            #expect(try client.createTopic("t") == ErrorCode.none)
            _ = try client.call(
                make(FindCoordinatorRequest()) { $0.coordinatorKeys = ["g"] },
                FindCoordinatorResponse.self,
                version: 4
            )
            member = try client.call(join("g", ""), JoinGroupResponse.self, version: 3).memberId
            let assignment = sync("g", member, 1, leads: true)
            #expect(try client.call(assignment, SyncGroupResponse.self, version: 3).errorCode == .none)
            let committed = try client.call(
                commit("g", member: member, generation: 1, metadata: "m"),
                OffsetCommitResponse.self,
                version: 8
            )
            #expect(committed.topics.first?.partitions.map(\.errorCode) == [.none])
        }
    }

    static func successes(_ member: String) -> [Row] {
        dataRows + groupRows(member) + transactionRows + clusterRows + topicRows
    }

    static var transactionRows: [Row] {
        [
            Row(.addPartitionsToTxn, 5, AddPartitionsToTxnRequest()),
            Row(.addOffsetsToTxn, 4, AddOffsetsToTxnRequest()),
            Row(.endTxn, 5, EndTxnRequest()),
            Row(.writeTxnMarkers, 2, WriteTxnMarkersRequest()),
            Row(.txnOffsetCommit, 5, TxnOffsetCommitRequest()),
            Row(.describeTransactions, 0, DescribeTransactionsRequest()),
            Row(.listTransactions, 2, ListTransactionsRequest()),
        ]
    }

    static var dataRows: [Row] {
        [
            Row(
                .produce,
                12,
                make(ProduceRequest()) { request in
                    request.topicData = [
                        make(ProduceRequest.TopicProduceData()) { topic in
                            topic.name = "t"
                            topic.partitionData = [
                                make(ProduceRequest.PartitionProduceData()) { $0.records = .bytes(batch("x")) }
                            ]
                        }
                    ]
                    request.acks = -1
                    request.timeoutMs = 10_000
                },
                "responses.partitionResponses.errorMessage: null"
            ),
            Row(
                .fetch,
                12,
                make(FetchRequest()) { $0.topics = [fetchTopic("t")] },
                "responses.partitions.abortedTransactions: null",
                "responses.partitions.records: set"
            ),
            Row(
                .fetch,
                12,
                make(FetchRequest()) {
                    $0.topics = [fetchTopic("t")]
                    $0.isolationLevel = 1
                },
                "responses.partitions.abortedTransactions: empty",
                "responses.partitions.records: set"
            ),
            Row(
                .listOffsets,
                11,
                make(ListOffsetsRequest()) { request in
                    request.topics = [
                        make(ListOffsetsRequest.ListOffsetsTopic()) { topic in
                            topic.name = "t"
                            topic.partitions = [make(ListOffsetsRequest.ListOffsetsPartition()) { $0.timestamp = -1 }]
                        }
                    ]
                }
            ),
            Row(
                .offsetForLeaderEpoch,
                4,
                make(OffsetForLeaderEpochRequest()) { request in
                    request.topics = [
                        make(OffsetForLeaderEpochRequest.OffsetForLeaderTopic()) { topic in
                            topic.topic = "t"
                            topic.partitions = [OffsetForLeaderEpochRequest.OffsetForLeaderPartition()]
                        }
                    ]
                }
            ),
            Row(.initProducerId, 5, make(InitProducerIdRequest()) { $0.transactionalId = nil }),
            Row(
                .describeProducers,
                0,
                make(DescribeProducersRequest()) { request in
                    request.topics = [
                        make(DescribeProducersRequest.TopicRequest()) {
                            $0.name = "t"
                            $0.partitionIndexes = [0]
                        }
                    ]
                },
                "topics.partitions.errorMessage: null"
            ),
            Row(
                .deleteRecords,
                2,
                make(DeleteRecordsRequest()) { request in
                    request.topics = [
                        make(DeleteRecordsRequest.DeleteRecordsTopic()) {
                            $0.name = "t"
                            $0.partitions = [DeleteRecordsRequest.DeleteRecordsPartition()]
                        }
                    ]
                }
            ),
            Row(.alterReplicaLogDirs, 2, AlterReplicaLogDirsRequest()),
            Row(.describeLogDirs, 4, make(DescribeLogDirsRequest()) { $0.topics = nil }),
            Row(
                .describeCompaction,
                0,
                make(DescribeCompactionRequest()) { request in
                    request.topics = [
                        make(DescribeCompactionRequest.CompactedTopicRequest()) {
                            ($0.name, $0.partitions) = ("t", nil)
                        }
                    ]
                },
                "errorMessage: null",
                "topics.partitions.lastPass: null",
                "topics.partitions.passUnderWay: null",
                "topics.partitions.waitReason: null"
            ),
            Row(.describeDecisions, 0, DescribeDecisionsRequest(), "decisions.reason: null, set", "errorMessage: null"),
            Row(.startCompaction, 0, compact("t", [9]), "topics.partitions.errorMessage: null"),
        ]
    }

    static var clusterRows: [Row] {
        [
            Row(.apiVersions, 0, ApiVersionsRequest()),
            Row(
                .metadata,
                13,
                make(MetadataRequest()) { $0.topics = nil },
                "brokers.rack: null",
                "clusterId: set",
                "topics.name: set"
            ),
            Row(.describeCluster, 2, DescribeClusterRequest(), "brokers.rack: null", "errorMessage: null"),
            Row(
                .describeQuorum,
                2,
                make(DescribeQuorumRequest()) { request in
                    request.topics = [
                        make(DescribeQuorumRequest.TopicData()) {
                            $0.topicName = "__cluster_metadata"
                            $0.partitions = [DescribeQuorumRequest.PartitionData()]
                        }
                    ]
                },
                "errorMessage: null",
                "topics.partitions.errorMessage: null"
            ),
            // There is no other broker that could be forgotten.
            Row(.unregisterBroker, 0, make(UnregisterBrokerRequest()) { $0.brokerId = 99 }, "errorMessage: set"),
            Row(
                .unregisterController,
                0,
                make(UnregisterControllerRequest()) { $0.controllerId = 99 },
                "errorMessage: set"
            ),
            Row(.electLeaders, 2, make(ElectLeadersRequest()) { $0.topicPartitions = nil }),
            Row(.listPartitionReassignments, 0, ListPartitionReassignmentsRequest(), "errorMessage: null"),
            Row(.listConfigResources, 1, ListConfigResourcesRequest()),
            Row(
                .describeConfigs,
                4,
                make(DescribeConfigsRequest()) { request in
                    request.resources = [
                        make(DescribeConfigsRequest.DescribeConfigsResource()) {
                            ($0.resourceType, $0.resourceName) = (2, "t")
                            $0.configurationKeys = ["no.such.key"]
                        }
                    ]
                },
                "results.errorMessage: null"
            ),
            Row(
                .alterConfigs,
                2,
                make(AlterConfigsRequest()) { request in
                    request.resources = [
                        make(AlterConfigsRequest.AlterConfigsResource()) {
                            ($0.resourceType, $0.resourceName) = (2, "t")
                        }
                    ]
                },
                "responses.errorMessage: null"
            ),
            Row(
                .incrementalAlterConfigs,
                1,
                make(IncrementalAlterConfigsRequest()) { request in
                    request.resources = [
                        make(IncrementalAlterConfigsRequest.AlterConfigsResource()) {
                            ($0.resourceType, $0.resourceName) = (2, "t")
                        }
                    ]
                },
                "responses.errorMessage: null"
            ),
        ]
    }

    static var topicRows: [Row] {
        [
            Row(
                .describeTopicPartitions,
                0,
                make(DescribeTopicPartitionsRequest()) { $0.responsePartitionLimit = 10 },
                "nextCursor: null",
                "topics.name: set",
                "topics.partitions.eligibleLeaderReplicas: empty",
                "topics.partitions.lastKnownElr: empty"
            ),
            Row(
                .createTopics,
                2,
                create("old"),
                "topics.configs: empty",  // not in this version
                "topics.errorMessage: null"
            ),
            Row(
                .createTopics,
                7,
                create("new"),
                "topics.configs: set",
                "topics.configs.value: empty, set",
                "topics.errorMessage: null"
            ),
            Row(
                .createPartitions,
                3,
                make(CreatePartitionsRequest()) { request in
                    request.topics = [
                        make(CreatePartitionsRequest.CreatePartitionsTopic()) {
                            ($0.name, $0.count, $0.assignments) = ("new", 2, nil)
                        }
                    ]
                },
                "results.errorMessage: null"
            ),
            Row(
                .deleteTopics,
                6,
                make(DeleteTopicsRequest()) { request in
                    request.topics = [make(DeleteTopicsRequest.DeleteTopicState()) { $0.name = "new" }]
                },
                "responses.errorMessage: null",
                "responses.name: set"
            ),
            Row(
                .updateFeatures,
                1,
                make(UpdateFeaturesRequest()) { request in
                    request.featureUpdates = [
                        make(UpdateFeaturesRequest.FeatureUpdateKey()) {
                            ($0.feature, $0.maxVersionLevel, $0.upgradeType) = ("metadata.version", 30, 1)
                        }
                    ]
                },
                "errorMessage: null",
                "results.errorMessage: null"
            ),
            // A node that no other one reaches has no voters to change.
            Row(.addRaftVoter, 1, AddRaftVoterRequest(), "errorMessage: set"),
            Row(.removeRaftVoter, 0, RemoveRaftVoterRequest(), "errorMessage: set"),
        ]
    }

    @Test func whatHasNothingToSayIsNullInEveryAnswer() throws {
        let world = try World()
        let rows = Self.successes(world.member)
        for row in rows {
            let response = try row.call(world.client, row.version)
            #expect(Self.states(response) == row.fields.sorted(), "\(row.api) version \(row.version)")
        }
        let question = make(ApiVersionsRequest()) {
            ($0.clientSoftwareName, $0.clientSoftwareVersion, $0.listsOwn) = ("a", "1", true)
        }
        let served = try world.client.call(question, ApiVersionsResponse.self, version: 3).apiKeys
        #expect(Set(rows.map(\.api.rawValue)) == Set(served.map(\.apiKey)), "every served API has a row")
        world.node.running.stop()
    }

    /// Where there is an error, the answer says what is wrong.
    static var failures: [Row] {
        [
            Row(
                .findCoordinator,
                6,
                make(FindCoordinatorRequest()) { ($0.keyType, $0.coordinatorKeys) = (2, ["x"]) },
                "coordinators.errorMessage: set",
                "errorMessage: empty"  // not in this version
            ),
            Row(
                .findCoordinator,
                3,
                make(FindCoordinatorRequest()) { ($0.keyType, $0.key) = (2, "x") },
                "errorMessage: set"
            ),
            Row(.joinGroup, 9, join("new", ""), "protocolName: null", "protocolType: null"),
            Row(.joinGroup, 5, join("new", ""), "protocolName: empty", "protocolType: null"),
            Row(.syncGroup, 5, sync("g", "stranger", 1), "protocolName: null", "protocolType: null"),
            Row(
                .describeGroups,
                6,
                make(DescribeGroupsRequest()) { $0.groups = ["none"] },
                "groups.errorMessage: set"
            ),
            Row(
                .metadata,
                13,
                make(MetadataRequest()) { request in
                    request.topics = [
                        make(MetadataRequest.MetadataRequestTopic()) {
                            ($0.name, $0.topicId) = (nil, KafkaUUID(high: 1, low: 1))
                        }
                    ]
                },
                "brokers.rack: null",
                "clusterId: set",
                "topics.name: null"
            ),
            Row(.createTopics, 7, create("t"), "topics.configs: empty", "topics.errorMessage: set"),
            Row(.describeDecisions, 0, DescribeDecisionsRequest(), "decisions.reason: null, set", "errorMessage: null"),
            Row(.startCompaction, 0, compact("t"), "topics.partitions.errorMessage: set"),
            Row(
                .deleteTopics,
                6,
                make(DeleteTopicsRequest()) { request in
                    request.topics = [
                        make(DeleteTopicsRequest.DeleteTopicState()) {
                            ($0.name, $0.topicId) = (nil, KafkaUUID(high: 1, low: 1))
                        }
                    ]
                },
                "responses.errorMessage: set",
                "responses.name: null"
            ),
            Row(
                .electLeaders,
                2,
                make(ElectLeadersRequest()) { request in
                    request.topicPartitions = [
                        make(ElectLeadersRequest.TopicPartitions()) { ($0.topic, $0.partitions) = ("t", [0, 9]) }
                    ]
                },
                "replicaElectionResults.partitionResult.errorMessage: set"
            ),
            Row(
                .describeProducers,
                0,
                make(DescribeProducersRequest()) { request in
                    request.topics = [
                        make(DescribeProducersRequest.TopicRequest()) {
                            $0.name = "none"
                            $0.partitionIndexes = [0]
                        }
                    ]
                },
                "topics.partitions.errorMessage: set"
            ),
            Row(
                .incrementalAlterConfigs,
                1,
                make(IncrementalAlterConfigsRequest()) { request in
                    request.resources = [
                        make(IncrementalAlterConfigsRequest.AlterConfigsResource()) {
                            ($0.resourceType, $0.resourceName) = (2, "none")
                        }
                    ]
                },
                "responses.errorMessage: set"
            ),
        ]
    }

    @Test func anErrorIsSaidInWords() throws {
        let world = try World()
        for row in Self.failures {
            let response = try row.call(world.client, row.version)
            #expect(Self.states(response) == row.fields.sorted(), "\(row.api) version \(row.version)")
        }
        world.node.running.stop()
    }
}
