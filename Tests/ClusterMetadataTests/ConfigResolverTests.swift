import Testing

@testable import ClusterMetadata

struct ConfigResolverTests {
    private func topicKey(_ name: String) throws -> ConfigKey { try #require(ConfigCatalog.shared.topic[name]) }

    private func shown(_ synonyms: [ConfigSynonym]) -> [String] {
        synonyms.map { "\($0.source.rawValue) \($0.name)=\($0.value)" }
    }

    @Test func synonymsAreThePlacesThatGiveAValueInTheirOrder() throws {
        let resolver = ConfigResolver(
            staticBroker: ["log.retention.ms": "4", "log.retention.minutes": "5", "log.retention.hours": "6"],
            dynamicBroker: ["log.retention.ms": "2"],
            dynamicDefault: ["log.retention.ms": "3"]
        )
        let key = try topicKey("retention.ms")
        #expect(
            shown(resolver.topicSynonyms(key, overrides: ["retention.ms": "1"])) == [
                "1 retention.ms=1", "2 log.retention.ms=2", "3 log.retention.ms=3", "4 log.retention.ms=4",
                "4 log.retention.minutes=5", "4 log.retention.hours=6", "5 log.retention.hours=168",
            ]
        )
        #expect(
            shown(resolver.brokerSynonyms("log.retention.hours")) == [
                "4 log.retention.hours=6", "5 log.retention.hours=168",
            ]
        )
    }

    @Test func aDefaultInOtherUnitsIsNoSynonym() throws {
        let resolver = ConfigResolver(staticBroker: [:])
        let key = try topicKey("retention.ms")
        #expect(resolver.topicSynonyms(key, overrides: [:]).isEmpty)
        #expect(shown(resolver.topicSynonyms(key, overrides: ["retention.ms": "1"])) == ["1 retention.ms=1"])
        #expect(resolver.brokerSynonyms("log.flush.interval.ms").isEmpty)
        #expect(
            shown(resolver.topicSynonyms(try topicKey("cleanup.policy"), overrides: [:])) == [
                "5 log.cleanup.policy=delete"
            ]
        )
        #expect(resolver.topicSynonyms(try topicKey("remote.storage.enable"), overrides: [:]).isEmpty)
    }

    @Test func aValueInOtherUnitsSaysWhereItComesFrom() throws {
        let resolver = ConfigResolver(staticBroker: ["log.retention.hours": "1"])
        let key = try topicKey("retention.ms")
        #expect(resolver.topic(key, overrides: [:]) == ResolvedConfig(value: "3600000", source: .staticBroker))
        #expect(
            shown(resolver.topicSynonyms(key, overrides: [:])) == [
                "4 log.retention.hours=1", "5 log.retention.hours=168",
            ]
        )
    }

    @Test func groupsTakeOverWhatTheBrokerSays() throws {
        let resolver = ConfigResolver(staticBroker: ["group.consumer.session.timeout.ms": "46000"])
        let key = try #require(ConfigCatalog.shared.group["consumer.session.timeout.ms"])
        #expect(resolver.group(key, overrides: [:]) == ResolvedConfig(value: "46000", source: .staticBroker))
        #expect(
            shown(resolver.groupSynonyms(key, overrides: ["consumer.session.timeout.ms": "50000"])) == [
                "8 consumer.session.timeout.ms=50000", "4 group.consumer.session.timeout.ms=46000",
                "5 group.consumer.session.timeout.ms=45000",
            ]
        )
        let assignor = try #require(ConfigCatalog.shared.group["streams.assignor.name"])
        #expect(resolver.group(assignor, overrides: [:]).value == "sticky")
        let isolation = try #require(ConfigCatalog.shared.group["share.isolation.level"])
        #expect(
            shown(resolver.groupSynonyms(isolation, overrides: [:])) == ["5 share.isolation.level=read_uncommitted"]
        )
    }

    @Test func valuesAreReadAsKafkaReadsThem() throws {
        let resolver = ConfigResolver(staticBroker: ["log.segment.bytes": " 2097152\t"])
        #expect(resolver.topicInt("segment.bytes", [:]) == 2_097_152)
        // What another broker stored with blanks is not read as nothing.
        #expect(resolver.topicInt("retention.ms", ["retention.ms": " 60000 "]) == 60_000)
        #expect(resolver.topicValue("cleanup.policy", ["cleanup.policy": " compact , delete "]) == "compact,delete")
        #expect(resolver.topicValue("preallocate", ["preallocate": "True "]) == "true")
        #expect(ConfigValue.bool(" TRUE"))
    }

    @Test func everyKeyIsDocumented() {
        let catalog = ConfigCatalog.shared
        for keys in [catalog.broker, catalog.topic, catalog.group, catalog.clientMetrics] {
            for name in keys.keys { #expect(ConfigDocumentation.text(of: name) != nil, "\(name)") }
        }
        #expect(ConfigDocumentation.text(of: "listener.name.x.ssl.keystore.location") != nil)
        #expect(ConfigDocumentation.text(of: "no.such.key") == nil)
    }

    @Test func keysForListenersAreThoseOfTheirBase() {
        let catalog = ConfigCatalog.shared
        #expect(catalog.brokerKey("listener.name.internal.ssl.key.password")?.kind == .password)
        #expect(catalog.brokerKey("listener.name.internal.scram-sha-256.sasl.jaas.config")?.kind == .password)
        #expect(catalog.brokerKey("listener.name.internal") == nil)
        #expect(catalog.brokerKey("listener.name.internal.no.such") == nil)
    }
}
