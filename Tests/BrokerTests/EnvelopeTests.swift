import ClusterMetadata
import Foundation
import KafkaProtocol
import NIOCore
import Testing

@testable import Broker

/// Requests of clients on their way to another node's controller, in the form that Kafka's nodes have them in.
struct EnvelopeTests {
    private func bytes(_ base64: String) throws -> ByteBuffer {
        ByteBuffer(bytes: try #require(Data(base64Encoded: base64)))
    }

    /// As a Kafka broker sent it for a client on loopback.
    @Test func whoAsksIsWrittenAsKafkaWritesIt() throws {
        var context = ControllerRequestContext(version: 0, principal: "User:ANONYMOUS", listener: "PLAINTEXT")
        (context.host, context.clientId) = ("127.0.0.1", "adminclient-1")
        var request = ListPartitionReassignmentsRequest()
        (request.timeoutMs, request.topics) = (30_000, [])
        let envelope = try #require(Envelope.request(request, context))
        #expect(envelope.requestPrincipal == (try bytes("AAAFVXNlcgpBTk9OWU1PVVMAAA==")))
        #expect(envelope.clientHostAddress == (try bytes("fwAAAQ==")))
        // But for the correlation id, which is 5 there.
        var recorded = try bytes("AC4AAAAAAAUADWFkbWluY2xpZW50LTEAAAB1MAEA")
        recorded.setInteger(Int32(0), at: recorded.readerIndex + 4)
        #expect(envelope.requestData == recorded)
    }

    @Test func whatCannotBeReadIsNobody() throws {
        #expect(Envelope.principal(try bytes("AAAFVXNlcgpBTk9OWU1PVVMAAA==")) == "User:ANONYMOUS")
        for bad in ["", "AAAFVXNlcg==", "AAEFVXNlcgpBTk9OWU1PVVMAAA==", "AAABAQAA"] {
            #expect(Envelope.principal(try bytes(bad)) == nil, "\(bad)")
        }
        #expect(Envelope.principal(nil) == nil)
        #expect(Envelope.host(try bytes("fwAAAQ==")) == "127.0.0.1" && Envelope.host(ByteBuffer()) == "")
    }

    @Test func anAnswerIsReadInTheVersionOfItsRequest() throws {
        var answer = CreateTopicsResponse()
        var row = CreateTopicsResponse.CreatableTopicResult()
        (row.name, row.errorCode) = ("t", .topicAlreadyExists)
        answer.topics = [row]
        var frame = try answer.frame(api: .createTopics, version: 5, correlationId: 9).buffer
        frame.moveReaderIndex(forwardBy: 4)
        var envelope = EnvelopeResponse()
        envelope.responseData = frame.slice()
        let read = Envelope.response(envelope, CreateTopicsRequest.self, 5)
        #expect(read?.topics.first?.errorCode == .topicAlreadyExists)
        envelope.responseData = frame.getSlice(at: frame.readerIndex, length: 3)
        #expect(Envelope.response(envelope, CreateTopicsRequest.self, 5) == nil)
    }
}
