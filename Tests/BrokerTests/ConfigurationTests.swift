import ClusterMetadata
import KRaft
import KafkaProtocol
import LogStorage
import Testing
import World

@testable import Broker

struct ConfigurationTests {
    private func problem(_ values: [String: String]) -> String? {
        do {
            _ = try BrokerConfig(values)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func nothingAtAllIsASingleNodeOnLoopback() throws {
        let config = try BrokerConfig([:])
        #expect(config.listeners == [Endpoint(listener: "PLAINTEXT", host: "127.0.0.1", port: 9092)])
        #expect(config.logDirs == ["./ottla-data"] && config.nodeId == nil && config.withoutEffect.isEmpty)
    }

    @Test func aCombinedNodesFileOfKafkaIsUnderstood() throws {
        let text = """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@localhost:9093
            listeners=PLAINTEXT://:9092,CONTROLLER://:9093
            advertised.listeners=PLAINTEXT://broker.example:9092
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            num.io.threads=8
            log.dirs=/one,/two
            log.retention.hours=168
            """
        var values: [String: String] = [:]
        for entry in Properties(parsing: text).entries { values[entry.key] = entry.value }
        let config = try BrokerConfig(values)
        #expect(config.listeners.map(\.listener) == ["PLAINTEXT"] && config.advertised.first?.host == "broker.example")
        #expect(config.logDirs == ["/one", "/two"] && config.nodeId == 1)
        #expect(config.withoutEffect == ["num.io.threads"])
    }

    @Test func whatIsWrongIsSaidInOneSentence() {
        #expect(problem(["node.id": "1", "broker.id": "2"])?.contains("node.id is 1 and broker.id is 2") == true)
        #expect(problem(["listeners": "PLAINTEXT://nowhere"])?.contains("NAME://host:port") == true)
        #expect(problem(["listeners": "SASL_SSL://h:1"])?.contains("SASL_SSL") == true)
        #expect(problem(["listeners": "PLAINTEXT://a:1,PLAINTEXT://b:2"])?.contains("twice") == true)
        #expect(problem(["advertised.listeners": "OTHER://a:1"])?.contains("not in listeners") == true)
        #expect(problem(["log.dirs": "/a,/a"])?.contains("twice") == true)
        #expect(problem(["log.retention.minuts": "1"])?.contains("did you mean 'log.retention.minutes'?") == true)
    }

    @Test func brokersMeetAtTheFirstListenerOrTheOneThatIsNamed() throws {
        let listeners = [
            "listeners": "PLAINTEXT://a:1,INTERNAL://a:2", "listener.security.protocol.map": "INTERNAL:PLAINTEXT",
        ]
        #expect(try BrokerConfig(listeners).interBrokerListener == "PLAINTEXT")
        let named = listeners.merging(["inter.broker.listener.name": "internal"]) { $1 }
        #expect(try BrokerConfig(named).interBrokerListener == "INTERNAL")
        let other = listeners.merging(["inter.broker.listener.name": "OTHER"]) { $1 }
        #expect(problem(other)?.contains("OTHER, which is not in listeners") == true)
    }

    private static let controller = [
        "node.id": "1", "listeners": "PLAINTEXT://a:1,CONTROLLER://a:2", "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    ]

    /// Otherwise followers of a leader that has nothing new stand for election again and again.
    @Test(arguments: [("2000", Int32(500)), ("500", 250), ("1", 1)])
    func fetchesThatBringNothingAreAnsweredBeforeTheTimeout(_ timeout: String, _ wait: Int32) throws {
        let values = ["controller.quorum.fetch.timeout.ms": timeout]
        var options = RaftOptions(own: RaftVoter(ReplicaKey(NodeId(1))))
        try BrokerConfig(Self.controller.merging(values) { $1 }).quorum.timeouts.apply(to: &options)
        #expect(options.fetchWaitMillis == wait)
    }

    @Test func aNodeOfSeveralHasItsRoleAndFindsTheOthers() throws {
        let voters = ["controller.quorum.voters": "1@a:2,2@b:2,3@[::1]:2", "controller.quorum.fetch.timeout.ms": "700"]
        let combined = try BrokerConfig(Self.controller.merging(voters) { $1 })
        #expect(combined.quorum.isBroker && combined.quorum.isController && combined.withoutEffect.isEmpty)
        #expect(combined.quorum.isOneOfSeveral(1) && combined.quorum.hasPeers(combined))
        #expect(combined.quorum.voterSet.keys.map(\.id) == [1, 2, 3] && combined.quorum.timeouts.fetchMillis == 700)
        #expect(combined.quorum.voterSet.voter(3)?.endpoints.map(\.host) == ["::1"])
        #expect(combined.controllerListeners.map(\.port) == [2] && combined.listeners.map(\.port) == [1])
        let broker = try BrokerConfig([
            "process.roles": "broker", "node.id": "4", "listeners": "PLAINTEXT://a:1",
            "controller.listener.names": "CONTROLLER", "controller.quorum.bootstrap.servers": "a:2,b:2",
        ])
        #expect(!broker.quorum.isController && broker.quorum.bootstrap.map(\.port) == [2, 2])
        let controller = try BrokerConfig([
            "process.roles": "controller", "node.id": "1", "listeners": "CONTROLLER://a:2",
            "controller.listener.names": "CONTROLLER", "controller.quorum.voters": "1@a:2",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
        ])
        #expect(!controller.quorum.isBroker && controller.listeners.isEmpty)
        let alone = try BrokerConfig(Self.controller.merging(["controller.quorum.voters": "1@a:2"]) { $1 })
        #expect(!alone.quorum.isOneOfSeveral(1) && alone.quorum.hasPeers(alone), "others may join it")
    }

    @Test(arguments: [
        (["controller.quorum.voters": "1@a:2,b:2"], "id@host:port"),
        (["controller.quorum.voters": "1@a:2,1@b:2"], "twice"),
        (["controller.quorum.voters": "2@a:2"], "does not name node 1"),
        (["controller.quorum.bootstrap.servers": "a"], "host:port"),
        (["process.roles": "broker", "controller.quorum.bootstrap.servers": "a:2"], "remove it from listeners"),
        (
            ["process.roles": "broker", "listeners": "PLAINTEXT://a:1"],
            "controller.quorum.bootstrap.servers is missing"
        ),
        (
            [
                "process.roles": "broker", "listeners": "PLAINTEXT://a:1", "controller.listener.names": "",
                "controller.quorum.bootstrap.servers": "a:2",
            ], "controller.listener.names is missing"
        ),
        (
            [
                "process.roles": "broker", "listeners": "PLAINTEXT://a:1",
                "controller.quorum.voters": "1@a:2",
            ], "whose process.roles is broker"
        ),
        (["process.roles": "controller"], "serves no clients"),
        (
            ["listeners": "PLAINTEXT://a:1", "controller.quorum.voters": "1@a:2,2@b:2"],
            "none of controller.listener.names"
        ),
        (["listeners": "CONTROLLER://a:2"], "no listener for clients"),
        (["node.id": "-1"], "node.id"),
        (["listener.security.protocol.map": "CONTROLLER:SSL,PLAINTEXT:PLAINTEXT"], "CONTROLLER uses SSL"),
    ])
    func whatCannotBeANodeOfSeveralIsSaid(_ change: [String: String], _ sentence: String) {
        let problem = problem(Self.controller.merging(change) { $1 })
        #expect(problem?.contains(sentence) == true, "\(problem ?? "it was accepted")")
    }

    @Test func keysOfKafkasAuthorsAndOfListenersAreKnown() throws {
        let values = [
            "unstable.feature.versions.enable": "true", "unstable.api.versions.enable": "false",
            "log.initial.task.delay.ms": "100", "producer.id.expiration.check.interval.ms": "5",
            "unclean.leader.election.interval.ms": "1", "super.users": "User:a", "server.max.startup.time.ms": "1",
            "listener.name.plaintext.connections.max.reauth.ms": "1", "allow.everyone.if.no.acl.found": "true",
        ]
        let config = try BrokerConfig(values)
        #expect(config.initialTaskDelayMillis == 100 && config.producerIdCheckMillis == 5)
        #expect(
            config.withoutEffect.contains("super.users") && !config.withoutEffect.contains("log.initial.task.delay.ms")
        )
        #expect(problem(["unclean.leader.election.interval.ms": "0"])?.contains("at least 1") == true)
        #expect(problem(["listener.name.plaintext.no.such": "0"])?.contains("unknown") == true)
        #expect(try BrokerConfig(["log.segment.bytes": " 2097152 "]).values["log.segment.bytes"] == " 2097152 ")
    }

    @Test func theCleanerHasThreadsUnlessItIsSwitchedOff() throws {
        let config = try BrokerConfig(["log.cleanup.policy": "delete, compact", "log.cleaner.threads": "2"])
        #expect(config.withoutEffect.isEmpty && config.cleanerThreads == 2)
        #expect(try BrokerConfig([:]).cleanerThreads == 1)
        #expect(try BrokerConfig(["log.cleaner.enable": "false"]).cleanerThreads == 0)
    }

    @Test func localRetentionNeedsTieredStorage() throws {
        for name in ["log.local.retention.ms", "log.local.retention.bytes"] {
            #expect(problem([name: "5"])?.contains("no tiered storage") == true)
            #expect(problem([name: "-2"]) == nil)
        }
    }

    @Test func whatTheNodeChoosesItselfDoesNotClaimTheFile() throws {
        let config = try BrokerConfig(["log.dir": "/data"])
        #expect(config.values == ["log.dir": "/data"] && config.logDirs == ["/data"])
        #expect(config.ownDefaults["log.dirs"] == "/data" && config.threads >= 3)
    }

    @Test func everyKeyThatIsSaidToHaveAnEffectExists() {
        for name in EffectiveKeys.names { #expect(problem([name: "\u{1}"])?.contains("unknown") != true, "\(name)") }
        for name in EffectiveKeys.topic { #expect(ConfigCatalog.shared.topic[name] != nil, "\(name)") }
        for name in EffectiveKeys.dynamic { #expect(ConfigCatalog.shared.broker[name] != nil, "\(name)") }
    }

    @Test func addressesOfAllKindsAreRead() {
        #expect(HostPort("[::1]:80").map { [$0.host, String($0.port)] } == ["::1", "80"])
        #expect(
            HostPort(":0")?.host == "" && HostPort("h:65536") == nil && HostPort("::1:80") == nil
                && HostPort("h") == nil
        )
    }

    @Test func propertiesFollowJavasRules() {
        let text = "a=1\n b : 2\n! comment\nc\\ d = e \\\n   f\nu=\\u00fc\\t|\nempty=\nbare\n"
        let properties = Properties(parsing: text)
        #expect(
            properties["a"] == "1" && properties["b"] == "2" && properties["c d"] == "e f" && properties["u"] == "ü\t|"
        )
        #expect(properties["empty"] == "" && properties["bare"] == "" && properties["missing"] == nil)
    }

    @Test func groupsLiveWhereKafkaPutsThem() {
        // Java: Math.abs("classic-group".hashCode()) % 3 and so on.
        #expect(CoordinatorPartition.number(for: "classic-group", of: 3) == 0)
        #expect(CoordinatorPartition.number(for: "modern-group", of: 3) == 2)
        #expect(CoordinatorPartition.number(for: "", of: 50) == 0)
        #expect(CoordinatorPartition.number(for: "polygenelubricants", of: 50) == 0, "its hash is the smallest number")
    }
}
