import ClusterMetadata
import KafkaProtocol
import NIOCore
import World

/// Metadata: brokers and topics; makes missing topics where that is allowed.
struct MetadataHandler: ApiHandler {
    let cluster: PublishedView
    let topics: TopicCreator
    let clusterId: String
    let nodeId: Int32
    let lost: LostLeaders
    let connections: ConnectionRegistry
    let time: WorldTime
    let createsTopics: Bool

    func handle(_ message: MetadataRequest, _ request: Request) {
        if let refusal = refusal(message, request.version) { return request.reply(refusal) }
        let view = cluster.view
        let missing = namesToCreate(message, request.version, view)
        if missing.isEmpty { return answer(message, request) }
        topics.create(missing) { answer(message, request) }
    }

    /// How often it is looked whether there is another leader.
    private static let lookMillis: Int64 = 10

    /// Who asks in the moment between two leaders is answered when there is the next one, if it comes soon: librdkafka, told that there is none, looks
    /// again a second later.
    private func answer(_ message: MetadataRequest, _ request: Request) {
        let view = cluster.view
        if !isElectionAwaited(message, request, view) { return request.reply(response(message, request, view)) }
        request.eventLoop.scheduleTask(in: .milliseconds(Self.lookMillis)) { answer(message, request) }
    }

    private func isElectionAwaited(_ message: MetadataRequest, _ request: Request, _ view: ClusterView) -> Bool {
        let awaited = lost.awaited(now: time.now)
        if awaited.isEmpty || connections.isClosing { return false }
        func isLed(by leaders: Set<Int32>, _ topic: TopicImage) -> Bool {
            topic.partitions.values.contains { leaders.contains($0.leader) }
        }
        if asksForAll(message, request) { return view.image.topics.values.contains { isLed(by: awaited, $0) } }
        return (message.topics ?? []).contains { asked in
            let topic =
                asked.topicId != .zero
                ? view.image.topics[asked.topicId] : view.image.topic(named: asked.name ?? "")
            return topic.map { isLed(by: awaited, $0) } ?? false
        }
    }

    /// Version 0 asks for all topics by an empty list, later ones by null.
    private func asksForAll(_ message: MetadataRequest, _ request: Request) -> Bool {
        message.topics == nil || request.version == 0 && message.topics?.isEmpty == true
    }

    /// Before version 12 topics have no ids and all have names; a request that says otherwise is refused as a whole.
    private func refusal(_ message: MetadataRequest, _ version: Int16) -> MetadataResponse? {
        let topics = message.topics ?? []
        guard version < 12, topics.contains(where: { $0.topicId != .zero || $0.name == nil }) else { return nil }
        var response = MetadataResponse()
        response.topics = topics.map { failed($0.name ?? "", $0.topicId, .invalidRequest) }
        return response
    }

    private func namesToCreate(_ message: MetadataRequest, _ version: Int16, _ view: ClusterView)
        -> [String]
    {
        guard createsTopics, version < 4 || message.allowAutoTopicCreation else { return [] }
        return (message.topics ?? []).compactMap { topic in
            guard topic.topicId == .zero, let name = topic.name, view.topics[name] == nil,
                TopicName.problem(with: name) == nil
            else { return nil }
            return name
        }
    }

    private func response(_ message: MetadataRequest, _ request: Request, _ view: ClusterView)
        -> MetadataResponse
    {
        var response = MetadataResponse()
        response.clusterId = clusterId
        response.controllerId = view.forwarder(nodeId)
        response.brokers = view.brokers(listener: request.connection.listener).map { broker in
            var row = MetadataResponse.MetadataResponseBroker()
            row.nodeId = broker.id
            row.host = broker.host
            row.port = broker.port
            row.rack = broker.rack
            return row
        }
        let lost = lost.current(now: time.now)
        if asksForAll(message, request) {
            response.topics = view.image.topics.values.sorted { $0.name < $1.name }.map { topic($0, view, lost) }
        } else {
            response.topics = (message.topics ?? []).map { asked in
                if asked.topicId != .zero {
                    // The name beside an id is not looked at.
                    return view.image.topics[asked.topicId].map { topic($0, view, lost) }
                        ?? failed(nil, asked.topicId, .unknownTopicId)
                }
                let name = asked.name ?? ""
                if let found = view.image.topic(named: name) { return topic(found, view, lost) }
                return failed(
                    name,
                    .zero,
                    TopicName.problem(with: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
                )
            }
        }
        addOperations(message, &response)
        if request.version < 12 {
            for index in response.topics.indices where response.topics[index].name == nil {
                response.topics[index].name = ""
            }
        }
        return response
    }

    /// What the client may do, where it asks and the version has room for it: everything, as nobody checks.
    private func addOperations(_ message: MetadataRequest, _ response: inout MetadataResponse) {
        if message.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AclResourceType.cluster.operations.rawValue
        }
        guard message.includeTopicAuthorizedOperations else { return }
        // A topic id that nobody knows names no resource.
        for index in response.topics.indices where response.topics[index].errorCode != .unknownTopicId {
            response.topics[index].topicAuthorizedOperations = AclResourceType.topic.operations.rawValue
        }
    }

    private func failed(_ name: String?, _ id: KafkaUUID, _ code: ErrorCode)
        -> MetadataResponse.MetadataResponseTopic
    {
        var row = MetadataResponse.MetadataResponseTopic()
        row.name = name
        row.topicId = id
        row.errorCode = code
        return row
    }

    private func topic(_ topic: TopicImage, _ view: ClusterView, _ lost: Set<Int32>)
        -> MetadataResponse.MetadataResponseTopic
    {
        var row = MetadataResponse.MetadataResponseTopic()
        row.name = topic.name
        row.topicId = topic.id
        row.isInternal = topic.isInternal
        row.partitions = topic.partitions.keys.sorted().compactMap { number in
            guard let partition = topic.partitions[number] else { return nil }
            var cell = MetadataResponse.MetadataResponsePartition()
            cell.partitionIndex = number
            let leader = lost.contains(partition.leader) ? -1 : partition.leader
            cell.errorCode = leader < 0 ? .leaderNotAvailable : .none
            cell.leaderId = leader
            cell.leaderEpoch = partition.leaderEpoch
            cell.replicaNodes = partition.replicas
            cell.isrNodes = partition.isr
            cell.offlineReplicas = view.offlineReplicas(of: partition)
            return cell
        }
        return row
    }
}
