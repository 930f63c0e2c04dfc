import CoreMetrics
import KafkaProtocol

/// Serves an API. What it needs of the node are its properties: there is one of it, for the requests of all connections.
protocol ApiHandler: Sendable {
    associatedtype Message: RequestMessage

    static var versions: ClosedRange<Int16> { get }

    /// Answers now or later, on any thread; called on the connection's loop, which never waits.
    func handle(_ message: Message, _ request: Request)
}

extension ApiHandler {
    static var key: ApiKey {
        // Both come from the same schemas.
        guard let key = ApiKey(rawValue: Message.schema.key) else {
            preconditionFailure("\(Message.schema.name) belongs to no API")
        }
        return key
    }
    static var versions: ClosedRange<Int16> { key.versions }
}

/// An API that is served: which versions, and by what.
struct Api: Sendable {
    let key: ApiKey
    let versions: ClosedRange<Int16>
    let requests: Counter
    let run: @Sendable (inout WireReader, Request) throws(WireError) -> Void

    /// - Parameter versions: those that are served, where it is not all that the handler knows.
    init<Handler: ApiHandler>(_ handler: Handler, versions: ClosedRange<Int16> = Handler.versions) {
        key = Handler.key
        self.versions = versions
        requests = Counter(label: "ottla_requests_total", dimensions: [("api", "\(Handler.key)")])
        run = { (reader: inout WireReader, request: Request) throws(WireError) in
            handler.handle(try Handler.Message(from: &reader, version: request.version), request)
        }
    }
}

/// The APIs of a client listener, by key. A new one is a file beside this one, and a line here that says what it uses.
enum Apis {
    static func serve(_ node: Node, quota: any RequestQuota) -> Dispatcher {
        let apis = data(node) + groups(node) + transactions(node) + admin(node) + own(node)
        let cluster = node.cluster
        let versions = ApiVersionsHandler(
            beside: apis,
            clusterId: node.clusterId,
            nodeId: node.nodeId,
            allowsUnstableFeatures: node.config.allowsUnstableFeatures
        ) {
            let view = cluster.view
            return (view.image, view.offset)
        }
        return Dispatcher(apis + [Api(versions)], versions, quota, trailingBytes: node.metrics.trailingBytes)
    }

    private static func data(_ node: Node) -> [Api] {
        let (cluster, time) = (node.cluster, node.time)
        return [
            Api(ProduceHandler(node)),
            Api(FetchHandler(node)),
            Api(ListOffsetsHandler(cluster: cluster, readers: node.readers)),
            Api(
                MetadataHandler(
                    cluster: cluster,
                    topics: node.topics,
                    clusterId: node.clusterId,
                    nodeId: node.nodeId,
                    lost: node.store.fetchers.lost,
                    connections: node.connections,
                    time: time,
                    createsTopics: node.config.autoCreateTopics
                )
            ),
            Api(OffsetForLeaderEpochHandler(cluster: cluster)),
        ]
    }

    private static func groups(_ node: Node) -> [Api] {
        let (groups, cluster) = (node.groups, node.cluster)
        return [
            Api(OffsetCommitHandler(groups: groups, cluster: cluster)),
            Api(OffsetFetchHandler(groups: groups, cluster: cluster)),
            Api(
                FindCoordinatorHandler(
                    cluster: cluster,
                    topics: node.topics,
                    nodeId: node.nodeId
                )
            ),
            Api(JoinGroupHandler(groups: groups, cluster: cluster)),
            Api(HeartbeatHandler(groups: groups, cluster: cluster)),
            Api(LeaveGroupHandler(groups: groups, cluster: cluster)),
            Api(SyncGroupHandler(groups: groups, cluster: cluster)),
            Api(DescribeGroupsHandler(groups: groups, cluster: cluster)),
            Api(ListGroupsHandler(groups: groups)),
            Api(DeleteGroupsHandler(groups: groups, cluster: cluster)),
            Api(OffsetDeleteHandler(groups: groups, cluster: cluster)),
            Api(ConsumerGroupHeartbeatHandler(unserved: node.unserved)),
            Api(ShareGroupHeartbeatHandler(unserved: node.unserved)),
        ]
    }

    private static func transactions(_ node: Node) -> [Api] {
        let (cluster, transactions) = (node.cluster, node.transactions)
        let (runtime, listener) = (transactions.runtime, node.config.interBrokerListener)
        return [
            Api(
                InitProducerIdHandler(producerIds: node.producerIds, transactions: runtime, cluster: cluster),
                versions: InitProducerIdHandler.versions(withUnstable: node.config.offersUnstableVersions)
            ),
            Api(AddPartitionsToTxnHandler(transactions: runtime, cluster: cluster, interBrokerListener: listener)),
            Api(AddOffsetsToTxnHandler(transactions: runtime, topics: node.topics, cluster: cluster)),
            Api(EndTxnHandler(producerIds: node.producerIds, transactions: runtime, cluster: cluster)),
            Api(
                WriteTxnMarkersHandler(
                    markers: transactions.markers,
                    cluster: cluster,
                    interBrokerListener: listener
                )
            ),
            Api(
                TxnOffsetCommitHandler(
                    groups: node.groups,
                    coordinators: transactions.coordinators,
                    cluster: cluster
                )
            ),
            Api(DescribeTransactionsHandler(transactions: runtime, cluster: cluster)),
            Api(ListTransactionsHandler(transactions: runtime, time: node.time)),
        ]
    }

    private static func admin(_ node: Node) -> [Api] {
        let (cluster, controller) = (node.cluster, node.controller)
        return [
            Api(CreateTopicsHandler(controller: controller)),
            Api(DeleteTopicsHandler(controller: controller)),
            Api(DeleteRecordsHandler(cluster: cluster, store: node.store, background: node.background)),
            Api(DescribeConfigsHandler(cluster: cluster, nodeId: node.nodeId)),
            Api(AlterConfigsHandler(controller: controller)),
            Api(AlterReplicaLogDirsHandler(cluster: cluster, store: node.store, background: node.background)),
            Api(DescribeLogDirsHandler(store: node.store, background: node.background)),
            Api(CreatePartitionsHandler(controller: controller)),
            Api(ElectLeadersHandler(controller: controller)),
            Api(IncrementalAlterConfigsHandler(controller: controller)),
            Api(ListPartitionReassignmentsHandler(cluster: cluster)),
            Api(
                DescribeQuorumHandler(
                    quorum: QuorumDescriber(runtime: node.metadata, time: node.time),
                    channel: node.controller
                )
            ),
            Api(UpdateFeaturesHandler(controller: controller)),
            Api(DescribeClusterHandler(cluster: cluster, clusterId: node.clusterId, nodeId: node.nodeId)),
            Api(DescribeProducersHandler(cluster: cluster)),
            Api(UnregisterBrokerHandler(controller: controller)),
            Api(ListConfigResourcesHandler(cluster: cluster)),
            Api(DescribeTopicPartitionsHandler(cluster: cluster)),
            Api(AddRaftVoterHandler(node)),
            Api(RemoveRaftVoterHandler(node)),
            Api(UnregisterControllerHandler(controller: controller)),
        ]
    }

    /// Those that Kafka does not have.
    private static func own(_ node: Node) -> [Api] {
        let (cluster, store, background) = (node.cluster, node.store, node.background)
        return [
            Api(DescribeCompactionHandler(cluster: cluster, store: store, background: background)),
            Api(
                StartCompactionHandler(
                    cluster: cluster,
                    store: store,
                    background: background,
                    nodeId: node.nodeId
                )
            ),
            Api(DescribeDecisionsHandler(decisions: node.decisions, nodeId: node.nodeId)),
        ]
    }
}
