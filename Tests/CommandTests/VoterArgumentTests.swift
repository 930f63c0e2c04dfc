import KafkaClient
import Testing

@testable import ottla

struct VoterArgumentTests {
    @Test func aVoterIsGivenWithOrWithoutItsDirectory() throws {
        let bare = try #require(VoterArgument(argument: "4@four.example:9093"))
        #expect(bare.id == 4 && bare.address == BrokerAddress(host: "four.example", port: 9093))
        #expect(bare.directory == nil)
        let whole = try #require(VoterArgument(argument: "4@[fe80::1]:9093:ZAQlQsCcQDKJ4KzghpDdxQ"))
        #expect(whole.address == BrokerAddress(host: "fe80::1", port: 9093))
        #expect(whole.directory == KafkaUUID("ZAQlQsCcQDKJ4KzghpDdxQ"))
    }

    @Test(arguments: [
        "", "4", "4@", "four@host:9093", "-1@host:9093", "4@host", "4@host:", "4@host:0", "4@:9093",
        "4@host:9093:short", "4@host:9093:AAAAAAAAAAAAAAAAAAAAAA",
    ])
    func whatIsNoVoterIsRefused(_ text: String) { #expect(VoterArgument(argument: text) == nil) }
}
