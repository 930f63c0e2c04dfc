import KafkaProtocol

extension Controller {
    /// CreateTopics.
    package func createTopics(
        _ request: CreateTopicsRequest,
        using generator: inout some RandomNumberGenerator
    ) -> ControllerResult<CreateTopicsResponse> {
        var response = CreateTopicsResponse()
        var records: [MetadataRecord] = []
        var planned = 0
        /// By what they have in common with names that they collide with.
        var taken: [String: String] = [:]
        let counts = Dictionary(request.topics.map { (ExactText($0.name), 1) }, uniquingKeysWith: +)
        var answered: Set<ExactText> = []
        for topic in request.topics where answered.insert(ExactText(topic.name)).inserted {
            var result = CreateTopicsResponse.CreatableTopicResult()
            result.name = topic.name
            result.errorMessage = nil
            do throws(ControllerFailure) {
                if counts[ExactText(topic.name), default: 0] > 1 {
                    throw ControllerFailure(.invalidRequest, "the request names the topic twice")
                }
                let plan = try plan(topic, taken: taken, planned: planned, using: &generator)
                planned += plan.assignments.count
                taken[TopicName.collisionKey(topic.name)] = topic.name
                if !request.validateOnly { records += plan.records }
                result.topicId = request.validateOnly ? .zero : plan.id
                result.numPartitions = Int32(plan.assignments.count)
                result.replicationFactor = Int16(plan.assignments.first?.count ?? 0)
                result.configs = describe(plan.configs)
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
                result.configs = []
            }
            response.topics.append(result)
        }
        return ControllerResult(records, response)
    }

    private struct TopicPlan {
        var id: KafkaUUID
        var assignments: [[Int32]]
        var configs: [String: String]
        var records: [MetadataRecord]
    }

    private func plan(
        _ topic: CreateTopicsRequest.CreatableTopic,
        taken: [String: String],
        planned: Int,
        using generator: inout some RandomNumberGenerator
    ) throws(ControllerFailure) -> TopicPlan {
        if topic.name == TopicName.clusterMetadata {
            throw ControllerFailure(.invalidRequest, "'\(topic.name)' is the cluster's own and cannot be created")
        }
        if let problem = TopicName.malformation(of: topic.name) {
            throw ControllerFailure(.invalidTopicException, problem)
        }
        if image.topicIds[topic.name] != nil {
            throw ControllerFailure(.topicAlreadyExists, "topic '\(topic.name)' exists already")
        }
        if let other = image.topicColliding(with: topic.name) ?? taken[TopicName.collisionKey(topic.name)] {
            throw ControllerFailure(
                .invalidTopicException,
                "'\(topic.name)' differs from topic '\(other)' only in '.' and '_'"
            )
        }
        let configs = try self.configs(topic)
        let assignments = try self.assignments(topic, planned: planned)
        var id = KafkaUUID.random(using: &generator)
        while image.topics[id] != nil { id = KafkaUUID.random(using: &generator) }
        var record = TopicRecord()
        record.name = topic.name
        record.topicId = id
        var records: [MetadataRecord] = [.topic(record)]
        for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
            records.append(self.record(.topic(topic.name), name, value))
        }
        for (number, replicas) in assignments.enumerated() {
            records.append(partitionRecord(id, Int32(number), replicas))
        }
        return TopicPlan(id: id, assignments: assignments, configs: configs, records: records)
    }

    /// A new topic's settings; of a key that is given twice the last value counts, as in Kafka.
    private func configs(_ topic: CreateTopicsRequest.CreatableTopic) throws(ControllerFailure) -> [String: String] {
        var configs: [String: String] = [:]
        for config in topic.configs {
            guard let value = config.value else {
                throw ControllerFailure(.invalidConfig, "the value of \(config.name) is null")
            }
            if value.utf16.count > ConfigValidation.maxValueLength {
                throw ControllerFailure(
                    .invalidConfig,
                    "the value of \(config.name) has more than \(ConfigValidation.maxValueLength) characters"
                )
            }
            configs[config.name] = value
        }
        try ConfigValidation(resolver: resolver).check(topic: configs)
        return configs
    }

    private func partitionRecord(_ topic: KafkaUUID, _ number: Int32, _ replicas: [Int32]) -> MetadataRecord {
        let alive = replicas.filter(isPresent)
        var record = PartitionRecord()
        record.topicId = topic
        record.partitionId = number
        record.replicas = replicas
        record.isr = alive.isEmpty ? [replicas[0]] : alive
        record.leader = alive.first ?? -1
        record.leaderEpoch = 0
        record.partitionEpoch = 0
        // A broker with one directory leaves no choice; others pick and tell.
        record.directories = replicas.map { id in
            guard let dirs = image.brokers[id]?.registration.logDirs, dirs.count == 1 else { return .zero }
            return dirs[0]
        }
        return .partition(record)
    }

    private func assignments(
        _ topic: CreateTopicsRequest.CreatableTopic,
        planned: Int
    ) throws(ControllerFailure) -> [[Int32]] {
        if !topic.assignments.isEmpty {
            guard topic.numPartitions == -1, topic.replicationFactor == -1 else {
                throw ControllerFailure(
                    .invalidRequest,
                    "an assignment excludes a number of partitions and a replication factor"
                )
            }
            try limit(planned + topic.assignments.count)
            let sorted = topic.assignments.sorted { $0.partitionIndex < $1.partitionIndex }
            guard sorted.enumerated().allSatisfy({ Int32($0) == $1.partitionIndex }) else {
                throw ControllerFailure(.invalidReplicaAssignment, "partitions must be numbered from 0 without gaps")
            }
            return try check(sorted.map(\.brokerIds), factor: nil)
        }
        let count = topic.numPartitions == -1 ? resolver.brokerInt("num.partitions") : Int64(topic.numPartitions)
        if topic.replicationFactor < -1 || topic.replicationFactor == 0 { throw Self.badReplicationFactor }
        let factor =
            topic.replicationFactor == -1
            ? resolver.brokerInt("default.replication.factor") : Int64(topic.replicationFactor)
        guard count > 0 else {
            throw ControllerFailure(
                .invalidPartitions,
                "the number of partitions must be 1 or more, or -1 for the default"
            )
        }
        try limit(planned + Int(count))
        return try place(count: Int(count), factor: Int(factor), planned: planned)
    }

    private static let badReplicationFactor = ControllerFailure(
        .invalidReplicationFactor,
        "the replication factor must be 1 or more, or -1 for the default"
    )

    private func limit(_ count: Int) throws(ControllerFailure) {
        if count > Self.partitionsPerRequest {
            throw ControllerFailure(
                .policyViolation,
                "one request may make \(Self.partitionsPerRequest) partitions at most"
            )
        }
    }

    /// - Parameter planned: partitions that come before these.
    private func place(
        count: Int,
        factor: Int,
        planned: Int,
        existing: [[Int32]] = []
    ) throws(ControllerFailure) -> [[Int32]] {
        let placement = ReplicaPlacement(Array(image.brokers.values))
        guard factor > 0 else { throw Self.badReplicationFactor }
        guard factor <= placement.count else {
            throw ControllerFailure(
                .invalidReplicationFactor,
                "a replication factor of \(factor) needs as many brokers; \(placement.count) are registered"
            )
        }
        guard placement.presentCount > 0 else {
            throw ControllerFailure(.invalidReplicationFactor, "all brokers are fenced or stop")
        }
        let before = image.partitionCount + planned
        return placement.place(count: count, factor: factor, before: before, existing: existing)
    }

    /// Whether a broker is there, and does not stop.
    private func isPresent(_ id: Int32) -> Bool {
        image.brokers[id].map { !$0.isFenced && !$0.isInControlledShutdown } ?? false
    }

    private func check(_ assignments: [[Int32]], factor: Int?) throws(ControllerFailure) -> [[Int32]] {
        let expected = factor ?? assignments.first?.count ?? 0
        for replicas in assignments {
            guard !replicas.isEmpty else {
                throw ControllerFailure(.invalidReplicaAssignment, "a partition needs replicas")
            }
            guard Set(replicas).count == replicas.count else {
                throw ControllerFailure(.invalidReplicaAssignment, "the replicas \(replicas) name a broker twice")
            }
            if let unknown = replicas.first(where: { image.brokers[$0] == nil }) {
                throw ControllerFailure(.invalidReplicaAssignment, "broker \(unknown) is not registered")
            }
            guard replicas.contains(where: isPresent) else {
                throw ControllerFailure(.invalidReplicaAssignment, "all of the brokers \(replicas) are fenced or stop")
            }
            guard replicas.count == expected else {
                throw ControllerFailure(
                    .invalidReplicaAssignment,
                    "all partitions need the same number of replicas, \(expected)"
                )
            }
        }
        return assignments
    }

    private func describe(_ overrides: [String: String]) -> [CreateTopicsResponse.CreatableTopicConfigs] {
        let shown = ConfigCatalog.shared.topic.values.filter { !$0.isInternal || overrides[$0.name] != nil }
        return shown.sorted { $0.name < $1.name }.map { key in
            let resolved = resolver.topic(key, overrides: overrides)
            var config = CreateTopicsResponse.CreatableTopicConfigs()
            config.name = key.name
            config.value = resolved.value
            config.configSource = resolved.source.rawValue
            return config
        }
    }

    // MARK: DeleteTopics

    package func deleteTopics(_ request: DeleteTopicsRequest) -> ControllerResult<DeleteTopicsResponse> {
        var response = DeleteTopicsResponse()
        var records: [MetadataRecord] = []
        var wanted: [(name: String?, id: KafkaUUID)] = request.topicNames.map { ($0, .zero) }
        wanted += request.topics.map { ($0.name, $0.topicId) }
        var seen: Set<KafkaUUID> = []
        let names = Dictionary(wanted.map { (ExactText($0.name ?? ""), 1) }, uniquingKeysWith: +)
        for (name, id) in wanted {
            var result = DeleteTopicsResponse.DeletableTopicResult()
            result.name = name
            result.topicId = id
            do throws(ControllerFailure) {
                if let name, names[ExactText(name)] ?? 0 > 1 {
                    throw ControllerFailure(.invalidRequest, "the request names the topic twice")
                }
                let topic = try find(name: name, id: id)
                result.topicId = topic.id
                if id != .zero { result.name = topic.name }
                guard seen.insert(topic.id).inserted else {
                    throw ControllerFailure(.invalidRequest, "the request names the topic twice")
                }
                guard ConfigValue.bool(resolver.broker("delete.topic.enable") ?? "true") else {
                    throw ControllerFailure(.topicDeletionDisabled, "delete.topic.enable is false")
                }
                var record = RemoveTopicRecord()
                record.topicId = topic.id
                records.append(.removeTopic(record))
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.responses.append(result)
        }
        return ControllerResult(records, response)
    }

    private func find(name: String?, id: KafkaUUID) throws(ControllerFailure) -> TopicImage {
        if let name {
            guard id == .zero else {
                throw ControllerFailure(.invalidRequest, "a topic is given by name or by id, not by both")
            }
            if TopicName.isInternal(name) {
                throw ControllerFailure(.invalidTopicException, "'\(name)' belongs to the system")
            }
            guard let topic = image.topic(named: name) else {
                throw ControllerFailure(.unknownTopicOrPartition, "topic '\(name)' does not exist")
            }
            return topic
        }
        guard id != .zero else { throw ControllerFailure(.invalidRequest, "neither a name nor an id is given") }
        guard let topic = image.topics[id] else {
            throw ControllerFailure(.unknownTopicId, "topic id \(id) does not exist")
        }
        if topic.isInternal { throw ControllerFailure(.invalidTopicException, "'\(topic.name)' belongs to the system") }
        return topic
    }

    // MARK: CreatePartitions

    package func createPartitions(_ request: CreatePartitionsRequest) -> ControllerResult<CreatePartitionsResponse> {
        var response = CreatePartitionsResponse()
        var records: [MetadataRecord] = []
        var planned = 0
        let counts = Dictionary(request.topics.map { (ExactText($0.name), 1) }, uniquingKeysWith: +)
        var answered: Set<ExactText> = []
        for topic in request.topics where answered.insert(ExactText(topic.name)).inserted {
            var result = CreatePartitionsResponse.CreatePartitionsTopicResult()
            result.name = topic.name
            do throws(ControllerFailure) {
                if counts[ExactText(topic.name), default: 0] > 1 {
                    throw ControllerFailure(.invalidRequest, "the request names the topic twice")
                }
                let added = try grow(topic, planned: planned)
                planned += added.count
                if !request.validateOnly { records += added }
            } catch {
                result.errorCode = error.code
                result.errorMessage = error.message
            }
            response.results.append(result)
        }
        return ControllerResult(records, response)
    }

    private func grow(
        _ request: CreatePartitionsRequest.CreatePartitionsTopic,
        planned: Int
    ) throws(ControllerFailure) -> [MetadataRecord] {
        guard let topic = image.topic(named: request.name) else {
            throw ControllerFailure(.unknownTopicOrPartition, "topic '\(request.name)' does not exist")
        }
        let current = topic.partitions.count
        guard Int(request.count) > current else {
            throw ControllerFailure(
                .invalidPartitions,
                "topic '\(request.name)' has \(current) partitions; their number can only grow, not become \(request.count)"
            )
        }
        let additional = Int(request.count) - current
        try limit(planned + additional)
        let factor = topic.partitions[0]?.replicas.count ?? 1
        let assignments: [[Int32]]
        if let given = request.assignments {
            guard given.count == additional else {
                throw ControllerFailure(
                    .invalidReplicaAssignment,
                    "\(additional) partitions are new, \(given.count) assignments are given"
                )
            }
            assignments = try check(given.map(\.brokerIds), factor: factor)
        } else {
            let existing = topic.partitions.values.map(\.replicas)
            assignments = try place(count: additional, factor: factor, planned: planned, existing: existing)
        }
        return assignments.enumerated().map { partitionRecord(topic.id, Int32(current + $0), $1) }
    }
}
