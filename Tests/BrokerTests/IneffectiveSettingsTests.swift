import ClusterMetadata
import KafkaProtocol
import Testing

@testable import Broker

struct IneffectiveSettingsTests {
    private func image(_ settings: [(ConfigResource, String, String)]) throws -> (MetadataImage, MetadataDelta) {
        var image = MetadataImage()
        var delta = MetadataDelta()
        for (resource, name, value) in settings {
            var record = ConfigRecord()
            record.resourceType = resource.type
            record.resourceName = resource.name
            record.name = name
            record.value = value
            try image.apply(.config(record), &delta)
        }
        return (image, delta)
    }

    @Test func settingsWithoutEffectAreNamedWithTheirOwners() throws {
        let (image, _) = try image([
            (.topic("a"), "preallocate", "true"), (.topic("b"), "preallocate", "true"),
            (.topic("c"), "cleanup.policy", "compact"), (.topic("c"), "retention.ms", "5"),
            (.topic("c"), "preallocate", "true"), (.topic("d"), "preallocate", "false"),
            (.topic("__consumer_offsets"), "cleanup.policy", "compact"),
            (.brokerDefault, "log.cleanup.policy", "compact"), (.broker(1), "log.cleanup.policy", "delete"),
            (.brokerDefault, "max.connections", "5"), (.brokerDefault, "log.retention.ms", "5"),
            (.broker(1), "log.retention.mss", "5"),
            (ConfigResource(type: ConfigResource.groupType, name: "g"), "consumer.session.timeout.ms", "50000"),
        ])
        #expect(
            "\(IneffectiveSettings(image))" == """
                consumer.session.timeout.ms of group 'g'; \
                log.retention.mss (not a known key; did you mean 'log.retention.ms'?) of broker 1; \
                max.connections of all brokers; preallocate of topic 'a', topic 'b', topic 'c'
                """
        )
    }

    @Test func anOrdinaryNodeHasNothingToTell() throws {
        let (image, _) = try image([
            (.topic("__consumer_offsets"), "cleanup.policy", "compact"),
            (.topic("__consumer_offsets"), "compression.type", "producer"),
            (.topic("__transaction_state"), "unclean.leader.election.enable", "false"),
            (.brokerDefault, "min.insync.replicas", "1"),
        ])
        #expect(IneffectiveSettings(image).isEmpty)
    }

    @Test func onlyWhatChangedIsToldAgain() throws {
        let (old, _) = try image([(.topic("a"), "preallocate", "true")])
        let (new, delta) = try image([
            (.topic("a"), "preallocate", "true"), (.topic("a"), "retention.ms", "5"),
        ])
        #expect(IneffectiveSettings(delta, from: old, to: new).isEmpty)
        #expect("\(IneffectiveSettings(delta, from: MetadataImage(), to: new))" == "preallocate of topic 'a'")
        #expect(IneffectiveSettings(delta, from: new, to: old).isEmpty)
    }

    @Test func theSentenceIsBounded() throws {
        let (many, _) = try image((0..<10_000).map { (.topic("topic-\($0)"), "preallocate", "true") })
        let text = "\(IneffectiveSettings(many))"
        #expect(text.hasSuffix("and 9995 more") && text.utf8.count < 200)
        let (wide, _) = try image((0..<100).map { (.broker(1), "no.such.key.\($0)", "1") })
        #expect("\(IneffectiveSettings(wide))".hasSuffix("; and 88 more settings"))
        let long = String(repeating: "x", count: 30_000)
        let (deep, _) = try image([(.broker(1), long, "1"), (ConfigResource(type: 32, name: long), long, "1")])
        #expect("\(IneffectiveSettings(deep))".utf8.count < 500)
    }
}
