import Foundation
import KafkaProtocol
import NIOCore
import Testing

/// Every message x every version x three contents, made by Kafka's own encoder.
struct GoldenTests {
    @Test func everyGoldenMessageDecodesToItsFieldsAndEncodesToItsBytes() throws {
        let messages = try GoldenMessage.all()
        #expect(messages.count == 2199)
        for message in messages {
            let type = try #require(message.type, "no type for \(message.name)")
            var reader = WireReader(message.bytes)
            let decoded = try type.decode(&reader, version: message.version)
            #expect(reader.remaining == 0, "\(message.name) v\(message.version)")
            #expect(differences(decoded, message.fields, path: message.name) == [], "version \(message.version)")
            #expect(
                try decoded.encoded(version: message.version) == message.bytes,
                "\(message.name) v\(message.version)"
            )
        }
    }

    @Test func everyApiOfTheSchemaHasRequestAndResponse() {
        for api in ApiKey.allCases {
            let types = MessageCatalog.types.filter { $0.schema.key == api.rawValue }
            #expect(types.contains { $0.schema.kind == .request && $0.schema.versions == api.versions }, "\(api)")
            #expect(types.contains { $0.schema.kind == .response && $0.schema.versions == api.versions }, "\(api)")
        }
        #expect(ApiKey.allCases.count { !$0.isOwn } == 91)
        #expect(ApiKey.allCases.count(where: \.isOwn) == 3)
    }

    @Test func unknownTaggedFieldsSurvive() throws {
        var bytes = try RequestHeaderSample.bytes()
        // The section of tagged fields is the last byte, 0; replace it by one unknown field, number 9 with three bytes.
        bytes.moveWriterIndex(to: bytes.writerIndex - 1)
        bytes.writeBytes([1, 9, 3, 0xa, 0xb, 0xc])
        var reader = WireReader(bytes)
        let header = try RequestHeader.decode(&reader, version: 2)
        #expect(header.unknownTaggedFields.map(\.tag) == [9])
        #expect(try header.encoded(version: 2) == bytes)
    }

    @Test func aFieldThatAVersionCannotCarryIsRefusedUnlessIgnorable() throws {
        var request = MetadataRequest()
        request.includeTopicAuthorizedOperations = true
        #expect(throws: WireError.self) { try request.encoded(version: 1) }
        var fetch = FetchRequest()
        fetch.rackId = "rack"
        #expect(try fetch.encoded(version: 4).readableBytes > 0)
    }

    @Test func uuidsKeepTheirText() throws {
        let id = try #require(KafkaUUID("T3R0bGFGaXh0dXJlMDAwMQ"))
        #expect(id.description == "T3R0bGFGaXh0dXJlMDAwMQ")
        #expect(KafkaUUID("T3R0bGFGaXh0dXJlMDAwMR") == nil, "bits beyond 128")
        #expect(KafkaUUID("short") == nil)
        #expect(KafkaUUID.zero.description == "AAAAAAAAAAAAAAAAAAAAAA")
    }

    @Test func errorCodesKnowTheirFacts() {
        #expect(ErrorCode.notLeaderOrFollower.rawValue == 6)
        #expect(ErrorCode.notLeaderOrFollower.isRetriable && ErrorCode.notLeaderOrFollower.invalidatesMetadata)
        #expect(ErrorCode.corruptMessage.name == "CORRUPT_MESSAGE")
        #expect(ErrorCode(rawValue: 9999).name == "UNKNOWN_CODE_9999")
    }
}

private enum RequestHeaderSample {
    static func bytes() throws -> ByteBuffer {
        var header = RequestHeader()
        header.clientId = "sample"
        return try header.encoded(version: 2)
    }
}
