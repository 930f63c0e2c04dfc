import KafkaProtocol
import Testing

@testable import LogStorage

struct MetaPropertiesTests {
    /// Found by fuzzing: a cluster's id that ends with a backslash took the next line with it.
    @Test(arguments: [
        "T3R0bGFGaXh0dXJlMDAwMQ", "a\\", "a\\\\b", " leading", "two\nlines", "tab\tcr\rff\u{0c}", "a=b:c#d!e", "ü",
    ])
    func whatIsWrittenReadsTheSame(_ clusterId: String) throws {
        let meta = MetaProperties(clusterId: clusterId, nodeId: 7, directoryId: KafkaUUID(high: 1, low: 2))
        #expect(try MetaProperties(parsing: meta.text, path: "test") == meta)
    }
}
