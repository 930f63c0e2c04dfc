import KafkaProtocol

/// The APIs of a client listener, by key.
enum Apis {
    static let all: [Api] = [
        ProduceHandler.api, FetchHandler.api, ListOffsetsHandler.api, MetadataHandler.api, OffsetCommitHandler.api,
        OffsetFetchHandler.api,
        FindCoordinatorHandler.api, JoinGroupHandler.api, HeartbeatHandler.api, LeaveGroupHandler.api,
        SyncGroupHandler.api,
        DescribeGroupsHandler.api, ListGroupsHandler.api, ApiVersionsHandler.api, CreateTopicsHandler.api,
        DeleteTopicsHandler.api,
        DeleteRecordsHandler.api, InitProducerIdHandler.api, OffsetForLeaderEpochHandler.api,
        DescribeConfigsHandler.api,
        AlterConfigsHandler.api, DescribeLogDirsHandler.api, CreatePartitionsHandler.api, DeleteGroupsHandler.api,
        ElectLeadersHandler.api,
        IncrementalAlterConfigsHandler.api, ListPartitionReassignmentsHandler.api, OffsetDeleteHandler.api,
        DescribeQuorumHandler.api,
        UpdateFeaturesHandler.api, DescribeClusterHandler.api,
        DescribeProducersHandler.api, ConsumerGroupHeartbeatHandler.api, ListConfigResourcesHandler.api,
        DescribeTopicPartitionsHandler.api, ShareGroupHeartbeatHandler.api,
    ]
}
