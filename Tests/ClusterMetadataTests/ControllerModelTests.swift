import KafkaProtocol
import TestSupport
import Testing

@testable import ClusterMetadata

/// Random requests, each of several rows, decided by the controller and by a model that knows nothing but dictionaries.
struct ControllerModelTests {
    @Test func decisionsAreThoseOfTheModel() throws {
        var codes: [ErrorCode: Int] = [:]
        for seed in 0..<60 as Range<UInt64> {
            var game = ModelGame(seed: seed)
            try game.play(steps: 120)
            #expect(game.problems.isEmpty, "seed \(seed): \(game.problems.prefix(3))")
            codes.merge(game.codes) { $0 + $1 }
        }
        // Each of these was decided often enough to mean something.
        for code in [
            .none, .topicAlreadyExists, .unknownTopicOrPartition, .invalidTopicException, .invalidRequest,
            .invalidPartitions, .invalidReplicationFactor, .invalidConfig, .invalidReplicaAssignment,
            .electionNotNeeded,
        ] as [ErrorCode] {
            #expect(codes[code, default: 0] > 20, "\(code): \(codes[code, default: 0])")
        }
    }
}

/// What a cluster is to somebody who asks for topics: deliberately simple.
struct ClusterModel: Equatable {
    struct Topic: Equatable {
        var partitions: Int
        var factor: Int
        var configs: [String: String] = [:]
    }

    var brokers: Set<Int32> = []
    var topics: [String: Topic] = [:]

    static func isWellFormed(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 249
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private func collides(_ name: String, _ others: some Sequence<String>) -> Bool {
        func plain(_ name: String) -> String { String(name.map { $0 == "." ? "_" : $0 }) }
        return others.contains { $0 != name && plain($0) == plain(name) }
    }

    mutating func create(_ rows: [CreateTopicsRequest.CreatableTopic], validateOnly: Bool) -> [String: ErrorCode] {
        var result: [String: ErrorCode] = [:]
        var made: [String: Topic] = [:]
        for row in rows where result[row.name] == nil {
            let isTwice = rows.filter { $0.name == row.name }.count > 1
            let code = isTwice ? .invalidRequest : creationProblem(row, made)
            result[row.name] = code
            guard code == .none else { continue }
            let configs = Dictionary(row.configs.map { ($0.name, $0.value ?? "") }) { $1 }
            let count = row.assignments.isEmpty ? Int(row.numPartitions) : row.assignments.count
            let factor = row.assignments.first?.brokerIds.count ?? Int(row.replicationFactor)
            made[row.name] = Topic(partitions: count, factor: factor, configs: configs)
        }
        if !validateOnly { topics.merge(made) { $1 } }
        return result
    }

    private func creationProblem(_ row: CreateTopicsRequest.CreatableTopic, _ made: [String: Topic]) -> ErrorCode {
        if row.name == "__cluster_metadata" { return .invalidRequest }
        guard Self.isWellFormed(row.name) else { return .invalidTopicException }
        if topics[row.name] != nil { return .topicAlreadyExists }
        if collides(row.name, topics.keys) || collides(row.name, made.keys) { return .invalidTopicException }
        if row.configs.contains(where: { !isGood($0.name, $0.value) }) { return .invalidConfig }
        if !row.assignments.isEmpty {
            guard row.numPartitions == -1, row.replicationFactor == -1 else { return .invalidRequest }
            let numbers = row.assignments.map { Int($0.partitionIndex) }.sorted()
            guard numbers == Array(0..<numbers.count) else { return .invalidReplicaAssignment }
            let first = row.assignments.min { $0.partitionIndex < $1.partitionIndex }?.brokerIds.count ?? 0
            return isGood(row.assignments.map(\.brokerIds), factor: first) ? .none : .invalidReplicaAssignment
        }
        if row.replicationFactor < 1 { return .invalidReplicationFactor }
        if row.numPartitions < 1 { return .invalidPartitions }
        return Int(row.replicationFactor) <= brokers.count ? .none : .invalidReplicationFactor
    }

    private func isGood(_ assignments: [[Int32]], factor: Int) -> Bool {
        assignments.allSatisfy { replicas in
            !replicas.isEmpty && Set(replicas).count == replicas.count && replicas.count == factor
                && brokers.isSuperset(of: replicas)
        }
    }

    /// The model knows two settings.
    private func isGood(_ name: String, _ value: String?) -> Bool {
        switch name {
        case "retention.ms": value.flatMap { Int64($0) }.map { $0 >= -1 } ?? false
        case "cleanup.policy": value == "delete" || value == "compact"
        default: false
        }
    }

    mutating func delete(_ names: [String]) -> [ErrorCode] {
        let before = topics
        return names.map { name in
            if names.filter({ $0 == name }).count > 1 { return .invalidRequest }
            if name == "__consumer_offsets" { return .invalidTopicException }
            guard before[name] != nil else { return .unknownTopicOrPartition }
            topics[name] = nil
            return .none
        }
    }

    mutating func grow(_ rows: [CreatePartitionsRequest.CreatePartitionsTopic], validateOnly: Bool) -> [String:
        ErrorCode]
    {
        var result: [String: ErrorCode] = [:]
        var changed = topics
        for row in rows where result[row.name] == nil {
            let code = growthProblem(row, isTwice: rows.filter { $0.name == row.name }.count > 1)
            result[row.name] = code
            if code == .none { changed[row.name]?.partitions = Int(row.count) }
        }
        if !validateOnly { topics = changed }
        return result
    }

    private func growthProblem(_ row: CreatePartitionsRequest.CreatePartitionsTopic, isTwice: Bool) -> ErrorCode {
        if isTwice { return .invalidRequest }
        guard let topic = topics[row.name] else { return .unknownTopicOrPartition }
        guard Int(row.count) > topic.partitions else { return .invalidPartitions }
        guard let given = row.assignments else { return .none }
        let isComplete = given.count == Int(row.count) - topic.partitions
        return isComplete && isGood(given.map(\.brokerIds), factor: topic.factor) ? .none : .invalidReplicaAssignment
    }

    mutating func alter(_ rows: [IncrementalAlterConfigsRequest.AlterConfigsResource], validateOnly: Bool)
        -> [ErrorCode]
    {
        var changed = topics
        let result = rows.map { row -> ErrorCode in
            let isTwice = rows.filter { $0.resourceName == row.resourceName }.count > 1
            if isTwice || Set(row.configs.map(\.name)).count < row.configs.count { return .invalidRequest }
            if row.configs.contains(where: { $0.configOperation == 0 && $0.value == nil }) { return .invalidRequest }
            guard Self.isWellFormed(row.resourceName) else {
                return row.resourceName.isEmpty ? .invalidRequest : .invalidTopicException
            }
            for config in row.configs where config.configOperation == 0 && !isGood(config.name, config.value) {
                return .invalidConfig
            }
            guard topics[row.resourceName] != nil else { return .unknownTopicOrPartition }
            for config in row.configs {
                changed[row.resourceName]?.configs[config.name] = config.configOperation == 0 ? config.value : nil
            }
            return .none
        }
        if !validateOnly { topics = changed }
        return result
    }
}

/// Both, side by side.
struct ModelGame {
    private var run: ControllerRun
    private var model = ClusterModel()
    private var random: SeededGenerator
    var problems: [String] = []
    var codes: [ErrorCode: Int] = [:]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        run = ControllerRun(seed: seed ^ 0x77)
    }

    mutating func play(steps: Int) throws {
        _ = try run.lead()
        for broker in 1...3 as ClosedRange<Int32> {
            run.join(broker)
            model.brokers.insert(broker)
        }
        for _ in 0..<steps {
            step()
            compare(run.loader.image)
        }
    }

    private mutating func name() -> String {
        let names = [
            "a", "b", "c.d", "c_d", "e", "f", "a b", "", "__consumer_offsets", "__cluster_metadata", "..", "ä",
        ]
        return names[random.next(below: random.next(below: 3) == 0 ? names.count : 6)]
    }

    private mutating func brokers() -> [Int32] {
        (0..<(1 + random.next(below: 3))).map { _ in Int32(1 + random.next(below: 4)) }
    }

    private mutating func config() -> (name: String, value: String?) {
        let values: [(String, String?)] = [
            ("retention.ms", "1"), ("retention.ms", "-1"), ("retention.ms", "-5"), ("retention.ms", "x"),
            ("cleanup.policy", "compact"), ("cleanup.policy", "delete"), ("cleanup.policy", "burn"), ("no.such", "1"),
        ]
        let chosen = values[random.next(below: values.count)]
        return (chosen.0, random.next(below: 20) == 0 ? nil : chosen.1)
    }

    private mutating func step() {
        switch random.next(below: 8) {
        case 0, 1, 2: create()
        case 3: delete()
        case 4, 5: grow()
        case 6: alter()
        default: elect()
        }
    }

    private mutating func create() {
        var request = CreateTopicsRequest()
        request.validateOnly = random.next(below: 5) == 0
        for _ in 0...random.next(below: 3) {
            var topic = CreateTopicsRequest.CreatableTopic()
            topic.name = name()
            (topic.numPartitions, topic.replicationFactor) = (
                Int32(random.next(below: 5)), Int16(random.next(below: 5))
            )
            if random.next(below: 4) == 0 {
                topic.numPartitions = random.next(below: 6) == 0 ? 2 : -1
                topic.replicationFactor = -1
                for number in 0...random.next(below: 3) {
                    var row = CreateTopicsRequest.CreatableReplicaAssignment()
                    row.partitionIndex = Int32(random.next(below: 12) == 0 ? number + 1 : number)
                    row.brokerIds = brokers()
                    topic.assignments.append(row)
                }
            }
            if random.next(below: 3) == 0 {
                var row = CreateTopicsRequest.CreatableTopicConfig()
                (row.name, row.value) = config()
                topic.configs = [row]
            }
            request.topics.append(topic)
        }
        let expected = model.create(request.topics, validateOnly: request.validateOnly)
        guard let response: CreateTopicsResponse = send(request) else { return }
        for row in response.topics { match(row.errorCode, expected[row.name], "create \(row.name)") }
        if response.topics.count != expected.count { problems.append("\(response.topics.count) rows are answered") }
    }

    private mutating func delete() {
        var request = DeleteTopicsRequest()
        request.topics = (0...random.next(below: 2)).map { _ in
            var topic = DeleteTopicsRequest.DeleteTopicState()
            topic.name = name()
            return topic
        }
        let names = request.topics.map { $0.name ?? "" }
        let expected = model.delete(names)
        guard let response: DeleteTopicsResponse = send(request) else { return }
        for (row, code) in zip(response.responses, expected) { match(row.errorCode, code, "delete \(row.name ?? "")") }
    }

    private mutating func grow() {
        var request = CreatePartitionsRequest()
        request.validateOnly = random.next(below: 5) == 0
        for _ in 0...random.next(below: 2) {
            var topic = CreatePartitionsRequest.CreatePartitionsTopic()
            (topic.name, topic.count, topic.assignments) = (name(), Int32(random.next(below: 12)), nil)
            if random.next(below: 3) == 0 {
                let current = model.topics[topic.name]?.partitions ?? 1
                topic.count = Int32(current + 1)
                var row = CreatePartitionsRequest.CreatePartitionsAssignment()
                row.brokerIds = brokers()
                topic.assignments = Array(repeating: row, count: random.next(below: 6) == 0 ? 2 : 1)
            }
            request.topics.append(topic)
        }
        let expected = model.grow(request.topics, validateOnly: request.validateOnly)
        guard let response: CreatePartitionsResponse = send(request) else { return }
        for row in response.results { match(row.errorCode, expected[row.name], "grow \(row.name)") }
    }

    private mutating func alter() {
        var request = IncrementalAlterConfigsRequest()
        request.validateOnly = random.next(below: 5) == 0
        for _ in 0...random.next(below: 2) {
            var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
            (resource.resourceType, resource.resourceName) = (ConfigResource.topicType, name())
            for _ in 0...random.next(below: 2) {
                var config = IncrementalAlterConfigsRequest.AlterableConfig()
                (config.name, config.value) = self.config()
                config.configOperation = random.next(below: 4) == 0 ? 1 : 0
                resource.configs.append(config)
            }
            request.resources.append(resource)
        }
        let expected = model.alter(request.resources, validateOnly: request.validateOnly)
        guard let response: IncrementalAlterConfigsResponse = send(request) else { return }
        for (row, code) in zip(response.responses, expected) { match(row.errorCode, code, "alter \(row.resourceName)") }
    }

    /// All brokers are there: whoever is asked to lead does so, or leads already.
    private mutating func elect() {
        let name = name()
        let number = Int32(random.next(below: 4))
        guard let response: ElectLeadersResponse = send(ControllerRun.elect(name, number, type: 0)) else { return }
        let isThere = model.topics[name].map { Int(number) < $0.partitions } ?? false
        let code = response.replicaElectionResults.first?.partitionResult.first?.errorCode
        match(code, isThere ? .electionNotNeeded : .unknownTopicOrPartition, "elect \(name)-\(number)")
    }

    /// The answer, once it is committed.
    private mutating func send<Request: ControllerRequest>(_ request: Request) -> Request.Response? {
        guard let (token, effects) = run.send(request) else {
            problems.append("nobody leads")
            return nil
        }
        let answers: [ActiveController<Int>.Answer]
        do { answers = try effects.answers + run.commit() } catch {
            problems.append("\(error)")
            return nil
        }
        return answers.last { $0.token == token }?.response as? Request.Response
    }

    private mutating func match(_ code: ErrorCode?, _ expected: ErrorCode?, _ what: String) {
        codes[expected ?? ErrorCode.none, default: 0] += 1
        if code != expected {
            problems.append(
                "\(what): \(code.map { "\($0)" } ?? "no answer"), not \(expected.map { "\($0)" } ?? "none")"
            )
        }
    }

    private mutating func compare(_ image: MetadataImage) {
        var found: [String: ClusterModel.Topic] = [:]
        for topic in image.topics.values {
            let factors = Set(topic.partitions.map { $0.value.replicas.count })
            if factors.count != 1 { problems.append("\(topic.name) has partitions of \(factors) replicas") }
            found[topic.name] = ClusterModel.Topic(
                partitions: topic.partitions.count,
                factor: factors.first ?? 0,
                configs: image.config(.topic(topic.name))
            )
            for (number, partition) in topic.partitions where Set(partition.replicas).count < partition.replicas.count {
                problems.append("\(topic.name)-\(number) is twice on a broker")
            }
        }
        if found != model.topics { problems.append("the image has \(found), the model \(model.topics)") }
        let leftOver = image.configs.keys.filter { $0.type == ConfigResource.topicType && found[$0.name] == nil }
        if !leftOver.isEmpty { problems.append("settings of topics that are gone: \(leftOver)") }
    }
}
