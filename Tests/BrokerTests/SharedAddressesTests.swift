import KafkaProtocol
import Testing

@testable import Broker
@testable import ClusterMetadata

/// Brokers that advertise the same address.
struct SharedAddressesTests {
    private func image(_ brokers: [(id: Int32, port: UInt16, isFenced: Bool)]) throws -> MetadataImage {
        var (image, delta) = (MetadataImage(), MetadataDelta())
        for broker in brokers {
            var record = RegisterBrokerRecord()
            (record.brokerId, record.fenced) = (broker.id, broker.isFenced)
            var endpoint = RegisterBrokerRecord.BrokerEndpoint()
            (endpoint.name, endpoint.host, endpoint.port) = ("PLAINTEXT", "kafka", broker.port)
            record.endPoints = [endpoint]
            try image.apply(.registerBroker(record), &delta)
        }
        return image
    }

    @Test func whoAdvertisesTheSameAddressIsNamed() throws {
        let image = try image([(1, 9092, false), (2, 9093, false), (3, 9092, false), (4, 9092, true)])
        #expect(
            SharedAddresses(image, of: 1).sentences == [
                "broker 3 advertises kafka:9092, as this broker does: clients that are sent to one of them reach the other; see advertised.listeners"
            ],
            "and nobody is sent to a fenced one"
        )
        #expect(SharedAddresses(image, of: 2).sentences.isEmpty)
        #expect(SharedAddresses(image, of: 5).sentences.isEmpty, "a broker that is not registered")
    }
}
