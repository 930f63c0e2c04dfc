import KafkaProtocol
import Synchronization
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// What only Ottla's nodes can be asked.
struct CompactionAdminTests {
    @Test func aBrokerOfKafkaIsNotAsked() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            do throws(KafkaError) {
                _ = try await admin.startCompaction(of: "t", [0], on: 1)
                Issue.record("there is no such API")
            } catch { #expect(error.code == .unsupported) }
            do throws(KafkaError) {
                _ = try await admin.describeCompaction(of: "t", on: 1)
                Issue.record("there is no such API")
            } catch { #expect(error.code == .unsupported) }
        }
    }

    @Test func theApisAreAskedForByTheirTag() async throws {
        try await ScriptedBroker.withAdmin { broker, admin in
            // Kafka's answer to those who do not ask.
            let asked = Mutex(0)
            broker.on(ApiVersionsRequest.self) { request in
                var keys: [ApiKey] = [.apiVersions, .metadata]
                if request.listsOwn {
                    asked.withLock { $0 += 1 }
                    keys += [.describeCompaction, .startCompaction]
                }
                var response = ApiVersionsResponse()
                response.apiKeys = keys.map { key in
                    var row = ApiVersionsResponse.ApiVersion()
                    (row.apiKey, row.minVersion) = (key.rawValue, key.versions.lowerBound)
                    row.maxVersion = key.versions.upperBound
                    return row
                }
                return response
            }
            broker.on(StartCompactionRequest.self) { request in
                #expect(request.topics.map(\.name) == ["t"] && request.topics.first?.partitions == [0, 1])
                var row = StartCompactionResponse.TopicResult()
                row.name = "t"
                row.partitions = [Int32(0), 1].map { number in
                    var result = StartCompactionResponse.PartitionResult()
                    (result.partitionIndex, result.pass) = (number, 7)
                    return result
                }
                var response = StartCompactionResponse()
                response.topics = [row]
                return response
            }
            let results = try await admin.startCompaction(of: "t", [0, 1], on: 1)
            #expect(results.map(\.partitionIndex) == [0, 1] && results.map(\.pass) == [7, 7])
            #expect(asked.withLock { $0 } == 1)
        }
    }
}
