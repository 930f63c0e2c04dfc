import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// Brokers in transcripts: what they send, and what is decided of them.
extension ControllerTranscriptTests {
    /// nil for a command that is about something else.
    func performForBroker(
        _ command: Transcript.Command,
        _ run: inout ControllerRun,
        _ names: inout [KafkaUUID: String]
    ) throws -> Lines? {
        let broker = Int32(command.word(0)) ?? -1
        let version = command.values["version"].flatMap { Int16($0) }
        let epoch = command.number("epoch", run.epoch(of: broker))
        func send(_ request: some ControllerRequest) -> Lines { self.send(request, version, &run, &names) }
        switch command.name {
        case "node": run.settings.nodeId = broker
        case "setting":
            for (name, value) in command.values { run.settings.staticConfig[name] = value }
        case "eligible": run.write([try Self.eligibleLeaders.encoded(at: .latest)])
        case "register": return send(registration(command, broker))
        case "join":
            let lines = send(registration(command, broker))
            return lines + send(ControllerRun.heartbeat(broker, epoch: run.epoch(of: broker), offset: .max))
        case "beat": return send(heartbeat(command, broker, epoch))
        case "tick":
            let offset = run.nextOffset
            guard let effects = run.tick() else { return Lines(answers: ["nobody leads here"]) }
            var result = lines(effects, offset, &names)
            let wakeUp = run.controller?.wakeUp ?? .never
            result.answers.append("next at \(wakeUp == .never ? "no time" : "\(wakeUp.milliseconds)")")
            return result
        case "suspect":
            guard command.word(0) != "all" else {
                return Lines(records: (run.controller?.suspectAll() ?? []).map { "probe broker \($0.broker)" })
            }
            let probes = run.controller?.suspect(broker).probes ?? []
            return Lines(records: probes.isEmpty ? ["nothing"] : probes.map { "probe broker \($0.broker)" })
        case "probed":
            let offset = run.nextOffset
            let isRefused = command.words.contains("refused")
            guard let effects = run.probed(broker, epoch, isRefused: isRefused) else { return Lines() }
            return lines(effects, offset, &names)
        case "alter": return send(alteration(command, broker, epoch, run))
        case "unregister":
            var request = UnregisterBrokerRequest()
            request.brokerId = broker
            return send(request)
        case "assign": return send(assignment(command, broker, epoch, run))
        case "controller":
            var request = ControllerRegistrationRequest()
            request.controllerId = broker
            var listener = ControllerRegistrationRequest.Listener()
            (listener.name, listener.host, listener.port) = ("C", "h", 9093)
            request.listeners = command["listener"] == "none" ? [] : [listener]
            return send(request)
        case "unstable": run.settings.allowsUnstableFeatures = true
        case "voters": run.voters = command.words.compactMap { Int32($0) }
        case "unregister-controller":
            var request = UnregisterControllerRequest()
            request.controllerId = broker
            return send(request)
        case "topic":
            var topic = CreateTopicsRequest.CreatableTopic()
            (topic.name, topic.numPartitions, topic.replicationFactor) = (command.word(0), -1, -1)
            for (index, replicas) in command.words.dropFirst().enumerated() {
                var row = CreateTopicsRequest.CreatableReplicaAssignment()
                (row.partitionIndex, row.brokerIds) = (Int32(index), Self.ids(replicas))
                topic.assignments.append(row)
            }
            for (name, value) in command.values.sorted(by: { $0.key < $1.key }) where name != "t" {
                var row = CreateTopicsRequest.CreatableTopicConfig()
                (row.name, row.value) = (name, value)
                topic.configs.append(row)
            }
            var request = CreateTopicsRequest()
            request.topics = [topic]
            return send(request)
        case "state": return Lines(records: state(run, command.word(0)))
        default: return nil
        }
        return Lines()
    }

    private static var eligibleLeaders: MetadataRecord {
        var record = FeatureLevelRecord()
        (record.name, record.featureLevel) = ("eligible.leader.replicas.version", 1)
        return .featureLevel(record)
    }

    private static func ids(_ text: String?) -> [Int32] { (text ?? "").split(separator: ",").compactMap { Int32($0) } }

    private static func directories(_ text: String?) -> [KafkaUUID] {
        (text ?? "").split(separator: ",").map { word in
            word == "lost" ? BrokerImage.lostDirectory : KafkaUUID(high: 9, low: UInt64(word) ?? 0)
        }
    }

    private func registration(_ command: Transcript.Command, _ broker: Int32) -> BrokerRegistrationRequest {
        var request = ControllerRun.register(
            broker,
            incarnation: command.number("incarnation", 1),
            previousEpoch: command.number("previous", -1)
        )
        if let cluster = command.values["cluster"] { request.clusterId = cluster }
        if let directories = command["directory"] { request.logDirs = Self.directories(directories) }
        if let host = command["host"], !request.listeners.isEmpty { request.listeners[0].host = host }
        return request
    }

    private func heartbeat(_ command: Transcript.Command, _ broker: Int32, _ epoch: Int64) -> BrokerHeartbeatRequest {
        var request = ControllerRun.heartbeat(
            broker,
            epoch: epoch,
            offset: command.number("offset", .max),
            wantsFence: command.words.contains("fence"),
            wantsShutDown: command.words.contains("stop")
        )
        request.offlineLogDirs = Self.directories(command["offline"])
        request.cordonedLogDirs = command["cordoned"].map { Self.directories($0) }
        return request
    }

    private func alteration(
        _ command: Transcript.Command,
        _ leader: Int32,
        _ epoch: Int64,
        _ run: ControllerRun
    ) -> AlterPartitionRequest {
        let topic = run.controller?.view.topic(named: command["topic"] ?? "")
        let number: Int32 = command.number("partition", 0)
        let partition = topic?.partitions[number]
        var wanted = AlterPartitionRequest.PartitionData()
        wanted.partitionIndex = number
        wanted.leaderEpoch = command.number("leader-epoch", partition?.leaderEpoch ?? 0)
        wanted.partitionEpoch = command.number("partition-epoch", partition?.partitionEpoch ?? 0)
        wanted.leaderRecoveryState = command.number("recovering", 0)
        // `3@7`: broker 3 in epoch 7.
        for member in (command["isr"] ?? "").split(separator: ",") {
            let parts = member.split(separator: "@")
            var state = AlterPartitionRequest.BrokerState()
            state.brokerId = Int32(parts[0]) ?? -1
            state.brokerEpoch = parts.count > 1 ? Int64(parts[1]) ?? -1 : run.epoch(of: state.brokerId)
            wanted.newIsrWithEpochs.append(state)
            wanted.newIsr.append(state.brokerId)
        }
        var row = AlterPartitionRequest.TopicData()
        (row.topicId, row.partitions) = (topic?.id ?? KafkaUUID(high: 7, low: 7), [wanted])
        var request = AlterPartitionRequest()
        (request.brokerId, request.brokerEpoch, request.topics) = (leader, epoch, [row])
        return request
    }

    private func assignment(
        _ command: Transcript.Command,
        _ broker: Int32,
        _ epoch: Int64,
        _ run: ControllerRun
    ) -> AssignReplicasToDirsRequest {
        var partition = AssignReplicasToDirsRequest.PartitionData()
        partition.partitionIndex = command.number("partition", 0)
        var topic = AssignReplicasToDirsRequest.TopicData()
        topic.topicId = run.controller?.view.topicIds[command["topic"] ?? ""] ?? KafkaUUID(high: 7, low: 7)
        topic.partitions = [partition]
        var request = AssignReplicasToDirsRequest()
        (request.brokerId, request.brokerEpoch) = (broker, epoch)
        request.directories = Self.directories(command["directory"]).map { id in
            var row = AssignReplicasToDirsRequest.DirectoryData()
            (row.id, row.topics) = (id, [topic])
            return row
        }
        return request
    }

    // MARK: In words

    private func state(_ run: ControllerRun, _ name: String) -> [String] {
        guard let topic = run.controller?.view.topic(named: name) else { return ["no topic \(name)"] }
        return topic.partitions.map { number, partition in
            var text =
                "\(name)-\(number) leader \(partition.leader) epoch \(partition.leaderEpoch)"
                + " in sync \(partition.isr) of \(partition.replicas)"
            if !partition.eligibleLeaderReplicas.isEmpty { text += " eligible \(partition.eligibleLeaderReplicas)" }
            if !partition.lastKnownElr.isEmpty { text += " last known \(partition.lastKnownElr)" }
            if partition.leaderRecoveryState != 0 { text += " recovering" }
            return text
        }
    }

    func change(_ record: PartitionChangeRecord, _ names: [KafkaUUID: String]) -> String {
        var parts = ["\(names[record.topicId] ?? "?")-\(record.partitionId)"]
        if record.leader != -2 { parts.append("is led by \(record.leader)") }
        if let isr = record.isr { parts.append("in sync \(isr)") }
        if let eligible = record.eligibleLeaderReplicas { parts.append("eligible \(eligible)") }
        if let known = record.lastKnownElr { parts.append("last known \(known)") }
        if record.leaderRecoveryState >= 0 { parts.append("recovery \(record.leaderRecoveryState)") }
        if let directories = record.directories { parts.append("in directories \(directories.map(\.low))") }
        return parts.joined(separator: " ")
    }

    func change(_ record: BrokerRegistrationChangeRecord) -> String {
        var parts = ["broker \(record.brokerId)"]
        if record.fenced != 0 { parts.append(record.fenced > 0 ? "is fenced" : "is unfenced") }
        if record.inControlledShutdown > 0 { parts.append("begins to stop") }
        if !record.logDirs.isEmpty { parts.append("has directories \(record.logDirs.map(\.low))") }
        if let cordoned = record.cordonedLogDirs { parts.append("has cordoned \(cordoned.map(\.low))") }
        return parts.joined(separator: " ")
    }

    func brokerAnswer(_ response: any ResponseMessage) -> [String] {
        switch response {
        case let response as BrokerRegistrationResponse: return ["\(response.errorCode) epoch \(response.brokerEpoch)"]
        case let response as BrokerHeartbeatResponse:
            if response.errorCode != .none { return ["\(response.errorCode)"] }
            return [response.isCaughtUp ? "caught up" : "behind", response.isFenced ? "fenced" : "unfenced"]
                + (response.shouldShutDown ? ["may stop"] : [])
        case let response as AlterPartitionResponse:
            let cells = response.topics.flatMap(\.partitions).map { cell in
                cell.errorCode == .none
                    ? "\(cell.partitionIndex) led by \(cell.leaderId) in epoch \(cell.leaderEpoch), in sync \(cell.isr),"
                        + " partition epoch \(cell.partitionEpoch), recovery \(cell.leaderRecoveryState)"
                    : "\(cell.partitionIndex) \(cell.errorCode)"
            }
            return ["\(response.errorCode)"] + cells
        case let response as AssignReplicasToDirsResponse:
            return ["\(response.errorCode)"]
                + response.directories.flatMap(\.topics).flatMap(\.partitions).map {
                    "\($0.partitionIndex) \($0.errorCode)"
                }
        case let response as UnregisterBrokerResponse: return ["\(response.errorCode)"]
        case let response as ControllerRegistrationResponse: return ["\(response.errorCode)"]
        case let response as UnregisterControllerResponse:
            return ["\(response.errorCode)"] + (response.errorMessage.map { [$0] } ?? [])
        default: return ["\(response)"]
        }
    }
}
