import Testing

@testable import KafkaClient
@testable import KafkaConnection

struct ConfigurationTests {
    @Test func theBootstrapListNamesThePartThatIsWrong() throws {
        let read = try ClientConfiguration(bootstrap: "a:1, b:2 ,c")
        #expect(read.bootstrapServers.map(\.description) == ["a:1", "b:2", "c:9092"])
        let error = #expect(throws: KafkaError.self) { _ = try ClientConfiguration(bootstrap: "a:1,b:zwei") }
        #expect(error?.description == "'b:zwei' is not an address; host:port is expected")
        #expect(throws: KafkaError.self) { _ = try ClientConfiguration(bootstrap: " ,") }
    }

    @Test func anAddressMaySayTheProtocol() throws {
        func configuration(_ bootstrap: String, _ more: [String: String] = [:]) throws -> ClientConfiguration {
            try ClientConfiguration(ClientProperties(more.merging(["bootstrap.servers": bootstrap]) { $1 }))
        }
        let both = try configuration("PLAINTEXT://a:1, plaintext://b:2,c:3")
        #expect(both.bootstrapServers.map(\.description) == ["a:1", "b:2", "c:3"] && both.tls == nil)
        #expect(try configuration("SSL://a:1").tls != nil)
        #expect(try configuration("INTERNAL://a:1").tls == nil)
        #expect(try configuration("SSL://a:1", ["security.protocol": "PLAINTEXT"]).tls == nil)
        let mixed = #expect(throws: KafkaError.self) { _ = try configuration("SSL://a:1,PLAINTEXT://b:1") }
        #expect(mixed?.message.contains("more than one protocol, PLAINTEXT, SSL") == true)
        let anonymous = #expect(throws: KafkaError.self) { _ = try configuration("SASL_SSL://a:1") }
        #expect(anonymous?.message.contains("sasl.mechanism is missing") == true)
    }
}
