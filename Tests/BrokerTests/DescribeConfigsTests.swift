import ClusterMetadata
import Foundation
import KafkaProtocol
import Testing

@testable import Broker

/// Answers of DescribeConfigs, compared with those of an Apache Kafka broker.
struct DescribeConfigsTests {
    typealias Entry = DescribeConfigsResponse.DescribeConfigsResourceResult

    private func describe(
        _ node: TestNode,
        _ type: Int8,
        _ name: String,
        keys: [String]? = nil,
        documented: Bool = false
    ) throws -> DescribeConfigsResponse.DescribeConfigsResult {
        var resource = DescribeConfigsRequest.DescribeConfigsResource()
        resource.resourceType = type
        resource.resourceName = name
        resource.configurationKeys = keys
        var request = DescribeConfigsRequest()
        request.resources = [resource]
        request.includeSynonyms = true
        request.includeDocumentation = documented
        let response = try node.client().call(request, DescribeConfigsResponse.self, version: 4)
        return try #require(response.results.first)
    }

    private func entries(_ result: DescribeConfigsResponse.DescribeConfigsResult) -> [String: Entry] {
        Dictionary(result.configs.map { ($0.name, $0) }) { $1 }
    }

    private func alter(_ node: TestNode, _ type: Int8, _ name: String, _ values: [String: String]) throws -> ErrorCode?
    {
        var resource = IncrementalAlterConfigsRequest.AlterConfigsResource()
        resource.resourceType = type
        resource.resourceName = name
        resource.configs = values.map { key, value in
            var config = IncrementalAlterConfigsRequest.AlterableConfig()
            config.name = key
            config.value = value
            return config
        }
        var request = IncrementalAlterConfigsRequest()
        request.resources = [resource]
        let response = try node.client().call(request, IncrementalAlterConfigsResponse.self, version: 1)
        return response.responses.first?.errorCode
    }

    /// name | value | source | type | ro or rw, +sensitive | synonyms as source:name=value
    private func kafkas(_ file: String) throws -> [[String]] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(file)")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func shown(_ synonyms: [DescribeConfigsResponse.DescribeConfigsSynonym]) -> [String] {
        synonyms.map { "\($0.source):\($0.name)=\($0.value ?? "null")" }
    }

    @Test func aBrokerListsTheKeysThatKafkaListsWithTheirTypesAndDefaults() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let ours = entries(try describe(node, 4, "\(node.running.ready.nodeId)"))
        let kafkas = try kafkas("kafka-broker-configs.txt").filter { $0[0] != "super.users" }
        let own = Set(ours.keys.filter { $0.hasPrefix("ottla.") } + ["metrics.listener"])
        #expect(Set(ours.keys).subtracting(own) == Set(kafkas.map { $0[0] }))
        let ownDefaults = Set(try BrokerConfig([:]).ownDefaults.keys).union([
            "node.id", "broker.id", "advertised.listeners",
        ])
        for row in kafkas {
            let entry = try #require(ours[row[0]])
            #expect("\(entry.configType)" == row[3], "\(row[0])")
            #expect((entry.readOnly ? "ro" : "rw") + (entry.isSensitive ? "+sensitive" : "") == row[4], "\(row[0])")
            if ownDefaults.contains(row[0]) { continue }
            let defaults = row[5].split(separator: ";").map(String.init).filter { $0.hasPrefix("5:") }
            #expect(shown(entry.synonyms).filter { $0.hasPrefix("5:") } == defaults, "\(row[0])")
        }
    }

    @Test func aTopicListsTheKeysThatKafkaListsWithTheirSynonyms() throws {
        let node = try TestNode(settings: ["log.index.size.max.bytes": "65536"])
        defer { node.running.stop() }
        #expect(try alter(node, 4, "", ["min.insync.replicas": "1"]) == ErrorCode.none)
        let values = ["cleanup.policy": "compact,delete", "min.insync.replicas": "2", "retention.ms": "3600000"]
        #expect(try node.client().createTopic("b", partitions: 1, values) == ErrorCode.none)
        let ours = entries(try describe(node, 2, "b"))
        let kafkas = try kafkas("kafka-topic-configs.txt")
        #expect(
            Set(ours.keys).subtracting(["ottla.flush.policy", "ottla.min.insync.replicas.scope"])
                == Set(kafkas.map { $0[0] })
        )
        for row in kafkas {
            let entry = try #require(ours[row[0]])
            #expect(entry.value.map { "\"\($0)\"" } ?? "null" == row[1], "\(row[0])")
            #expect("\(entry.configSource) \(entry.configType)" == "\(row[2]) \(row[3])", "\(row[0])")
            #expect(shown(entry.synonyms) == row[5].split(separator: ";").map(String.init), "\(row[0])")
            #expect(!entry.readOnly && !entry.isSensitive && entry.documentation == nil)
        }
    }

    @Test func whatANodeFoundOutIsShownWithoutClaimingTheFile() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        let id = "\(node.running.ready.nodeId)"
        let ours = entries(try describe(node, 4, id))
        func value(_ name: String) -> [String] {
            ours[name].map { ["\($0.value ?? "null")", "\($0.configSource)"] } ?? []
        }
        #expect(value("node.id") == [id, "5"] && value("broker.id") == [id, "5"])
        #expect(value("process.roles") == ["broker,controller", "5"])
        #expect(value("listeners") == ["PLAINTEXT://127.0.0.1:0", "4"])
        #expect(value("advertised.listeners") == ["PLAINTEXT://127.0.0.1:\(node.running.ready.port)", "5"])
        #expect(value("log.dirs") == ["/one", "4"])
        #expect(value("num.network.threads") == ["2", "4"])
        #expect(value("num.io.threads") == ["8", "5"])
        let other = try TestNode(settings: ["broker.id": "7"])
        defer { other.running.stop() }
        let theirs = entries(try describe(other, 4, "7"))
        #expect(theirs["node.id"]?.value == "7" && theirs["node.id"]?.configSource == 4)
        #expect(theirs["broker.id"].map { shown($0.synonyms) } == ["4:broker.id=7", "5:broker.id=7"])
    }

    @Test func dynamicSettingsAreShownAndSecretsAreNot() throws {
        let node = try TestNode(settings: ["ssl.key.password": "s3cret", "super.users": "User:a"])
        defer { node.running.stop() }
        let id = "\(node.running.ready.nodeId)"
        let listenerKey = "listener.name.x.ssl.keystore.password"
        #expect(try alter(node, 4, id, ["log.cleaner.threads": "2", listenerKey: "s3cret"]) == ErrorCode.none)
        #expect(try alter(node, 4, "", ["log.cleaner.threads": "1", "no.such.key": "s3cret"]) == ErrorCode.none)
        let ours = entries(try describe(node, 4, id))
        #expect(
            ours["log.cleaner.threads"].map { shown($0.synonyms) } == [
                "2:log.cleaner.threads=2", "3:log.cleaner.threads=1", "5:log.cleaner.threads=1",
            ]
        )
        for name in ["ssl.key.password", "super.users", listenerKey, "no.such.key"] {
            let entry = try #require(ours[name], "\(name)")
            #expect(entry.isSensitive && entry.value == nil && entry.synonyms.allSatisfy { $0.value == nil }, "\(name)")
        }
        #expect(ours["super.users"]?.configType == 0 && ours["super.users"]?.readOnly == true)
        let all = try describe(node, 4, "").configs
        #expect(all.map(\.name) == ["log.cleaner.threads", "min.insync.replicas", "no.such.key"])
        #expect(all.map(\.configSource) == [3, 3, 3] && all.map(\.value) == ["1", "1", nil])
        #expect(
            all.map { shown($0.synonyms) } == [
                ["3:log.cleaner.threads=1"], ["3:min.insync.replicas=1"], ["3:no.such.key=null"],
            ]
        )
    }

    @Test func groupsShowWhatTheBrokerSaysAndTheirOwn() throws {
        let node = try TestNode(settings: ["group.share.heartbeat.interval.ms": "6000"])
        defer { node.running.stop() }
        #expect(try alter(node, 32, "g", ["consumer.session.timeout.ms": "50000"]) == ErrorCode.none)
        #expect(try alter(node, 32, "g", ["consumer.session.timeout.ms": "1"]) == .invalidConfig)
        let ours = entries(try describe(node, 32, "g"))
        #expect(ours["consumer.session.timeout.ms"]?.configSource == 8)
        #expect(
            ours["consumer.session.timeout.ms"].map { shown($0.synonyms) } == [
                "8:consumer.session.timeout.ms=50000", "5:group.consumer.session.timeout.ms=45000",
            ]
        )
        #expect(
            ours["share.heartbeat.interval.ms"]?.value == "6000"
                && ours["share.heartbeat.interval.ms"]?.configSource == 4
        )
        #expect(
            ours["streams.num.standby.replicas"].map { shown($0.synonyms) } == [
                "5:group.streams.num.standby.replicas=0"
            ]
        )
        for hidden in ["consumer.assignor.offload.enable", "streams.acceptable.recovery.lag"] {
            #expect(ours[hidden] == nil)
        }
        // A group that nobody has heard of has the defaults.
        #expect(try describe(node, 32, "other").configs.count == ours.count)
    }

    @Test func badQuestionsGetKafkasCodes() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        func code(_ type: Int8, _ name: String) throws -> ErrorCode { try describe(node, type, name).errorCode }
        #expect(try code(2, "nowhere") == .unknownTopicOrPartition && code(2, "a/b") == .invalidTopicException)
        #expect(try code(2, "") == .invalidTopicException && code(2, "__cluster_metadata") == .unknownTopicOrPartition)
        #expect(try code(4, "99") == .invalidRequest && code(4, "one") == .invalidRequest)
        #expect(try code(32, "") == .invalidRequest && code(16, "") == .invalidRequest && code(16, "m") == .none)
        #expect(try code(8, "\(node.running.ready.nodeId)") == .invalidRequest && code(77, "x") == .invalidRequest)
    }

    @Test func certainKeysCanBeAskedForAndNoneMeansAll() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        #expect(try node.client().createTopic("t") == ErrorCode.none)
        #expect(try describe(node, 2, "t", keys: ["retention.ms", "no.such"]).configs.map(\.name) == ["retention.ms"])
        #expect(try describe(node, 2, "t", keys: []).configs.count > 30)
    }

    @Test func documentationIsGivenWhenItIsAskedFor() throws {
        let node = try TestNode()
        defer { node.running.stop() }
        #expect(try node.client().createTopic("t") == ErrorCode.none)
        let topic = entries(try describe(node, 2, "t", documented: true))
        #expect(topic.values.allSatisfy { $0.documentation?.isEmpty == false })
        #expect(topic["preallocate"]?.documentation?.contains("no effect yet") == true)
        #expect(topic["retention.ms"]?.documentation?.contains("no effect yet") == false)
        let broker = entries(try describe(node, 4, "\(node.running.ready.nodeId)", documented: true))
        #expect(broker.values.allSatisfy { $0.documentation?.isEmpty == false })
        #expect(try describe(node, 32, "g", documented: true).configs.allSatisfy { $0.documentation != nil })
    }
}
