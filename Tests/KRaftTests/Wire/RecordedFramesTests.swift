import Foundation
import KafkaProtocol
import NIOCore
import Testing

@testable import KRaft

/// What Apache Kafka's nodes said about their quorum means the same here: it is read, becomes the replica's message, and
/// is written with the same bytes.
struct RecordedFramesTests {
    @Test func thereAreRecordingsOfEachKind() throws {
        var seen: [ApiKey: Int] = [:]
        for name in Recording.names { for call in try Recording(name).calls { seen[call.api, default: 0] += 1 } }
        let kinds = RecordedWire.types.compactMap { ApiKey(rawValue: $0.schema.key) }
        for kind in kinds { #expect(seen[kind, default: 0] > 0, "no recording of \(kind)") }
        #expect(seen.values.reduce(0, +) > 10_000)
    }

    @Test(arguments: Recording.names) func requestsAndResponsesAreWrittenAsTheyWere(_ name: String) throws {
        var problems: [String] = []
        for (number, call) in try Recording(name).calls.enumerated() {
            let place = "\(name):\(number + 1) \(call.api) v\(call.version)"
            let request = try RecordedWire.request(call.api, call.version, call.request)
            if try RecordedWire.bytes(request, call.version) != call.request {
                problems.append("\(place): another request")
            }
            guard let response = call.response else { continue }
            let (answer, bytes) = try RecordedWire.answer(call.api, call.version, response)
            if try Self.withoutProse(RecordedWire.bytes(answer, call.version, records: bytes), call)
                != Self.withoutProse(response, call)
            {
                problems.append("\(place): another response")
            }
        }
        #expect(problems.isEmpty, "\(problems.count): \(problems.prefix(5))")
    }

    /// The sentence that explains an error is each implementation's own.
    static func withoutProse(_ bytes: ByteBuffer, _ call: RecordedCall) throws -> ByteBuffer {
        var reader = WireReader(bytes)
        switch call.api {
        case .addRaftVoter:
            var response = try AddRaftVoterResponse.decode(&reader, version: call.version)
            response.errorMessage = nil
            return try response.encoded(version: call.version)
        case .removeRaftVoter:
            var response = try RemoveRaftVoterResponse.decode(&reader, version: call.version)
            response.errorMessage = nil
            return try response.encoded(version: call.version)
        default: return bytes
        }
    }
}
