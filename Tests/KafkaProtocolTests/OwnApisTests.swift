import KafkaProtocol
import NIOCore
import Testing

/// The APIs that Kafka does not have.
struct OwnApisTests {
    @Test func theirKeysAreFarFromKafkas() {
        #expect(ApiKey.allCases.filter(\.isOwn).map(\.rawValue) == [20_000, 20_001, 20_002])
        #expect(ApiKey.allCases.allSatisfy { $0.isOwn || $0.rawValue < 1000 })
    }

    /// Others skip a tag that they do not know; the bytes are part of the protocol from now on.
    @Test func askingForThemIsATaggedField() throws {
        var request = ApiVersionsRequest()
        (request.clientSoftwareName, request.clientSoftwareVersion) = ("a", "1")
        #expect(!request.listsOwn)
        #expect(try request.encoded(version: 3) == ByteBuffer(bytes: [2, 0x61, 2, 0x31, 0]))
        request.listsOwn = true
        request.listsOwn = true
        let bytes = try request.encoded(version: 3)
        #expect(bytes == ByteBuffer(bytes: [2, 0x61, 2, 0x31, 1, 0xa0, 0x9c, 0x01, 0]))
        var reader = WireReader(bytes)
        #expect(try ApiVersionsRequest.decode(&reader, version: 3).listsOwn)
        request.listsOwn = false
        #expect(request.unknownTaggedFields.isEmpty)
    }

    @Test func whatIsSaidComesAcross() throws {
        var last = DescribeCompactionResponse.EndedPass()
        (last.startedAtMs, last.durationMs, last.cause, last.errorMessage) = (1, 2, 1, "full")
        (last.bytesBefore, last.bytesAfter, last.recordsRead, last.recordsKept) = (3, 4, 5, 6)
        var running = DescribeCompactionResponse.PassUnderWay()
        (running.bytesToRead, running.bytesRead, running.bytesKept) = (7, 8, 9)
        var partition = DescribeCompactionResponse.CompactedPartition()
        (partition.isCompacted, partition.minCleanableRatio, partition.wait) = (true, 0.25, 7)
        (partition.waitReason, partition.passUnderWay, partition.lastPass) = ("damaged", running, last)
        var topic = DescribeCompactionResponse.CompactedTopic()
        (topic.name, topic.partitions) = ("t", [partition, DescribeCompactionResponse.CompactedPartition()])
        var response = DescribeCompactionResponse()
        response.topics = [topic]
        var reader = WireReader(try response.encoded(version: 0))
        #expect(try DescribeCompactionResponse.decode(&reader, version: 0) == response)
        #expect(reader.remaining == 0)
    }
}
