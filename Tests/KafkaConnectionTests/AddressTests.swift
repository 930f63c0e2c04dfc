import Glibc
import KafkaProtocol
import NIOCore
import Testing

@testable import KafkaConnection

/// Values that connections are made of.
struct AddressTests {
    @Test(arguments: [
        ("kafka:9092", "kafka:9092"), ("kafka", "kafka:9092"), ("10.0.0.1:1", "10.0.0.1:1"),
        ("[::1]:9093", "[::1]:9093"),
        ("[::1]", "[::1]:9092"), ("PLAINTEXT://kafka:9093", "kafka:9093"), ("SASL_SSL://[::1]:9093", "[::1]:9093"),
        ("INTERNAL-1://kafka", "kafka:9092"),
    ])
    func anAddressIsRead(_ text: String, _ expected: String) { #expect(BrokerAddress(text)?.description == expected) }

    @Test(arguments: [
        "", ":9092", "kafka:", "kafka:0", "kafka:65536", "kafka:x", "::1", "a b:1", "[::1]9092", "://kafka:1", "SSL://",
        "a b://c:1", "SSL://SSL://a:1",
    ])
    func whatIsNoAddressIsRefused(_ text: String) { #expect(BrokerAddress(text) == nil) }

    @Test func errorsOfTheLibrariesBelowHaveWords() {
        struct Nameless: Error {}
        #expect(reason(of: Nameless()) == "unexpected error")
        #expect(reason(of: ChannelError.alreadyClosed) == "the connection was closed")
        #expect(reason(of: ChannelError.connectTimeout(.seconds(1))) == "no connection within 1000 ms")
        #expect(reason(of: IOError(errnoCode: ECONNRESET, reason: "read")) == "Connection reset by peer")
    }

    @Test func versionsAreTheHighestThatBothSpeak() throws {
        func table(_ range: ClosedRange<Int16>) -> ApiVersionTable {
            var entry = ApiVersionsResponse.ApiVersion()
            entry.apiKey = ApiKey.metadata.rawValue
            (entry.minVersion, entry.maxVersion) = (range.lowerBound, range.upperBound)
            var response = ApiVersionsResponse()
            response.apiKeys = [entry]
            return ApiVersionTable(response)
        }
        #expect(try table(0...7).version(of: MetadataRequest.schema) == 7)
        #expect(try table(5...99).version(of: MetadataRequest.schema) == MetadataRequest.schema.versions.upperBound)
        #expect(try table(0...9).version(of: MetadataRequest.schema, limit: 4) == 4)
        let tooNew = #expect(throws: KafkaError.self) { try table(90...99).version(of: MetadataRequest.schema) }
        #expect(tooNew?.code == .unsupported)
        let missing = #expect(throws: KafkaError.self) { try table(0...1).version(of: FetchRequest.schema) }
        #expect(missing?.description == "the broker does not support the API fetch")
    }
}
