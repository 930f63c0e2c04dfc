import ClusterMetadata
import KRaft
import KafkaProtocol
import World

/// The APIs of a controller's listener: what controllers and brokers ask among themselves.
enum ControllerApis {
    static func serve(_ core: NodeCore, _ desk: RaftRequestDesk) -> Dispatcher {
        let runtime = core.metadata
        let quorum = QuorumDescriber(runtime: runtime, time: core.world.time)
        let apis =
            raft(desk) + brokers(LocalControllerChannel(runtime: runtime)) + [
                Api(DescribeQuorumHandler(quorum: quorum, channel: nil)),
                Api(DescribeControllersHandler(runtime: runtime, clusterId: core.clusterId)),
                Api(DescribeDecisionsHandler(decisions: core.decisions, nodeId: core.nodeId)),
                Api(EnvelopeHandler(runtime: runtime, apis: forwarded(runtime, quorum, desk))),
            ]
        let versions = ApiVersionsHandler(
            beside: apis,
            clusterId: core.clusterId,
            nodeId: core.nodeId,
            allowsUnstableFeatures: core.config.allowsUnstableFeatures
        ) { runtime.latest }
        return Dispatcher(
            apis + [Api(versions)],
            versions,
            UnlimitedQuota(),
            trailingBytes: core.metrics.trailingBytes
        )
    }

    private static func raft(_ desk: RaftRequestDesk) -> [Api] {
        [
            Api(QuorumHandler<FetchRequest>(desk: desk)),
            Api(QuorumHandler<VoteRequest>(desk: desk)),
            Api(QuorumHandler<BeginQuorumEpochRequest>(desk: desk)),
            Api(QuorumHandler<EndQuorumEpochRequest>(desk: desk)),
            Api(QuorumHandler<FetchSnapshotRequest>(desk: desk)),
            Api(QuorumHandler<AddRaftVoterRequest>(desk: desk)),
            Api(QuorumHandler<RemoveRaftVoterRequest>(desk: desk)),
            Api(QuorumHandler<UpdateRaftVoterRequest>(desk: desk)),
        ]
    }

    /// Plain requests of brokers, and of tools that ask the controllers themselves.
    private static func brokers(_ controller: LocalControllerChannel) -> [Api] {
        [
            Api(ControllerHandler<BrokerRegistrationRequest>(controller: controller)),
            Api(BrokerHeartbeatHandler(controller: controller, runtime: controller.runtime)),
            Api(ControllerHandler<UnregisterBrokerRequest>(controller: controller)),
            Api(ControllerHandler<AlterPartitionRequest>(controller: controller)),
            Api(ControllerHandler<AssignReplicasToDirsRequest>(controller: controller)),
            Api(ControllerHandler<ControllerRegistrationRequest>(controller: controller)),
            Api(ControllerHandler<UnregisterControllerRequest>(controller: controller)),
            Api(ControllerHandler<AllocateProducerIdsRequest>(controller: controller)),
            Api(ControllerHandler<CreateTopicsRequest>(controller: controller)),
            Api(ControllerHandler<DeleteTopicsRequest>(controller: controller)),
            Api(ControllerHandler<CreatePartitionsRequest>(controller: controller)),
            Api(ControllerHandler<AlterConfigsRequest>(controller: controller)),
            Api(ControllerHandler<IncrementalAlterConfigsRequest>(controller: controller)),
            Api(ControllerHandler<ElectLeadersRequest>(controller: controller)),
            Api(ControllerHandler<UpdateFeaturesRequest>(controller: controller)),
        ]
    }

    /// What clients ask of any broker.
    private static func forwarded(
        _ runtime: MetadataRuntime,
        _ quorum: QuorumDescriber,
        _ desk: RaftRequestDesk
    ) -> [ForwardedApi] {
        [
            ForwardedApi(CreateTopicsRequest.self, runtime),
            ForwardedApi(DeleteTopicsRequest.self, runtime),
            ForwardedApi(CreatePartitionsRequest.self, runtime),
            ForwardedApi(AlterConfigsRequest.self, runtime),
            ForwardedApi(IncrementalAlterConfigsRequest.self, runtime),
            ForwardedApi(ElectLeadersRequest.self, runtime),
            ForwardedApi(UpdateFeaturesRequest.self, runtime),
            ForwardedApi(UnregisterBrokerRequest.self, runtime),
            ForwardedApi(UnregisterControllerRequest.self, runtime),
            ForwardedApi(DescribeQuorumRequest.self) { message, context, reply in
                quorum.describe(message, version: context.version) { reply($0) }
            },
            forwarded(AddRaftVoterRequest.self, desk),
            forwarded(RemoveRaftVoterRequest.self, desk),
        ]
    }

    private static func forwarded(_ type: (some RaftRequestMessage).Type, _ desk: RaftRequestDesk) -> ForwardedApi {
        ForwardedApi(type) { message, context, reply in desk.receive(message, context) { reply($0) } }
    }
}
