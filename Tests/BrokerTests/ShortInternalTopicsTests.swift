import KafkaProtocol
import Testing

@testable import Broker
@testable import ClusterMetadata

/// Internal topics that are less safe than the configuration asks for.
struct ShortInternalTopicsTests {
    @Test func internalTopicsWithFewReplicasAreNamed() throws {
        let resolver = ConfigResolver(staticBroker: ["offsets.topic.replication.factor": "3"], ownDefaults: [:])
        func image(brokers: Int32, replicas: [Int32], _ name: String = "__consumer_offsets") throws -> MetadataImage {
            var (image, delta) = (MetadataImage(), MetadataDelta())
            for id in 1...brokers {
                var record = RegisterBrokerRecord()
                record.brokerId = id
                try image.apply(.registerBroker(record), &delta)
            }
            var topic = TopicRecord()
            (topic.name, topic.topicId) = (name, KafkaUUID(high: 4, low: 4))
            try image.apply(.topic(topic), &delta)
            for number in 0..<Int32(2) {
                var record = PartitionRecord()
                (record.partitionId, record.topicId, record.leader) = (number, topic.topicId, 1)
                record.replicas = number == 0 ? [1, 2, 3] : replicas
                record.isr = [1]
                try image.apply(.partition(record), &delta)
            }
            return image
        }
        #expect(
            ShortInternalTopics(try image(brokers: 3, replicas: [1]), resolver).sentences == [
                "internal topic '__consumer_offsets' has partitions with 1 replica, and offsets.topic.replication.factor is 3: "
                    + "what they hold is lost with so many brokers"
            ]
        )
        #expect(ShortInternalTopics(try image(brokers: 3, replicas: [1, 2, 3]), resolver).sentences.isEmpty)
        #expect(ShortInternalTopics(try image(brokers: 1, replicas: [1]), resolver).sentences.isEmpty)
        #expect(ShortInternalTopics(try image(brokers: 3, replicas: [1], "mine"), resolver).sentences.isEmpty)
        let two = ShortInternalTopics(try image(brokers: 3, replicas: [1, 2], "__transaction_state"), resolver)
        #expect(two.sentences.count == 1 && two.sentences.first?.contains("2 replicas") == true)
    }
}
