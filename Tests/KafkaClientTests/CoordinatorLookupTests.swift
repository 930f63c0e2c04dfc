import KafkaProtocol
import Testing

@testable import KafkaClient
@testable import KafkaConnection

/// How it is found out who coordinates, with brokers of each age.
struct CoordinatorLookupTests {
    private let group = Coordinated(kind: .group, name: "g")
    private let transaction = Coordinated(kind: .transaction, name: "x")

    @Test(arguments: FindCoordinatorRequest.schema.versions) func theRequestCanBeSentInEachVersion(version: Int16)
        throws
    {
        for wanted in version == 0 ? [group] : [group, transaction] {
            let request = CoordinatorLookup.request(wanted, version)
            _ = try request.frame(version: version, correlationId: 1, clientId: nil)
            #expect((version >= 4 ? request.coordinatorKeys : [request.key]) == [wanted.name])
            #expect(request.keyType == (wanted == transaction ? 1 : 0))
        }
    }

    @Test func theAnswerNamesTheBrokerOrWhatIsWrong() throws {
        var old = FindCoordinatorResponse()
        old.nodeId = 3
        #expect(try CoordinatorLookup.coordinator(in: old) == 3)
        (old.errorCode, old.errorMessage) = (.coordinatorNotAvailable, "soon")
        #expect(throws: KafkaError.refused(.coordinatorNotAvailable, "soon")) {
            try CoordinatorLookup.coordinator(in: old)
        }
        var entry = FindCoordinatorResponse.Coordinator()
        entry.nodeId = 4
        var new = FindCoordinatorResponse()
        new.coordinators = [entry]
        #expect(try CoordinatorLookup.coordinator(in: new) == 4)
        new.coordinators[0].errorCode = .groupAuthorizationFailed
        #expect(throws: KafkaError.refused(.groupAuthorizationFailed)) { try CoordinatorLookup.coordinator(in: new) }
    }

    @Test func aBrokerThatCoordinatesGroupsOnlySaysSo() throws {
        func table(_ highest: Int16) -> ApiVersionTable {
            var entry = ApiVersionsResponse.ApiVersion()
            (entry.apiKey, entry.maxVersion) = (ApiKey.findCoordinator.rawValue, highest)
            var response = ApiVersionsResponse()
            response.apiKeys = [entry]
            return ApiVersionTable(response)
        }
        try CoordinatorLookup.check(group, table(0))
        try CoordinatorLookup.check(transaction, table(1))
        let error = #expect(throws: KafkaError.self) { try CoordinatorLookup.check(transaction, table(0)) }
        #expect(error?.code == .unsupported)
    }
}
